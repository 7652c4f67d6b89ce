//! What has to be so, at any time and when everything has come to rest.

use std::collections::BTreeSet;

use call::{ConnectionState, Reach};
use protocol::{PeerId, ServerMessage};

use super::page::Page;
use super::wire::Said;
use super::{NAMES, World};
use crate::support::fake_peer::Signaling;
use crate::support::trace;

impl World {
    /// A page reads what the server has said: what is counted, each once and in order between two `joined`s.
    pub(super) fn read(&mut self, page: usize, said: &Said) -> Result<(), String> {
        let state = self.pages[page].as_mut().expect("somebody reads");
        match &said.message {
            ServerMessage::Joined {
                you,
                token,
                ice_servers,
                ..
            } => {
                state.ice_servers.clone_from(ice_servers);
                state.seat_before = state.seat.replace(you.id);
                let is_same = state.seat_before == state.seat;
                if state.seat_before.is_some() && !is_same {
                    self.reseated.insert(page);
                }
                let state = self.pages[page].as_mut().expect("somebody reads");
                state.token.clone_from(token);
                (state.log, state.heard) = (said.log, 0);
                state.said.clear();
                state.again.clear();
                if is_same {
                    self.note(page, || "joined again as before".into());
                }
            }
            ServerMessage::IceServers { ice_servers } => state.ice_servers.clone_from(ice_servers),
            ServerMessage::Resumed {
                token,
                received,
                ice_servers,
            } => {
                state.token.clone_from(token);
                state.ice_servers.clone_from(ice_servers);
                if state.log != said.log {
                    return Err("resumed from another count".into());
                }
                state.resumed(*received as usize);
            }
            message if message.is_counted() => {
                let expected = self.logs[state.log].get(state.heard);
                if said.log != state.log || expected != Some(message) {
                    return Err(format!(
                        "{}: number {} is not what was said: {}",
                        NAMES[page],
                        state.heard,
                        trace::server_message(message)
                    ));
                }
                state.heard += 1;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether media flows on a connection, and both pages know it.
    pub(super) fn is_healthy(&self, page: &Page, fake: u32) -> bool {
        let Some(owned) = self.fakes.get(&fake).filter(|owned| !owned.tainted) else {
            return false;
        };
        let other = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
        let Some(other) = other.filter(|other| other.peer.remote_writer() == Some(fake) && !other.tainted) else {
            return false;
        };
        let Some(there) = &self.pages[other.page] else {
            return false;
        };
        let shows =
            |page: &Page, peer: PeerId| page.tiles.get(&peer).is_some_and(|tile| tile.reach == Reach::Connected);
        let connected = |of: &super::Owned| of.peer.state() == ConnectionState::Connected;
        shows(page, owned.remote)
            && shows(there, other.remote)
            && connected(owned)
            && connected(other)
            && self.has_way(owned, other)
            && owned.peer.has_path(&other.peer)
    }

    /// Whether everybody is connected to exactly everybody, and nothing is left over.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn check_at_rest(&self) -> Result<(), String> {
        let present: Vec<_> = self
            .pages
            .iter()
            .enumerate()
            .filter_map(|(n, p)| p.as_ref().map(|p| (n, p)))
            .collect();
        let rooms = &self.server.as_ref().ok_or("there is no server")?.rooms;
        if (rooms.peers(), rooms.absent()) != (present.len(), 0) {
            return Err(format!(
                "the server has {} seats, {} of them away, for {} pages",
                rooms.peers(),
                rooms.absent(),
                present.len()
            ));
        }
        for (n, page) in &present {
            let others: Vec<_> = present.iter().filter(|(m, _)| m != n).map(|(_, page)| *page).collect();
            self.check_page(page, &others)
                .map_err(|wrong| format!("{}: {wrong}", NAMES[*n]))?;
        }
        self.check_talk()?;
        let open: usize = present.iter().map(|(_, page)| page.connections.len()).sum();
        if open != self.fakes.len() {
            return Err(format!("{} connections are open, {} are known", self.fakes.len(), open));
        }
        Ok(())
    }

    fn check_page(&self, page: &Page, others: &[&Page]) -> Result<(), String> {
        let seats: BTreeSet<_> = others.iter().filter_map(|other| other.seat).collect();
        let tiles: BTreeSet<_> = page.tiles.keys().copied().collect();
        if page.seat.is_none() || seats.len() != others.len() {
            return Err("has no seat, or others have none".into());
        }
        if tiles != seats {
            return Err(format!("shows {} tiles for {} others", tiles.len(), seats.len()));
        }
        for other in others {
            let tile = &page.tiles[&other.seat.expect("counted above")];
            if tile.reach != Reach::Connected || tile.away {
                return Err(format!("shows a tile as {:?}, away: {}", tile.reach, tile.away));
            }
            if tile.info.media != other.media {
                return Err("shows somebody's camera as it is not".into());
            }
        }
        // Where a negotiation broke on one side, the other side goes on to offer now and then: that may be under way, and nothing else.
        let is_tainted = |fake: &u32| {
            let owned = self.fakes.get(fake);
            let back = owned.and_then(|owned| self.fakes.get(&owned.peer.remote_writer()?));
            owned.into_iter().chain(back).any(|one| one.tainted)
        };
        let may_be_offered = page.connections.values().any(is_tainted);
        let said = &self.logs[page.log];
        let unheard = said.get(page.heard..).ok_or("has heard more than was said")?;
        let is_signal = |message: &ServerMessage| matches!(message, ServerMessage::Signal { .. });
        if !(unheard.is_empty() || may_be_offered && unheard.iter().all(is_signal)) {
            return Err(format!("has heard {} of {}", page.heard, self.logs[page.log].len()));
        }
        let server = self.server.as_ref().ok_or("there is no server")?;
        let given = page.seat.and_then(|seat| server.tenants.get(&seat));
        if given.is_none_or(|tenant| tenant.ice_servers != page.ice_servers) {
            return Err("was told older ICE servers than the server has made".into());
        }
        if !page.again.is_empty() {
            return Err("has not said again what was lost".into());
        }
        if page.connections.len() != others.len() {
            return Err(format!(
                "{} connections for {} others",
                page.connections.len(),
                others.len()
            ));
        }
        for other in others {
            self.check_sizes(page, other)?;
        }
        for (connection, fake) in &page.connections {
            let wrong = |what: &str| format!("c{} {what}", connection.0);
            let owned = self.fakes.get(fake).ok_or("a connection that is not there")?;
            if owned.peer.ice_servers != page.ice_servers {
                return Err(wrong("would ask older ICE servers than the page was told"));
            }
            let back = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
            let back = back.ok_or_else(|| wrong("has no other side"))?;
            if Some(owned.remote) != self.pages[back.page].as_ref().and_then(|p| p.seat) {
                return Err(wrong("leads to somebody else"));
            }
            if owned.tainted || back.tainted {
                // Where media flows, a negotiation that broke is left alone.
                continue;
            }
            if owned.peer.needs_negotiation() {
                return Err(wrong("asked for an offer that was never made"));
            }
            if owned.peer.is_running() || owned.peer.signaling() != Signaling::Stable {
                return Err(wrong("is stuck in its negotiation"));
            }
        }
        Ok(())
    }
}
