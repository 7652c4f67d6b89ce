//! Strokes that are shown: who drew them, for how long, and how many.

use std::time::Duration;

use protocol::limits::peer::{STROKE_POINTS, STROKE_SHOWN, STROKES_SHOWN};
use protocol::peer_message::Spot;

use crate::Person;

/// A stroke fades for so long before it is gone.
const FADES: Duration = Duration::from_secs(1);

/// All strokes on all screens, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Strokes {
    shown: Vec<Stroke>,
    /// So far, those that are gone as well.
    numbers: u64,
    changed: bool,
}

/// One stroke.
#[derive(Debug)]
pub(super) struct Stroke {
    /// Tells it from every other one of this page.
    pub(super) number: u64,
    /// Who draws it.
    pub(super) person: Person,
    /// On whose screen.
    pub(super) share: Person,
    pub(super) points: Vec<Spot>,
    pub(super) fades: bool,
    /// Its number among those of the person.
    of_person: u32,
    /// When its last point came.
    drawn: Duration,
}

impl Strokes {
    /// Somebody draws. A stroke that is gone begins anew with these points.
    pub(super) fn draw(&mut self, now: Duration, (person, of_person): (Person, u32), share: Person, points: &[Spot]) {
        if points.is_empty() {
            return;
        }
        let is_it = |stroke: &&mut Stroke| (stroke.person, stroke.of_person) == (person, of_person);
        if let Some(stroke) = self.shown.iter_mut().find(is_it) {
            // A stroke stays on its screen.
            if stroke.share != share {
                return;
            }
            stroke.points.extend_from_slice(points);
            (stroke.drawn, stroke.fades) = (now, false);
        } else {
            self.numbers += 1;
            self.shown.push(Stroke {
                number: self.numbers,
                person,
                share,
                points: points.to_vec(),
                fades: false,
                of_person,
                drawn: now,
            });
        }
        self.changed = true;
        self.trim(share);
    }

    /// Keeps a screen within its bounds. What goes is the oldest of who has most there, so that nobody's flood takes away what others drew.
    fn trim(&mut self, share: Person) {
        loop {
            let here = || self.shown.iter().filter(|stroke| stroke.share == share);
            let points: usize = here().map(|stroke| stroke.points.len()).sum();
            let are_too_many = here().count() > STROKES_SHOWN;
            if !are_too_many && points <= STROKE_POINTS {
                return;
            }
            let size = |stroke: &Stroke| if are_too_many { 1 } else { stroke.points.len() };
            let of = |person| {
                here()
                    .filter(move |stroke| stroke.person == person)
                    .map(size)
                    .sum::<usize>()
            };
            let Some(person) = here().map(|stroke| stroke.person).max_by_key(|person| of(*person)) else {
                return;
            };
            let is_oldest = |stroke: &Stroke| stroke.share == share && stroke.person == person;
            let Some(place) = self.shown.iter().position(is_oldest) else {
                return;
            };
            let excess = points.saturating_sub(STROKE_POINTS);
            let oldest = &mut self.shown[place].points;
            if are_too_many || excess >= oldest.len() {
                self.shown.remove(place);
            } else {
                oldest.drain(..excess);
            }
        }
    }

    /// Keeps what `wanted` says of who drew it and on whose screen.
    pub(super) fn keep(&mut self, wanted: impl Fn(Person, Person) -> bool) {
        let before = self.shown.len();
        self.shown.retain(|stroke| wanted(stroke.person, stroke.share));
        self.changed |= self.shown.len() != before;
    }

    /// Time has passed. Returns whether anything has changed since the last time.
    pub(super) fn poll(&mut self, now: Duration) -> bool {
        let before = self.shown.len();
        self.shown.retain(|stroke| stroke.drawn + STROKE_SHOWN > now);
        self.changed |= self.shown.len() != before;
        for stroke in &mut self.shown {
            let fades = stroke.drawn + (STROKE_SHOWN - FADES) <= now;
            self.changed |= fades != stroke.fades;
            stroke.fades = fades;
        }
        std::mem::take(&mut self.changed)
    }

