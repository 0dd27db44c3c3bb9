//! The gateway in front of the embedded bucket and of every server that is named.

mod admin;
mod agent;
mod api;
mod clock;
mod conformance;
mod disk;
mod faults;
mod hostile;
mod program;
mod s3;
mod spine;

use holdfast_storage::conformance::Need;
use holdfast_tests::{
    disk::can_mount,
    servers::{Fleet, Server},
    trials::Scenario,
};
use libtest_mimic::Arguments;

/// A scenario for every server.
macro_rules! scenarios {
    ($($module:ident: $($name:ident),+;)*) => {
        vec![$($(Scenario {
            name: concat!(stringify!($module), "::", stringify!($name)),
            needs: needs(stringify!($name)),
            unless: unless(stringify!($name)),
            run: |server| Box::pin($module::$name(server)),
        }),+),*]
    };
}

/// What a scenario wants of the server behind the gateway.
fn needs(scenario: &str) -> &'static [Need] {
    match scenario {
        "of_many_creators_one_wins" => &[Need::CreateIfAbsent],
        _ => &[],
    }
}

/// Why a scenario cannot be tried here.
fn unless(scenario: &str) -> fn(&Server) -> Option<&'static str> {
    match scenario {
        "a_full_disk_under_the_database_stops_no_upload" => |_| (!can_mount()).then_some("needs root, to mount a disk"),
        _ => |_| None,
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let fleet = Fleet::assemble();
    let scenarios = scenarios! {
        agent: what_a_failing_gateway_and_kills_leave_is_everything;
        spine: a_file_goes_through_the_gateway_and_comes_back;
        api: a_form_may_have_its_fields_in_any_order, content_with_another_hash_is_refused,
            every_endpoint_wants_its_permission, what_is_removed_is_gone, a_link_needs_no_key_and_leads_nowhere_else,
            a_download_honours_ranges_and_conditions, allowed_paths_are_all_that_is_seen, limits_are_held,
            parts_do_not_add_up_to_more_than_a_file_may_be;
        hostile: no_path_leads_out_of_the_folder, only_the_right_key_opens, ten_gigabytes_are_refused_early,
            slow_and_huge_heads_are_cut_off, a_body_that_stops_coming_is_given_up, bad_json_is_refused;
        faults: a_client_that_goes_away_leaves_nothing, a_broken_line_to_the_bucket_is_mended,
            a_bucket_that_is_gone_is_told_as_that, a_bucket_that_dies_for_good_leaves_no_open_upload, of_many_creators_one_wins;
        s3: an_s3_tool_works_with_a_clients_key_alone, s3_with_a_wrong_key_is_refused;
        admin: reports_of_two_gateways_are_one_list, numbers_name_no_key_and_no_path, a_token_works_as_long_as_its_key,
            keys_are_changed_without_a_gap, the_api_describes_itself,
            tokens_of_an_issuer_are_accepted_for_its_subject, a_silent_client_is_told;
        clock: a_clock_that_jumps_takes_nothing_away, a_clock_that_jumps_opens_and_closes_no_limit;
        disk: a_full_disk_under_the_database_stops_no_upload;
        program: tls_and_a_reload_that_drops_nothing, a_bad_configuration_is_told_by_its_field, the_end_waits_for_uploads,
            a_killed_gateway_cleans_up_at_its_next_start;
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
