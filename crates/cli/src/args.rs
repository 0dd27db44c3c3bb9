//! What can be typed. Every command takes `--json`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Back up folders to a bucket you own, and bring them back.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 done in part.")]
pub struct Cli {
    /// Print one JSON value instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Which place to work with.
#[derive(Debug, Clone, Args)]
pub struct PlaceArgs {
    /// A profile made with `profile add`.
    #[arg(long, short, value_name = "NAME", global = true, conflicts_with = "store")]
    pub profile: Option<String>,
    /// A place without a profile: s3://bucket/prefix?region=…&endpoint=…, or file:///folder.
    #[arg(long, value_name = "URL", global = true)]
    pub store: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Remember places under names.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Copy a folder to the bucket: only what is new or changed.
    Backup(BackupArgs),
    /// Bring a folder back from the bucket.
    Restore(RestoreArgs),
    /// Check that what is in the bucket is what was backed up.
    Verify(VerifyArgs),
    /// List what is in the bucket.
    Ls(LsArgs),
    /// Send one file.
    Put(PutArgs),
    /// Fetch one object.
    Get(GetArgs),
    /// Remove one object.
    Rm(RmArgs),
    /// List the buckets of the account.
    Buckets(OnlyPlace),
    /// List uploads that were begun and not finished, or give them up.
    Uploads(UploadsArgs),
    /// Folders that are backed up by themselves.
    #[command(subcommand)]
    Set(SetCommand),
    /// Look after all sets until stopped: watch, keep to schedules, try again. Prints a line for each run.
    Agent(crate::commands::agent::AgentArgs),
    /// Show the run log, or one run in full.
    Runs(RunsArgs),
    /// See and change what a profile's bucket does by itself: versions, rules, classes, rights.
    #[command(subcommand)]
    Place(PlaceCommand),
    /// A bucket on this computer.
    #[command(subcommand)]
    Bucket(BucketCommand),
    /// Hold a bucket's keys for machines that may not: a server with a key, a folder and limits for each of them.
    Gateway(crate::commands::gateway::GatewayArgs),
    /// Keep shell history in step on all your devices, end-to-end encrypted, over a bucket.
    #[command(subcommand)]
    Sync(crate::commands::sync::SyncCommand),
    /// Shell history: find, delete, devices, the secret.
    #[command(subcommand)]
    History(crate::commands::history::HistoryCommand),
    /// Family records: encrypted, on all your devices, over nothing but a bucket.
    #[command(subcommand)]
    Records(crate::commands::records::RecordsCommand),
    /// Change a setting of the history.
    ConfigSet {
        /// Which; `config-get` lists them.
        key: String,
        /// Its value; empty takes it back.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Show a setting of the history, or all of them.
    ConfigGet {
        /// Which.
        key: Option<String>,
    },
    /// Show the main job: back up a folder to a bucket on this computer, restore it beside, compare.
    Demo(DemoArgs),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// `place thaw`
#[derive(Debug, Args)]
pub struct ThawArgs {
    /// The profile.
    pub name: String,
    /// Files whose names begin with this; all without it.
    #[arg(default_value = "")]
    pub prefix: String,
    /// For how many days they can be read.
    #[arg(long, default_value_t = 7, value_name = "DAYS")]
    pub days: u16,
    /// The versions that were there at this moment, such as 2026-11-20 or 2026-11-20T18:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Only say what it takes and costs.
    #[arg(long)]
    pub dry_run: bool,
}

/// `profile …`
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Test a place and remember it under a name; its secret goes into the keychain.
    Add {
        /// The name.
        name: String,
        /// s3://bucket/prefix?region=…&endpoint=…&access_key=…, or file:///folder.
        #[arg(long, value_name = "URL")]
        store: String,
        /// Read the secret access key from standard input, so that it is in no command line.
        #[arg(long)]
        secret_stdin: bool,
    },
    /// List the profiles.
    List,
    /// Show one profile; never its secret.
    Show {
        /// The name.
        name: String,
    },
    /// Try what the place really supports. Fewer than 30 requests.
    Test {
        /// The name.
        name: String,
    },
    /// Forget a profile and its secret. Nothing in the bucket is removed.
    Remove {
        /// The name.
        name: String,
    },
}

/// `place …`
#[derive(Debug, Subcommand)]
pub enum PlaceCommand {
    /// Whether old versions are kept, or switch that.
    Versioning {
        /// The profile.
        name: String,
        /// What it is to be; old versions stay when it is switched off.
        #[arg(value_parser = ["on", "off"])]
        to: Option<String>,
    },
    /// List versions of files.
    Versions {
        /// The profile.
        name: String,
        /// Files whose names begin with this; all without it.
        #[arg(default_value = "")]
        prefix: String,
        /// What was there at this moment, such as 2026-11-20 or 2026-11-20T18:00:00Z.
        #[arg(long, value_name = "TIME")]
        as_of: Option<String>,
    },
    /// Show Holdfast's rules of the bucket, or set them. Rules of others stay as they are.
    Lifecycle(LifecycleArgs),
    /// List the storage classes with their prices.
    Class {
        /// The profile.
        name: String,
    },
    /// Ask for files that lie in an archive, so that they can be restored some hours later.
    Thaw(ThawArgs),
    /// Print the least rights that Holdfast needs, as IAM takes them.
    Policy {
        /// The profile.
        name: String,
        /// As Terraform takes them.
        #[arg(long)]
        terraform: bool,
    },
}

/// `place lifecycle`
#[derive(Debug, Args)]
pub struct LifecycleArgs {
    /// The profile.
    pub name: String,
    /// Set the rules as the other options say; what is not named is not a rule any more.
    #[arg(long)]
    pub set: bool,
    /// Only show what would be sent.
    #[arg(long, requires = "set")]
    pub dry_run: bool,
    /// Give up unfinished uploads after so many days.
    #[arg(long, value_name = "DAYS", requires = "set")]
    pub abort_uploads_after: Option<u32>,
    /// Move files to this storage class.
    #[arg(long, value_name = "CLASS", requires_all = ["set", "move_after"])]
    pub move_to: Option<String>,
    /// Move them after so many days.
    #[arg(long, value_name = "DAYS", requires = "move_to")]
    pub move_after: Option<u32>,
    /// Remove old versions after so many days.
    #[arg(long, value_name = "DAYS", requires = "set")]
    pub expire_old_versions_after: Option<u32>,
}

/// `backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The folder on this computer.
    pub folder: PathBuf,
    /// Where below the place it is kept.
    pub prefix: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Only show what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Remove from the bucket what was deleted here.
    #[arg(long)]
    pub delete_remote: bool,
    /// Agree that exactly so many objects are removed, when a run stopped and asked.
    #[arg(long, value_name = "NUMBER", requires = "delete_remote")]
    pub confirm_removal_of: Option<u64>,
    /// Stop and ask when more than so many percent of the files in the bucket would be removed [default: 50].
    #[arg(long, value_name = "PERCENT", requires = "delete_remote", value_parser = parse_share)]
    pub brake_share: Option<f64>,
    /// Stop and ask when more than so many files would be removed.
    #[arg(long, value_name = "NUMBER", requires = "delete_remote")]
    pub brake_files: Option<u64>,
    /// Leave out what matches, as in .gitignore. May be given again.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Take hidden files too.
    #[arg(long)]
    pub include_hidden: bool,
    #[command(flatten)]
    pub tuning: TuningArgs,
}

/// How fast.
#[derive(Debug, Clone, Args)]
pub struct TuningArgs {
    /// Most requests at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: u16,
    /// Most bytes per second, such as 5M or 800K.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub limit: Option<u64>,
}

/// `restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// What to bring back.
    pub prefix: String,
    /// The folder to put it into.
    pub folder: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Only show what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Replace files here that differ. Without it they stay.
    #[arg(long)]
    pub overwrite: bool,
    /// Keep files here that differ, and put the restored ones beside them.
    #[arg(long, conflicts_with = "overwrite")]
    pub keep_both: bool,
    /// Only this file, or this folder with a / at its end, relative to the prefix. May be given again.
    #[arg(long, value_name = "PATH")]
    pub only: Vec<String>,
    /// Leave out what matches, as in .gitignore. May be given again.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// As the bucket was at this moment, such as 2026-11-20 or 2026-11-20T18:00:00Z. Only where it keeps versions.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    #[command(flatten)]
    pub tuning: TuningArgs,
}

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The folder that was backed up.
    pub folder: PathBuf,
    /// Where it is kept.
    pub prefix: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Compare the listing with the index (the default). No content is read.
    #[arg(long, group = "mode")]
    pub quick: bool,
    /// Read everything back and compare its digest.
    #[arg(long, group = "mode")]
    pub full: bool,
    /// Read so many percent back, chosen at random.
    #[arg(long, value_name = "PERCENT", group = "mode", value_parser = parse_percent)]
    pub sample: Option<f64>,
    #[command(flatten)]
    pub tuning: TuningArgs,
}

