//! How copies compare with the files here, from the index and a look at each file. It reads no content and asks no server.

use std::path::{Path, PathBuf};

use holdfast_backup::{
    file_meta::FileMeta,
    index::Index,
    name::{LINK_SUFFIX, to_relative_path},
    set::BackupSet,
};
use holdfast_storage::Prefix;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    App, Result, disk,
    dto::here::{HereState, HereView, ShownCopy},
};

/// More files than a page shows are not looked at.
const MOST: usize = 1000;

/// Where copies below a prefix came from.
struct Source {
    prefix: String,
    folder: PathBuf,
    index: Index,
}

/// What the file here is to a copy; `None` where nothing can be said. `known` is the file as it was when it was last sent.
fn judge(shown: &ShownCopy, known: Option<&FileMeta>, here: Option<&FileMeta>) -> Option<HereState> {
    let Some(here) = here else { return Some(HereState::Missing) };
    let as_sent = known.is_some_and(|known| (known.size, known.mtime) == (here.size, here.mtime));
    if !shown.newest {
        // What is here now, or was when it was sent last, came after an earlier version.
        let stored = shown.stored.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
        let changed_since = stored.is_some_and(|stored| i128::from(here.mtime) > stored.as_nanosecond());
        return match as_sent || changed_since {
            true => Some(HereState::Newer),
            false => (here.size != shown.size).then_some(HereState::Differs),
        };
    }
    let known = known?;
    Some(match here.mtime.cmp(&known.mtime) {
        _ if as_sent => HereState::Same,
        std::cmp::Ordering::Greater => HereState::Newer,
        std::cmp::Ordering::Less => HereState::Older,
        std::cmp::Ordering::Equal => HereState::Differs,
    })
}

impl Source {
    fn view(&self, shown: &ShownCopy) -> Result<Option<HereView>> {
        let below = shown.key.strip_prefix(&self.prefix).and_then(|rest| rest.strip_prefix('/'));
        let Some(path) = below.filter(|path| !path.is_empty()) else { return Ok(None) };
        let known = self.index.row(path)?.map(|row| row.meta);
        let Ok(local) = to_relative_path(path.strip_suffix(LINK_SUFFIX).unwrap_or(path)) else { return Ok(None) };
        let Ok(here) = look(&self.folder.join(local)) else { return Ok(None) };
        let changed = here.as_ref().and_then(|here| Timestamp::from_nanosecond(i128::from(here.mtime)).ok());
        let view = |state| HereView { key: shown.key.clone(), state, changed: changed.map(|at| at.to_string()) };
        Ok(judge(shown, known.as_ref(), here.as_ref()).map(view))
    }
}

/// The file, never what a link points to. What may not be looked at is an error and not missing.
fn look(path: &Path) -> std::io::Result<Option<FileMeta>> {
    match path.symlink_metadata() {
        Ok(found) => Ok((!found.is_dir()).then(|| FileMeta::of(&found))),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl App {
    /// How copies below `prefix` of a profile compare with the files of `folder`, which they were made of. At most a
    /// thousand; copies of which nothing can be said are left out, all of them where nothing was backed up from here.
    ///
    /// # Errors
    /// A profile that is not set up, a prefix that is none, an index that cannot be read, a folder that does not answer.
    pub async fn compare_here(
        &self,
        profile: &str,
        prefix: &str,
        folder: &Path,
        shown: Vec<ShownCopy>,
    ) -> Result<Vec<HereView>> {
        disk::identity(folder).await?;
        let session = self.session(Some(profile)).await?;
        let parsed = Prefix::parse(prefix)?;
        let cancel = CancellationToken::new();
        let set = BackupSet::find(folder, &session.identity, parsed, &session.state_dir, &cancel).await?;
        let (prefix, asked) = (prefix.trim_end_matches('/').to_owned(), folder);
        let folder = folder.to_owned();
        let compare = move || -> Result<Vec<HereView>> {
            if !set.index_path().exists() || !folder.is_dir() {
                return Ok(Vec::new());
            }
            let source = Source { prefix, folder, index: Index::open(set.index_path())?.0 };
            shown.iter().take(MOST).filter_map(|one| source.view(one).transpose()).collect()
        };
        disk::on_disk(asked, compare).await
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use holdfast_backup::index::Row;

    use super::*;

    const SENT: i64 = 1_700_000_000_000_000_000;

    fn meta(size: u64, mtime: i64) -> FileMeta {
        FileMeta { size, mtime, ..FileMeta::default() }
    }

    fn shown(newest: bool) -> ShownCopy {
        let stored = Timestamp::from_nanosecond(i128::from(SENT) + 60_000_000_000).unwrap().to_string();
        ShownCopy { key: "Documents/a".into(), size: 10, stored: Some(stored), newest }
    }

    #[test]
    fn a_copy_is_told_apart_from_the_file_here_without_reading() {
        use HereState::{Differs, Missing, Newer, Older, Same};
        let later = SENT + 3_600_000_000_000;
        let known = Some(meta(10, SENT));
        for (newest, known, here, expected) in [
            (true, known, None, Some(Missing)),
            (true, None, None, Some(Missing)),
            (true, known, Some(meta(10, SENT)), Some(Same)),
            (true, known, Some(meta(10, later)), Some(Newer)),
            (true, known, Some(meta(10, SENT - 1)), Some(Older)),
            (true, known, Some(meta(11, SENT)), Some(Differs)),
            (true, None, Some(meta(10, SENT)), None),
            (false, Some(meta(12, later)), Some(meta(12, later)), Some(Newer)),
            (false, Some(meta(12, SENT - 5)), Some(meta(12, SENT - 5)), Some(Newer)),
            (false, known, Some(meta(10, later)), Some(Newer)),
            (false, None, Some(meta(11, SENT)), Some(Differs)),
            (false, None, Some(meta(10, SENT)), None),
            (false, known, None, Some(Missing)),
        ] {
            let found = judge(&shown(newest), known.as_ref(), here.as_ref());
            assert_eq!(found, expected, "{newest} {known:?} {here:?}");
        }
    }

    #[test]
    fn what_is_here_is_looked_at_below_the_folder_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Documents");
        fs::create_dir_all(folder.join("House/Plan.pdf.d")).unwrap();
        fs::write(folder.join("House/Plan.pdf"), "plan").unwrap();
        fs::write(dir.path().join("outside"), "secret").unwrap();
        let (index, _) = Index::open(&dir.path().join("index.db")).unwrap();
        let sent = FileMeta::of(&folder.join("House/Plan.pdf").symlink_metadata().unwrap());
        index.put_row(&Row { dir: "House".into(), name: "Plan.pdf".into(), meta: sent, ..Row::default() }).unwrap();
        let source = Source { prefix: "Documents".into(), folder, index };
        let state = |key: &str| {
            let one = ShownCopy { key: key.into(), size: 4, stored: None, newest: true };
            source.view(&one).unwrap().map(|view| (view.state, view.changed.is_some()))
        };
        assert_eq!(state("Documents/House/Plan.pdf"), Some((HereState::Same, true)));
        assert_eq!(state("Documents/House/Gone.pdf"), Some((HereState::Missing, false)));
        assert_eq!(state("Documents/House/Plan.pdf.d"), Some((HereState::Missing, false)), "a folder is not the file");
        for elsewhere in
            ["Documents/../outside", "Documents", "Documents/", "Documents2/House/Plan.pdf", "Documents//outside"]
        {
            assert_eq!(state(elsewhere), None, "{elsewhere}");
        }
    }
}
