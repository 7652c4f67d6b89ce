//! The sizes that both sides agree on.

use protocol::limits::peer;

/// The numbers that both sides agree on, and how much is read at once. Tests have smaller ones, so that a simulation sends many blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// [`peer::FILE_PIECE`]. A part of `read`.
    pub(crate) piece: usize,
    /// What is read at once. A part of `block`.
    pub(crate) read: usize,
    /// [`peer::FILE_BLOCK`].
    pub(crate) block: u64,
    /// [`peer::FILE_WINDOW`].
    pub(crate) window: u64,
    /// [`super::FILE_BUFFERED_HIGH`].
    pub(crate) queue: usize,
}

impl Shape {
    /// That of the protocol.
    pub(crate) const WIRE: Self = Self {
        piece: peer::FILE_PIECE,
        read: 1024 * 1024,
        block: peer::FILE_BLOCK,
        window: peer::FILE_WINDOW,
        queue: super::FILE_BUFFERED_HIGH,
    };

    /// One for tests.
    #[cfg(test)]
    pub(crate) const SMALL: Self = Self {
        piece: 16,
        read: 32,
        block: 64,
        window: 256,
        queue: 80,
    };
}