/// `ls`
#[derive(Debug, Args)]
pub struct LsArgs {
    /// What to list.
    #[arg(default_value = "")]
    pub prefix: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Everything below instead of one folder.
    #[arg(long, short)]
    pub recursive: bool,
}

/// `put`
#[derive(Debug, Args)]
pub struct PutArgs {
    /// The file.
    pub file: PathBuf,
    /// Its key.
    pub key: String,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `get`
#[derive(Debug, Args)]
pub struct GetArgs {
    /// The key.
    pub key: String,
    /// The file to write.
    pub file: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `rm`
#[derive(Debug, Args)]
pub struct RmArgs {
    /// The key.
    pub key: String,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Nothing but a place.
#[derive(Debug, Args)]
pub struct OnlyPlace {
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `uploads`
#[derive(Debug, Args)]
pub struct UploadsArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Give them all up.
    #[arg(long)]
    pub abort: bool,
}

/// `bucket …`
#[derive(Debug, Subcommand)]
pub enum BucketCommand {
    /// Speak S3 on this computer over a folder of plain files, until stopped.
    Serve {
        /// The folder; made when it is missing.
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
        /// The port; a free one by default.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// The bucket's name.
        #[arg(long, default_value = "holdfast")]
        bucket: String,
    },
    /// Print the least rights that Holdfast needs in a bucket, to copy to the provider. Asks nobody.
    Policy {
        /// The bucket: s3://BUCKET/PREFIX?region=REGION&sse=kms:KEY.
        #[arg(value_name = "URL")]
        store: String,
        /// As Terraform takes them, with the bucket itself: versions, encryption, rules that leave copies and logs alone.
        #[arg(long)]
        terraform: bool,
    },
}

/// `demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The folder to show it with; a sample by default.
    pub folder: Option<PathBuf>,
}

/// `set …`
#[derive(Debug, Subcommand)]
pub enum SetCommand {
    /// Make a set.
    Add(Box<SetAddArgs>),
    /// List the sets and how they are.
    List,
    /// Show one set.
    Show(SetName),
    /// Forget a set. Nothing in the bucket is removed.
    Remove(SetName),
    /// Back it up now.
    Run {
        /// Its name.
        name: String,
        /// Agree that exactly so many objects are removed, when a run stopped and asked.
        #[arg(long, value_name = "NUMBER")]
        confirm_removal_of: Option<u64>,
        /// Read some copies back and compare them instead.
        #[arg(long, conflicts_with = "confirm_removal_of")]
        drill: bool,
    },
    /// Stop it from running by itself.
    Pause {
        /// Its name; all sets when none is given.
        name: Option<String>,
        /// For how long.
        #[arg(long, value_enum, default_value_t = PauseFor::Resumed)]
        until: PauseFor,
    },
    /// Let it run by itself again.
    Resume {
        /// Its name; all sets when none is given.
        name: Option<String>,
    },
}

/// A set that is named.
#[derive(Debug, Args)]
pub struct SetName {
    /// Its name.
    pub name: String,
}

/// For how long a set is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PauseFor {
    /// An hour.
    Hour,
    /// Until tomorrow morning.
    Tomorrow,
    /// Until `set resume`.
    Resumed,
}

/// `set add`
#[derive(Debug, Args)]
pub struct SetAddArgs {
    /// What it is called.
    pub name: String,
    /// The folder on this computer.
    pub folder: PathBuf,
    /// Where below the place it is kept.
    pub prefix: String,
    /// The profile of the place.
    #[arg(long, short, default_value = "default")]
    pub profile: String,
    /// Leave out what matches, as in .gitignore. May be given again.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Take hidden files too.
    #[arg(long)]
    pub include_hidden: bool,
    /// Remove from the bucket what was deleted here.
    #[arg(long)]
    pub delete_remote: bool,
    /// Send changes as they happen.
    #[arg(long)]
    pub watch: bool,
    /// Run every so many minutes.
    #[arg(long, value_name = "MINUTES", group = "when")]
    pub every: Option<u32>,
    /// Run each day at a time, such as 18:00.
    #[arg(long, value_name = "TIME", group = "when")]
    pub daily: Option<String>,
    /// Run by a cron line, such as "0 18 * * MON-FRI".
    #[arg(long, value_name = "LINE", group = "when")]
    pub cron: Option<String>,
    /// Do not run by itself between two times, such as 22:00-07:00.
    #[arg(long, value_name = "FROM-TO", value_parser = parse_quiet)]
    pub quiet: Option<(String, String)>,
    /// Do not run by itself on battery.
    #[arg(long)]
    pub not_on_battery: bool,
    /// Do not run by itself on a metered network.
    #[arg(long)]
    pub not_on_metered: bool,
    /// Do not run by itself on this Wi-Fi. May be given again.
    #[arg(long, value_name = "NAME")]
    pub not_on_wifi: Vec<String>,
    /// Most bytes per second, such as 5M or 800K.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub limit: Option<u64>,
    /// Never read copies back by itself. Otherwise some are, once a week.
    #[arg(long)]
    pub no_drill: bool,
    /// So many days without a complete backup are too many.
    #[arg(long, value_name = "DAYS", default_value_t = 3)]
    pub quiet_after_days: u32,
}

/// `runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// One run in full.
    pub id: Option<String>,
    /// Only runs of this set.
    #[arg(long, value_name = "NAME")]
    pub set: Option<String>,
    /// Only runs that need you.
    #[arg(long)]
    pub needs_you: bool,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub limit: u32,
}

