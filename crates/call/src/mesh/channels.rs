//! The peer channels: one for each pair, over all its connections.

use std::num::NonZeroU64;
use std::time::Duration;

use protocol::peer_message::{Features, Lane};
use protocol::{PeerId, PeerMessage};

use crate::channel::{Channel, Input, Output};
use crate::mesh::Mesh;
use crate::{ConnectionId, Effect};

/// What this page can do on a peer channel.
const FEATURES: Features = Features::SIZES;

/// What data channels say, without the connection that says it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    Opened,
    Closed,
    Received(Lane, &'a [u8]),
    Full(Lane),
    Drained(Lane),
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
    ) -> Vec<(PeerId, PeerMessage)> {
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

    /// Says something to a peer. Returns whether it was taken.
    pub(crate) fn tell(
        &mut self,
        now: Duration,
        peer: PeerId,
        message: &PeerMessage,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(place) = self.place_of(peer) else {
            return false;
        };
        let Ok(outputs) = self.pairs[place].channel.send(now, message) else {
            return false;
        };
        self.pass_on(place, outputs, effects);
        true
    }

    /// Time has passed. Peers say nothing because of it.
    pub(crate) fn channels_tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        for place in 0..self.pairs.len() {
            let outputs = self.pairs[place].channel.handle(now, Input::Tick);
            self.pass_on(place, outputs, effects);
        }
    }

    fn pass_on(&self, place: usize, outputs: Vec<Output>, effects: &mut Vec<Effect>) -> Vec<(PeerId, PeerMessage)> {
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
                Output::Message(message) => said.push((peer, message)),
                Output::Close { connection, cause } => effects.push(Effect::CloseChannels {
                    connection,
                    peer,
                    cause,
                }),
                // States go again by themselves, and no event is sent yet.
                Output::Ready { .. } => {}
            }
        }
        said
    }
}
