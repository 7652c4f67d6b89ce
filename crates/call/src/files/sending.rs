//! The bytes of a file on their way out: which are read, which are sent, which the receiver has.

use std::collections::VecDeque;
use std::sync::Arc;

use protocol::peer_message::FileEndReason;

use super::Piece;
use super::shape::Shape;
use super::walk::{Due, Mark, Walk};

/// Reads that wait to be sent, at most; a third is not asked for.
const READS: usize = 2;

/// One file for one peer.
#[derive(Debug)]
pub(super) struct Sending {
    walk: Walk,
    /// Where the receiver may go on: the end of what it has acknowledged, and of each block sent since.
    marks: VecDeque<Mark>,
    reads: VecDeque<Arc<Vec<u8>>>,
    /// How much of the first of them has been sent.
    offset: usize,
    /// Up to where the file has been read.
    read_to: u64,
    /// Bytes that are being read.
    asked: Option<(u64, usize)>,
}

impl Sending {
    pub(super) fn new(shape: Shape, size: u64) -> Self {
        let walk = Walk::new(shape, size);
        Self {
            marks: VecDeque::from([walk.mark()]),
            walk,
            reads: VecDeque::new(),
            offset: 0,
            read_to: 0,
            asked: None,
        }
    }

    /// The receiver wants what is behind `from`, which must be the end of a block that was sent and was not acknowledged by more.
    pub(super) fn begin(&mut self, from: u64) -> Result<(), FileEndReason> {
        self.acknowledged(from)?;
        self.walk.back_to(&self.marks[0]);
        self.marks.truncate(1);
        self.pause();
        Ok(())
    }

    /// There is no data channel: what was read is of no use.
    pub(super) fn pause(&mut self) {
        self.reads.clear();
        self.asked = None;
        self.offset = 0;
        self.read_to = self.walk.at();
    }

    /// The receiver has all bytes up to there.
    pub(super) fn acknowledged(&mut self, up_to: u64) -> Result<(), FileEndReason> {
        let place = self.marks.iter().position(|mark| mark.at == up_to);
        let place = place.ok_or(FileEndReason::Broken)?;
        self.marks.drain(..place);
        Ok(())
    }

    /// Up to where the receiver has it.
    pub(super) fn acked(&self) -> u64 {
        self.marks[0].at
    }

    /// Up to where it was sent.
    pub(super) fn at(&self) -> u64 {
        self.walk.at()
    }

    /// Bytes that are to be read now.
    pub(super) fn wants(&mut self) -> Option<(u64, usize)> {
        let shape = self.walk.shape;
        let left = usize::try_from(self.walk.size - self.read_to).unwrap_or(usize::MAX);
        let may_read = self.asked.is_none() && self.reads.len() < READS && left > 0;
        if !may_read || self.read_to >= self.acked() + shape.window {
            return None;
        }
        self.asked = Some((self.read_to, left.min(shape.read)));
        self.asked
    }

    /// They were read. An answer to a question of before is none.
    pub(super) fn read(&mut self, from: u64, bytes: Vec<u8>) -> Result<(), FileEndReason> {
        let Some((_, length)) = self.asked.take_if(|(asked, _)| *asked == from) else {
            return Ok(());
        };
        if bytes.len() != length {
            return Err(FileEndReason::Unreadable);
        }
        self.read_to += bytes.len() as u64;
        self.reads.push_back(Arc::new(bytes));
        Ok(())
    }

    /// Bytes of the next frame, if it may be sent and is there.
    pub(super) fn ready(&self) -> Option<usize> {
        let due = self.walk.due()?;
        // What the window does not let out is not read.
        let is_there = !matches!(due, Due::Piece(_)) || !self.reads.is_empty();
        is_there.then_some(due.length())
    }

    /// The next frame.
    pub(super) fn next(&mut self) -> Option<Piece> {
        self.ready()?;
        match self.walk.due()? {
            Due::Piece(length) => {
                let bytes = Arc::clone(self.reads.front()?);
                let piece = Piece::new(Arc::clone(&bytes), self.offset..self.offset + length);
                self.walk.pass(&piece);
                self.offset += length;
                if self.offset == bytes.len() {
                    self.reads.pop_front();
                    self.offset = 0;
                }
                Some(piece)
            }
            Due::BlockHash => {
                let hash = self.walk.pass_block();
                self.marks.push_back(self.walk.mark());
                Some(hash[..].into())
            }
            Due::FileHash => Some(self.walk.pass_end()[..].into()),
        }
    }

