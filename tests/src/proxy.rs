//! A proxy between a client and a server that counts requests and, at the one it is told, cuts, holds or corrupts.
//!
//! It passes bytes on as they are, signatures and all. It knows no time: what it does, it does at a request or a byte.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::oneshot,
    task::JoinHandle,
};

use crate::http::{Head, pass};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It never reaches the server, and no answer comes.
    Hold,
    /// The server does it, and no answer comes.
    HoldAnswer,
    /// The connection breaks when so many bytes of its body have passed; 0 is before it reaches the server.
    CutRequest(u64),
    /// The connection breaks when so many bytes of the answer's body have passed.
    CutAnswer(u64),
    /// No more comes when so many bytes of the answer's body have passed, and the connection stays.
    StallAnswer(u64),
    /// One bit of the answer's body at this byte is another.
    Corrupt(u64),
    /// One bit of the request's body at this byte is another.
    CorruptRequest(u64),
}

struct Rule {
    method: Option<&'static str>,
    passes: u64,
    /// So many pass between two that it happens to.
    between: u64,
    times: u64,
    act: Act,
    happened: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Shared {
    requests: AtomicU64,
    rules: Mutex<Vec<Rule>>,
}

/// A proxy that runs until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of `http://HOST:PORT`.
    pub async fn start(upstream: &str) -> Self {
        let upstream: SocketAddr = upstream.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let (address, shared) = (listener.local_addr().expect("an address"), Arc::<Shared>::default());
        let task = tokio::spawn(serve(listener, upstream, shared.clone()));
        Self { address, shared, task }
    }

    /// Its own address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that were begun.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Does `act` to the `nth` request from now on (1 is the next one) of this method, or of any. The receiver hears
    /// when it happens: a held answer when the server has given it.
    pub fn at(&self, nth: u64, method: Option<&'static str>, act: Act) -> oneshot::Receiver<()> {
        let (happened, heard) = oneshot::channel();
        self.add(Rule { method, passes: nth - 1, between: 0, times: 1, act, happened: Some(happened) });
        heard
    }

    /// Does `act` to every request of this method, or of any.
    pub fn always(&self, method: Option<&'static str>, act: Act) {
        self.add(Rule { method, passes: 0, between: 0, times: u64::MAX, act, happened: None });
    }

    /// Does `act` to every `nth` request.
    pub fn every(&self, nth: u64, act: Act) {
        self.add(Rule { method: None, passes: nth - 1, between: nth - 1, times: u64::MAX, act, happened: None });
    }

    /// Lets everything pass from now on.
    pub fn forgive(&self) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn add(&self, rule: Rule) {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Counts a request, and says what happens to it.
    fn note(&self, method: &str) -> Option<(Act, Option<oneshot::Sender<()>>)> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hit = None;
        for rule in rules.iter_mut().filter(|rule| rule.times > 0 && rule.method.is_none_or(|m| m == method)) {
            match rule.passes {
                0 if hit.is_none() => {
                    rule.times -= 1;
                    rule.passes = rule.between;
                    hit = Some((rule.act, rule.happened.take()));
                }
                0 => {}
                _ => rule.passes -= 1,
            }
        }
        hit
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = shared.clone();
        connections.spawn(async move {
            if let Ok(server) = TcpStream::connect(upstream).await {
                let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
                let _ = Link::new(client, server).run(&shared).await;
            }
        });
    }
}

/// A client's connection and the server's behind it.
struct Link {
    from_client: BufReader<OwnedReadHalf>,
    to_client: OwnedWriteHalf,
    from_server: BufReader<OwnedReadHalf>,
    to_server: OwnedWriteHalf,
}

impl Link {
    fn new(client: TcpStream, server: TcpStream) -> Self {
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        Self {
            from_client: BufReader::new(from_client),
            to_client,
            from_server: BufReader::new(from_server),
            to_server,
        }
    }

    async fn run(mut self, shared: &Shared) -> io::Result<()> {
        while let Some(head) = Head::read(&mut self.from_client).await? {
            let method = head.words().swap_remove(0);
            let (act, mut happened) = shared.note(&method).map_or((None, None), |(act, heard)| (Some(act), heard));
            let mut tell = move || happened.take().map(|heard| heard.send(()));
            if act != Some(Act::HoldAnswer) {
                tell();
            }
            match act {
                Some(Act::Hold) => return self.until_client_leaves().await,
                Some(Act::CutRequest(0)) => return Ok(()),
                _ => {}
            }
            if !self.exchange(&head, &method, act).await? {
                tell();
                return match act {
                    Some(Act::HoldAnswer | Act::StallAnswer(_)) => self.until_client_leaves().await,
                    _ => Ok(()),
                };
            }
        }
        Ok(())
    }

    /// One request and its answer. `false` when nothing more may pass.
    async fn exchange(&mut self, head: &Head, method: &str, act: Option<Act>) -> io::Result<bool> {
        self.to_server.write_all(&head.bytes).await?;
        let (budget, flip) = match act {
            Some(Act::CutRequest(bytes)) => (bytes, u64::MAX),
            Some(Act::CorruptRequest(at)) => (u64::MAX, at),
            _ => (u64::MAX, u64::MAX),
        };
        let (mut cut, mut flip) = (within(budget), flipping(flip));
        let each = move |bytes: &mut [u8]| {
            flip(bytes);
            cut(bytes)
        };
        let up = pass(&mut self.from_client, &mut self.to_server, head.request_length(), each);
        let down = answer(&mut self.from_server, &mut self.to_client, method, act);
        tokio::pin!(up, down);
        tokio::select! {
            sent = &mut up => match sent? {
                true => down.await,
                false => Ok(false),
            },
            // The server answered before it had everything: what is left of the request goes on.
            answered = &mut down => Ok(answered? && up.await?),
        }
    }

    async fn until_client_leaves(mut self) -> io::Result<()> {
        let mut sink = [0; 4096];
        while self.from_client.read(&mut sink).await? > 0 {}
        Ok(())
    }
}

async fn answer(
    from: &mut BufReader<OwnedReadHalf>,
    to: &mut OwnedWriteHalf,
    method: &str,
    act: Option<Act>,
) -> io::Result<bool> {
    loop {
        let Some(head) = Head::read(from).await? else { return Ok(false) };
        if act == Some(Act::HoldAnswer) {
            let held = head.status() >= 200;
            if held {
                return Ok(false);
            }
            continue;
        }
        to.write_all(&head.bytes).await?;
        if head.status() < 200 {
            continue;
        }
        let length = head.answer_length(method);
        return match act {
            Some(Act::CutAnswer(bytes) | Act::StallAnswer(bytes)) => pass(from, to, length, within(bytes)).await,
            Some(Act::Corrupt(at)) => pass(from, to, length, flipping(at)).await,
            _ => pass(from, to, length, within(u64::MAX)).await,
        };
    }
}

/// Lets so many bytes pass.
fn within(mut budget: u64) -> impl FnMut(&mut [u8]) -> usize {
    move |bytes| {
        let on = budget.min(bytes.len() as u64);
        budget -= on;
        on as usize
    }
}

/// Turns one bit of the byte at `at`.
fn flipping(at: u64) -> impl FnMut(&mut [u8]) -> usize {
    let mut passed = 0;
    move |bytes| {
        let here = at.checked_sub(passed).and_then(|offset| bytes.get_mut(offset as usize));
        if let Some(byte) = here {
            *byte ^= 1;
        }
        passed += bytes.len() as u64;
        bytes.len()
    }
}
