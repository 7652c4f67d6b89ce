//! Sizes that follow from the number of people alone: what is sent before wishes arrive, and what a machine is trusted with before
//! it was seen to work.

use super::input::{Capture, Content};
use super::rung::{Top, ladder};

/// A machine of two cores that carries all people of a call (a server with a headless browser, a laptop with two windows) encodes
/// and decodes about 25 million pixels a second for each of the pairs together.
const CORES: f64 = 2.0;

/// What is sent to each of the others when so many people, oneself included, are in the call.
pub(super) fn size(people: usize) -> Top {
    let (lines, frames) = match people {
        0..=2 => (720, 30),
        3 => (360, 20),
        4 => (270, 20),
        5 => (180, 20),
        6 => (180, 15),
        7 => (126, 10),
        8 => (90, 10),
        _ => (90, 5),
    };
    Top { lines, frames }
}

/// Pixels a second that this machine is trusted to encode for all the others, before anything is known of it.
pub(super) fn work(people: usize, cores: u32) -> f64 {
    const CAMERA: Capture = Capture {
        width: 1280,
        height: 720,
        frames: 30,
        largest: 720,
        content: Content::Camera,
    };
    let cores = if cores == 0 { CORES } else { f64::from(cores) };
    let others = people.saturating_sub(1).max(1);
    let each = ladder(CAMERA, size(people)).last().map_or(0.0, |rung| rung.work);
    // A little more, so that a screen of another shape has the same size.
    1.05 * each * others as f64 * (cores / CORES).clamp(0.5, 4.0)
}
