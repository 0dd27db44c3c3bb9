//! Two to six devices over a place that fails, forgets and lies, on computers that crash, are copied and have wrong
//! clocks: whatever happens, every entry that was captured and not deleted is on every device in the end, nothing that
//! was deleted returns, and the order is the same everywhere.
//!
//! `HOLDFAST_TEST_SEED=N` replays one run, `HOLDFAST_SIMULATION_SEEDS=10000` makes so many instead of 500.

mod store;
mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use world::{Seen, World};

const SEEDS: u64 = 500;
const THREADS: usize = 2;

fn run(seed: u64) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut world = World::new(seed);
    runtime.block_on(world.run());
    world.seen
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[test]
fn nothing_is_lost_nothing_returns_and_the_order_is_the_same_everywhere() {
    if let Some(seed) = number("HOLDFAST_TEST_SEED") {
        println!("{:?}", run(seed));
        return;
    }
    let seeds = number("HOLDFAST_SIMULATION_SEEDS").unwrap_or(SEEDS);
    let (next, all, failed) = (AtomicU64::new(0), Mutex::new(Seen::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let seed = next.fetch_add(1, Ordering::Relaxed)
                    && seed < seeds
                {
                    match catch_unwind(AssertUnwindSafe(|| run(seed))) {
                        Ok(seen) => seen.0.into_iter().for_each(|(what, n)| all.lock().unwrap().count(what, n)),
                        Err(_) => failed.lock().unwrap().push(seed),
                    }
                }
            });
        }
    });
    let (seen, failed) = (all.into_inner().unwrap(), failed.into_inner().unwrap());
    println!("{seeds} runs: {:?}", seen.0);
    assert!(failed.is_empty(), "replay with HOLDFAST_TEST_SEED={failed:?}");
    for what in ["clones", "new ids", "crashes", "states lost", "errors", "folds", "removed", "deletions"] {
        assert!(seen.0.get(what).is_some_and(|times| *times > 0), "the simulation never had {what}");
    }
}

#[test]
fn a_run_is_the_same_whenever_it_is_replayed() {
    assert_eq!(format!("{:?}", run(7)), format!("{:?}", run(7)));
}
