//! A plan as people read it: groups, reasons, a receipt, and the brake.

use holdfast_backup::{
    plan::{BackupPlan, Brake as BackupBrake, Reason},
    restore::{Action, RestorePlan},
    scan::Skip,
};
use holdfast_storage::{
    RequestKind,
    meter::Tally,
    price::{BilledAs, PriceList, billed_as},
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::config::Failure;
use crate::error::{self, AppError, Context};

/// How many files a reason names.
const EXAMPLES: usize = 50;

/// What a run is going to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlanView {
    /// Files that take part.
    pub total_files: u64,
    /// Their bytes.
    pub total_bytes: u64,
    /// What happens to them.
    pub groups: Vec<PlanGroup>,
    /// What it costs.
    pub receipt: Receipt,
    /// Why the run would stop and ask.
    pub brake: Option<Brake>,
    /// What cannot be done, known before the start.
    pub problems: Vec<Failure>,
    /// Bytes free at the destination of a restore.
    pub free_bytes: Option<u64>,
}

/// What happens to a group of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// Goes up.
    Upload,
    /// Is removed from the bucket.
    Remove,
    /// Does not take part.
    Skip,
    /// Stays as it is.
    Keep,
    /// Comes back.
    Download,
    /// Comes back in the place of another.
    Replace,
}

/// Files with the same fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanGroup {
    /// Their fate.
    pub kind: PlanKind,
    /// How many.
    pub count: u64,
    /// Bytes together.
    pub bytes: u64,
    /// Why.
    pub reasons: Vec<PlanReason>,
}

/// Files with the same fate for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanReason {
    /// For programs: `new`, `changed`, `moved`, `gone`, `pattern`, …
    pub reason: String,
    /// For people.
    pub words: String,
    /// How many.
    pub count: u64,
    /// Bytes together.
    pub bytes: u64,
    /// Some of them.
    pub examples: Vec<PlanExample>,
}

/// One file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanExample {
    /// Relative path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What else there is to say, such as its new name.
    pub note: Option<String>,
}

/// What a run costs by list prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Receipt {
    /// By kind of request.
    pub lines: Vec<ReceiptLine>,
    /// Together, US dollars.
    pub now_usd: f64,
    /// What the new bytes add to each month, US dollars.
    pub monthly_usd: f64,
    /// Whose prices.
    pub price_list: String,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ReceiptLine {
    /// What, in the plural.
    pub words: String,
    /// How many.
    pub count: u64,
    /// US dollars.
    pub usd: f64,
}

/// Why a run stops and asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Brake {
    /// `brake_empty`, `brake_volume` or `brake_share`.
    pub reason: String,
    /// Objects that would be removed.
    pub removals: u64,
    /// Objects in the bucket before.
    pub of: u64,
    /// What happened.
    pub words: String,
    /// What to ask oneself.
    pub hint: String,
}

