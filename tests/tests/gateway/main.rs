//! The gateway in front of the embedded bucket and of every server that is named.

mod agent;
mod conformance;
mod spine;

use holdfast_tests::{servers::Fleet, trials::Scenario};
use libtest_mimic::Arguments;

/// A scenario for every server.
macro_rules! scenarios {
    ($($module:ident: $($name:ident),+;)*) => {
        vec![$($(Scenario {
            name: concat!(stringify!($module), "::", stringify!($name)),
            needs: &[],
            unless: |_| None,
            run: |server| Box::pin($module::$name(server)),
        }),+),*]
    };
}

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let scenarios = scenarios! {
        agent: what_a_failing_gateway_and_kills_leave_is_everything;
        spine: a_file_goes_through_the_gateway_and_comes_back;
    };
    let mut trials = Vec::new();
    for server in &fleet.servers {
        trials.extend(scenarios.iter().map(|scenario| scenario.on(server)));
        trials.extend(conformance::trials(server));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}
