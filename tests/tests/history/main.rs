//! Shell history of one person on two computers, over the embedded bucket and every server that is named, by the
//! program alone.

mod damage;
mod sharing;
mod world;

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
        sharing: two_computers_share_a_history, a_bucket_may_come_from_the_environment,
            a_deletion_is_carried_out_and_acknowledged, a_killed_push_is_made_whole,
            typing_keeps_computers_in_step, what_was_typed_is_sent_before_sleep, a_place_that_was_set_by_hand_gets_everything, two_at_once_take_turns, a_cloned_computer_takes_an_id_of_its_own, a_history_moves_to_another_place;
        damage: the_wrong_secret_changes_nothing, somebody_elses_history_is_not_joined_by_chance,
            damaged_parts_are_named_and_the_rest_goes_on, a_log_that_was_set_back_is_named,
            a_bucket_that_is_not_there_is_said_and_nothing_is_lost;
    };
    let trials = fleet.servers.iter().flat_map(|server| scenarios.iter().map(|scenario| scenario.on(server))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}