impl PlanView {
    /// A backup's plan.
    pub fn of_backup(plan: &BackupPlan, prices: &PriceList, context: &Context) -> Self {
        let (send, gone, skipped) = (plan.to_send(), plan.gone(), plan.skipped());
        let seen = &plan.observed;
        let mut groups = vec![PlanGroup {
            kind: PlanKind::Upload,
            count: send.files,
            bytes: send.bytes,
            reasons: [Reason::New, Reason::Changed, Reason::Moved].map(|r| sent_for(plan, r)).into(),
        }];
        if gone.files > 0 {
            let kind = if plan.remove { PlanKind::Remove } else { PlanKind::Keep };
            groups.push(PlanGroup { kind, count: gone.files, bytes: gone.bytes, reasons: vec![gone_reason(plan)] });
        }
        if skipped.files > 0 {
            let reasons = seen.skipped.iter().map(|(why, group)| {
                let examples = group.examples.iter().map(|(path, size)| example(path, *size)).collect();
                let (reason, words) = skip_words(why);
                PlanReason { reason, words, count: group.count.files, bytes: group.count.bytes, examples }
            });
            let reasons = reasons.collect();
            groups.push(PlanGroup { kind: PlanKind::Skip, count: skipped.files, bytes: skipped.bytes, reasons });
        }
        let unchanged = reason("unchanged", "As it was when it was copied", seen.unchanged.files, seen.unchanged.bytes);
        groups.push(PlanGroup {
            kind: PlanKind::Keep,
            count: seen.unchanged.files,
            bytes: seen.unchanged.bytes,
            reasons: vec![unchanged],
        });
        groups.iter_mut().for_each(|group| group.reasons.retain(|reason| reason.count > 0));
        groups.retain(|group| group.count > 0);
        let added = plan.count(Reason::New).bytes + plan.count(Reason::Moved).bytes;
        Self {
            total_files: send.files + seen.unchanged.files,
            total_bytes: send.bytes + seen.unchanged.bytes,
            groups,
            receipt: Receipt::new(&plan.requests, added, prices),
            brake: plan.brake.as_ref().map(Brake::of),
            problems: seen.failures.iter().map(|f| error::failure(f, context)).collect(),
            free_bytes: None,
        }
    }

    /// A restore's plan.
    pub fn of_restore(plan: &RestorePlan, prices: &PriceList, context: &Context) -> Self {
        let mut groups: Vec<PlanGroup> = Vec::new();
        for action in Action::ALL.into_iter().filter(|action| *action != Action::Refuse) {
            let count = plan.count(action);
            let (kind, code, words) = action_words(action);
            let examples = plan.examples(action, EXAMPLES).into_iter().map(|file| PlanExample {
                path: file.path,
                size: file.size,
                note: file.new_path,
            });
            let reason = PlanReason {
                reason: code.into(),
                words: words.into(),
                count: count.files,
                bytes: count.bytes,
                examples: examples.collect(),
            };
            match groups.iter_mut().find(|group| group.kind == kind) {
                _ if count.files == 0 => {}
                Some(group) => {
                    group.count += count.files;
                    group.bytes += count.bytes;
                    group.reasons.push(reason);
                }
                None => {
                    let reasons = vec![reason];
                    groups.push(PlanGroup { kind, count: count.files, bytes: count.bytes, reasons });
                }
            }
        }
        let (write, skip) = (plan.to_write(), plan.to_skip());
        let requests =
            Tally { requests: [(RequestKind::Get, plan.requests())].into(), bytes_out: 0, bytes_in: write.bytes };
        Self {
            total_files: write.files + skip.files,
            total_bytes: write.bytes + skip.bytes,
            groups,
            receipt: Receipt::new(&requests, 0, prices),
            brake: None,
            problems: plan.failures().iter().map(|f| error::failure(f, context)).collect(),
            free_bytes: plan.bytes_available(),
        }
    }

    /// How many files a group of this kind has.
    pub fn count(&self, kind: PlanKind) -> u64 {
        self.groups.iter().filter(|group| group.kind == kind).map(|group| group.count).sum()
    }
}

fn example(path: &str, size: u64) -> PlanExample {
    PlanExample { path: path.to_owned(), size, note: None }
}

fn reason(code: &str, words: &str, count: u64, bytes: u64) -> PlanReason {
    PlanReason { reason: code.into(), words: words.into(), count, bytes, examples: Vec::new() }
}

fn sent_for(plan: &BackupPlan, why: Reason) -> PlanReason {
    let (code, words) = match why {
        Reason::New => ("new", "New on this computer"),
        Reason::Changed => ("changed", "Changed since the last copy"),
        Reason::Moved => ("moved", "Renamed or copied, copied there without sending"),
    };
    let count = plan.count(why);
    let files = plan.observed.send.iter().filter(|item| item.reason == why).take(EXAMPLES);
    let examples = files.map(|item| example(&item.path(), item.size)).collect();
    PlanReason { examples, ..reason(code, words, count.files, count.bytes) }
}