    /// Bytes of the file that are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.reads.iter().map(|read| read.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: [u8; 600] = {
        let mut bytes = [0; 600];
        let mut at = 0;
        while at < 600 {
            bytes[at] = (at * 7 % 251) as u8;
            at += 1;
        }
        bytes
    };

    /// Reads and sends all that can be. Returns the bytes of the file and how many hashes were sent.
    fn sent(sending: &mut Sending) -> (Vec<u8>, usize) {
        let (mut bytes, mut hashes) = (Vec::new(), 0);
        loop {
            while let Some(length) = sending.ready() {
                let frame = sending.next().expect("it is ready");
                assert_eq!(frame.len(), length);
                match length {
                    32 => hashes += 1,
                    _ => bytes.extend_from_slice(&frame),
                }
            }
            let Some((from, length)) = sending.wants() else {
                return (bytes, hashes);
            };
            assert!(length <= 32 && sending.wants().is_none(), "one at a time");
            let at = usize::try_from(from).unwrap();
            sending.read(from, FILE[at..at + length].to_vec()).unwrap();
            assert!(sending.held() <= 64);
        }
    }

    #[test]
    fn it_stops_at_the_window_and_goes_on_with_each_acknowledgement() {
        let mut sending = Sending::new(Shape::SMALL, 600);
        sending.begin(0).unwrap();
        assert_eq!(sent(&mut sending), (FILE[..256].to_vec(), 4));
        sending.acknowledged(64).unwrap();
        assert_eq!(sent(&mut sending), (FILE[256..320].to_vec(), 1));
        sending.acknowledged(320).unwrap();
        assert_eq!(sent(&mut sending), (FILE[320..576].to_vec(), 4));
        sending.acknowledged(512).unwrap();
        // The last block, its hash and that of the file.
        assert_eq!(sent(&mut sending), (FILE[576..].to_vec(), 2));
        assert_eq!((sending.at(), sending.acked(), sending.wants()), (600, 512, None));
    }

    #[test]
    fn it_goes_on_from_a_block_that_the_receiver_has_and_from_no_other_place() {
        let mut sending = Sending::new(Shape::SMALL, 600);
        assert_eq!(sending.begin(64), Err(FileEndReason::Broken), "it was not sent");
        sending.begin(0).unwrap();
        sent(&mut sending);
        sending.acknowledged(128).unwrap();
        for wrong in [0, 64, 100, 320, 600, u64::MAX] {
            assert_eq!(sending.begin(wrong), Err(FileEndReason::Broken), "{wrong}");
            assert_eq!(sending.acknowledged(wrong), Err(FileEndReason::Broken), "{wrong}");
        }
        sending.begin(192).unwrap();
        assert_eq!((sending.at(), sending.acked()), (192, 192));
        assert_eq!(sent(&mut sending), (FILE[192..448].to_vec(), 4));
        // Nothing was acknowledged: the same place is good, and the one before is not.
        assert_eq!(sending.begin(128), Err(FileEndReason::Broken));
        sending.begin(192).unwrap();
        assert_eq!(
            sending.acknowledged(256),
            Err(FileEndReason::Broken),
            "it was not sent again yet"
        );
        assert_eq!(sent(&mut sending).0.len(), 256);
    }

    #[test]
    fn answers_to_what_is_not_asked_any_more_are_none_and_short_ones_end_it() {
        let mut sending = Sending::new(Shape::SMALL, 600);
        sending.begin(0).unwrap();
        assert_eq!(sending.wants(), Some((0, 32)));
        sending.read(32, vec![0; 32]).unwrap();
        assert_eq!((sending.ready(), sending.wants()), (None, None));
        sending.pause();
        sending.read(0, vec![0; 32]).unwrap();
        assert_eq!(sending.ready(), None);
        assert_eq!(sending.wants(), Some((0, 32)));
        assert_eq!(sending.read(0, vec![0; 31]), Err(FileEndReason::Unreadable));
    }

    #[test]
    fn an_empty_file_is_its_hash() {
        let mut sending = Sending::new(Shape::SMALL, 0);
        sending.begin(0).unwrap();
        assert_eq!(sending.wants(), None);
        assert_eq!(sending.next().as_deref(), Some(&blake3::hash(&[]).as_bytes()[..]));
        assert_eq!(sending.next(), None);
        // The loss of everything is answered with everything.
        sending.begin(0).unwrap();
        assert!(sending.next().is_some());
    }
}
