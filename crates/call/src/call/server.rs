//! What the server says, and what follows.

use std::time::Duration;

use protocol::{DescriptionKind, ErrorCode, Numbered, PeerId, PeerInfo, ServerMessage, Signal};

use super::Call;
use crate::Effect;
use crate::repair::Event;
use crate::seat::Counted;

impl Call {
    pub(super) fn server(&mut self, now: Duration, frame: Numbered<ServerMessage>, effects: &mut Vec<Effect>) {
        let Numbered { number, message } = frame;
        if number > 0 || message.is_counted() {
            if !self.seat.is_live() {
                return;
            }
            match self.seat.count(number) {
                Counted::Next => {}
                Counted::Again => return,
                Counted::Missed => {
                    self.seat.lost();
                    self.mesh.all(now, Event::Server(false), effects);
                    effects.push(Effect::Reconnect);
                    return;
                }
                Counted::Lost => self.mesh.signals_lost(now, effects),
            }
        }
        if is_unknown(&message) {
            self.unknown += 1;
        }
        match message {
            ServerMessage::Joined {
                you,
                peers,
                ice_servers,
                away,
                token,
                ..
            } => {
                if self.seat.is_asking() {
                    self.mesh.set_ice_servers(ice_servers, effects);
                    self.joined(now, (you, token), peers, &away, effects);
                    self.seat.tell(effects);
                }
            }
            ServerMessage::Resumed {
                token,
                ice_servers,
                received,
            } => {
                if self.seat.is_asking() {
                    self.mesh.set_ice_servers(ice_servers, effects);
                    let has_gap = self.seat.resumed(token, received, effects);
                    self.seat.tell(effects);
                    if has_gap {
                        self.mesh.signals_lost(now, effects);
                    } else {
                        self.mesh.all(now, Event::Server(true), effects);
                    }
                }
            }
            ServerMessage::PeerJoined { peer } | ServerMessage::PeerBack { peer } => {
                let id = peer.id;
                self.add(now, peer, effects);
                self.mesh.set_away(now, id, false, effects);
            }
            ServerMessage::PeerLeft { peer, .. } => self.remove(peer, effects),
            ServerMessage::PeerAway { peer } => self.mesh.set_away(now, peer, true, effects),
            ServerMessage::PeerUpdated { peer } => {
                if self.roster.contains(peer.id) {
                    self.add(now, peer, effects);
                }
            }
            ServerMessage::Signal { from, signal } => self.mesh.signal(now, from, signal, effects),
            ServerMessage::IceServers { ice_servers } => {
                if self.seat.is_live() {
                    self.mesh.set_ice_servers(ice_servers, effects);
                }
            }
            ServerMessage::Error { code, message, .. } => self.error(now, code, message, effects),
            // The page opens the socket; only the time of the last message counts here.
            ServerMessage::Occupancy { .. } | ServerMessage::Bye { .. } | ServerMessage::Probed { .. } => {}
            // For a newer page. That it was there has been counted.
            ServerMessage::Unknown => {}
        }
    }

    /// A seat and who is in the room. Where it is the seat that we had, everybody is kept who is still there; signals may
    /// have been lost.
    fn joined(
        &mut self,
        now: Duration,
        (you, token): (PeerInfo, String),
        peers: Vec<PeerInfo>,
        away: &[PeerId],
        effects: &mut Vec<Effect>,
    ) {
        // Before the peers of the old seat are removed: the page plays no sound for them, because they have not left.
        let is_same = self.seat.joined(you, token, effects);
        for known in self.roster.ids() {
            let stays = away.contains(&known) || peers.iter().any(|peer| peer.id == known);
            if !(is_same && stays) {
                self.remove(known, effects);
            }
        }
        for known in self.roster.ids() {
            self.mesh.set_away(now, known, away.contains(&known), effects);
        }
        self.mesh.signals_lost(now, effects);
        for peer in peers {
            let id = peer.id;
            self.add(now, peer, effects);
            self.mesh.set_away(now, id, away.contains(&id), effects);
        }
    }

    fn error(&mut self, now: Duration, code: ErrorCode, message: String, effects: &mut Vec<Effect>) {
        match code {
            // Somebody left while a signal to them was under way.
            ErrorCode::UnknownPeer => {}
            // The socket is about to be closed, and the next one asks again.
            ErrorCode::RateLimited => effects.push(Effect::Problem { code, message }),
            // Nobody reads how many are in the room for a moment.
            ErrorCode::AddressBusy if !self.seat.is_asking() => {}
            // Everybody behind one address has lost the server at once. The call goes on, and asks again later.
            ErrorCode::AddressBusy if self.seat.me().is_some() || !self.roster.ids().is_empty() => {
                self.seat.lost();
                effects.push(Effect::Reconnect);
            }
            _ if !self.seat.is_asking() => effects.push(Effect::Problem { code, message }),
            _ => {
                if !self.seat.start_over(now, code, effects) {
                    self.end(effects);
                    effects.push(Effect::Refused { code, message });
                }
            }
        }
    }
}

/// Whether some of it is for a newer page.
fn is_unknown(message: &ServerMessage) -> bool {
    match message {
        ServerMessage::Unknown
        | ServerMessage::Error {
            code: ErrorCode::Other(_),
            ..
        } => true,
        ServerMessage::Signal { signal, .. } => match signal {
            Signal::Description(description) => matches!(description.kind, DescriptionKind::Other(_)),
            signal => *signal == Signal::Unknown,
        },
        _ => false,
    }
}
