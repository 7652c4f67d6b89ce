//! The bytes of a file on their way in: verified block by block, and stored only then.

use protocol::peer_message::FileEndReason;

use super::shape::Shape;
use super::walk::{Due, Mark, Walk, compare};

/// One file of a peer.
#[derive(Debug)]
pub(super) struct Receiving {
    walk: Walk,
    /// The end of the newest block that is verified.
    mark: Mark,
    /// The block of now, which is not.
    held: Vec<Vec<u8>>,
    /// All before this is stored.
    written: u64,
    /// What the sender was told of that.
    acked: u64,
}

/// The result of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Took {
    /// A piece.
    Piece,
    /// A block is verified: it is to be stored there.
    Block { at: u64, pieces: Vec<Vec<u8>> },
    /// The whole file is verified.
    File,
}

impl Receiving {
    pub(super) fn new(shape: Shape, size: u64) -> Self {
        let walk = Walk::new(shape, size);
        Self {
            mark: walk.mark(),
            walk,
            held: Vec::new(),
            written: 0,
            acked: 0,
        }
    }

    /// A frame has come.
    pub(super) fn frame(&mut self, bytes: Vec<u8>) -> Result<Took, FileEndReason> {
        let due = self.walk.due().ok_or(FileEndReason::Broken)?;
        if bytes.len() != due.length() {
            return Err(FileEndReason::Broken);
        }
        match due {
            Due::Piece(length) => {
                if self.walk.at() + length as u64 > self.acked + self.walk.shape.window {
                    return Err(FileEndReason::Broken);
                }
                self.walk.pass(&bytes);
                self.held.push(bytes);
                Ok(Took::Piece)
            }
            Due::BlockHash => {
                compare(self.walk.pass_block(), &bytes)?;
                let at = self.mark.at;
                self.mark = self.walk.mark();
                let pieces = std::mem::take(&mut self.held);
                Ok(Took::Block { at, pieces })
            }
            Due::FileHash => {
                compare(self.walk.pass_end(), &bytes)?;
                Ok(Took::File)
            }
        }
    }

    /// All before this is stored.
    pub(super) fn written(&mut self, up_to: u64) {
        self.written = self.written.max(up_to.min(self.mark.at));
    }

    /// What the sender is to be told of that.
    pub(super) fn acknowledge(&mut self) -> Option<u64> {
        let whole = self.written / self.walk.shape.block * self.walk.shape.block;
        let up_to = if self.written == self.walk.size {
            self.written
        } else {
            whole
        };
        let is_news = up_to > self.acked;
        self.acked = self.acked.max(up_to);
        is_news.then_some(up_to)
    }

    /// Bytes that are to be stored and are not.
    pub(super) fn is_storing(&self) -> bool {
        self.written < self.mark.at
    }

    /// Whether nothing more is to come.
    pub(super) fn is_verified(&self) -> bool {
        self.walk.is_over()
    }

    /// Bytes that have come.
    pub(super) fn at(&self) -> u64 {
        self.walk.at()
    }

    /// Forgets what is not verified. Returns from where on it is wanted again. To be called when nothing is being stored: what a sender
    /// may send then is within the window of what is here.
    pub(super) fn begin(&mut self) -> u64 {
        debug_assert!(!self.is_storing(), "the window would not hold");
        self.held.clear();
        self.walk.back_to(&self.mark);
        self.acked = self.mark.at;
        self.mark.at
    }

