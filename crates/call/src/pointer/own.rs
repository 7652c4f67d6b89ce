//! What the person here points at and draws, as it is said to the others: in small messages, so often and no more often.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::limits::peer::{POINTER_RATE, POINTS_MAX};
use protocol::peer_message::Spot;

use crate::Person;

/// So many points of a message come again in the next one. A mouse usually brings two to four new ones with each message, so that each
/// point is said two or three times.
const REPEATED: usize = 6;

/// A pointer or a pen that rests is said again after so long.
const RESTS: Duration = Duration::from_millis(400);

/// How often the end of something is said.
const ENDS: usize = 2;

/// So many ends wait to be said at most.
const ENDS_WAITING: usize = 16;

/// What is said to everybody at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Saying {
    /// On whose screen.
    pub(super) share: Person,
    /// 0 for pointing.
    pub(super) stroke: u32,
    pub(super) first: u32,
    pub(super) points: Vec<Spot>,
    pub(super) up: bool,
}

/// What this page says.
#[derive(Debug, Default)]
pub(super) struct Own {
    pen: Option<Pen>,
    /// Ends of what the pen did before.
    ends: VecDeque<Saying>,
    /// So far.
    strokes: u32,
    /// How many points pointing has had so far.
    pointed: u32,
    /// What was said last was an end.
    has_said_end: bool,
    /// When something may be said again.
    not_before: Duration,
}

/// What points or draws.
#[derive(Debug)]
struct Pen {
    share: Person,
    /// 0 for pointing.
    stroke: u32,
    /// The number of the first point that has not been said.
    next: u32,
    /// The last points that have been said.
    said: Vec<Spot>,
    /// Points that have not been said.
    fresh: Vec<Spot>,
    /// When something was last said of it.
    at: Duration,
}

impl Own {
    /// On whose screen the person points or draws.
    pub(super) fn share(&self) -> Option<Person> {
        self.pen.as_ref().map(|pen| pen.share)
    }

    /// The person points there.
    pub(super) fn point(&mut self, now: Duration, share: Person, at: Spot) {
        if self.pen.as_ref().is_some_and(|pen| pen.stroke > 0) {
            self.end();
        }
        // It goes on where it ended a moment ago.
        self.ends.retain(|end| end.stroke > 0);
        match &mut self.pen {
            Some(pen) if pen.share == share => pen.fresh = vec![at],
            pen => *pen = Some(Pen::new(now, share, (0, self.pointed), at)),
        }
    }

    /// The pen is down there. Returns the number of the stroke if it has another point.
    pub(super) fn draw(&mut self, now: Duration, share: Person, at: Spot) -> Option<u32> {
        if let Some(pen) = &mut self.pen
            && pen.share == share
            && pen.stroke > 0
        {
            return pen.add(at).then_some(pen.stroke);
        }
        if self.pen.as_ref().is_some_and(|pen| pen.stroke == 0) {
            // The pen goes on where the person pointed: to say that they point no longer would hide it.
            self.pen = None;
            self.ends.retain(|end| end.stroke > 0);
        }
        self.end();
        self.strokes = self.strokes.saturating_add(1);
        self.pen = Some(Pen::new(now, share, (self.strokes, 0), at));
        Some(self.strokes)
    }

    /// The person points there no longer, or the pen is up. Returns whether it was otherwise.
    pub(super) fn leave(&mut self, share: Person, draws: bool) -> bool {
        let is_it = |pen: &Pen| pen.share == share && (pen.stroke > 0) == draws;
        let was_there = self.pen.as_ref().is_some_and(is_it);
        if was_there {
            self.end();
        }
        was_there
    }

    /// Ends what the person does, if anything.
    fn end(&mut self) {
        let Some(mut pen) = self.pen.take() else { return };
        if pen.stroke == 0 {
            // Where somebody pointed last is of no interest any more.
            pen.fresh.clear();
            pen.said.clear();
        }
        let end = pen.say(pen.at, true);
        let count = if self.ends.len() < ENDS_WAITING / 2 { ENDS } else { 1 };
        self.ends.extend(std::iter::repeat_n(end, count));
        while self.ends.len() > ENDS_WAITING {
            self.ends.pop_front();
        }
    }

    /// Nothing is said of it any more.
    pub(super) fn drop_pen(&mut self) {
        self.pen = None;
        self.ends.clear();
    }

