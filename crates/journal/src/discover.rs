//! Other devices: which there are, and what their files and the ends of their logs say. Once a day, or when asked.

use bytes::Bytes;
use holdfast_crypto::sha256;
use holdfast_storage::{Key, ListRequest};

use crate::{
    Journal, Millis, Problem, Result,
    device_file::DeviceFile,
    fetch::{Answer, fetch_all},
    pull::{Failure, Pulled},
    state::peers::{self, Peer},
};

impl Journal {
    /// Looks for devices that were not known (LIST) and gives them a cursor.
    pub(crate) async fn discover(&mut self, now: Millis) -> Result<()> {
        let store = self.store.clone();
        let mut request = ListRequest { prefix: self.layout.devices(), ..ListRequest::default() };
        let mut found = Vec::new();
        loop {
            let page = store.list(&request).await?;
            found.extend(page.objects.iter().filter_map(|object| self.layout.device_of(&object.key)));
            request.continuation = page.continuation;
            if request.continuation.is_none() {
                break;
            }
        }
        let own = self.device;
        self.state.transaction(|conn| {
            for device in found.into_iter().filter(|device| *device != own) {
                peers::add_peer(conn, device)?;
            }
            crate::state::set_fact(conn, "discovered", &now.to_string())
        })
    }

    /// Reads the files of these peers, compares the ends of their logs with what was read, and asks again for segments
    /// that could not be read.
    pub(crate) async fn check_peers(&mut self, wanted: &[Peer], pulled: &mut Pulled, now: Millis) -> Result<()> {
        let mut keys: Vec<Key> = Vec::new();
        for peer in wanted {
            keys.push(self.layout.device_file(peer.device)?);
            if peer.hash.is_some() {
                keys.push(self.layout.segment(peer.device, peer.cursor)?);
            }
        }
        let mut answers = fetch_all(self.store.clone(), keys).await.into_iter();
        for peer in wanted {
            let file = answers.next().unwrap_or(Answer::Absent);
            let cursor = peer.hash.and_then(|_| answers.next());
            self.take_file(peer, file, pulled, now)?;
            if let Some(cursor) = cursor {
                self.compare_end(peer, cursor, pulled, now)?;
            }
            self.ask_again(peer, pulled, now).await?;
        }
        Ok(())
    }

    fn take_file(&mut self, peer: &Peer, answer: Answer, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let device = peer.device;
        let bytes: Option<Bytes> = match answer {
            Answer::Failed(error) => {
                pulled.failures.push(Failure { device: Some(device), error });
                return Ok(());
            }
            Answer::Bytes(bytes) => Some(bytes),
            Answer::Absent => None,
        };
        let file = bytes.as_ref().map(|bytes| DeviceFile::parse(&self.keys, device, bytes));
        let name = match &file {
            Some(Ok(file)) => peers::seal_name(&self.keys, file, &mut *self.random)?,
            _ => Vec::new(),
        };
        self.state.transaction(|conn| match file {
            Some(Ok(file)) => {
                peers::clear_problem(conn, device, Problem::FileMissing)?;
                peers::clear_problem(conn, device, Problem::FileUnbelieved)?;
                if file.reached < peer.reached {
                    peers::add_problem(conn, device, Problem::RolledBack, file.reached, now)?;
                }
                peers::set_device_file(conn, &file, &name, now)
            }
            Some(Err(_)) => {
                peers::add_problem(conn, device, Problem::FileUnbelieved, peer.cursor, now)?;
                peers::set_checked(conn, device, now)
            }
            None => {
                if peer.registered.is_some() {
                    peers::add_problem(conn, device, Problem::FileMissing, peer.cursor, now)?;
                }
                peers::set_checked(conn, device, now)
            }
        })
    }

    /// The segment at the cursor must still be the one that was read, unless a fold took its place.
    fn compare_end(&mut self, before: &Peer, answer: Answer, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let device = before.device;
        let (Some(read), Some(peer)) = (before.hash, self.state.peer(device)?) else { return Ok(()) };
        let (problem, seen) = match answer {
            Answer::Failed(error) => {
                pulled.failures.push(Failure { device: Some(device), error });
                return Ok(());
            }
            Answer::Bytes(bytes) if sha256(&bytes) == read => return Ok(()),
            Answer::Bytes(bytes) => (Problem::ChainBroken, sha256(&bytes)),
            Answer::Absent if before.cursor <= peer.reached && !peer.live.contains(before.cursor) => return Ok(()),
            Answer::Absent => (Problem::RolledBack, read),
        };
        self.state.transaction(|conn| {
            peers::add_problem(conn, device, problem, before.cursor, now)?;
            if peers::add_break(conn, device, before.cursor, &seen)? {
                peers::rewind(conn, device)?;
            }
            Ok(())
        })
    }

    /// A segment that was damaged or missing may be whole or there by now.
    async fn ask_again(&mut self, peer: &Peer, pulled: &mut Pulled, now: Millis) -> Result<()> {
        let unread = self.state.unread(Some(peer.device))?;
        let keys =
            unread.iter().map(|one| Ok(self.layout.segment(one.device, one.sequence)?)).collect::<Result<_>>()?;
        let answers = fetch_all(self.store.clone(), keys).await;
        for (one, answer) in unread.iter().zip(answers) {
            if let Answer::Bytes(bytes) = answer {
                self.take_late_segment(one.device, one.sequence, &bytes, pulled, now)?;
            }
        }
        Ok(())
    }
}
