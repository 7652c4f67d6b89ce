//! A line as it is shown.

use protocol::PeerId;

use super::receipts::Receipts;

/// One line of the chat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<'a> {
    /// Tells it from every other line, for as long as the page lives. It says nothing of the order.
    pub number: u64,
    /// Who said it.
    pub author: Author<'a>,
    /// When it was said, in milliseconds on the clock of [`crate::Call::handle`]. It may be before that clock's start. A peer can claim
    /// what it wants, but no time to come.
    pub said_ms: i64,
    /// Plain text ([`protocol::ChatText`]): nothing in it is markup. [`super::links::pieces`] finds addresses.
    pub text: &'a str,
}

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Author<'a> {
    /// This page, and who has got it.
    Me(&'a Receipts),
    /// A peer, which may have left.
    Peer {
        /// Its seat.
        id: PeerId,
        /// What it is called, or was when it left.
        name: &'a str,
    },
}
