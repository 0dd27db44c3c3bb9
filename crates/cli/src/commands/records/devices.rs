//! The computers of a vault, and a place that was set back.

use clap::Subcommand;
use holdfast_app::{
    App, Result,
    dto::records_sharing::{RecordsDevice, RecordsDeviceRevoked, RecordsSetBack},
    records,
};

use super::secret;
use crate::{
    output::{Exit, Output},
    words,
};

/// `records devices …`
#[derive(Debug, Subcommand)]
pub enum DevicesCommand {
    /// Shut out a computer that is lost. Other keys begin: it opens nothing that is written from then on, and nothing that it
    /// writes counts. Asks for the recovery code, under which the new keys are sealed.
    Revoke {
        /// Its name or id, or how the id begins.
        device: String,
    },
}

pub async fn run(app: &App, command: Option<DevicesCommand>, output: &Output) -> Result<Exit> {
    let mut open = records::unlocked(app).await?;
    match command {
        None => output.show(&open.devices()?, |all| all.iter().map(device_words).collect::<Vec<_>>().join("\n"))?,
        Some(DevicesCommand::Revoke { device }) => {
            let code = secret::words("Recovery code")?;
            output.show(&open.revoke_device(app, &device, &code).await?, revoked_words)?;
        }
    }
    Ok(Exit::Done)
}

fn device_words(device: &RecordsDevice) -> String {
    let day = device.last_seen.as_deref().and_then(|seen| seen.split('T').next());
    let seen = day.map(|day| format!(" · here on {day}")).unwrap_or_default();
    let this = if device.is_this { " · this computer" } else { "" };
    let revoked = if device.revoked { " · revoked" } else { "" };
    format!("{}  {}{this}{seen}{revoked}", &device.id[..8], name(device))
}

fn name(device: &RecordsDevice) -> String {
    words::shown(device.name.as_deref().unwrap_or("(no name)"))
}

fn names(devices: &[RecordsDevice]) -> String {
    devices.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn revoked_words(revoked: &RecordsDeviceRevoked) -> String {
    let mut lines = vec![
        format!("{} is revoked: it opens nothing that is written from now on.", name(&revoked.device)),
        "What it had until now it still has. If its disk can be read by somebody else, take that as read.".into(),
        "Take its keys to the bucket away, too: your provider's settings do that, not Holdfast.".into(),
    ];
    lines.extend((revoked.stay.len() > 1).then(|| format!("The new keys were handed to {}.", names(&revoked.stay))));
    lines.extend((!revoked.left_out.is_empty()).then(|| {
        format!("! {} must be opened with the recovery code again: holdfast records unlock", names(&revoked.left_out))
    }));
    lines.extend((!revoked.compare_again.is_empty()).then(|| {
        format!(
            "! Your public key is another one: {} must add you again, with these words.\n  {}",
            words::shown(&revoked.compare_again.join(", ")),
            revoked.words,
        )
    }));
    lines.join("\n")
}

/// What a place that was set back means, and what to do.
pub fn set_back_words(all: &[RecordsSetBack], accepted: bool) -> Vec<String> {
    let one = |back: &RecordsSetBack| {
        let whose = match (back.is_this, back.name.as_deref()) {
            (true, _) => "this computer".to_owned(),
            (false, Some(name)) => words::shown(name),
            (false, None) => format!("computer {}", &back.device[..8]),
        };
        format!(
            "! The place was set back: the log of {whose} lacks {} that were there.",
            words::counted(back.missing, "entry", "entries")
        )
    };
    let mut lines: Vec<String> = all.iter().map(one).collect();
    match (all.is_empty(), accepted) {
        (true, _) => {}
        (false, true) => lines.push("  It is accepted as it is, and named again only when more is missing.".into()),
        (false, false) => lines.push(
            "  What was heard before is still here. Ask whoever keeps the bucket whether it was restored from a copy. \
             `holdfast records verify --put-back` writes again what the place lost and this computer has; files are put \
             back by attaching them again. When you know of it: holdfast records sync --accept-set-back"
                .into(),
        ),
    }
    lines
}
