//! Beginning, unlocking, and the recovery code.

use std::io::IsTerminal;

use clap::Subcommand;
use holdfast_app::{
    App, AppError, ErrorCode, Result,
    records::{self, Forget},
};
use serde_json::json;

use super::secret;
use crate::{
    output::{Exit, Output},
    words,
};

/// Typed wrongly so often, it is left for later.
const ATTEMPTS: u32 = 3;

/// `records recovery-code …`
#[derive(Debug, Subcommand)]
pub enum CodeCommand {
    /// Type it, to see that it opens the vault. Needed once after `init` and `change`; a good habit once a year.
    Check,
    /// Make another one. The former opens nothing any more.
    Change,
    /// Split it into shares for relatives, of which some together give it back.
    Split {
        /// How many shares.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(2..=16))]
        shares: u8,
        /// How many of them are needed.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(2..=16))]
        needed: u8,
    },
}

pub async fn init(app: &App, order: records::Begin, another: bool, output: &Output) -> Result<Exit> {
    let founded = records::init(app, order, another).await?;
    if output.json {
        output.show(&founded, |_| String::new())?;
        return Ok(Exit::Done);
    }
    output.say(&format!("The vault is in {}.\n", words::shown(&founded.location)));
    if let Some(keyring) = &founded.keyring {
        output.say(&format!(
            "For this computer's environment, and for nobody's eyes:\n{}={keyring}\n",
            records::VARIABLE
        ));
    }
    shown_code(&founded.code, output);
    typed_back(app, output).await
}

fn shown_code(code: &str, output: &Output) {
    output.say(
        "This is the recovery code. It is shown this once. Write it on paper; whoever has it reads everything, and\n\
         without it nobody does when this computer is lost, you neither.\n",
    );
    output.say(&rows(code));
}

fn rows(code: &str) -> String {
    let words: Vec<(usize, &str)> = code.split(' ').enumerate().collect();
    let row = |row: &[(usize, &str)]| {
        row.iter().map(|(at, word)| format!("{:2} {word:10}", at + 1)).collect::<String>().trim_end().to_owned()
    };
    words.chunks(6).map(row).collect::<Vec<_>>().join("\n")
}

/// Asks for the code where somebody can type it; elsewhere says what is to be done.
async fn typed_back(app: &App, output: &Output) -> Result<Exit> {
    if !std::io::stdin().is_terminal() {
        output.say("\nBefore the vault is used:  holdfast records recovery-code check");
        return Ok(Exit::Done);
    }
    output.say("");
    for _ in 0..ATTEMPTS {
        match records::check_code(app, &secret::words("Type the code back")?).await {
            Ok(()) => {
                output.say("That is it. Begin with:  holdfast records members add name=NAME");
                return Ok(Exit::Done);
            }
            Err(error) if error.code == ErrorCode::RecordsCode => eprintln!("{}", words::shown(&error.message)),
            Err(error) => return Err(error),
        }
    }
    Err(AppError::config(
        ErrorCode::RecordsUnconfirmed,
        "the recovery code was not typed back",
        "`holdfast records recovery-code check` takes it later; `holdfast records recovery-code change` makes another one",
    ))
}

pub async fn unlock(app: &App, order: records::Begin, user: Option<&str>, output: &Output) -> Result<Exit> {
    let again = if order.is_as_set() && user.is_none() { records::reopen(app).await? } else { None };
    let unlocked = match again {
        Some(unlocked) => unlocked,
        None => records::unlock(app, order, &secret::words("Recovery code")?, user).await?,
    };
    output.show(&unlocked, |unlocked| {
        let mut lines = vec![format!(
            "The vault in {} is open: {}, {}.",
            words::shown(&unlocked.location),
            words::counted(unlocked.members, "person", "people"),
            words::counted(unlocked.records, "record", "records"),
        )];
        lines.extend(unlocked.keyring.as_ref().map(|keyring| format!("{}={keyring}", records::VARIABLE)));
        lines.extend(unlocked.failures.iter().map(|line| format!("! {}", words::shown(line))));
        lines.join("\n")
    })?;
    Ok(if unlocked.failures.is_empty() { Exit::Done } else { Exit::Partial })
}

pub async fn lock(app: &App, forget: bool, idle: Option<u32>, output: &Output) -> Result<Exit> {
    if let Some(minutes) = idle {
        records::set_lock_after(app, minutes)?;
        output.show(&json!({ "lock_after_minutes": minutes }), |_| match minutes {
            0 => "A window stays open until somebody locks it.".into(),
            _ => format!(
                "A window locks when nobody used it for {}.",
                words::counted(u64::from(minutes), "minute", "minutes")
            ),
        })?;
        return Ok(Exit::Done);
    }
    records::lock(app, if forget { Forget::Keyring } else { Forget::Nothing }).await?;
    output.show(&json!({ "locked": true, "forgotten": forget }), |_| match forget {
        true => "Locked. Only the recovery code opens it here again: holdfast records unlock".into(),
        false => "Locked. `holdfast records unlock` opens it again, without the code as long as the key is here; \
             `holdfast records lock --forget` takes the key away."
            .into(),
    })?;
    Ok(Exit::Done)
}

pub async fn run(app: &App, command: CodeCommand, output: &Output) -> Result<Exit> {
    match command {
        CodeCommand::Check => {
            records::check_code(app, &secret::words("Recovery code")?).await?;
            output.show(&json!({ "opens": true }), |_| "That is it: this code opens the vault.".into())?;
        }
        CodeCommand::Change => {
            let code = records::change_code(app).await?;
            if !output.json {
                shown_code(&code, output);
                return typed_back(app, output).await;
            }
            output.show(&json!({ "code": code.as_str() }), |_| String::new())?;
        }
        CodeCommand::Split { shares, needed } => {
            let made = records::split_code(app, &secret::words("Recovery code")?, needed, shares).await?;
            let texts: Vec<&str> = made.iter().map(|share| share.as_str()).collect();
            output.show(&json!({ "needed": needed, "shares": texts }), |_| {
                let head = format!("Any {needed} of these {shares} give the code back; fewer tell nothing of it.");
                let share = |(at, text): (usize, &&str)| format!("\nShare {} of {shares}\n{}", at + 1, rows(text));
                std::iter::once(head).chain(texts.iter().enumerate().map(share)).collect::<Vec<_>>().join("\n")
            })?;
        }
    }
    Ok(Exit::Done)
}
