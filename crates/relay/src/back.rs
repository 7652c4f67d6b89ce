//! The way back to a client, and what is done about what it sends.

use std::sync::Arc;

use crate::Shared;
use crate::core::{Action, Client, Now};
use crate::dispatch::Dispatch;
use crate::outbox::Outbox;
use crate::udp::Listeners;

/// How bytes reach a client.
#[derive(Clone)]
pub(crate) enum Back {
    Udp(Listeners),
    Stream(Arc<Outbox>),
}

impl Back {
    fn send_answer(&self, lane: usize, client: &Client, bytes: &[u8]) {
        match self {
            // A lost answer is asked for again: that is how STUN works over UDP.
            Self::Udp(listeners) => drop(listeners.of(lane).send(client, bytes)),
            Self::Stream(outbox) => outbox.push_answer(bytes),
        }
    }
}

/// Does what the protocol says is to be done about what a client sent. Returns whether that was all: else the bytes are to be looked at
/// again a little later.
pub(crate) fn perform(
    shared: &Shared,
    client: &Client,
    back: &Back,
    action: Action<'_, Back>,
    now: Now,
    dispatch: &mut Dispatch,
) -> bool {
    match action {
        Action::None => {}
        Action::Wait => return false,
        Action::Answer(bytes) => back.send_answer(dispatch.lane(), client, &bytes),
        Action::Open(opening) => {
            let answer = shared.server.open(now, *opening, back.clone(), random());
            back.send_answer(dispatch.lane(), client, &answer);
        }
        Action::Relay { to, from, payload } => dispatch.for_client(shared, now, &to, from, payload),
    }
    true
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("an operating system with random numbers");
    u128::from_ne_bytes(bytes)
}
