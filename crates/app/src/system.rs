//! What the system tells of power and network. Best effort: what it does not tell stays unknown and holds nothing back.
//!
//! On Linux power comes from `/sys/class/power_supply`, the network from NetworkManager. Elsewhere nothing is known yet.

use async_trait::async_trait;
use holdfast_backup::schedule::SystemFacts;

/// Asks the system.
#[async_trait]
pub trait SystemProbe: Send + Sync + std::fmt::Debug + 'static {
    /// What is known now; of the network only when `network` is wanted, because asking costs more.
    async fn facts(&self, network: bool) -> SystemFacts;
}

/// The system this runs on.
#[derive(Debug, Default)]
pub struct ThisSystem {
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    bus: Option<String>,
}

impl ThisSystem {
    /// With another system bus than the system's own, by its D-Bus address.
    pub fn on_bus(address: &str) -> Self {
        Self { bus: Some(address.to_owned()) }
    }
}

#[cfg(not(target_os = "linux"))]
#[async_trait]
impl SystemProbe for ThisSystem {
    async fn facts(&self, _: bool) -> SystemFacts {
        SystemFacts::default()
    }
}

#[cfg(target_os = "linux")]
#[async_trait]
impl SystemProbe for ThisSystem {
    async fn facts(&self, network: bool) -> SystemFacts {
        let on_battery = linux::on_battery(std::path::Path::new("/sys/class/power_supply"));
        let (metered, wifi) = if network { linux::network(self.bus.as_deref()).await } else { (None, None) };
        SystemFacts { on_battery, metered, wifi }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, path::Path, time::Duration};

    use zbus::{Connection, Proxy, zvariant::OwnedObjectPath};

    const BUS: &str = "org.freedesktop.NetworkManager";
    /// A bus that does not answer is one that tells nothing.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Whether no mains is connected while there is a battery.
    pub fn on_battery(supplies: &Path) -> Option<bool> {
        let entries = fs::read_dir(supplies).ok()?.flatten();
        let read = |path: &Path, name: &str| fs::read_to_string(path.join(name)).unwrap_or_default().trim().to_owned();
        let (mut mains, mut discharging, mut battery) = (None, false, false);
        for entry in entries {
            let path = entry.path();
            match read(&path, "type").as_str() {
                "Mains" | "USB" if read(&path, "online") == "1" => mains = Some(true),
                "Mains" => mains = mains.or(Some(false)),
                "Battery" if read(&path, "scope") != "Device" => {
                    battery = true;
                    discharging |= read(&path, "status") == "Discharging";
                }
                _ => {}
            }
        }
        match (battery, mains) {
            (false, _) => mains.map(|_| false),
            (true, Some(connected)) => Some(!connected),
            (true, None) => Some(discharging),
        }
    }

    /// Whether the network counts bytes, and the name of the Wi-Fi.
    pub async fn network(bus: Option<&str>) -> (Option<bool>, Option<String>) {
        let asked = tokio::time::timeout(PATIENCE, ask(bus)).await;
        asked.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn ask(bus: Option<&str>) -> zbus::Result<(Option<bool>, Option<String>)> {
        let bus = match bus {
            Some(address) => zbus::connection::Builder::address(address)?.build().await?,
            None => Connection::system().await?,
        };
        let manager = Proxy::new(&bus, BUS, "/org/freedesktop/NetworkManager", BUS).await?;
        let metered = match manager.get_property::<u32>("Metered").await? {
            1 | 3 => Some(true),
            2 | 4 => Some(false),
            _ => None,
        };
        let primary: OwnedObjectPath = manager.get_property("PrimaryConnection").await?;
        Ok((metered, wifi_name(&bus, &primary).await.ok()))
    }

    async fn wifi_name(bus: &Connection, primary: &OwnedObjectPath) -> zbus::Result<String> {
        let active = format!("{BUS}.Connection.Active");
        let active = Proxy::new(bus, BUS, primary.as_ref(), active).await?;
        let point: OwnedObjectPath = active.get_property("SpecificObject").await?;
        let point = Proxy::new(bus, BUS, point.as_ref(), format!("{BUS}.AccessPoint")).await?;
        let name: Vec<u8> = point.get_property("Ssid").await?;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn mains_and_battery_are_told_apart() {
            type Supply<'a> = (&'a str, &'a str, &'a str);
            let cases: &[(&[Supply<'_>], Option<bool>)] = &[
                (&[], None),
                (&[("Mains", "online", "1")], Some(false)),
                (&[("Mains", "online", "0"), ("Battery", "status", "Discharging")], Some(true)),
                (&[("Mains", "online", "1"), ("Battery", "status", "Charging")], Some(false)),
                (&[("Battery", "status", "Discharging")], Some(true)),
                (&[("Battery", "status", "Full")], Some(false)),
                (&[("Mains", "online", "0"), ("USB", "online", "1"), ("Battery", "status", "Charging")], Some(false)),
            ];
            for (supplies, want) in cases {
                let folder = tempfile::tempdir().unwrap();
                for (n, (kind, name, value)) in supplies.iter().enumerate() {
                    let supply = folder.path().join(n.to_string());
                    fs::create_dir(&supply).unwrap();
                    fs::write(supply.join("type"), format!("{kind}\n")).unwrap();
                    fs::write(supply.join(name), format!("{value}\n")).unwrap();
                }
                assert_eq!(on_battery(folder.path()), *want, "{supplies:?}");
            }
            assert_eq!(on_battery(Path::new("/nowhere")), None);
        }
    }
}
