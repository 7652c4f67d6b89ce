//! What the connections measure: every two seconds for the sizes that are sent, and for a person who looks at them.

use std::cell::Cell;
use std::rc::Rc;

use ::call::{Input, SmallMap};
use leptos::prelude::*;
use protocol::{PeerId, PeerStats};

use super::report::Report;
use super::session::Session;
use super::task::spawn;
use crate::connections::Row;
use crate::state::RoomState;

/// After so many questions without an answer a row is no longer believed.
const BELIEVED: u8 = 3;

/// Whether somebody looks.
#[derive(Default)]
pub(super) struct Stats {
    watched: Cell<bool>,
    /// Connections are being measured for the sizes that are sent.
    measuring: Cell<bool>,
}

impl Stats {
    /// Keeps what somebody has measured.
    pub(super) fn keep(&self, state: RoomState, from: PeerId, stats: Vec<PeerStats>) {
        if self.watched.get() {
            state.stats.update(|rows| {
                rows.retain(|row| row.from != from);
                rows.push(Row { from, stats, age: 0 });
            });
        }
    }
}

impl Session {
    /// The person begins to look, or looks no more.
    pub(super) fn watch_stats(self: &Rc<Self>, watched: bool) {
        if self.stats.watched.replace(watched) == watched {
            return;
        }
        self.state.stats_shown.set(watched);
        self.state.me.set(self.me());
        self.state.stats.set(Vec::new());
        self.look();
    }

    /// While the person looks: asks for everything anew.
    pub(super) fn look(self: &Rc<Self>) {
        if self.stats.watched.get() {
            self.state.stats.update(|rows| {
                rows.retain_mut(|row| {
                    row.age += 1;
                    row.age <= BELIEVED
                });
            });
            self.dispatch(Input::Look);
        }
    }

    /// Measures how media goes to everybody.
    pub(super) fn measure(self: &Rc<Self>) {
        let session = Rc::clone(self);
        spawn(async move {
            let mut stats = Vec::new();
            for (tile, connection) in session.peers.connections() {
                stats.push(Report::new(connection.report().await).peer_stats(tile.id));
            }
            if let Some(me) = session.me() {
                session.stats.keep(session.state, me, stats.clone());
            }
            session.dispatch(Input::Measured { stats });
        });
    }

    /// Measures what the paths and the machine give, for the sizes that are sent.
    pub(super) fn measure_paths(self: &Rc<Self>) {
        if self.peers.tiles().is_empty() || self.stats.measuring.replace(true) {
            return;
        }
        let session = Rc::clone(self);
        spawn(async move {
            let mut stats = SmallMap::new();
            for (tile, connection) in session.peers.connections() {
                let report = Report::new(connection.report().await);
                stats.insert(tile.id, report.path_stats(&connection));
                // Counted all the time, so that the first figures are those of the last seconds, too.
                let figures = report.figures(&connection, report.peer_stats(tile.id));
                if session.state.look.about.get_untracked() == Some(tile.number) {
                    tile.figures.set(Some(figures));
                }
            }
            session.stats.measuring.set(false);
            session.dispatch(Input::Stats(stats));
        });
    }
}
