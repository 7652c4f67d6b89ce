//! What of a peer's pointers is new. Messages are lost, overtake each other and come twice.

use protocol::peer_message::{Pointer, Spot};

/// So many of a peer's strokes are kept track of. The end of an older one is not waited for any more.
const STROKES: usize = 8;

/// How far what a peer points at and draws has come.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pointing: Progress,
    /// The newest strokes, in the order of their numbers.
    strokes: Vec<(u32, Progress)>,
    /// By what the peer was last seen somewhere: the number of a stroke, 0 for pointing.
    shows: Option<u32>,
}

/// How far a stroke has come, or all pointing.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The number of the next point.
    next: u32,
    is_up: bool,
}

/// What a message brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News<'a> {
    /// Points that have not come before.
    pub(super) points: &'a [Spot],
    /// Where the peer points now, or its pen is, if this message tells.
    pub(super) at: Option<Place>,
}

/// Where a peer points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(Spot),
    Nowhere,
}

impl Reader {
    /// A message has come. `None` where it is no news.
    pub(super) fn read<'a>(&mut self, message: &'a Pointer) -> Option<News<'a>> {
        let is_pointing = message.stroke == 0;
        let progress = if is_pointing {
            // There is no end to pointing that lasts.
            self.pointing.is_up = false;
            &mut self.pointing
        } else {
            self.stroke(message.stroke)?
        };
        let points = progress.read(message)?;
        let newest = self.strokes.last().map(|(number, _)| *number);
        let at = match message.points.last() {
            _ if !is_pointing && newest != Some(message.stroke) => None,
            // A late end does not take away what has begun since.
            _ if message.up => {
                let is_over = self.shows == Some(message.stroke);
                is_over.then_some(Place::Nowhere)
            }
            // Pointing that comes again is late; a pen that rests says where it is without a new point.
            Some(_) if is_pointing && points.is_empty() => None,
            spot => spot.map(|spot| Place::At(*spot)),
        };
        match at {
            Some(Place::At(_)) => self.shows = Some(message.stroke),
            Some(Place::Nowhere) => self.shows = None,
            None => {}
        }
        Some(News { points, at })
    }

    fn stroke(&mut self, number: u32) -> Option<&mut Progress> {
        let known = self.strokes.iter().position(|(of, _)| *of == number);
        if known.is_none() {
            if self.strokes.last().is_some_and(|(newest, _)| *newest > number) {
                return None;
            }
            if self.strokes.len() >= STROKES {
                self.strokes.remove(0);
            }
            self.strokes.push((number, Progress::default()));
        }
        let place = known.unwrap_or(self.strokes.len() - 1);
        Some(&mut self.strokes[place].1)
    }
}

impl Progress {
    /// The points of a message that are new. `None` where it is older than what has come.
    fn read<'a>(&mut self, message: &'a Pointer) -> Option<&'a [Spot]> {
        let count = u32::try_from(message.points.len()).unwrap_or(u32::MAX);
        let end = message.first.checked_add(count)?;
        if self.is_up || end < self.next {
            return None;
        }
        let known = self.next.saturating_sub(message.first) as usize;
        self.next = end;
        self.is_up = message.up;
        message.points.get(known..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PeerId;

    fn spot(x: u16) -> Spot {
        Spot { x, y: 0 }
    }

    /// The points of a stroke have their numbers for `x`.
    fn piece(stroke: u32, first: u16, count: u16, up: bool) -> Pointer {
        Pointer {
            share: PeerId::from_bytes([1; 16]),
            stroke,
            first: first.into(),
            points: (first..first + count).map(spot).collect(),
            up,
        }
    }

    /// The new points, and where the peer points then.
    fn read(reader: &mut Reader, message: &Pointer) -> Option<(Vec<u16>, Option<Place>)> {
        let news = reader.read(message)?;
        Some((news.points.iter().map(|spot| spot.x).collect(), news.at))
    }

    fn at(x: u16) -> Option<Place> {
        Some(Place::At(spot(x)))
    }

    const NOWHERE: Option<Place> = Some(Place::Nowhere);

    #[test]
    fn points_that_are_repeated_are_taken_once_and_a_lost_message_leaves_no_gap() {
        let mut reader = Reader::default();
        assert_eq!(read(&mut reader, &piece(1, 0, 3, false)), Some((vec![0, 1, 2], at(2))));
        // Another one, of points 1 to 4, was lost.
        assert_eq!(
            read(&mut reader, &piece(1, 3, 4, false)),
            Some((vec![3, 4, 5, 6], at(6)))
        );
        assert_eq!(read(&mut reader, &piece(1, 1, 4, false)), None, "it comes late");
        assert_eq!(read(&mut reader, &piece(1, 4, 4, false)), Some((vec![7], at(7))));
        assert_eq!(
            read(&mut reader, &piece(1, 4, 4, false)),
            Some((vec![], at(7))),
            "the pen rests"
        );
        assert_eq!(read(&mut reader, &piece(1, 10, 2, true)), Some((vec![10, 11], NOWHERE)));
        assert_eq!(read(&mut reader, &piece(1, 10, 2, true)), None, "it was up");
        assert_eq!(read(&mut reader, &piece(1, 12, 2, false)), None);
    }

    #[test]
    fn pointing_that_is_older_than_what_has_come_moves_nothing() {
        let mut reader = Reader::default();
        assert_eq!(read(&mut reader, &piece(0, 0, 1, false)), Some((vec![0], at(0))));
        assert_eq!(read(&mut reader, &piece(0, 2, 1, false)), Some((vec![2], at(2))));
        assert_eq!(read(&mut reader, &piece(0, 1, 1, false)), None);
        assert_eq!(read(&mut reader, &piece(0, 2, 1, false)), Some((vec![], None)));
        assert_eq!(read(&mut reader, &piece(0, 3, 0, true)), Some((vec![], NOWHERE)));
        assert_eq!(read(&mut reader, &piece(0, 3, 1, false)), Some((vec![3], at(3))));
        assert_eq!(read(&mut reader, &piece(0, 3, 0, true)), None, "the end of before");
    }

    #[test]
    fn the_end_of_a_stroke_does_not_move_the_pen_of_the_next() {
        let mut reader = Reader::default();
        read(&mut reader, &piece(1, 0, 3, false));
        assert_eq!(read(&mut reader, &piece(2, 0, 1, false)), Some((vec![0], at(0))));
        assert_eq!(read(&mut reader, &piece(1, 2, 3, true)), Some((vec![3, 4], None)));
        for number in 3..20 {
            read(&mut reader, &piece(number, 0, 1, true));
        }
        assert_eq!(reader.strokes.len(), STROKES);
        assert_eq!(read(&mut reader, &piece(2, 0, 9, false)), None, "long forgotten");
        // Pointing is apart from all strokes.
        assert_eq!(read(&mut reader, &piece(0, 0, 1, false)), Some((vec![0], at(0))));
    }

    #[test]
    fn numbers_that_cannot_be_harm_nobody_else() {
        let mut reader = Reader::default();
        let mut last = piece(u32::MAX, 0, 16, false);
        last.first = u32::MAX - 15;
        assert_eq!(read(&mut reader, &last), None);
        last.first = u32::MAX - 16;
        assert_eq!(reader.read(&last).map(|news| news.points.len()), Some(16));
        assert_eq!(reader.read(&last).map(|news| news.points.len()), Some(0));
        assert_eq!(read(&mut reader, &piece(1, 0, 3, false)), None);
    }
}
