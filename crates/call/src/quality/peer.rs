//! What is known of one peer: its connection, what it wants to see, and what was set for it.

use crate::SmallMap;
use std::time::Duration;

use super::input::Encoding;
use super::path::Path;
use super::rung::Rung;
use super::step::Step;
use crate::source::Source;

/// How long a connection has stood when pictures get their full size. A quarter of the pixels is there a frame sooner, and congestion
/// control has not seen the path yet. After an outage, another size makes the encoder begin with a whole picture, for which the other
/// side would otherwise ask in vain for two seconds.
const SETTLED: Duration = Duration::from_millis(1_500);
/// Congestion control comes out of an outage with an estimate of nearly nothing, and needs about so long to find the path again. Who sends
/// less because of that keeps it from finding it.
const FOUND: Duration = Duration::from_secs(10);
/// A picture grows so long after its bit rate was raised: the encoder knows the new rate by then.
const GROWS: Duration = Duration::from_millis(500);
/// The smallest first picture, in lines.
const FIRST_LINES: u32 = 60;
/// So long after its picture was hidden a peer gets none.
const HIDDEN: Duration = Duration::from_secs(5);

/// One peer.
#[derive(Debug, Default)]
pub(super) struct Peer {
    stands: Option<Duration>,
    interrupted: bool,
    /// When the last outage was over.
    outage_over: Option<Duration>,
    wishes: SmallMap<Source, Wish>,
    /// The newest wishes, not looked at yet.
    pending: SmallMap<Source, Step>,
    pub(super) low_data: bool,
    pending_low_data: Option<bool>,
    pub(super) path: Path,
    /// More would be sent if the path carried it.
    pub(super) path_limited: bool,
    pub(super) tight: bool,
    /// What the browser was asked for last, and the rung behind it.
    pub(super) set: SmallMap<Source, (Encoding, Option<Rung>)>,
    /// When a picture takes its new size: its bit rate was raised just before.
    grows: SmallMap<Source, Duration>,
}

#[derive(Debug, Default)]
struct Wish {
    /// The last size in which it was shown, if it ever was.
    shown: Option<Step>,
    hidden: Option<Duration>,
}

/// What a peer is to get of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// It has not said, so that it follows from the number of people.
    Unknown,
    Step(Step),
    Nothing,
}

impl Peer {
    pub(super) fn stands(&mut self, now: Duration) {
        if self.interrupted || self.stands.is_none() {
            if self.interrupted {
                self.outage_over = Some(now);
                // It may lead another way now.
                self.path = Path::default();
            }
            self.stands = Some(now);
            self.interrupted = false;
        }
    }

    /// Whether congestion control has had the time to find out what the path carries.
    pub(super) fn is_path_known(&self, now: Duration) -> bool {
        self.outage_over.is_none_or(|since| now >= since + FOUND)
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    pub(super) fn interrupted(&mut self) {
        self.interrupted = true;
    }

    /// It has a new connection, whose path carries no more than `limit`, as far as others show.
    pub(super) fn replaced(&mut self, limit: f64) {
        self.stands = None;
        self.interrupted = false;
        self.set.clear();
        self.grows.clear();
        self.path = Path::new(limit);
    }

    /// The peer has said in which size it shows a source.
    pub(super) fn wish(&mut self, source: Source, step: Step) {
        self.pending.insert(source, step);
    }

    /// The peer has said whether it saves data.
    pub(super) fn wish_low_data(&mut self, on: bool) {
        self.pending_low_data = Some(on).filter(|on| *on != self.low_data);
    }

    pub(super) fn has_wished(&self) -> bool {
        !self.pending.is_empty() || self.pending_low_data.is_some()
    }

    /// Takes the wishes that have arrived. Returns whether there were any.
    pub(super) fn take_wishes(&mut self, now: Duration) -> bool {
        let any = self.has_wished();
        let pending = std::mem::take(&mut self.pending);
        self.low_data = self.pending_low_data.take().unwrap_or(self.low_data);
        for (source, step) in pending {
            let wish = self.wishes.entry(source).or_default();
            if step == Step::Hidden {
                wish.hidden.get_or_insert(now);
            } else {
                *wish = Wish {
                    shown: Some(step),
                    hidden: None,
                };
            }
        }
        any
    }

    pub(super) fn wants(&self, now: Duration, source: Source) -> Want {
        let Some(wish) = self.wishes.get(&source) else {
            return Want::Unknown;
        };
        match (wish.hidden, wish.shown) {
            (Some(since), _) if now >= since + HIDDEN => Want::Nothing,
            (_, Some(step)) => Want::Step(step),
            (_, None) => Want::Unknown,
        }
    }

    /// A source is captured no more: nothing of it is sent.
    pub(super) fn ended(&mut self, source: Source) {
        if let Some((_, rung)) = self.set.get_mut(&source) {
            *rung = None;
        }
    }

    /// The size and the frames that are sent of a picture that is to become this rung.
    pub(super) fn sent(&self, now: Duration, source: Source, rung: Rung) -> Rung {
        let settled = self.stands.is_some_and(|since| now >= since + SETTLED);
        let grows = self.grows.get(&source).is_none_or(|at| now >= *at);
        let (lines, frames) = match self.set.get(&source) {
            _ if !settled => ((rung.lines / 2).max(FIRST_LINES.min(rung.lines)), rung.frames),
            Some((_, Some(had))) if !grows && had.lines < rung.lines => (had.lines, had.frames),
            _ => (rung.lines, rung.frames),
        };
        Rung { lines, frames, ..rung }
    }

    /// A picture is to become this rung with so many bit/s: bits first, the size when encoders have them.
    pub(super) fn give(&mut self, now: Duration, source: Source, rung: &Rung, bitrate: u32) {
        let had = self.set.get(&source).map_or(0, |(encoding, _)| encoding.max_bitrate);
        if had < rung.begin && bitrate >= rung.begin {
            self.grows.insert(source, now + GROWS);
        }
    }

    /// What changes with time alone.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Duration> {
        let hidden = self
            .wishes
            .values()
            .filter_map(|wish| wish.hidden)
            .map(|since| since + HIDDEN);
        let grows = self.grows.values().copied();
        hidden.chain(grows).chain(self.stands.map(|since| since + SETTLED))
    }
}
