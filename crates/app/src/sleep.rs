//! What happens before this computer sleeps. On Linux systemd-logind tells of it and waits some seconds for those that
//! asked for that; elsewhere, and where no logind answers, nothing is told.

use std::future::pending;

/// A listener. While it is held the system gives notice of sleep.
#[derive(Debug)]
pub struct Sleep {
    #[cfg(target_os = "linux")]
    manager: Option<linux::Manager>,
}

/// The system waits with its sleep as long as this is held, some seconds at most.
#[derive(Debug)]
pub struct Notice {
    #[cfg(target_os = "linux")]
    _hold: Option<linux::Hold>,
}

impl Sleep {
    /// Listens from now on. `why` is what the system shows of programs that it waits for.
    pub async fn listen(why: &'static str) -> Self {
        #[cfg(target_os = "linux")]
        return Self { manager: linux::Manager::connect(why).await };
        #[cfg(not(target_os = "linux"))]
        {
            let _ = why;
            Self {}
        }
    }

    /// Waits until the system is about to sleep; for ever where it does not tell.
    pub async fn coming(&mut self) -> Notice {
        #[cfg(target_os = "linux")]
        if let Some(manager) = &mut self.manager {
            return Notice { _hold: manager.coming().await };
        }
        pending().await
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{future::pending, time::Duration};

    use futures::StreamExt;
    use zbus::{Connection, Proxy, proxy::SignalStream, zvariant::OwnedFd};

    /// A bus that does not answer is one that tells nothing.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Sleep waits while this file is open.
    pub type Hold = OwnedFd;

    #[derive(Debug)]
    pub struct Manager {
        proxy: Proxy<'static>,
        signals: SignalStream<'static>,
        hold: Option<Hold>,
        /// The system gives notice of one sleep only to each that asked.
        asks_again: bool,
        why: &'static str,
    }

    impl Manager {
        pub async fn connect(why: &'static str) -> Option<Self> {
            let asked = async {
                let bus = Connection::system().await?;
                let name = "org.freedesktop.login1";
                let proxy = Proxy::new(&bus, name, "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
                let signals = proxy.receive_signal("PrepareForSleep").await?;
                let mut manager = Self { proxy, signals, hold: None, asks_again: true, why };
                manager.take_hold().await;
                zbus::Result::Ok(manager)
            };
            tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
        }

        /// Nothing where the system does not let us: then it may sleep before all is sent.
        async fn take_hold(&mut self) {
            if self.asks_again {
                self.hold = self.proxy.call("Inhibit", &("sleep", "Holdfast", self.why, "delay")).await.ok();
                self.asks_again = false;
            }
        }

        pub async fn coming(&mut self) -> Option<Hold> {
            loop {
                self.take_hold().await;
                let Some(signal) = self.signals.next().await else { pending().await };
                match signal.body().deserialize::<bool>() {
                    Ok(true) => return self.hold.take(),
                    Ok(false) => self.asks_again = true,
                    Err(_) => {}
                }
            }
        }
    }
}
