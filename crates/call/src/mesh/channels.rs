//! The peer channels: one for each pair, over all its connections.

use std::num::NonZeroU64;
use std::time::Duration;

use protocol::peer_message::{Features, Lane};
use protocol::{PeerId, PeerMessage};

use crate::channel::{Channel, Input, Output};
use crate::mesh::Mesh;
use crate::mesh::pair::Pair;
use crate::{ConnectionId, Effect};

/// What this page can do on a peer channel.
const FEATURES: Features = Features::SIZES
    .with(Features::CHAT)
    .with(Features::HANDS)
    .with(Features::REACTIONS)
    .with(Features::POINTERS)
    .with(Features::FILES);

/// What data channels say, without the connection that says it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    Opened,
    Closed,
    Received(Lane, &'a [u8]),
    Full(Lane),
    Drained(Lane),
}

/// What a peer says on its channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Hello: messages go both ways from now on. Once for each connection.
    Ready {
        /// What its page can do.
        features: Features,
        /// It is another page than the one before.
        restarted: bool,
    },
    Message(PeerMessage),
}

/// A channel for a new pair. Each has a session of its own, drawn from the call's seed.
pub(super) fn channel(seed: u64, number: u32) -> Channel {
    // SplitMix64: neighbouring numbers give sessions that have nothing in common.
    let mut bits = seed.wrapping_add(u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    Channel::new(
        NonZeroU64::new(bits ^ (bits >> 31)).unwrap_or(NonZeroU64::MIN),
        FEATURES,
    )
}

impl Mesh {
    /// Something happened to a connection's data channels. Returns what the peer said.
    pub(crate) fn channel_heard(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        heard: Heard<'_>,
        effects: &mut Vec<Effect>,
    ) -> Vec<(PeerId, Said)> {
        let Some(place) = self.place_of_connection(connection) else {
            return Vec::new();
        };
        let input = match heard {
            Heard::Opened => Input::Opened { connection },
            Heard::Closed => Input::Closed { connection },
            Heard::Received(lane, bytes) => Input::Received {
                connection,
                lane,
                bytes,
            },
            Heard::Full(lane) => Input::Full { connection, lane },
            Heard::Drained(lane) => Input::Drained { connection, lane },
        };
        let outputs = self.pairs[place].channel.handle(now, input);
        self.pass_on(place, outputs, effects)
    }

    /// Says something to a peer. Returns how many events were taken for its page by now, so that an event has this number; `None` when
    /// the message was refused.
    pub(crate) fn tell(
        &mut self,
        now: Duration,
        peer: PeerId,
        message: &PeerMessage,
        effects: &mut Vec<Effect>,
    ) -> Option<u64> {
        let place = self.place_of(peer)?;
        let outputs = self.pairs[place].channel.send(now, message).ok()?;
        self.pass_on(place, outputs, effects);
        Some(self.pairs[place].channel.taken())
    }

    /// Says something to everybody whose page has said that it can do this; with no feature wanted, to everybody. What is said to a page that
    /// has not said hello waits for that.
    pub(crate) fn tell_all(
        &mut self,
        now: Duration,
        wanted: Features,
        message: &PeerMessage,
        effects: &mut Vec<Effect>,
    ) {
        let can = |pair: &Pair| pair.channel.peer().map_or(Features::default(), |hello| hello.features);
        for place in 0..self.pairs.len() {
            if can(&self.pairs[place]).has(wanted) {
                self.tell(now, self.pairs[place].peer, message, effects);
            }
        }
    }

    /// How many events a peer's page has got.
    pub(crate) fn acknowledged(&self, peer: PeerId) -> u64 {
        self.place_of(peer)
            .map_or(0, |place| self.pairs[place].channel.acknowledged())
    }

    /// Time has passed. Peers say nothing because of it.
    pub(crate) fn channels_tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        for place in 0..self.pairs.len() {
            let outputs = self.pairs[place].channel.handle(now, Input::Tick);
            self.pass_on(place, outputs, effects);
        }
    }

    fn pass_on(&self, place: usize, outputs: Vec<Output>, effects: &mut Vec<Effect>) -> Vec<(PeerId, Said)> {
        let peer = self.pairs[place].peer;
        let mut said = Vec::new();
        for output in outputs {
            match output {
                Output::Send {
                    connection,
                    lane,
                    bytes,
                } => effects.push(Effect::SendOnChannel {
                    connection,
                    lane,
                    bytes,
                }),
                Output::Message(message) => said.push((peer, Said::Message(message))),
                Output::Close { connection, cause } => effects.push(Effect::CloseChannels {
                    connection,
                    peer,
                    cause,
                }),
                Output::Ready {
                    peer: hello, restarted, ..
                } => said.push((
                    peer,
                    Said::Ready {
                        features: hello.features,
                        restarted,
                    },
                )),
            }
        }
        said
    }
}
