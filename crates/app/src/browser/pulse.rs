//! The pulse of a live page: who speaks, whose media has stopped, and in the lobby how loud oneself is and how many are there.

use std::cell::RefCell;
use std::rc::Rc;

use call::{Input, Source};
use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::page;
use super::session::{Handle, Session, now};
use crate::call_part;
use crate::state::Phase;

/// How often the page looks, in milliseconds.
const BEAT: u32 = 150;

/// In the lobby, every so many beats the page asks how many people are in the room.
const BEATS_PER_PEEK: u32 = 20;

/// Connections are measured every so many beats: two seconds.
const BEATS_PER_LOOK: u32 = 13;

/// Beats while the page is live.
pub(super) struct Pulse {
    handle: Handle,
    beat: RefCell<Option<Interval>>,
}

impl Pulse {
    pub(super) fn new(handle: Handle) -> Self {
        Self {
            handle,
            beat: RefCell::default(),
        }
    }

    pub(super) fn begin(&self) {
        let (handle, mut beats) = (self.handle.clone(), 0_u32);
        let beat = Interval::new(BEAT, move || {
            beats = beats.wrapping_add(1);
            handle.with(|session| session.beat(beats));
        });
        drop(self.beat.replace(Some(beat)));
    }

    pub(super) fn end(&self) {
        drop(self.beat.take());
    }
}

impl Session {
    fn beat(self: &Rc<Self>, beats: u32) {
        if let Some(part) = call_part::fetched() {
            (part.beat)(self, beats);
        }
        if page::is_visible() && self.phase() == Phase::Lobby {
            self.capture.measure_level();
            self.preflight_beat();
            if beats.is_multiple_of(BEATS_PER_PEEK) {
                self.peek();
            }
        }
    }

    /// See [`CallPart::beat`](call_part::CallPart::beat).
    pub(crate) fn beat_in_call(self: &Rc<Self>, beats: u32) {
        let is_visible = page::is_visible();
        self.listen(is_visible);
        if beats.is_multiple_of(BEATS_PER_LOOK) {
            self.measure_paths();
            self.measure_share();
            self.capture.measure_camera();
            self.voices.even_out(now(), &self.peers.tiles());
        }
        if !is_visible {
            return;
        }
        if beats.is_multiple_of(BEATS_PER_LOOK) {
            self.look();
        }
        self.listen_to_oneself();
    }

    fn listen(self: &Rc<Self>, is_visible: bool) {
        for (tile, connection) in self.peers.connections() {
            let pictures = self.peers.seen(tile.id, Source::Camera, is_visible).is_some();
            let heard = connection.listen(now(), tile.media.get_untracked(), pictures);
            if let Some(silent) = heard.silent {
                self.dispatch(Input::Silent { peer: tile.id, silent });
                if silent {
                    self.signaling.hurry();
                }
            }
            self.voices.hear(now(), tile.id, heard.level);
        }
        self.voices
            .show(now(), &self.peers.tiles(), is_visible || self.pip.is_open());
    }
}