    /// What is said now, if anything.
    pub(super) fn poll(&mut self, now: Duration) -> Option<Saying> {
        if self.deadline().is_none_or(|due| now < due) {
            return None;
        }
        self.not_before = now + Duration::from_secs(1) / POINTER_RATE + Duration::from_nanos(1);
        // Ends do not hold up what goes on.
        let is_drawing = self.pen.as_ref().is_some_and(|pen| !pen.fresh.is_empty());
        if !(is_drawing && self.has_said_end)
            && let Some(end) = self.ends.pop_front()
        {
            self.has_said_end = true;
            return Some(end);
        }
        self.has_said_end = false;
        let pen = self.pen.as_mut()?;
        let saying = pen.say(now, false);
        if pen.stroke == 0 {
            self.pointed = pen.next;
        }
        Some(saying)
    }

    /// When [`Self::poll`] is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let due = match &self.pen {
            _ if !self.ends.is_empty() => Duration::ZERO,
            Some(pen) if !pen.fresh.is_empty() => Duration::ZERO,
            Some(pen) => pen.at + RESTS,
            None => return None,
        };
        Some(due.max(self.not_before))
    }
}

impl Pen {
    fn new(now: Duration, share: Person, (stroke, next): (u32, u32), at: Spot) -> Self {
        Self {
            share,
            stroke,
            next,
            said: Vec::new(),
            fresh: vec![at],
            at: now,
        }
    }

    /// Another point of a stroke. Returns whether it is another place than before.
    fn add(&mut self, at: Spot) -> bool {
        if self.fresh.last().or(self.said.last()) == Some(&at) {
            return false;
        }
        if self.fresh.len() >= POINTS_MAX - REPEATED {
            // Some mice tell their place a thousand times a second. Every other point is enough then.
            let mut number = 0;
            self.fresh.retain(|_| {
                number += 1;
                number % 2 > 0
            });
        }
        self.fresh.push(at);
        true
    }

    fn say(&mut self, now: Duration, up: bool) -> Saying {
        if self.stroke == 0 && self.fresh.is_empty() && !up {
            // That the pointer is still there is another point in the same place.
            self.fresh.extend(self.said.last());
        }
        let repeated = if self.stroke == 0 { 0 } else { self.said.len() };
        let mut points = self.said.split_off(self.said.len() - repeated);
        let first = self.next.saturating_sub(count(&points));
        self.next = self.next.saturating_add(count(&self.fresh));
        points.append(&mut self.fresh);
        self.said = points[points.len().saturating_sub(REPEATED)..].to_vec();
        self.at = now;
        Saying {
            share: self.share,
            stroke: self.stroke,
            first,
            points,
            up,
        }
    }
}

