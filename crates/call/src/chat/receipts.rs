//! Who has got a line of one's own.

use protocol::PeerId;

use crate::SmallMap;

/// How it stands with a line and one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Receipt {
    /// It is on its way, or goes as soon as there is a connection.
    Waiting,
    /// The peer's page has it.
    Delivered,
    /// The peer's page has it, and was told of it later: the peer was not in the room when it was said.
    Later,
    /// It does not get there.
    Missed(Missed),
}

/// Why a peer does not get a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missed {
    /// The peer's client has no chat.
    NoChat,
    /// Too much waited for the peer already.
    Full,
    /// The peer left before it arrived.
    Left,
}

/// A receipt for everybody who was in the room when the line was said, in the order of their ids, and for those who were told of it later
/// and are in the room. A peer that came later and does not have it yet is not there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receipts(SmallMap<PeerId, Receipt>);

impl Receipts {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (PeerId, Receipt)> {
        self.0.iter().map(|(peer, receipt)| (*peer, *receipt))
    }

    /// That of one peer.
    #[must_use]
    pub fn of(&self, peer: PeerId) -> Option<Receipt> {
        self.0.get(&peer).copied()
    }

    /// The line is said, and the peer is in the room.
    pub(super) fn said(&mut self, peer: PeerId, receipt: Receipt) {
        self.0.insert(peer, receipt);
    }

    /// The line was told later, or will not be. What a peer has it keeps, and one that was not there when it was said is not waited for.
    /// Returns whether that changes anything.
    pub(super) fn told(&mut self, peer: PeerId, now: Receipt) -> bool {
        let before = self.of(peer);
        let is_open = matches!(before, Some(Receipt::Waiting | Receipt::Missed(_)));
        if is_open {
            self.said(peer, now);
        }
        is_open && before != Some(now)
    }

    /// The peer's page has it.
    pub(super) fn arrived(&mut self, peer: PeerId) {
        let receipt = match self.of(peer) {
            None | Some(Receipt::Later) => Receipt::Later,
            Some(_) => Receipt::Delivered,
        };
        self.said(peer, receipt);
    }

    /// The peer is gone. Returns whether that changes anything.
    pub(super) fn left(&mut self, peer: PeerId) -> bool {
        match self.of(peer) {
            Some(Receipt::Waiting) => self.said(peer, Receipt::Missed(Missed::Left)),
            Some(Receipt::Later) => drop(self.0.remove(&peer)),
            _ => return false,
        }
        true
    }
}
