//! Every promise of the conformance suite, kept by our client through the gateway.

use std::sync::Arc;

use holdfast_storage::conformance::{Case, Need, cases};
use holdfast_tests::{
    gateway::{Gateway, Plan},
    servers::{Server, block_on},
};
use libtest_mimic::{Failed, Trial};
use tokio::sync::OnceCell;

/// What a gateway does not do, whatever is behind it.
const LACKS: &[(Need, &str)] = &[
    (Need::Versions, "versions are not shown behind a gateway"),
    (Need::OddKeys, "a gateway takes only clean paths"),
    (Need::ControlKeys, "a gateway takes only clean paths"),
    (Need::Checksums, "checksums are between the gateway and the bucket"),
    (Need::UnknownLength, "S3 wants the length first"),
];

type Shared = Arc<OnceCell<Gateway>>;

pub fn trials(server: &Arc<Server>) -> Vec<Trial> {
    let shared = Shared::default();
    cases().into_iter().map(|case| trial(server.clone(), shared.clone(), case)).collect()
}

fn trial(server: Arc<Server>, shared: Shared, case: Case) -> Trial {
    let name = format!("{}::conformance::{}", server.name, case.name);
    let ours = LACKS.iter().find(|(need, _)| case.needs.contains(need)).copied();
    let lack = ours.or_else(|| server.lack(case.needs));
    let run = move || block_on(attempt(&server, &shared, &case)).map_err(Failed::from);
    match lack {
        None => Trial::test(name, run),
        Some((_, reason)) => Trial::test(name, run).with_ignored_flag(true).with_kind(reason),
    }
}

async fn attempt(server: &Server, shared: &Shared, case: &Case) -> Result<(), String> {
    let start = || async { Plan::new(server).await.client("suite", ALL).start().await };
    let gateway = shared.get_or_init(start).await;
    case.run(Arc::new(gateway.store("suite"))).await.map_err(|failure| failure.to_string())
}

const ALL: &str = "permissions: [upload, read, list, delete, presign, report]";
