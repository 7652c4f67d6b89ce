//! Numbers for operators. None of them is about a person.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use protocol::ErrorCode;

/// Every code that this server answers with.
const CODES: &[ErrorCode] = ErrorCode::ALL;

/// What a server does and has done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// WebSockets open now.
    pub sockets: u64,
    /// People in rooms now, those included whose socket is lost and who may come back.
    pub seats: u64,
    /// Of those, the ones without a socket now.
    pub away: u64,
    /// Rooms with somebody in them now.
    pub rooms: u64,
    /// Seats that were taken back since the start.
    pub resumed: u64,
    /// Signals passed from one peer to another since the start.
    pub relayed: u64,
    /// Messages and signals since the start that only a newer version of the protocol knows.
    pub unknown: u64,
    /// Errors answered since the start, for every code.
    pub errors: Vec<(ErrorCode, u64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sockets: AtomicU64,
    pub(crate) unknown: AtomicU64,
    errors: [AtomicU64; CODES.len()],
}

impl Counters {
    pub(crate) fn count_unknown(&self) {
        self.unknown.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_error(&self, code: ErrorCode) {
        if let Some(index) = CODES.iter().position(|&each| each == code) {
            self.errors[index].fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn errors(&self) -> Vec<(ErrorCode, u64)> {
        let counts = self.errors.iter().map(|count| count.load(Relaxed));
        CODES.iter().copied().zip(counts).collect()
    }
}
