//! The voices of the others: who speaks, who has the stage, and how loud each of them is played.

use std::cell::RefCell;
use std::time::Duration;

use call::SmallMap;
use call::loudness::{Loudness, Totals};
use call::speaker::Speaker;
use protocol::PeerId;

use super::view::set_changed;
use crate::state::{LookSignals, PeerTile};

/// What has been heard of everybody.
pub(super) struct Voices {
    look: LookSignals,
    speaker: RefCell<Speaker<PeerId>>,
    loudness: RefCell<Loudness<PeerId>>,
    /// What each one's levels come to so far.
    heard: RefCell<SmallMap<PeerId, (Duration, Totals)>>,
}

impl Voices {
    pub(super) fn new(look: LookSignals) -> Self {
        Self {
            look,
            speaker: RefCell::default(),
            loudness: RefCell::default(),
            heard: RefCell::default(),
        }
    }

    /// Somebody is this loud: `audioLevel`, 0 where nothing new has come.
    pub(super) fn hear(&self, now: Duration, who: PeerId, level: f64) {
        self.speaker.borrow_mut().hear(now, who, level);
        let mut heard = self.heard.borrow_mut();
        let (before, totals) = heard.entry(who).or_insert((now, Totals::default()));
        // What lies between two looks that are far apart was not heard.
        let passed = now.saturating_sub(*before).min(Duration::from_secs(1)).as_secs_f64();
        *before = now;
        if level.is_finite() {
            totals.energy += level * level * passed;
            totals.duration += passed;
        }
    }

    /// Shows who speaks.
    pub(super) fn show(&self, now: Duration, tiles: &[PeerTile], is_visible: bool) {
        let mut speaker = self.speaker.borrow_mut();
        let changed = speaker.poll(now);
        for tile in tiles {
            let speaking = is_visible && speaker.is_speaking(tile.id);
            set_changed(tile.speaking, speaking);
        }
        if changed {
            set_changed(self.look.speaker, speaker.on_stage());
            set_changed(self.look.active, speaker.lately());
        }
    }

    /// Evens out how loud people are played.
    pub(super) fn even_out(&self, now: Duration, tiles: &[PeerTile]) {
        let mut loudness = self.loudness.borrow_mut();
        for (who, (_, totals)) in self.heard.borrow().iter() {
            loudness.measured(now, *who, *totals);
        }
        for tile in tiles {
            set_changed(tile.volume.evened, loudness.volume(&tile.id));
        }
    }

    /// Somebody is gone.
    pub(super) fn forget(&self, who: PeerId) {
        self.speaker.borrow_mut().forget(who);
        self.loudness.borrow_mut().forget(who);
        self.heard.borrow_mut().remove(&who);
        set_changed(self.look.speaker, self.speaker.borrow().on_stage());
    }
}
