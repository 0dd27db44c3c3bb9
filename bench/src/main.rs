//! The tools that `npm run bench` measures with and against: a stopwatch for other programs, trees of files, and the
//! bare loops that say what the limit is. It draws no conclusions; `scripts/bench.mjs` does.

mod files;
mod gateway;
mod history;
mod large;
mod measure;
mod records;
mod sdk;
mod swallow;
mod tree;
mod walk;

use std::{error::Error, path::PathBuf};

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "holdfast-bench")]
enum Tool {
    /// Run a program and print one line of JSON: wall and CPU seconds, peak memory, exit code.
    Measure {
        /// Where its output goes.
        #[arg(long)]
        output: PathBuf,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Make a tree of files whose content is all different.
    #[command(subcommand)]
    Tree(tree::Shape),
    /// Look at every file below a folder, as plainly as it can be done; prints number and bytes.
    Walk {
        /// The folder.
        folder: PathBuf,
    },
    /// Send every file of a folder through a gateway, and count those that were acknowledged with their hash.
    GatewayUp(gateway::Load),
    /// Compare the hash of every object of a gateway's client with the file that it was.
    GatewayCompare(gateway::Load),
    /// Put objects from memory in a bare loop over the SDK.
    PutLoop(sdk::Loop),
    /// Get the objects of a put loop, in a bare loop over the SDK.
    GetLoop(sdk::Loop),
    /// List every key below a prefix, page by page; prints how many there are.
    ListAll(sdk::Target),
    /// Search among many entries of shell history, by every text that stands in the field while a person types.
    HistorySearch(history::Search),
    /// A new device fetches a history from a store in memory.
    HistoryBootstrap {
        /// Entries of it.
        #[arg(long, default_value_t = 365_000)]
        entries: usize,
    },
    /// The requests of a month of devices that share a history.
    HistoryMonth {
        /// Devices.
        #[arg(long, default_value_t = 5)]
        devices: usize,
        /// Days.
        #[arg(long, default_value_t = 30)]
        days: i64,
        /// Commands a day on all devices together.
        #[arg(long, default_value_t = 1_000)]
        commands: usize,
    },
    /// A first device enters family records and sends them into a bucket that is a folder.
    RecordsFill(records::Family),
    /// Another device fetches them, opens them again and searches.
    RecordsJoin(records::Family),
    /// Put every file of a folder with the SDK, as it is.
    PutFiles(files::Load),
    /// Send a file in parts, in a bare loop over the SDK.
    MultipartLoop(large::Loop),
    /// Fetch an object in ranges into a file, in a bare loop over the SDK: nothing is synced.
    RangeLoop(large::Loop),
    /// Take PUT requests and throw their content away. Ends when standard input closes.
    Swallow {
        /// The port on 127.0.0.1.
        port: u16,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Tool::parse() {
        Tool::Measure { output, command } => measure::run(&output, &command),
        Tool::Tree(shape) => tree::make(&shape),
        Tool::Walk { folder } => walk::run(&folder),
        Tool::GatewayUp(load) => gateway::run(load, gateway::Task::Send),
        Tool::GatewayCompare(load) => gateway::run(load, gateway::Task::Compare),
        Tool::PutLoop(what) => sdk::run(what, sdk::Direction::Put),
        Tool::GetLoop(what) => sdk::run(what, sdk::Direction::Get),
        Tool::ListAll(target) => sdk::list(&target),
        Tool::HistorySearch(what) => history::search(&what.folder, what.entries),
        Tool::HistoryBootstrap { entries } => on_one_thread(history::bootstrap(entries)),
        Tool::HistoryMonth { devices, days, commands } => on_one_thread(history::month(devices, days, commands)),
        Tool::RecordsFill(family) => on_threads(records::fill(family)),
        Tool::RecordsJoin(family) => on_threads(records::join(family)),
        Tool::PutFiles(load) => files::run(load),
        Tool::MultipartLoop(what) => large::send(what),
        Tool::RangeLoop(what) => large::fetch(what),
        Tool::Swallow { port } => swallow::run(port),
    }
}

fn on_threads(work: impl Future<Output = Result<(), Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn on_one_thread(work: impl Future<Output = Result<(), Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
