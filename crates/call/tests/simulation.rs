//! The whole of signaling in one thread: up to eight calls, the server's rooms, connections that behave as the W3C says,
//! and a wire that is slow and is cut. Whatever happens on the way, in the end everybody is connected to exactly
//! everybody in the room, and nothing is left over.
//!
//! A failing seed prints itself and what happened. To run only that one:
//! `PARLOUR_SIM_SEED=123 cargo test -p call --test simulation`; for more of them: `PARLOUR_SIM_SEEDS=100000`.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use support::world::{Action, Fault, World};

const SEEDS: u64 = 3_000;

/// Lines of a trace that are printed; the end is where it goes wrong.
const TRACE_LINES: usize = 2_000;

/// What happens under this seed, in a world that commits this fault.
fn run(seed: u64, fault: Fault, traced: bool) -> (Result<u64, String>, Vec<String>) {
    let mut rng = Rng::with_seed(seed);
    let people = 2 + rng.usize(0..=6).min(rng.usize(0..=6));
    let mut world = World::new(rng.u64(..), people, fault, traced);
    let span = rng.u64(1_000..40_000);
    let at = |rng: &mut Rng| Duration::from_millis(rng.u64(0..=span));
    // Two thirds come at once, which is where offers meet joins; the rest at any time.
    for page in 0..people {
        let when = if rng.u32(0..3) < 2 {
            Duration::from_millis(rng.u64(0..=500))
        } else {
            at(&mut rng)
        };
        world.plan(when, page, Action::Enter);
    }
    // A path that is away for long uses up the one restart that a connection gets by itself, so nobody asks for another.
    let long_outage = rng.bool();
    for _ in 0..rng.u32(0..=15) {
        let page = rng.usize(0..people);
        let action = match rng.u32(0..12) {
            0..=2 => Action::Cut,
            3 => Action::Leave,
            4 => Action::CloseTab,
            5..=6 => Action::Enter,
            7 if long_outage => Action::PathDown(Duration::from_millis(rng.u64(21_000..28_000))),
            7 => Action::PathDown(Duration::from_millis(rng.u64(1..12_000))),
            _ if long_outage => Action::Enter,
            _ => Action::RestartIce,
        };
        let when = at(&mut rng);
        world.plan(when, page, action);
        if action == Action::RestartIce && rng.bool() {
            // Both sides at about the same time.
            let other = rng.usize(0..people);
            world.plan(when + Duration::from_millis(rng.u64(0..=20)), other, action);
        }
    }
    world.failures_left = if rng.u32(0..4) == 0 { 2 } else { 0 };
    let result = world.run().and_then(|events| world.check_at_rest().map(|()| events));
    (result, world.trace.unwrap_or_default())
}

/// A seed's failure for people: what, how it came, how to see it again.
fn report(seed: u64, fault: Fault) -> Option<String> {
    let (Err(wrong), trace) = run(seed, fault, true) else {
        return None;
    };
    let skipped = trace.len().saturating_sub(TRACE_LINES);
    let trace = trace[skipped..].join("\n");
    Some(format!(
        "seed {seed}: {wrong}\n({skipped} lines before)\n{trace}\nseed {seed}: {wrong}\n\
         to run only this one: PARLOUR_SIM_SEED={seed} cargo test -p call --test simulation"
    ))
}

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}"))
    })
}

#[test]
fn everybody_ends_up_connected_to_exactly_everybody() {
    let seeds = match from_env("PARLOUR_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..from_env("PARLOUR_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let next = AtomicU64::new(seeds.start);
    let events = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return None;
            }
            match run(seed, Fault::None, false).0 {
                Ok(count) => _ = events.fetch_add(count, Ordering::Relaxed),
                Err(_) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    return Some(seed);
                }
            }
        }
    };
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().expect("a worker never panics"))
            .min()
    });
    if let Some(seed) = failed {
        panic!(
            "{}",
            report(seed, Fault::None).expect("a seed always takes the same course")
        );
    }
    println!("{} seeds, {} events", seeds.end - seeds.start, events.into_inner());
}

/// How many of the first seeds a fault of the world is seen in.
fn seen_in(fault: Fault, seeds: u64) -> u64 {
    (0..seeds).filter(|&seed| run(seed, fault, false).0.is_err()).count() as u64
}

#[test]
fn a_description_lost_without_a_cut_is_seen() {
    let seen = seen_in(Fault::LoseDescription, 100);
    assert!(seen >= 20, "seen in {seen} of 100 seeds only");
    let report = (0..100)
        .find_map(|seed| report(seed, Fault::LoseDescription))
        .expect("seen above");
    assert!(
        report.contains("LOST ON THE WAY") && report.contains("PARLOUR_SIM_SEED="),
        "{report}"
    );
}

#[test]
fn a_departure_that_is_not_announced_is_seen() {
    let seen = seen_in(Fault::LosePeerLeft, 100);
    assert!(seen >= 20, "seen in {seen} of 100 seeds only");
}

#[test]
fn a_connection_that_is_not_closed_is_seen() {
    let seen = seen_in(Fault::KeepClosed, 100);
    assert!(seen >= 20, "seen in {seen} of 100 seeds only");
}
