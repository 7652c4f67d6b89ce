//! How much of what a peer sends is looked at.

use std::time::Duration;

use protocol::limits::peer;
use protocol::peer_message::Lane;

use crate::bucket::Bucket;

/// An excess is over when nothing had to be dropped for so long.
const OVER: Duration = Duration::from_secs(2);

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look at it.
    Pass,
    /// It is too large or one too many.
    Drop,
    /// It is, and it has been for long.
    Close,
}

/// The bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intake {
    reliable: Bucket,
    lossy: Bucket,
    excess: Option<Excess>,
}

#[derive(Clone, Copy, Debug)]
struct Excess {
    since: Duration,
    newest: Duration,
    frames: u32,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            reliable: Bucket::new(peer::RATE, peer::BURST),
            lossy: Bucket::new(peer::LOSSY_RATE, peer::LOSSY_RATE),
            excess: None,
        }
    }
}

impl Intake {
    /// A frame of so many bytes has come.
    pub(super) fn admit(&mut self, now: Duration, lane: Lane, length: usize) -> Verdict {
        let bucket = match lane {
            Lane::Reliable => &mut self.reliable,
            Lane::Lossy => &mut self.lossy,
        };
        if length <= peer::MESSAGE_MAX && bucket.take(now) {
            return Verdict::Pass;
        }
        let begun = Excess {
            since: now,
            newest: now,
            frames: 0,
        };
        let excess = match &mut self.excess {
            Some(excess) if now.saturating_sub(excess.newest) < OVER => excess,
            excess => excess.insert(begun),
        };
        excess.newest = now;
        excess.frames += 1;
        if now.saturating_sub(excess.since) >= peer::EXCESS || excess.frames >= peer::EXCESS_FRAMES {
            return Verdict::Close;
        }
        Verdict::Drop
    }
}
