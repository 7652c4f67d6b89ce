//! The way through a file's frames, which both sides go: pieces, the hash of each block, the hash of the whole.

use blake3::Hasher;
use protocol::peer_message::FileEndReason;

use super::shape::Shape;

/// Bytes of a hash.
pub(super) const HASH: usize = 32;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// So many bytes of the file.
    Piece(usize),
    /// The hash of the block that is complete.
    BlockHash,
    /// The hash of the whole file.
    FileHash,
}

impl Due {
    /// Bytes of the frame.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Piece(length) => length,
            Self::BlockHash | Self::FileHash => HASH,
        }
    }
}

/// The end of a block: a place from which the way can be gone once more.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Bytes before it.
    pub(super) at: u64,
    /// Their hash so far.
    whole: Hasher,
}

/// A place on the way.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) shape: Shape,
    pub(super) size: u64,
    /// Bytes before the block of now.
    block_at: u64,
    /// Bytes before this place, at most to the end of the block.
    at: u64,
    is_over: bool,
    block: Hasher,
    whole: Hasher,
}

impl Walk {
    /// From the beginning.
    pub(super) fn new(shape: Shape, size: u64) -> Self {
        Self {
            shape,
            size,
            block_at: 0,
            at: 0,
            is_over: false,
            block: Hasher::new(),
            whole: Hasher::new(),
        }
    }

    /// Bytes of the file before this place.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Whether the hash of the whole file is behind us.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What comes next.
    pub(super) fn due(&self) -> Option<Due> {
        let block_end = self.size.min(self.block_at + self.shape.block);
        if self.at < block_end {
            let left = usize::try_from(block_end - self.at).unwrap_or(usize::MAX);
            Some(Due::Piece(left.min(self.shape.piece)))
        } else if self.at > self.block_at {
            Some(Due::BlockHash)
        } else {
            (!self.is_over).then_some(Due::FileHash)
        }
    }

    /// Goes past a piece, which is as long as is due.
    pub(super) fn pass(&mut self, piece: &[u8]) {
        self.block.update(piece);
        self.whole.update(piece);
        self.at += piece.len() as u64;
    }

    /// Goes past a block's end, and says its hash.
    pub(super) fn pass_block(&mut self) -> [u8; HASH] {
        self.block_at = self.at;
        let hash = self.block.finalize();
        self.block.reset();
        hash.into()
    }

    /// Goes past the file's end, and says its hash.
    pub(super) fn pass_end(&mut self) -> [u8; HASH] {
        self.is_over = true;
        self.whole.finalize().into()
    }

    /// The place of now, at the end of a block.
    pub(super) fn mark(&self) -> Mark {
        debug_assert_eq!(self.at, self.block_at, "not within a block");
        Mark {
            at: self.at,
            whole: self.whole.clone(),
        }
    }

    /// Goes back to a place.
    pub(super) fn back_to(&mut self, mark: &Mark) {
        self.block_at = mark.at;
        self.at = mark.at;
        self.is_over = false;
        self.block.reset();
        self.whole.clone_from(&mark.whole);
    }
}

/// A hash that must be this one.
pub(super) fn compare(ours: [u8; HASH], theirs: &[u8]) -> Result<(), FileEndReason> {
    match ours == *theirs {
        true => Ok(()),
        false => Err(FileEndReason::Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of all frames of a file, and what the hashes are.
    fn way(size: u64) -> Vec<Due> {
        let mut walk = Walk::new(Shape::SMALL, size);
        let mut way = Vec::new();
        while let Some(due) = walk.due() {
            way.push(due);
            match due {
                Due::Piece(length) => walk.pass(&vec![7; length]),
                Due::BlockHash => drop(walk.pass_block()),
                Due::FileHash => drop(walk.pass_end()),
            }
        }
        assert_eq!((walk.at(), walk.block_at, walk.is_over()), (size, size, true));
        way
    }

    #[test]
    fn a_file_is_pieces_and_behind_each_block_its_hash() {
        use Due::{BlockHash, FileHash, Piece};
        assert_eq!(way(0), [FileHash]);
        assert_eq!(way(1), [Piece(1), BlockHash, FileHash]);
        assert_eq!(way(17), [Piece(16), Piece(1), BlockHash, FileHash]);
        let block = [Piece(16), Piece(16), Piece(16), Piece(16), BlockHash];
        assert_eq!(way(64), [&block[..], &[FileHash]].concat());
        let more = [Piece(16), Piece(16), Piece(8), BlockHash, FileHash];
        assert_eq!(way(104), [&block[..], &more[..]].concat());
        assert_eq!(way(128), [&block[..], &block[..], &[FileHash]].concat());
    }

    #[test]
    fn hashes_are_those_of_blake3_and_the_same_after_a_way_back() {
        let bytes: Vec<u8> = (0..150).collect();
        let mut walk = Walk::new(Shape::SMALL, 150);
        let start = walk.mark();
        let block = |walk: &mut Walk, range: std::ops::Range<usize>| {
            bytes[range].chunks(16).for_each(|piece| walk.pass(piece));
            walk.pass_block()
        };
        assert_eq!(block(&mut walk, 0..64), *blake3::hash(&bytes[..64]).as_bytes());
        let first = walk.mark();
        assert_eq!(block(&mut walk, 64..128), *blake3::hash(&bytes[64..128]).as_bytes());
        walk.pass(&bytes[128..144]);
        walk.back_to(&first);
        assert_eq!((walk.at(), walk.due()), (64, Some(Due::Piece(16))));
        walk.pass(&bytes[64..80]);
        walk.back_to(&start);
        block(&mut walk, 0..64);
        block(&mut walk, 64..128);
        assert_eq!(block(&mut walk, 128..150), *blake3::hash(&bytes[128..]).as_bytes());
        assert_eq!(walk.pass_end(), *blake3::hash(&bytes).as_bytes());
        walk.back_to(&first);
        assert!(!walk.is_over());
    }
}
