//! The ladder of sizes and frame rates that a picture climbs and descends.

use super::input::{Capture, Content};

/// One way to send a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rung {
    /// On the shorter side.
    pub(super) lines: u32,
    /// A second.
    pub(super) frames: u32,
    /// What it takes of a path to look right, and the most that does it any good, in bit/s.
    pub(super) least: u32,
    pub(super) most: u32,
    /// The least bit rate with which a browser begins it, in bit/s.
    pub(super) begin: u32,
    /// What it takes of the processor, in pixels a second.
    pub(super) work: f64,
}

/// The most that is asked of a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) lines: u32,
    pub(super) frames: u32,
}

/// Frames and lines of a camera in turn, so that neither goes to ruin: each rung is about a third more work than the one below it.
const CAMERA: [(u32, u32); 20] = [
    (90, 5),
    (90, 10),
    (126, 10),
    (180, 8),
    (180, 12),
    (180, 15),
    (180, 20),
    (270, 15),
    (270, 20),
    (360, 20),
    (360, 30),
    (450, 24),
    (540, 24),
    (648, 24),
    (720, 24),
    (720, 30),
    (900, 30),
    (1080, 30),
    (1440, 30),
    (2160, 30),
];

/// Text must be sharp; it may move seldom.
const TEXT: [(u32, u32); 8] = [
    (360, 2),
    (540, 2),
    (720, 2),
    (720, 5),
    (1080, 5),
    (1080, 10),
    (1440, 10),
    (2160, 10),
];

/// A screen stands still most of the time, and what stands still costs an encoder little.
const TEXT_WORK: f64 = 0.3;
const TEXT_BITRATE: f64 = 0.6;

/// Pixels that a frame costs however small it is: scaling, packets, the encoder's own affairs.
const FRAME_WORK: f64 = 10_000.0;

/// The least that a browser sends of a picture (libwebrtc's `kMinVideoBitrate`), in bit/s.
pub(super) const LEAST_BITRATE: u32 = 30_000;
/// A camera's picture of more pixels needs so many bit/s when its size changes. With fewer, browsers drop the first frames and send a smaller
/// picture for about ten seconds (libwebrtc's `VideoStreamEncoder::DropDueToSize`).
const BEGIN: [(f64, u32); 2] = [(320.0 * 240.0, 300_000), (640.0 * 480.0, 500_000)];
/// The part of its bits with which a picture still looks better than a smaller one.
const LEAST_SHARE: f64 = 0.65;
/// More than this no picture takes, in bit/s.
const MOST_BITRATE: f64 = 8_000_000.0;

/// The rungs of a picture from the least to the `top`, never empty. No rung is larger or faster than what is captured.
pub(super) fn ladder(capture: Capture, top: Top) -> Vec<Rung> {
    let lines = top.lines.clamp(1, capture.width.min(capture.height).max(1));
    let frames = top.frames.clamp(1, capture.frames.max(1));
    let text = capture.content == Content::Text;
    let below = if text { &TEXT[..] } else { &CAMERA[..] };
    let at_top: &[u32] = match lines {
        _ if text => &[2, 5, 10, 15],
        0..=125 => &[5, 10, 15, 20],
        126..=269 => &[8, 12, 15, 20],
        270..=359 => &[15, 20],
        360..=449 => &[20, 30],
        _ => &[24, 30],
    };
    let below = below.iter().copied().filter(|rung| rung.0 < lines);
    let steps = below.chain(at_top.iter().map(|frames| (lines, *frames)));
    let mut rungs: Vec<Rung> = Vec::new();
    for (lines, rate) in steps {
        let rung = Rung::new(capture, lines, rate.min(frames));
        // Where frames are limited, some are no more than the one before.
        if rungs.last().is_none_or(|last| rung.work > last.work) {
            rungs.push(rung);
        }
    }
    rungs
}

impl Rung {
    fn new(capture: Capture, lines: u32, frames: u32) -> Self {
        let (width, height) = (f64::from(capture.width.max(1)), f64::from(capture.height.max(1)));
        let across = (width.max(height) / width.min(height)).min(4.0) * f64::from(lines);
        let pixels = across * f64::from(lines);
        let text = capture.content == Content::Text;
        let share = if text { (TEXT_WORK, TEXT_BITRATE) } else { (1.0, 1.0) };
        // Small pictures need more bits for each pixel than large ones: the power of 7/8 gives 150 kbit/s at 180 lines and 20 frames,
        // 0.5 Mbit/s at 360 and 2.4 Mbit/s at 720 lines and 30 frames, near what Chromium takes for such layers of simulcast.
        let rate = (pixels * f64::from(frames)).sqrt();
        let bits = 0.74 * rate * rate.sqrt() * rate.sqrt().sqrt() * share.1;
        let begin = BEGIN.iter().rfind(|(of, _)| pixels > *of && !text);
        let rounded = |bits: f64| ((bits / 1_000.0) as u32 * 1_000).max(LEAST_BITRATE);
        Self {
            lines,
            frames,
            least: rounded(LEAST_SHARE * bits.min(MOST_BITRATE)),
            most: rounded(bits.min(MOST_BITRATE)),
            begin: begin.map_or(0, |(_, bits)| *bits),
            work: (pixels * share.0 + FRAME_WORK) * f64::from(frames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURE: Capture = Capture {
        width: 1280,
        height: 720,
        frames: 30,
        largest: 720,
        content: Content::Camera,
    };

    #[test]
    fn bitrates_are_near_what_browsers_take_for_such_pictures() {
        let rate = |lines, frames| Rung::new(CAPTURE, lines, frames).most;
        assert!((140_000..160_000).contains(&rate(180, 20)), "{}", rate(180, 20));
        assert!((450_000..550_000).contains(&rate(360, 20)), "{}", rate(360, 20));
        assert!((2_200_000..2_600_000).contains(&rate(720, 30)), "{}", rate(720, 30));
        assert_eq!(rate(90, 5), LEAST_BITRATE);
        assert_eq!(Rung::new(CAPTURE, 8_000, 240).most, 8_000_000);
    }

    #[test]
    fn every_rung_is_more_than_the_one_below_and_none_is_more_than_the_capture() {
        for content in [Content::Camera, Content::Motion, Content::Text] {
            for lines in [0, 1, 90, 135, 180, 360, 480, 720, 1080, 4320] {
                for frames in [0, 1, 8, 15, 20, 60] {
                    let capture = Capture {
                        frames,
                        content,
                        ..CAPTURE
                    };
                    let ladder = ladder(capture, Top { lines, frames: 60 });
                    assert!(!ladder.is_empty());
                    assert!(
                        ladder
                            .windows(2)
                            .all(|two| two[0].work < two[1].work && two[0].least <= two[1].least)
                    );
                    assert!(
                        ladder.iter().all(|rung| rung.lines <= 720
                            && rung.lines <= lines.max(1)
                            && rung.frames <= frames.max(1))
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_up_of_a_camera_needs_no_more_than_congestion_control_finds_out() {
        let ladder = ladder(CAPTURE, Top { lines: 720, frames: 30 });
        assert!(ladder.windows(2).all(|two| two[1].least <= two[0].least * 7 / 4));
    }
}
