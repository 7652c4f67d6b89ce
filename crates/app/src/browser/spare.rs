//! A connection made in advance.
//!
//! The first connection of a page costs a browser some 60 ms: threads, codecs, keys. Whoever is in a room, or about to
//! join one, pays that while nothing happens, and not while somebody waits for their picture. A spare has its lines, the
//! candidates that the browser finds without a relay, and nothing else: no track, no description. So it does not grow old.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use protocol::IceServer;
use wasm_bindgen::prelude::*;

use super::ice;
use super::lines::Lines;
use super::room::{Room, with};
use super::rtc_ext::{PeerConnection, call};
use super::task::ignore;
use crate::state::Phase;

/// How long nobody must have needed one, in milliseconds: people often come together.
const QUIET: u32 = 800;

/// The same for who is alone in a room, where nothing else goes on.
const ALONE: u32 = 50;

/// A connection with its lines, on which nothing has been negotiated.
pub(super) struct Spare {
    pub(super) pc: PeerConnection,
    pub(super) lines: Lines,
}

impl Spare {
    /// Makes one.
    pub(super) fn make(ice_servers: &[IceServer]) -> Result<Self, JsValue> {
        let pc = PeerConnection::new(&ice::configuration(ice_servers))?;
        let lines = Lines::lay(&pc)?;
        Ok(Self { pc, lines })
    }
}

impl Room {
    /// The server has told other ICE servers: what is gathered from now on is asked of them. A spare that knows others is of
    /// no use.
    pub(super) fn use_ice_servers(&self, ice_servers: Vec<IceServer>) {
        for (.., connection) in &*self.connections.borrow() {
            connection.use_ice_servers(&ice_servers);
        }
        self.ice_servers.replace(ice_servers);
        self.drop_spare();
        self.make_spare_soon();
    }

    /// Makes a spare connection in a while, unless there is one.
    pub(super) fn make_spare_soon(&self) {
        let alone = self.state.phase.get_untracked() == Phase::Call && self.state.peers.with_untracked(Vec::is_empty);
        let timeout = Timeout::new(if alone { ALONE } else { QUIET }, || with(Room::make_spare));
        drop(self.timers.spare.replace(Some(timeout)));
    }

    fn make_spare(self: &Rc<Self>) {
        if self.state.phase.get_untracked() == Phase::Left || self.spare.borrow().is_some() {
            return;
        }
        // Where the browser refuses, the connection that is needed later says so.
        let Ok(spare) = Spare::make(&self.ice_servers.borrow()) else {
            return;
        };
        // Thrown away: it makes the browser look up its codecs, which is slow the first time.
        if let Ok(promise) = call(&spare.pc, "createOffer").dyn_into() {
            ignore(promise);
        }
        self.spare.replace(Some(spare));
    }

    /// Closes the spare connection.
    pub(super) fn drop_spare(&self) {
        drop(self.timers.spare.take());
        if let Some(spare) = self.spare.take() {
            spare.pc.close();
        }
    }
}
