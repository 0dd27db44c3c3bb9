//! `holdfast demo`: the main job in one go, with nothing but a folder of this computer.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use holdfast_app::{
    App, AppError, ErrorCode, PlaceRef, Result,
    dto::run::{RestoreOptions, RunState, SyncOptions},
    operations::{BackupRequest, Filter, RestoreRequest, Speed},
};
use sha2::{Digest, Sha256};

use crate::{
    args::DemoArgs,
    output::{Exit, Output},
    progress::Show,
    words,
};

/// The profile that the demonstration uses; the person's own stay as they are.
const PROFILE: &str = "demo";

pub async fn run(args: DemoArgs, output: &Output) -> Result<Exit> {
    let app = App::of_system()?;
    let place = app.home.paths.data.join("demo");
    let folder = match args.folder {
        Some(folder) => std::path::absolute(&folder).map_err(|e| AppError::io("finding the folder", &folder, &e))?,
        None => sample(&place.join("sample")).map_err(|e| AppError::io("making a sample", &place, &e))?,
    };
    let name = folder.file_name().map_or("folder".into(), |n| n.to_string_lossy().into_owned());
    let (bucket, restored) = (place.join("bucket"), free_name(&place.join("restored").join(&name)));
    app.use_this_computer(Some(PROFILE), Some(bucket.clone())).await?;
    let outcome = back_up_and_restore(&app, &folder, &name, &restored, output).await;
    app.shut_down().await;
    let exit = outcome?;
    let differences = compare(&folder, &restored).map_err(|e| AppError::io("comparing", &restored, &e))?;
    output.say(&format!("\nThe folder:   {}", folder.display()));
    output.say(&format!("The bucket:   {} (plain files)", bucket.display()));
    output.say(&format!("Brought back: {}", restored.display()));
    if !differences.is_empty() {
        for path in differences.iter().take(20) {
            eprintln!("  differs: {}", words::shown(path));
        }
        let count = words::files(differences.len() as u64);
        let hint = "hidden files and those your rules leave out are not backed up; anything else please report";
        return Err(AppError::config(ErrorCode::DamagedOnTheWay, format!("{count} did not come back equal"), hint));
    }
    output.say("Compared byte for byte: both folders hold the same.");
    Ok(exit)
}

async fn back_up_and_restore(app: &App, from: &Path, name: &str, to: &Path, output: &Output) -> Result<Exit> {
    let session = app.open(&PlaceRef::Profile(Some(PROFILE.into())), Speed::default()).await?;
    let run = app.running.begin(None);
    let options = SyncOptions { include_hidden: true, ..SyncOptions::default() };
    let backup = BackupRequest { folder: from.to_owned(), prefix: name.to_owned(), options };
    output.say(&format!("Backing up {} to a bucket on this computer …", from.display()));
    let show = Arc::new(Show::choose(output.json));
    let copied = backup.run(&session, &run, &(show.clone() as _)).await;
    show.finish();
    let copied = copied?;
    output.say(&format!(
        "{} copied up, {} already there: {} in {}.",
        words::files(copied.files_uploaded),
        words::count(copied.files_skipped),
        words::bytes(copied.bytes_transferred),
        words::duration(copied.duration_ms)
    ));
    output.failures(&copied.failures);
    output.say(&format!("Restoring it to {} …", to.display()));
    let show = Arc::new(Show::choose(output.json));
    let back = RestoreRequest::new(name, to, RestoreOptions::default());
    let back = back.run(&session, &run, &(show.clone() as _)).await;
    show.finish();
    let back = back?;
    output.say(&format!(
        "{} brought back and checked: {} in {}.",
        words::files(back.files_downloaded),
        words::bytes(back.bytes_transferred),
        words::duration(back.duration_ms)
    ));
    output.failures(&back.failures);
    let both = [copied.state, back.state].into_iter().all(|state| state == RunState::Complete);
    Ok(if both { Exit::Done } else { Exit::Partial })
}

/// A small folder with what folders hold: names in several languages, an empty file, a photo-sized one, a link.
fn sample(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder.join("Letters/2026"))?;
    fs::create_dir_all(folder.join("Fotos – Sommer"))?;
    fs::write(folder.join("read me.txt"), "This folder was made by “holdfast demo”. You can delete it.\n")?;
    fs::write(folder.join("empty"), "")?;
    for n in 1..=40 {
        let letter = folder.join(format!("Letters/2026/letter {n:02}.txt"));
        fs::write(letter, format!("Dear Mara,\n\nthis is letter {n}.\n").repeat(n))?;
    }
    let mut photo = Vec::with_capacity(20 << 20);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while photo.len() < 20 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        photo.extend_from_slice(&state.to_le_bytes());
    }
    fs::write(folder.join("Fotos – Sommer/Åre 3.jpg"), photo)?;
    #[cfg(unix)]
    {
        let link = folder.join("newest letter");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink("Letters/2026/letter 40.txt", link)?;
    }
    Ok(folder.to_owned())
}

/// `path`, or `path 2`, `path 3` … when that is taken.
fn free_name(path: &Path) -> PathBuf {
    let numbered = (2..).map(|n| PathBuf::from(format!("{} {n}", path.display())));
    std::iter::once(path.to_owned()).chain(numbered).find(|p| !p.exists()).unwrap_or_else(|| path.to_owned())
}

/// Relative paths that are not the same on both sides. What a backup leaves out by default is not looked at.
fn compare(from: &Path, to: &Path) -> io::Result<Vec<String>> {
    let (mine, theirs) = (digests(from)?, digests(to)?);
    let paths: std::collections::BTreeSet<_> = mine.keys().chain(theirs.keys()).collect();
    Ok(paths.into_iter().filter(|path| mine.get(*path) != theirs.get(*path)).cloned().collect())
}

fn digests(root: &Path) -> io::Result<BTreeMap<String, String>> {
    let filter = Filter::new(&[], true).map_err(io::Error::other)?;
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let kind = fs::symlink_metadata(&path)?.file_type();
            let relative = path.strip_prefix(root).map_err(io::Error::other)?;
            if filter.left_out(relative, kind.is_dir()).is_some() {
                continue;
            }
            let shown = relative.to_string_lossy().into_owned();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.insert(shown, format!("link {}", fs::read_link(&path)?.display()));
            } else if kind.is_file() {
                let mut digest = Sha256::new();
                let mut reader = io::BufReader::with_capacity(1 << 20, fs::File::open(&path)?);
                loop {
                    let chunk = io::BufRead::fill_buf(&mut reader)?;
                    if chunk.is_empty() {
                        break;
                    }
                    digest.update(chunk);
                    let used = chunk.len();
                    io::BufRead::consume(&mut reader, used);
                }
                found.insert(shown, format!("{:x?}", digest.finalize()));
            }
        }
    }
    Ok(found)
}
