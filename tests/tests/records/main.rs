//! Family records of one person on two computers, over the embedded bucket and every server that is named, by the program
//! alone.

mod damage;
mod lost;
mod others;
mod sharing;
mod whole;
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
        sharing: two_computers_share_a_vault, a_large_file_comes_back_and_is_kept_once,
            what_both_edited_is_shown_and_merged, nothing_is_used_before_the_code_is_typed_back,
            a_changed_code_and_shares_of_it_open_the_vault, killed_work_is_made_whole;
        damage: wrong_codes_and_places_change_nothing, a_second_vault_is_not_begun_by_chance,
            what_is_damaged_is_named_and_the_rest_goes_on, plain_text_is_nowhere, a_locked_computer_reads_nothing;
        others: what_is_given_is_read_written_and_ended, who_may_read_alone_changes_nothing,
            somebody_reads_and_writes_through_a_gateway;
        lost: a_revoked_computer_reads_what_it_has_and_nothing_new, a_bucket_that_was_set_back_is_named;
        whole: everything_can_be_taken_out_again_and_again, documents_are_imported_once;
    };
    let trials = fleet.servers.iter().flat_map(|server| scenarios.iter().map(|scenario| scenario.on(server))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    fleet.disband();
    conclusion.exit();
}