fn count(points: &[Spot]) -> u32 {
    u32::try_from(points.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn spot(x: u16) -> Spot {
        Spot { x, y: 7 }
    }

    /// Everything that is said until then, as soon as it is due: when, of which stroke, from which point on, the points, and whether it ends.
    type Said = (u64, u32, u32, Vec<u16>, bool);

    fn until(own: &mut Own, end: u64) -> Vec<Said> {
        let mut said = Vec::new();
        while let Some(due) = own.deadline().filter(|due| *due <= millis(end)) {
            let saying = own.poll(due).expect("it is due");
            let points = saying.points.iter().map(|spot| spot.x).collect();
            let at = u64::try_from(due.as_millis()).expect("soon");
            said.push((at, saying.stroke, saying.first, points, saying.up));
        }
        said
    }

    #[test]
    fn only_the_newest_place_is_said_and_again_while_it_rests() {
        let mut own = Own::default();
        assert_eq!((own.deadline(), own.poll(millis(9))), (None, None));
        for x in 0..5 {
            own.point(millis(0), Person::Me, spot(x));
        }
        own.poll(millis(0)).expect("at once");
        for x in 5..9 {
            own.point(millis(1), Person::Me, spot(x));
        }
        assert_eq!(
            until(&mut own, 1_300),
            [
                (33, 0, 1, vec![8], false),
                (433, 0, 2, vec![8], false),
                (833, 0, 3, vec![8], false),
                (1_233, 0, 4, vec![8], false)
            ]
        );
        assert!(own.leave(Person::Me, false) && !own.leave(Person::Me, false));
        assert_eq!(
            until(&mut own, 9_000),
            [(1_266, 0, 5, vec![], true), (1_300, 0, 5, vec![], true)]
        );
        own.point(millis(1_310), Person::Me, spot(1));
        assert!(own.leave(Person::Me, false));
        own.point(millis(1_310), Person::Me, spot(2));
        assert_eq!(
            until(&mut own, 1_340),
            [(1_333, 0, 5, vec![2], false)],
            "it has not left"
        );
    }

    #[test]
    fn each_piece_of_a_stroke_begins_with_the_last_points_of_the_one_before() {
        let mut own = Own::default();
        let mut said = Vec::new();
        for at in 0..7 {
            for x in 0..3 {
                own.draw(
                    millis(at * 40),
                    Person::Me,
                    spot(u16::try_from(at).expect("small") * 3 + x),
                );
            }
            said.extend(own.poll(millis(at * 40)));
        }
        assert!(own.leave(Person::Me, true));
        said.extend(own.poll(millis(280)));
        said.extend(own.poll(millis(320)));
        assert_eq!((own.poll(millis(360)), own.deadline()), (None, None));
        let said: Vec<_> = said
            .iter()
            .map(|said| (said.first, said.points.len(), said.up))
            .collect();
        let pieces =
            [(0, 3), (0, 6), (0, 9), (3, 9), (6, 9), (9, 9), (12, 9)].map(|(first, count)| (first, count, false));
        assert_eq!(said, [&pieces[..], &[(15, 6, true), (15, 6, true)]].concat());
    }

    #[test]
    fn a_mouse_that_moves_a_thousand_times_a_second_fits_into_thirty_messages() {
        let mut own = Own::default();
        let (mut said, mut newest) = (Vec::new(), None);
        for at in 0..2_000 {
            newest = own.draw(millis(at), Person::Me, spot(u16::try_from(at).expect("small")));
            said.extend(own.poll(millis(at)));
        }
        assert_eq!(newest, Some(1));
        assert!((58..=60).contains(&said.len()), "{}", said.len());
        let mut next = 0;
        for saying in &said {
            assert!(saying.points.len() <= POINTS_MAX);
            assert!(saying.first <= next, "a point without a number");
            next = saying.first + count(&saying.points);
            assert!(saying.points.is_sorted_by_key(|spot| spot.x), "{saying:?}");
        }
        assert!(next > 300, "{next}");
    }

    #[test]
    fn the_same_place_is_no_point() {
        let mut own = Own::default();
        let draw = |own: &mut Own, x| own.draw(millis(0), Person::Me, spot(x));
        assert_eq!(
            [1, 1, 2, 1].map(|x| draw(&mut own, x)),
            [Some(1), None, Some(1), Some(1)]
        );
        own.poll(millis(0));
        assert_eq!(draw(&mut own, 1), None);
        // With the pen down somewhere for minutes, that is said now and then.
        let rests = until(&mut own, 2_000);
        assert!(
            rests.iter().all(|said| (said.2, &said.3) == (0, &vec![1, 2, 1])),
            "{rests:?}"
        );
        assert_eq!(rests.len(), 5);
    }

    #[test]
    fn many_short_strokes_are_all_said_and_do_not_hold_up_what_goes_on() {
        let mut own = Own::default();
        for n in 0..6 {
            own.draw(millis(0), Person::Me, spot(n));
            own.leave(Person::Me, true);
        }
        own.draw(millis(0), Person::Me, spot(9));
        let said = until(&mut own, 500);
        let strokes: Vec<_> = said.iter().map(|said| said.1).collect();
        assert_eq!(strokes[..2], [1, 7], "{strokes:?}");
        for stroke in 1..7 {
            assert_eq!(
                strokes.iter().filter(|of| **of == stroke).count(),
                if stroke < 5 { 2 } else { 1 }
            );
        }
        for n in 0..1_000 {
            own.draw(millis(500), Person::Me, spot(n));
            own.leave(Person::Me, true);
        }
        assert_eq!(own.ends.len(), ENDS_WAITING);
        own.drop_pen();
        assert_eq!(own.deadline(), None);
    }

    #[test]
    fn a_pen_on_another_screen_ends_what_it_did() {
        let mut own = Own::default();
        let other = Person::Peer(protocol::PeerId::from_bytes([1; 16]));
        own.draw(millis(0), Person::Me, spot(1));
        assert_eq!(own.draw(millis(0), other, spot(2)), Some(2));
        assert!(!own.leave(Person::Me, true) && !own.leave(other, false));
        assert_eq!(own.share(), Some(other));
        own.point(millis(0), other, spot(3));
        let said = until(&mut own, 300);
        let said: Vec<_> = said.iter().map(|said| (said.1, said.4)).collect();
        assert_eq!(said, [(1, true), (0, false), (1, true), (2, true), (2, true)]);
    }
}