fn gone_reason(plan: &BackupPlan) -> PlanReason {
    let words = match plan.remove {
        true => "Deleted on this computer",
        false => "Deleted on this computer, copies kept",
    };
    let gone = plan.gone();
    let examples = plan.observed.gone.iter().take(EXAMPLES).map(|item| example(&item.path(), item.size)).collect();
    PlanReason { examples, ..reason("gone", words, gone.files, gone.bytes) }
}

fn skip_words(why: &Skip) -> (String, String) {
    match why {
        Skip::Pattern(pattern) => ("pattern".into(), format!("Left out by the rule `{pattern}`")),
        Skip::Hidden => ("hidden".into(), "Hidden files and folders".into()),
        Skip::Cache => ("cache".into(), "In a folder marked as cache".into()),
        Skip::Special => ("special".into(), "Sockets, pipes and devices".into()),
        Skip::LeftAlone => ("left_alone".into(), "Was there before the first run".into()),
        Skip::Reserved => ("reserved".into(), "Named like what Holdfast keeps there itself".into()),
    }
}

fn action_words(action: Action) -> (PlanKind, &'static str, &'static str) {
    match action {
        Action::New => (PlanKind::Download, "new", "Not on this computer"),
        Action::Replace => (PlanKind::Replace, "replace", "In the place of a file that differs"),
        Action::KeepBoth => (PlanKind::Download, "keep_both", "Beside a file that differs, under a new name"),
        Action::SkipSame => (PlanKind::Keep, "same", "Already the same"),
        Action::SkipSameSize => (PlanKind::Keep, "here", "Already here with the same size"),
        Action::SkipDiffers => (PlanKind::Skip, "differs", "A different file is here and stays"),
        Action::Refuse => (PlanKind::Skip, "refused", "Cannot be restored here"),
    }
}

impl Receipt {
    /// From requests, and bytes that stay.
    pub fn new(requests: &Tally, added: u64, prices: &PriceList) -> Self {
        let lines = requests.requests.iter().map(|(kind, count)| ReceiptLine {
            words: request_words(*kind, *count).into(),
            count: *count,
            usd: prices.request(*kind) * *count as f64,
        });
        Self {
            lines: lines.collect(),
            now_usd: prices.total(requests),
            monthly_usd: prices.month(added),
            price_list: prices.name.clone().into_owned(),
        }
    }
}

fn request_words(kind: RequestKind, count: u64) -> &'static str {
    use RequestKind as K;
    let one = count == 1;
    match kind {
        K::Put if one => "upload",
        K::Put => "uploads",
        K::UploadPart if one => "part of a large file",
        K::UploadPart => "parts of large files",
        K::CreateMultipart if one => "large file begun",
        K::CreateMultipart => "large files begun",
        K::CompleteMultipart if one => "large file put together",
        K::CompleteMultipart => "large files put together",
        K::Copy if one => "copy made there",
        K::Copy => "copies made there",
        K::Get if one => "download",
        K::Get => "downloads",
        K::List | K::ListUploads | K::ListVersions | K::ListParts => "listings",
        K::Delete | K::DeleteMany | K::AbortMultipart if one => "delete request",
        K::Delete | K::DeleteMany | K::AbortMultipart => "delete requests",
        _ if billed_as(kind) == BilledAs::Read => "questions",
        _ => "other requests",
    }
}

impl Brake {
    fn of(brake: &BackupBrake) -> Self {
        let error = AppError::from(holdfast_backup::Error::Brake { brake: *brake });
        let reason = serde_json::to_value(error.code).ok().and_then(|v| v.as_str().map(str::to_owned));
        Self {
            reason: reason.unwrap_or_default(),
            removals: brake.removals,
            of: brake.of,
            words: error.message,
            hint: error.hint,
        }
    }
}
