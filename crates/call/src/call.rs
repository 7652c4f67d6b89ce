//! The whole of a call: takes inputs to where they belong.

use std::time::Duration;

use protocol::{ClientMessage, PeerId, PeerInfo, ServerMessage};

use crate::mesh::Mesh;
use crate::roster::{Put, Roster};
use crate::{Effect, Input, Role};

/// The whole of a call: who is in the room, and a connection to each of them.
///
/// Joining itself is the caller's: it opens the socket, sends [`ClientMessage::Join`], and passes on everything that the
/// server says. A second [`ServerMessage::Joined`] (after the socket was lost) starts the call over.
#[derive(Debug, Default)]
pub struct Call {
    /// Our seat, while the socket that gave it is there.
    me: Option<PeerInfo>,
    roster: Roster,
    mesh: Mesh,
}

impl Call {
    /// A call that has not joined a room yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what has happened at `now` (the time since some fixed start; it never goes back) and returns what is to
    /// be done about it, in order. An input about a connection or a peer that is gone is no error: it is ignored.
    #[must_use]
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        let had_seat = self.me.is_some();
        let mut effects = Vec::new();
        let out = &mut effects;
        match input {
            Input::Server(message) => self.server(now, message, out),
            Input::Operated { connection, outcome } => self.mesh.operated(now, connection, outcome, out),
            Input::LocalCandidate { connection, candidate } => {
                self.mesh.local_candidate(now, connection, candidate, out);
            }
            Input::NegotiationNeeded { connection } => self.mesh.negotiation_needed(now, connection, out),
            Input::ConnectionState { connection, state } => self.mesh.state(now, connection, state, out),
            Input::RestartIce { peer } => self.mesh.restart(now, peer, out),
            Input::Tick => self.mesh.tick(now, out),
            Input::SocketLost => self.me = None,
            Input::Leave => {
                out.push(Effect::Send(ClientMessage::Leave));
                self.clear(out);
            }
        }
        if !(had_seat || self.me.is_some()) {
            // Nothing can be sent. Whoever joins anew starts over with everybody, so nothing is missed either.
            effects.retain(|effect| !matches!(effect, Effect::Send(_)));
        }
        effects
    }

    /// When [`Input::Tick`] is due, if nothing else comes before; the same clock as in [`Call::handle`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.mesh.deadline()
    }

    fn server(&mut self, now: Duration, message: ServerMessage, effects: &mut Vec<Effect>) {
        if let ServerMessage::Joined {
            you,
            peers,
            ice_servers,
            ..
        } = message
        {
            self.clear(effects);
            self.mesh.set_ice_servers(ice_servers);
            self.me = Some(you);
            for peer in peers {
                self.add(now, peer, effects);
            }
            return;
        }
        if self.me.is_none() {
            return;
        }
        match message {
            ServerMessage::PeerJoined { peer } => self.add(now, peer, effects),
            ServerMessage::PeerLeft { peer, .. } => self.remove(peer, effects),
            ServerMessage::PeerAway { peer } => self.mesh.set_away(now, peer, true, effects),
            ServerMessage::PeerBack { peer } => self.mesh.set_away(now, peer.id, false, effects),
            ServerMessage::PeerUpdated { peer } => {
                if self.roster.contains(peer.id) && self.roster.put(peer.clone()) == Put::Changed {
                    effects.push(Effect::PeerChanged(peer));
                }
            }
            ServerMessage::Signal { from, signal } => self.mesh.signal(now, from, signal, effects),
            // For the person or for the socket's owner.
            ServerMessage::Joined { .. }
            | ServerMessage::Resumed { .. }
            | ServerMessage::Occupancy { .. }
            | ServerMessage::Bye { .. }
            | ServerMessage::Error { .. } => {}
        }
    }

    fn add(&mut self, now: Duration, peer: PeerInfo, effects: &mut Vec<Effect>) {
        let Some(me) = self.me.as_ref().filter(|me| me.id != peer.id) else {
            return;
        };
        let role = if (me.order, me.id) < (peer.order, peer.id) {
            Role::Offerer
        } else {
            Role::Answerer
        };
        let id = peer.id;
        match self.roster.put(peer.clone()) {
            Put::Added => {
                effects.push(Effect::PeerAdded(peer));
                self.mesh.add(now, id, role, effects);
            }
            Put::Changed => effects.push(Effect::PeerChanged(peer)),
            Put::Same => {}
        }
    }

    fn remove(&mut self, peer: PeerId, effects: &mut Vec<Effect>) {
        if self.roster.remove(peer) {
            self.mesh.remove(peer, effects);
            effects.push(Effect::PeerRemoved(peer));
        }
    }

    fn clear(&mut self, effects: &mut Vec<Effect>) {
        for peer in self.roster.take() {
            self.mesh.remove(peer.id, effects);
            effects.push(Effect::PeerRemoved(peer.id));
        }
        self.me = None;
    }
}