    /// Bytes that are held or are being stored.
    #[cfg(test)]
    pub(super) fn held(&self) -> u64 {
        self.walk.at() - self.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORRUPT: Result<Took, FileEndReason> = Err(FileEndReason::Corrupt);
    const BROKEN: Result<Took, FileEndReason> = Err(FileEndReason::Broken);

    fn hash(bytes: &[u8]) -> Vec<u8> {
        blake3::hash(bytes).as_bytes().to_vec()
    }

    /// A block and its hash.
    fn block(receiving: &mut Receiving, bytes: &[u8]) -> Result<Took, FileEndReason> {
        for piece in bytes.chunks(16) {
            assert_eq!(receiving.frame(piece.to_vec())?, Took::Piece);
        }
        receiving.frame(hash(bytes))
    }

    #[test]
    fn a_block_is_to_be_stored_when_its_hash_has_matched_and_not_before() {
        let bytes: Vec<u8> = (0..100).collect();
        let mut receiving = Receiving::new(Shape::SMALL, 100);
        let Ok(Took::Block { at: 0, pieces }) = block(&mut receiving, &bytes[..64]) else {
            panic!("a block");
        };
        assert_eq!(pieces.concat(), bytes[..64]);
        assert!(receiving.is_storing());
        let Ok(Took::Block { at: 64, pieces }) = block(&mut receiving, &bytes[64..]) else {
            panic!("a block");
        };
        assert_eq!(pieces.concat(), bytes[64..]);
        assert_eq!(receiving.frame(hash(&bytes)), Ok(Took::File));
        assert_eq!((receiving.is_verified(), receiving.is_storing()), (true, true));
        receiving.written(63);
        assert_eq!(receiving.acknowledge(), None);
        receiving.written(70);
        assert_eq!((receiving.acknowledge(), receiving.acknowledge()), (Some(64), None));
        receiving.written(u64::MAX);
        assert_eq!((receiving.acknowledge(), receiving.is_storing()), (Some(100), false));
    }

    #[test]
    fn a_lie_is_found_at_the_block_or_the_frame_where_it_is() {
        let bytes = [5; 64];
        let changed = |receiving: &mut Receiving| {
            for n in 0..4 {
                receiving.frame(vec![if n == 2 { 6 } else { 5 }; 16]).unwrap();
            }
            receiving.frame(hash(&bytes))
        };
        assert_eq!(changed(&mut Receiving::new(Shape::SMALL, 64)), CORRUPT);
        let mut receiving = Receiving::new(Shape::SMALL, 64);
        block(&mut receiving, &bytes).unwrap();
        assert_eq!(receiving.frame(hash(&[5; 63])), CORRUPT, "the hash of the file");
        // A piece too long, too short, or a hash where a piece should be.
        for length in [0, 1, 15, 17, 32, 64, 20_000] {
            assert_eq!(Receiving::new(Shape::SMALL, 64).frame(vec![5; length]), BROKEN);
        }
        // More than was promised.
        let mut receiving = Receiving::new(Shape::SMALL, 20);
        receiving.frame(vec![5; 16]).unwrap();
        assert_eq!(receiving.frame(vec![5; 16]), BROKEN);
        let mut receiving = Receiving::new(Shape::SMALL, 64);
        block(&mut receiving, &bytes).unwrap();
        receiving.frame(hash(&bytes)).unwrap();
        for length in [0, 16, 32] {
            assert_eq!(receiving.frame(vec![5; length]), BROKEN);
        }
        // Less.
        let mut receiving = Receiving::new(Shape::SMALL, 64);
        receiving.frame(vec![5; 16]).unwrap();
        assert_eq!(receiving.frame(hash(&[5; 16])), BROKEN);
    }

    #[test]
    fn more_than_the_window_is_not_taken_while_nothing_is_stored() {
        let mut receiving = Receiving::new(Shape::SMALL, 10_000);
        for _ in 0..4 {
            block(&mut receiving, &[5; 64]).unwrap();
        }
        receiving.written(64);
        assert_eq!(receiving.acknowledge(), Some(64));
        block(&mut receiving, &[5; 64]).unwrap();
        assert_eq!(receiving.held(), 256);
        assert_eq!(receiving.frame(vec![5; 16]), BROKEN);
    }

    #[test]
    fn after_a_loss_it_is_wanted_from_the_end_of_the_newest_block_on() {
        let bytes: Vec<u8> = (0..150).collect();
        let mut receiving = Receiving::new(Shape::SMALL, 150);
        block(&mut receiving, &bytes[..64]).unwrap();
        receiving.frame(bytes[64..80].to_vec()).unwrap();
        receiving.written(64);
        assert_eq!(receiving.begin(), 64);
        assert_eq!(
            (receiving.at(), receiving.held(), receiving.acknowledge()),
            (64, 0, None)
        );
        block(&mut receiving, &bytes[64..128]).unwrap();
        block(&mut receiving, &bytes[128..]).unwrap();
        receiving.written(150);
        // The hash of the file got lost.
        assert_eq!(receiving.begin(), 150);
        assert_eq!(receiving.frame(hash(&bytes)), Ok(Took::File));
    }

    #[test]
    fn an_empty_file_is_its_hash() {
        let mut receiving = Receiving::new(Shape::SMALL, 0);
        assert_eq!((receiving.is_storing(), receiving.acknowledge()), (false, None));
        assert_eq!(receiving.frame(hash(&[])), Ok(Took::File));
        assert_eq!(Receiving::new(Shape::SMALL, 0).frame(hash(&[1])), CORRUPT);
    }
}
