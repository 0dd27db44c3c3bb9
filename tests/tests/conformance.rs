//! Every promise of the conformance suite, on every server, as a test of its own.

use std::sync::Arc;

use holdfast_storage::{
    ObjectStore,
    conformance::{Bucket, Case, cases},
};
use holdfast_tests::servers::{Fleet, Server, block_on};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let mut trials = Vec::new();
    for server in &fleet.servers {
        let shared = Arc::new(Shared::default());
        trials.extend(cases().into_iter().map(|case| trial(server.clone(), shared.clone(), case)));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}

/// The bucket that the cases of one server have in common.
type Shared = tokio::sync::OnceCell<Arc<dyn ObjectStore>>;

fn trial(server: Arc<Server>, shared: Arc<Shared>, case: Case) -> Trial {
    let (name, lack) = (format!("{}::{}", server.name, case.name), server.lack(case.needs));
    let run = move || block_on(attempt(&server, &shared, &case)).map_err(Failed::from);
    match lack {
        None => Trial::test(name, run),
        Some((_, reason)) => Trial::test(name, run).with_ignored_flag(true).with_kind(reason),
    }
}

async fn attempt(server: &Server, shared: &Shared, case: &Case) -> Result<(), String> {
    let new = || async { server.new_bucket().await.map(|(_, store)| store).map_err(|e| format!("no bucket: {e:?}")) };
    let store = match case.bucket {
        Bucket::Own => new().await?,
        Bucket::Shared => shared.get_or_try_init(new).await?.clone(),
    };
    case.run(store).await.map_err(|failure| failure.to_string())
}