fn parse_quiet(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('-').ok_or("write two times of day, such as 22:00-07:00")?;
    Ok((from.trim().to_owned(), to.trim().to_owned()))
}

/// Bytes per second: a number with K, M or G (thousands).
fn parse_rate(text: &str) -> Result<u64, String> {
    let text = text.trim().trim_end_matches("/s").trim_end_matches(['B', 'b']);
    let (number, factor) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'm' | 'M')) => (&text[..at], 1e6),
        Some((at, 'g' | 'G')) => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate * factor >= 1.0 => Ok((rate * factor) as u64),
        _ => Err("write bytes per second, such as 800K, 5M or 1.5G".into()),
    }
}

/// Percent, where none at all is a choice too.
fn parse_share(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write a number from 0 to 100".into()),
    }
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent),
        _ => Err("write a number above 0 and up to 100".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn rates_and_percents_are_understood() {
        for (text, want) in
            [("800", 800), ("800K", 800_000), ("5M", 5_000_000), ("1.5g", 1_500_000_000), ("2MB/s", 2_000_000)]
        {
            assert_eq!(parse_rate(text), Ok(want), "{text}");
        }
        for bad in ["", "fast", "-1", "0", "5X", "NaN", "inf"] {
            assert!(parse_rate(bad).is_err(), "{bad}");
        }
        for (text, want) in [("0", 0.0), ("10%", 10.0), ("100", 100.0)] {
            assert_eq!(parse_share(text), Ok(want));
        }
        for bad in ["-1", "101", "", "NaN"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_percent("2.5%"), Ok(2.5));
        for bad in ["0", "101", "x", "-3"] {
            assert!(parse_percent(bad).is_err(), "{bad}");
        }
    }
}
