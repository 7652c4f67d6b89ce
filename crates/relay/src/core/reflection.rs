//! What may be said to strangers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::Now;
use super::bandwidth::{Bandwidth, Meter, Rate};
use super::client::place;

/// Places that are counted apart. A table of fixed size: strangers cannot make it grow.
const CELLS: usize = 4096;

/// Keeps the relay from being an amplifier.
///
/// A datagram's source may be forged, so whatever is answered to somebody who has not proven their address may hit a
/// victim. STUN cannot answer within the size of the request: the 20 bytes of a Binding request take 32, and the first
/// Allocate of every browser (28 bytes) takes a realm and a nonce (56 bytes). So the rule is: an answer that is not
/// larger than its request is always given; a larger one only while the budget of the place that it goes to lasts; past it
/// there is silence, and the client tries again. A valid nonce is proof of the address, as is a TCP handshake: such
/// clients are not bounded here.
///
/// Places (an IPv4 address, an IPv6 /56) share cells by a keyed hash, so that nobody can aim at another's cell.
#[derive(Debug)]
pub struct Reflection {
    rate: Rate,
    key: Vec<u8>,
    cells: Box<[Meter]>,
}

impl Reflection {
    /// With a budget of answers for each place.
    #[must_use]
    pub fn new(bandwidth: Bandwidth, key: &[u8]) -> Self {
        Self {
            rate: bandwidth.into(),
            key: key.to_vec(),
            cells: (0..CELLS).map(|_| Meter::default()).collect(),
        }
    }

    /// Whether an answer of `answer` bytes may be given to a request of `request` bytes that claims to come from `source`.
    pub fn admits(&self, now: Now, source: IpAddr, request: usize, answer: usize) -> bool {
        if answer <= request {
            return true;
        }
        let mut hasher = DefaultHasher::new();
        self.key.hash(&mut hasher);
        place(source).hash(&mut hasher);
        let cell = usize::try_from(hasher.finish() % CELLS as u64).expect("below 4096");
        self.cells[cell].take(self.rate, now, 1)
    }
}
