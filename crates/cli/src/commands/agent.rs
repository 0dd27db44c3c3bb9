//! `holdfast agent`: looks after the sets without a window.

use std::sync::Arc;

use holdfast_app::{
    App, Result,
    agent::{Agent, AgentEvents, AgentOptions, SystemClock},
    dto::{
        log::{RunKind, RunView},
        overview::ChangedWhat,
        run::ProgressEvent,
    },
    system::ThisSystem,
};
use serde_json::json;

use super::{interrupted, runs::line};
use crate::output::{Exit, Output};

/// Prints a line for each run.
struct Lines(Output);

impl AgentEvents for Lines {
    fn changed(&self, _: ChangedWhat) {}

    fn progress(&self, _: RunKind, _: ProgressEvent) {}

    fn ended(&self, run: &RunView) {
        let _unprintable = self.0.show(run, line);
    }
}

pub async fn run(output: &Output) -> Result<Exit> {
    let app = Arc::new(App::of_system()?);
    let sets = app.home.sets.load()?.by_name().len();
    let events = Arc::new(Lines(*output));
    let (system, clock) = (Arc::new(ThisSystem), Arc::new(SystemClock::default()));
    let agent = Agent::start(app.clone(), AgentOptions { events, system, clock })?;
    output.show(&json!({ "ready": true, "sets": sets }), |_| {
        format!("Looking after {sets} {} until you press Ctrl-C.", if sets == 1 { "set" } else { "sets" })
    })?;
    interrupted().await;
    agent.stop().await;
    app.shut_down().await;
    Ok(Exit::Done)
}
