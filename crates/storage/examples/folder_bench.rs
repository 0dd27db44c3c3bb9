//! Measures the folder store: `cargo run --release -p holdfast-storage --example folder_bench [FOLDER] [FILES]`.
//!
//! Prints milliseconds per operation of 4 KiB writes and reads with 64 in flight, and of listing 100,000 keys.

use std::{path::PathBuf, sync::Arc, time::Instant};

use futures::{StreamExt, TryStreamExt, stream};
use holdfast_storage::{Body, Error, FolderStore, Key, ListRequest, ObjectStore, Result, body::collect};

const LISTED: usize = 100_000;
const IN_FLIGHT: usize = 64;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let parent = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let files = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let dir = tempfile::tempdir_in(parent).map_err(|e| Error::io("making a folder to measure in", e))?;
    let store = Arc::new(FolderStore::create(dir.path().join("bench")).await?);

    let time = Instant::now();
    put(&store, 0..files, "spread").await?;
    report("put 4 KiB, 64 in flight, 100 folders", time, files);
    let time = Instant::now();
    put(&store, 0..files, "spread").await?;
    report("put again over it", time, files);
    let time = Instant::now();
    for number in 0..500 {
        store.put(&name("single", number)?, Body::bytes(vec![7; 4096]), &Default::default()).await?;
    }
    report("put one after the other", time, 500);
    let time = Instant::now();
    get(&store, 0..files, "spread").await?;
    report("get 4 KiB, 64 in flight", time, files);
    let time = Instant::now();
    for number in 0..2000 {
        store.head(&name("spread", number)?, &Default::default()).await?;
    }
    report("head one after the other", time, 2000);

    put(&store, files..LISTED.max(files), "spread").await?;
    let time = Instant::now();
    let rows = list(&store, None).await?;
    println!("list {rows} rows in pages of 1,000: {:.0} ms", time.elapsed().as_secs_f64() * 1e3);
    let time = Instant::now();
    let rows = list(&store, Some("/")).await?;
    println!("list {rows} groups with a delimiter: {:.1} ms", time.elapsed().as_secs_f64() * 1e3);
    let time = Instant::now();
    let seen = store.rescan().await?;
    println!("rescan of {} files: {:.0} ms, {} changed", seen.files, time.elapsed().as_secs_f64() * 1e3, seen.changed);

    drop(store);
    let time = Instant::now();
    let store = FolderStore::open(dir.path().join("bench")).await?;
    println!("open: {:.1} ms", time.elapsed().as_secs_f64() * 1e3);
    drop(store);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.path().join(format!("bench/.holdfast/index.db{end}")));
    }
    let time = Instant::now();
    FolderStore::open_quietly(dir.path().join("bench")).await?;
    println!("open with a lost index: {:.0} ms", time.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn name(group: &str, number: usize) -> Result<Key> {
    Ok(Key::new(format!("{group}/{:02}/file-{number:06}.bin", number % 100))?)
}

async fn put(store: &Arc<FolderStore>, numbers: std::ops::Range<usize>, group: &str) -> Result<()> {
    let content = bytes::Bytes::from(vec![42; 4096]);
    let puts = stream::iter(numbers).map(|number| {
        let (store, content) = (store.clone(), content.clone());
        async move { store.put(&name(group, number)?, Body::bytes(content), &Default::default()).await }
    });
    puts.buffer_unordered(IN_FLIGHT).try_for_each(|_| async { Ok(()) }).await
}

async fn get(store: &Arc<FolderStore>, numbers: std::ops::Range<usize>, group: &str) -> Result<()> {
    let gets = stream::iter(numbers).map(|number| {
        let store = store.clone();
        async move { collect(store.get(&name(group, number)?, &Default::default()).await?.body).await }
    });
    gets.buffer_unordered(IN_FLIGHT).try_for_each(|_| async { Ok(()) }).await
}

async fn list(store: &Arc<FolderStore>, delimiter: Option<&str>) -> Result<usize> {
    let mut request = ListRequest { delimiter: delimiter.map(str::to_owned), ..ListRequest::default() };
    if delimiter.is_some() {
        request.prefix = "spread/".into();
    }
    let mut rows = 0;
    loop {
        let page = store.list(&request).await?;
        rows += page.objects.len() + page.prefixes.len();
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return Ok(rows),
        }
    }
}

fn report(what: &str, since: Instant, count: usize) {
    println!("{what}: {:.3} ms each", since.elapsed().as_secs_f64() * 1e3 / count as f64);
}
