//! What this page asks of the others: how large it shows each of their pictures.

use crate::SmallMap;
use std::time::Duration;

use protocol::PeerId;

use super::step::{ShownSize, Step};
use crate::source::{MediaKind, Source};

/// At most this often the others are told.
const PACE: Duration = Duration::from_millis(500);
/// A picture must have been smaller for so long: somebody who drags a window's edge comes back.
const SHRINKS_AFTER: Duration = Duration::from_secs(2);
/// A picture must have been hidden for so long: scrolling and a change of layout hide it for a moment.
const HIDES_AFTER: Duration = Duration::from_secs(1);
/// How much a picture may be enlarged, in percent of its size, and how much when it shrinks to the smaller step. The gap between them keeps a
/// tile at the border of two steps where it is.
const SHARP: u32 = 130;
const SHARP_WHEN_SHRINKING: u32 = 115;

/// What is asked of one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its camera.
    pub camera: Step,
    /// Its screen.
    pub screen: Step,
}

/// Turns sizes on the screen into what the peers are asked for: in coarse steps, larger at once, smaller after a while, and
/// no more than twice a second for all of them.
///
/// Feed it with [`Self::show`] at each change of a size; call [`Self::poll`] after that and at [`Self::next_deadline`].
#[derive(Debug, Default)]
pub struct Wishes {
    pictures: SmallMap<(PeerId, Source), Picture>,
    told: SmallMap<PeerId, Wanted>,
    low_data: bool,
    not_before: Duration,
}

#[derive(Debug)]
struct Picture {
    size: Option<ShownSize>,
    /// What has been settled on, if anything has, and what the size asks for since when.
    settled: Option<Step>,
    next: Step,
    since: Duration,
}

impl Wishes {
    /// A picture is shown at this size, in device pixels, or not at all. Where it is shown in several places (picture in picture,
    /// a recording), the largest counts. Sounds have no size and are ignored.
    pub fn show(&mut self, now: Duration, peer: PeerId, source: Source, size: Option<ShownSize>) {
        if source.kind() == MediaKind::Audio {
            return;
        }
        let picture = self.pictures.entry((peer, source)).or_insert(Picture {
            size: None,
            settled: None,
            next: Step::Hidden,
            since: now,
        });
        picture.size = size;
        picture.look(now, self.low_data && source == Source::Camera);
    }

    /// Turns low data on this side on or off: cameras are asked for with 180 lines at most. Screens keep their size, because text must stay
    /// readable; their senders learn of low data and send fewer frames.
    pub fn low_data(&mut self, now: Duration, on: bool) {
        self.low_data = on;
        for (&(_, source), picture) in self.pictures.iter_mut() {
            let is_camera = source == Source::Camera;
            picture.look(now, on && is_camera);
            if on && is_camera {
                // The person has asked for it: nothing is waited for.
                picture.settled = picture.settled.map(|step| step.min(Step::Lines180));
            }
        }
    }

    /// The peer has left.
    pub fn forget(&mut self, peer: PeerId) {
        self.pictures.retain(|(of, _), _| *of != peer);
        self.told.remove(&peer);
    }

    /// What each peer is to be asked for from now on, where that has changed.
    pub fn poll(&mut self, now: Duration) -> Vec<(PeerId, Wanted)> {
        for picture in self.pictures.values_mut() {
            if now >= picture.settles_at() {
                picture.settled = Some(picture.next);
            }
        }
        if now < self.not_before {
            return Vec::new();
        }
        let changed = self.changed();
        if !changed.is_empty() {
            self.not_before = now + PACE;
            self.told.extend(changed.iter().copied());
        }
        changed
    }

    /// When [`Self::poll`] is to be called again.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let unsettled = self.pictures.values().filter(|of| of.settled != Some(of.next));
        let settles = unsettled.map(|picture| picture.settles_at().max(self.not_before)).min();
        let waiting = (!self.changed().is_empty()).then_some(self.not_before);
        settles.into_iter().chain(waiting).min()
    }

    fn changed(&self) -> Vec<(PeerId, Wanted)> {
        let mut wanted: SmallMap<PeerId, Wanted> = SmallMap::new();
        for (&(peer, source), picture) in self.pictures.iter() {
            let Some(step) = picture.settled else { continue };
            let wanted = wanted.entry(peer).or_default();
            match source {
                Source::Screen => wanted.screen = step,
                _ => wanted.camera = step,
            }
        }
        wanted.retain(|peer, wanted| self.told.get(peer) != Some(wanted));
        wanted.into_iter().collect()
    }
}

impl Picture {
    fn look(&mut self, now: Duration, low_data: bool) {
        let step = |percent| self.size.map_or(Step::Hidden, |size| Step::of(size, percent));
        let mut next = step(SHARP);
        if let Some(settled) = self.settled.filter(|settled| next < *settled) {
            next = step(SHARP_WHEN_SHRINKING).min(settled);
        }
        if low_data {
            next = next.min(Step::Lines180);
        }
        if next != self.next {
            self.next = next;
            self.since = now;
        }
    }

    fn settles_at(&self) -> Duration {
        match self.next {
            Step::Hidden if self.settled != Some(Step::Hidden) => self.since + HIDES_AFTER,
            next if self.settled.is_some_and(|settled| next < settled) => self.since + SHRINKS_AFTER,
            _ => self.since,
        }
    }
}
