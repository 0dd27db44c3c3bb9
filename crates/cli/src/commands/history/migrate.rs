//! `holdfast history migrate-backend …`

use std::{
    io::{IsTerminal, Write},
    sync::Mutex,
};

use clap::{Args, ValueEnum};
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    dto::history::HistoryMigrated,
    history::{
        self, JoinPlace, Migration,
        core::migrate::{Progress, Step},
    },
};

use super::sync::read_words;
use crate::{
    output::{Exit, Output},
    words,
};

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// A bucket or folder.
    S3,
    /// A hishtory server.
    Http,
}

/// `history migrate-backend …`
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Where to.
    #[arg(value_enum)]
    target: Target,
    /// The bucket; its keys come from the environment or the AWS configuration.
    #[arg(long, value_name = "B", conflicts_with_all = ["store", "profile"])]
    bucket: Option<String>,
    /// Its region.
    #[arg(long, value_name = "R", requires = "bucket")]
    region: Option<String>,
    /// Its address.
    #[arg(long, value_name = "E", requires = "bucket")]
    endpoint: Option<String>,
    /// Everything is kept below this.
    #[arg(long, value_name = "P", requires = "bucket")]
    prefix: Option<String>,
    /// A store URL instead.
    #[arg(long, value_name = "URL", conflicts_with = "profile")]
    store: Option<String>,
    /// A profile instead.
    #[arg(long, short, value_name = "NAME")]
    profile: Option<String>,
    /// Read hishtory's own bucket, a store URL; its secret comes on standard input.
    #[arg(long, value_name = "URL")]
    from_hishtory_bucket: Option<String>,
    /// Leave everything at the old place as it is, this device's registration too. This is so without
    /// --leave-old-server.
    #[arg(long, conflicts_with = "leave_old_server")]
    preserve_http_backup: bool,
    /// Once both sides are equal, take this device out of the old server's list. Entries stay.
    #[arg(long)]
    leave_old_server: bool,
}

pub async fn run(app: &App, args: MigrateArgs, output: &Output) -> Result<Exit> {
    if args.target == Target::Http {
        return Err(AppError::config(
            ErrorCode::NotSupported,
            "a hishtory server cannot hold all of a history",
            "`holdfast sync init --backend http --server URL` uses one from now on; what is here is sent there",
        ));
    }
    let to = match (args.bucket, args.store, args.profile) {
        (Some(bucket), ..) => {
            JoinPlace::Bucket { bucket, region: args.region, endpoint: args.endpoint, prefix: args.prefix }
        }
        (None, Some(url), _) => JoinPlace::Url { url, secret: None },
        (None, None, Some(name)) => JoinPlace::Profile(name),
        (None, None, None) => {
            return Err(AppError::config(
                ErrorCode::BadParameter,
                "the new place is missing",
                "name it with --bucket and --region, --store or --profile",
            ));
        }
    };
    let from_bucket = match args.from_hishtory_bucket {
        Some(url) => Some((url, read_words()?)),
        None => None,
    };
    let show = Steps { on: !output.json && std::io::stderr().is_terminal(), last: Mutex::default() };
    let order = Migration { to, from_bucket, preserve: !args.leave_old_server };
    let migrated = history::migrate_backend(app, order, &show).await;
    show.end();
    let migrated = migrated?;
    output.show(&migrated, migrated_words)?;
    Ok(if migrated.complete { Exit::Done } else { Exit::Partial })
}

fn migrated_words(migrated: &HistoryMigrated) -> String {
    let entries = |count| words::counted(count, "entry", "entries");
    let mut lines = vec![
        format!(
            "{} read at the old place, {} here, {} sent.",
            entries(migrated.source),
            entries(migrated.here),
            entries(migrated.sent)
        ),
        format!(
            "{} are in {} with the same content; they were read back.",
            words::count(migrated.same),
            migrated.location
        ),
    ];
    for (count, what) in [
        (migrated.missing, "not there yet: run the same again"),
        (migrated.different, "not the same there as here"),
        (migrated.skipped, "not readable at the old place"),
    ] {
        lines.extend((count > 0).then(|| format!("! {} {what}", words::counted(count, "entry is", "entries are"))));
    }
    lines.push(match migrated.complete {
        true => "The new place is used from now on. Nothing was deleted at the old one.".into(),
        false => "The old place is used as before.".into(),
    });
    if migrated.new_secret {
        lines.push("A secret was made: `holdfast history key show` prints its 24 words; write them down now.".into());
    }
    lines.join("\n")
}

/// One line on a terminal that changes.
struct Steps {
    on: bool,
    last: Mutex<String>,
}

impl Progress for Steps {
    fn step(&self, step: Step, done: u64) {
        let of = match step {
            Step::Sending { of } => format!(" of {}", words::count(of)),
            _ => String::new(),
        };
        let line = format!("{}: {}{of}", history::step_words(step), words::count(done));
        if self.on
            && let Ok(mut last) = self.last.lock()
            && *last != line
        {
            eprint!("\r\x1b[K{line}");
            let _ = std::io::stderr().flush();
            *last = line;
        }
    }
}

impl Steps {
    fn end(&self) {
        if self.on {
            eprint!("\r\x1b[K");
        }
    }
}
