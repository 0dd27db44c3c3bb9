//! The command line, as the shells of this computer call it.

use std::{
    env::{self, consts::EXE_SUFFIX},
    ffi::OsStr,
    path::{Path, PathBuf},
};

/// What a shell calls it.
pub const COMMAND_LINE: &str = "holdfast";

/// Its name where the search path has it, else the file beside the program that runs. `None`: neither.
pub fn command_line() -> Option<PathBuf> {
    // An AppImage is mounted somewhere else at each start: what lies in it has no place that lasts.
    let running = env::current_exe().ok().filter(|_| env::var_os("APPIMAGE").is_none());
    found(&env::var_os("PATH").unwrap_or_default(), running.as_deref())
}

fn found(search: &OsStr, running: Option<&Path>) -> Option<PathBuf> {
    let file = format!("{COMMAND_LINE}{EXE_SUFFIX}");
    if env::split_paths(search).any(|folder| folder.join(&file).is_file()) {
        return Some(COMMAND_LINE.into());
    }
    Some(running?.with_file_name(file)).filter(|beside| beside.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_command_line_is_called_by_its_name_or_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "app", "empty"] {
            fs::create_dir(at(name)).unwrap();
        }
        let file = format!("{COMMAND_LINE}{EXE_SUFFIX}");
        for name in ["bin", "app"] {
            fs::write(at(name).join(&file), "").unwrap();
        }
        let search = |names: &[&str]| env::join_paths(names.iter().map(|name| at(name))).unwrap();
        let [with, without] = [search(&["empty", "bin"]), search(&["empty"])];
        let [beside, alone] = [at("app").join("holdfast-desktop"), at("empty").join("holdfast-desktop")];
        for (search, running, expected) in [
            (&with, Some(&beside), Some(COMMAND_LINE.into())),
            (&without, Some(&beside), Some(at("app").join(&file))),
            (&without, Some(&alone), None),
            (&without, None, None),
        ] {
            assert_eq!(found(search, running.map(PathBuf::as_path)), expected, "{search:?} {running:?}");
        }
    }
}
