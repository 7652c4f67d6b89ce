//! One page of the simulation: a [`Call`], what it shows and what it has open. Keeps the books that the checks read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::{Backoff, Call, ConnectionId, Effect, Link};
use protocol::PeerId;

#[derive(Debug, Default)]
pub struct Page {
    pub call: Call,
    pub backoff: Backoff,
    /// The seat that the page thinks it has.
    pub seat: Option<PeerId>,
    /// The socket in use, alive or not.
    pub socket: Option<u32>,
    /// Which fake connection each of the call's is.
    pub connections: BTreeMap<ConnectionId, u32>,
    used_ids: BTreeSet<ConnectionId>,
    /// The tiles on the screen.
    pub tiles: BTreeMap<PeerId, Link>,
    pub tick_at: Option<Duration>,
}

impl Page {
    /// Books an effect.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn book(&mut self, effect: &Effect) -> Result<(), String> {
        match effect {
            Effect::Send(_) => {}
            Effect::Open { connection, peer, .. } => {
                if !self.used_ids.insert(*connection) {
                    return Err(format!("c{} opened twice", connection.0));
                }
                if !self.tiles.contains_key(peer) {
                    return Err("a connection to somebody without a tile".into());
                }
            }
            Effect::Operate { connection, .. } | Effect::RestartIce { connection, .. } | Effect::Close { connection } => {
                if !self.connections.contains_key(connection) {
                    return Err(format!("c{} used although it is not open", connection.0));
                }
            }
            Effect::PeerAdded(peer) => {
                if self.tiles.insert(peer.id, Link::Connecting).is_some() {
                    return Err("two tiles for one peer".into());
                }
            }
            Effect::PeerChanged(peer) => {
                if !self.tiles.contains_key(&peer.id) {
                    return Err("somebody without a tile changed".into());
                }
            }
            Effect::PeerRemoved(peer) => {
                if self.tiles.remove(peer).is_none() {
                    return Err("a tile removed that is not there".into());
                }
            }
            Effect::Link { peer, link } => match self.tiles.insert(*peer, *link) {
                None => return Err("a link to somebody without a tile".into()),
                Some(before) if before == *link => return Err(format!("the link was {link:?} already")),
                Some(_) => {}
            },
        }
        Ok(())
    }
}
