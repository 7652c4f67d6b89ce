//! What the tests of this crate share. Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs)]

pub mod fake_peer;
pub mod sdp;
pub mod stage;
pub mod trace;
pub mod world;

use call::Call;
use call::quality::QualitySettings;
use protocol::{Media, PeerId, PeerInfo};

/// A call on a machine of which nothing is known.
pub fn new_call() -> Call {
    Call::new(1, QualitySettings::default())
}

/// A peer id that is easy to read in a trace.
pub fn peer_id(n: u32) -> PeerId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    PeerId::from_random_bytes(bytes)
}

pub fn peer_info(n: u32, order: u64, name: &str) -> PeerInfo {
    PeerInfo {
        id: peer_id(n),
        order,
        name: name.parse().expect("a name"),
        media: Media::default(),
    }
}