    /// When [`Self::poll`] is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let due = |stroke: &Stroke| stroke.drawn + STROKE_SHOWN - if stroke.fades { Duration::ZERO } else { FADES };
        self.shown.iter().map(due).min()
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stroke> {
        self.shown.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PeerId;

    fn peer(n: u8) -> Person {
        Person::Peer(PeerId::from_bytes([n; 16]))
    }

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn spots(count: u16) -> Vec<Spot> {
        (0..count).map(|x| Spot { x, y: 0 }).collect()
    }

    /// Who drew each stroke, and of how many points it is.
    fn shown(strokes: &Strokes) -> Vec<(Person, usize)> {
        strokes
            .iter()
            .map(|stroke| (stroke.person, stroke.points.len()))
            .collect()
    }

    #[test]
    fn a_stroke_fades_after_its_last_point_and_is_gone_after_five_seconds() {
        let mut strokes = Strokes::default();
        assert_eq!((strokes.poll(millis(0)), strokes.deadline()), (false, None));
        strokes.draw(millis(0), (peer(1), 1), Person::Me, &spots(2));
        strokes.draw(millis(500), (peer(1), 1), Person::Me, &spots(1));
        strokes.draw(millis(900), (peer(1), 1), Person::Me, &[]);
        assert!(strokes.poll(millis(900)) && !strokes.poll(millis(901)));
        assert_eq!(strokes.deadline(), Some(millis(4_500)));
        assert!(!strokes.poll(millis(4_499)) && strokes.poll(millis(4_500)));
        assert!(strokes.iter().all(|stroke| stroke.fades));
        assert_eq!(strokes.deadline(), Some(millis(5_500)));
        // The pen was never up.
        strokes.draw(millis(5_000), (peer(1), 1), Person::Me, &spots(1));
        assert!(strokes.poll(millis(5_000)) && strokes.iter().all(|stroke| !stroke.fades));
        assert!(strokes.poll(millis(10_000)));
        assert_eq!((shown(&strokes), strokes.deadline()), (vec![], None));
        // And begins anew.
        strokes.draw(millis(11_000), (peer(1), 1), Person::Me, &spots(3));
        assert_eq!(shown(&strokes), [(peer(1), 3)]);
    }

    #[test]
    fn a_stroke_stays_on_its_screen_and_screens_are_kept_apart() {
        let mut strokes = Strokes::default();
        strokes.draw(millis(0), (peer(1), 1), Person::Me, &spots(2));
        strokes.draw(millis(0), (peer(1), 1), peer(2), &spots(2));
        strokes.draw(millis(0), (peer(3), 1), peer(2), &spots(1));
        assert_eq!(shown(&strokes), [(peer(1), 2), (peer(3), 1)]);
        strokes.poll(millis(0));
        strokes.keep(|_, share| share != peer(2));
        assert!(strokes.poll(millis(0)));
        assert_eq!(shown(&strokes), [(peer(1), 2)]);
        strokes.keep(|_, _| true);
        assert!(!strokes.poll(millis(0)));
    }

    #[test]
    fn who_draws_too_much_loses_their_own_oldest_strokes() {
        let mut strokes = Strokes::default();
        for n in 0..10 {
            strokes.draw(millis(0), (peer(1), n), Person::Me, &spots(5));
        }
        for n in 0..300 {
            strokes.draw(millis(0), (peer(2), n), Person::Me, &spots(1));
            strokes.draw(millis(0), (peer(3), n), peer(1), &spots(1));
        }
        let of = |person| {
            strokes
                .iter()
                .filter(|stroke| stroke.person == person)
                .collect::<Vec<_>>()
        };
        assert_eq!((of(peer(1)).len(), of(peer(2)).len(), of(peer(3)).len()), (10, 54, 64));
        assert_eq!(of(peer(2))[0].of_person, 300 - 54, "the newest are there");
    }

    #[test]
    fn a_stroke_without_end_loses_its_beginning() {
        let mut strokes = Strokes::default();
        strokes.draw(millis(0), (peer(1), 1), Person::Me, &spots(30));
        strokes.draw(millis(0), (peer(2), 1), Person::Me, &spots(20));
        for _ in 0..1_000 {
            strokes.draw(millis(0), (peer(2), 2), Person::Me, &spots(16));
            let points: usize = shown(&strokes).iter().map(|(_, count)| count).sum();
            assert!(points <= STROKE_POINTS, "{points}");
        }
        assert_eq!(shown(&strokes), [(peer(1), 30), (peer(2), STROKE_POINTS - 30)]);
        let newest = strokes.iter().last().expect("one");
        assert_eq!(newest.points.last(), Some(&Spot { x: 15, y: 0 }));
    }
}
