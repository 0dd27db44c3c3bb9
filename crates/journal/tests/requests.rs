//! What a month costs, by the meter: 1,000 commands a day on five devices together.

mod common;

use std::collections::BTreeMap;

use common::World;
use holdfast_journal::{Creates, DAY, HOUR, MINUTE, Millis, Reach, State, plan::Due};
use holdfast_storage::{RequestKind, layer::Layered, meter::Meter};
use rand::{Rng, SeedableRng, rngs::StdRng};

const DEVICES: usize = 5;
const DAYS: i64 = 30;
const COMMANDS_A_DAY: usize = 1000;

/// When each device runs a command on one day: spread evenly over ten hours of work, which fills batches the least.
fn commands_of(day: i64, random: &mut StdRng) -> BTreeMap<Millis, usize> {
    let mut commands = BTreeMap::new();
    while commands.len() < COMMANDS_A_DAY {
        let at = day * DAY + 8 * HOUR + random.random_range(0..10 * HOUR);
        commands.insert(at, random.random_range(0..DEVICES));
    }
    commands
}

/// PUT, LIST and POST: what providers charge most for. DELETE costs nothing, DeleteObjects is a POST.
fn is_dear(kind: RequestKind) -> bool {
    !matches!(kind, RequestKind::Get | RequestKind::Head | RequestKind::Delete)
}

#[tokio::test]
async fn a_month_of_five_devices_costs_at_most_half_a_put_list_or_post_per_command() {
    let (world, meter) = (World::new(), Meter::new());
    let store = Layered::wrap(world.store.clone(), meter.clone());
    let mut devices: Vec<_> = (0..DEVICES as u64)
        .map(|seed| world.device_over(store.clone(), State::in_memory().unwrap(), seed + 1, Creates::Honoured))
        .collect();
    let mut random = StdRng::seed_from_u64(1);
    for day in 0..DAYS {
        let mut commands = commands_of(day, &mut random).into_iter().peekable();
        // Every device is in use from eight to six. It sends what is due each minute and reads every tenth.
        for minute in 0..10 * 60 {
            let now = day * DAY + 8 * HOUR + minute * MINUTE;
            while let Some((at, device)) = commands.next_if(|(at, _)| *at < now + MINUTE) {
                devices[device].capture(&format!("cargo test --package number-{at}"), at);
            }
            for device in &mut devices {
                if device.journal.due(now + MINUTE).unwrap() == Due::Now {
                    device.journal.flush(now + MINUTE).await.unwrap();
                }
                if minute % 10 == 0 {
                    device.journal.sync(Reach::Usual, now + MINUTE).await.unwrap();
                }
            }
        }
        for device in &mut devices {
            device.journal.flush(day * DAY + 19 * HOUR).await.unwrap();
        }
    }
    for device in &mut devices {
        device.journal.pull(Reach::Usual, DAYS * DAY).await.unwrap();
        assert_eq!(device.ids().len(), COMMANDS_A_DAY * DAYS as usize);
    }
    let tally = meter.tally();
    let dear: u64 = tally.requests.iter().filter(|(kind, _)| is_dear(**kind)).map(|(_, count)| count).sum();
    let per_command = dear as f64 / (COMMANDS_A_DAY as f64 * DAYS as f64);
    println!("requests in {DAYS} days: {:?}", tally.by_action());
    println!(
        "PUT, LIST and POST per command: {per_command:.3}; sent {} B, received {} B",
        tally.bytes_out, tally.bytes_in
    );
    assert!(per_command <= 0.5, "{per_command}");
}
