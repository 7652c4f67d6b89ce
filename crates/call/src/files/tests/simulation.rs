//! Two pages that send files to each other while their connection is cut and rebuilt, data channels break, disks are slow or fail, bytes are
//! turned over, people change their minds and pages are loaded anew. Whatever happens, nothing wrong is ever written, no verified block is sent
//! again, memory stays within its bounds, and in the end every file was got by both or has ended on both.
//!
//! A failing seed prints itself: `PARLOUR_SIM_SEED=123 cargo test -p call files` runs only that one, and `PARLOUR_SIM_SEEDS=100000` more.

use std::time::Duration;

use protocol::peer_message::FileEndReason;

use super::world::{Action, Checked, Event, Kind, World, millis};
use crate::files::shape::Shape;
use crate::files::{FileEnding, FileState};

const SEEDS: u64 = 1_500;

/// How long it takes, at most, until everything is through once nothing happens any more.
const QUIET: Duration = Duration::from_secs(3_600);

fn kind(rng: &mut fastrand::Rng) -> Kind {
    let disk = [1, 50, 1_000][rng.usize(0..3)];
    let is_bad = rng.u32(0..4) == 0;
    Kind {
        shape: Shape::SMALL,
        latency: millis([1, 30, 400][rng.usize(0..3)]),
        rate: [500, 20_000, 1_000_000][rng.usize(0..3)],
        disk: millis(disk),
        corrupt: if is_bad { rng.u32(0..10) } else { 0 },
        failing: if is_bad { rng.u32(0..20) } else { 0 },
        decides: Some(millis(rng.u64(1..5_000))),
    }
}

/// What came of some runs, so that one sees that everything happens in them.
#[derive(Debug, Default)]
struct Seen {
    complete: usize,
    resumed: u32,
    corrupt: usize,
    other_ends: usize,
}

fn run(seed: u64, seen: &mut Seen) -> Checked {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut world = World::new(seed, kind(&mut rng));
    let span = rng.u64(1_000..90_000);
    world.plan(millis(rng.u64(0..500)), Event::Do(Action::Rebuild));
    let is_calm = rng.bool();
    for _ in 0..rng.u32(1..40) {
        let side = rng.usize(0..2);
        let action = match rng.u32(0..32) {
            0..=2 if !is_calm => Action::Cut,
            3..=5 if !is_calm => Action::Rebuild,
            6 if !is_calm => Action::Restart(side),
            7..=8 if !is_calm => Action::Break(rng.usize(0..4)),
            9..=10 => Action::Cancel(side, rng.usize(0..20)),
            11 => Action::Dismiss(side, rng.usize(0..20)),
            12..=14 => Action::Measure(side, rng.u64(1..300)),
            _ => Action::Offer(
                side,
                [0, 1, 16, 64, 100, rng.usize(0..300), rng.usize(0..1_000)][rng.usize(0..7)],
            ),
        };
        world.plan(millis(rng.u64(0..span)), Event::Do(action));
    }
    world.run_until(millis(span))?;
    // Nothing goes wrong any more.
    world.kind.corrupt = 0;
    world.kind.failing = 0;
    world.act(Action::Rebuild)?;
    world.run_until(world.now + QUIET)?;
    seen.resumed += world.resumed;
    for view in world.pages.iter().flat_map(|page| &page.shown) {
        match view.state {
            FileState::Complete => seen.complete += 1,
            FileState::Ended(FileEnding::Ours(FileEndReason::Corrupt)) => seen.corrupt += 1,
            _ => seen.other_ends += 1,
        }
    }
    world.check_at_rest()
}

#[test]
fn whatever_happens_every_file_is_got_whole_or_ends() {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let seeds = match number("PARLOUR_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PARLOUR_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let (is_all, mut seen) = (seeds.end - seeds.start >= SEEDS, Seen::default());
    for seed in seeds {
        if let Err(wrong) = run(seed, &mut seen) {
            panic!("PARLOUR_SIM_SEED={seed}: {wrong}");
        }
    }
    let is_much = seen.complete > 10_000 && seen.resumed > 200 && seen.corrupt > 40 && seen.other_ends > 1_000;
    assert!(is_much || !is_all, "too little happens: {seen:?}");
}
