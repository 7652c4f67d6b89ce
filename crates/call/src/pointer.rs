//! Pointing at shared screens and drawing on them: what is said of it, what is shown of it, and to whom that is allowed.
//!
//! What people point at and draw lives for seconds and is told to nobody later. A peer's part of it is bounded ([`protocol::limits::peer`]),
//! counts only on a screen that is shared, and where its sharer lets others point. Names and colours follow from the roster.

mod own;
mod reader;
mod shown;
mod strokes;

use std::time::Duration;

use protocol::limits::peer::{POINTER_RATE, POINTER_SHOWN};
use protocol::peer_message::{Features, Pointer, Share, Spot};
use protocol::{Media, PeerId, PeerInfo, PeerMessage};

use crate::mesh::Mesh;
use crate::{Effect, Person, SmallMap};
use own::Own;
use reader::{Place, Reader};
use shown::spot;
use strokes::Strokes;

pub use shown::{COLOURS, Pointing, ShownPointer, ShownStroke, colours};

/// Everybody's, one's own as well.
#[derive(Debug, Default)]
pub(crate) struct Pointers {
    me: Option<Me>,
    /// The person here shares a screen.
    shares: bool,
    /// Nobody else may point at it.
    closed: bool,
    own: Own,
    people: SmallMap<PeerId, Peer>,
    pointers: SmallMap<Person, Held>,
    strokes: Strokes,
    /// As last reported.
    shown: Pointing,
    /// Something has changed since.
    changed: bool,
    /// When that may be reported.
    not_before: Duration,
}

/// Our newest seat.
#[derive(Clone, Copy, Debug)]
struct Me {
    id: PeerId,
    /// Place in the room's order of joining.
    order: u64,
}

/// Somebody else.
#[derive(Debug)]
struct Peer {
    /// Place in the room's order of joining.
    order: u64,
    shares: bool,
    /// Nobody else may point at it.
    closed: bool,
    reader: Reader,
}

/// Where somebody points.
#[derive(Clone, Copy, Debug)]
struct Held {
    share: Person,
    at: Spot,
    until: Duration,
}

impl Pointers {
    /// The person points there, or no longer.
    pub(crate) fn point(&mut self, now: Duration, share: Person, at: Option<(f64, f64)>) {
        if let Some(at) = at {
            if let Some(at) = self.place(share, at) {
                self.own.point(now, share, at);
                self.put(now, Person::Me, share, Place::At(at));
            }
        } else if self.own.leave(share, false) {
            self.put(now, Person::Me, share, Place::Nowhere);
        }
    }

    /// The pen is down there, or up.
    pub(crate) fn draw(&mut self, now: Duration, share: Person, at: Option<(f64, f64)>) {
        if let Some(at) = at {
            if let Some(at) = self.place(share, at)
                && let Some(stroke) = self.own.draw(now, share, at)
            {
                self.strokes.draw(now, (Person::Me, stroke), share, &[at]);
                self.put(now, Person::Me, share, Place::At(at));
            }
        } else if self.own.leave(share, true) {
            self.put(now, Person::Me, share, Place::Nowhere);
        }
    }

    /// The person lets others point at the own screen, or no longer.
    pub(crate) fn let_point(&mut self, now: Duration, on: bool, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        if self.closed == on {
            self.closed = !on;
            // A state waits for a page that is not there yet, and one that knows nothing of it skips it.
            mesh.tell_all(now, Features::default(), &self.own_share(), effects);
        }
    }

    /// A peer's page has said hello. One that takes the place of another has drawn nothing, and forbids nothing.
    pub(crate) fn ready(&mut self, peer: PeerId, restarted: bool) {
        if restarted && let Some(of) = self.people.get_mut(&peer) {
            of.reader = Reader::default();
            self.changed |= std::mem::take(&mut of.closed);
            self.wipe(Person::Peer(peer));
        }
    }

    /// A peer says what it wants on its own screen.
    pub(crate) fn share(&mut self, peer: PeerId, share: Share) {
        if let Some(of) = self.people.get_mut(&peer) {
            self.changed |= std::mem::replace(&mut of.closed, share.no_pointing) != share.no_pointing;
        }
    }

    /// A peer points or draws.
    pub(crate) fn heard(&mut self, now: Duration, peer: PeerId, message: &Pointer) {
        let is_me = self.me.is_some_and(|me| me.id == message.share);
        let share = if is_me { Person::Me } else { Person::Peer(message.share) };
        let person = Person::Peer(peer);
        if !self.may_point(person, share) {
            return;
        }
        let Some(news) = self.people.get_mut(&peer).and_then(|of| of.reader.read(message)) else {
            return;
        };
        if message.stroke > 0 {
            self.strokes.draw(now, (person, message.stroke), share, news.points);
        }
        if let Some(place) = news.at {
            self.put(now, person, share, place);
        }
    }

    /// The call is over. Whether others may point stays as the person has set it.
    pub(crate) fn forget(&mut self) {
        self.me = None;
        self.own.drop_pen();
        self.people.clear();
        self.changed = true;
    }

    /// Follows what the call has done so far, says what is to be said, and tells what is shown from now on. `me`: our seat, while there is
    /// one; `media`: what we send.
    pub(crate) fn poll(
        &mut self,
        now: Duration,
        me: Option<&PeerInfo>,
        media: Option<Media>,
        mesh: &mut Mesh,
        effects: &mut Vec<Effect>,
    ) {
        let of = |me: &PeerInfo| Me {
            id: me.id,
            order: me.order,
        };
        self.me = me.map(of).or(self.me);
        self.shares = media.is_some_and(|media| media.screen.is_on());
        let mut newcomers = Vec::new();
        for effect in &*effects {
            match effect {
                Effect::PeerAdded(info) => {
                    let peer = Peer {
                        order: info.order,
                        shares: info.media.screen.is_on(),
                        closed: false,
                        reader: Reader::default(),
                    };
                    self.people.insert(info.id, peer);
                    self.changed = true;
                    newcomers.push(info.id);
                }
                Effect::PeerChanged(info) => {
                    if let Some(peer) = self.people.get_mut(&info.id) {
                        peer.shares = info.media.screen.is_on();
                    }
                }
                Effect::PeerRemoved(peer) => {
                    self.changed |= self.people.remove(peer).is_some();
                }
                _ => {}
            }
        }
        if self.closed {
            for peer in newcomers {
                mesh.tell(now, peer, &self.own_share(), effects);
            }
        }
        self.tidy(now);
        self.say(now, mesh, effects);
        self.report(now, effects);
    }

    /// When [`Self::poll`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let report = self.changed.then_some(self.not_before);
        let pointers = self.pointers.values().map(|held| held.until);
        let ends = pointers
            .chain(self.strokes.deadline())
            .map(|due| due.max(self.not_before));
        ends.chain(self.own.deadline()).chain(report).min()
    }

    /// A place where the person may point.
    fn place(&self, share: Person, at: (f64, f64)) -> Option<Spot> {
        let is_allowed = self.me.is_some() && self.may_point(Person::Me, share);
        spot(at).filter(|_| is_allowed)
    }

    /// Whether there is such a shared screen, and somebody may point at it.
    fn may_point(&self, person: Person, share: Person) -> bool {
        let (is_shared, is_closed) = match share {
            Person::Me => (self.shares, self.closed),
            Person::Peer(peer) => match self.people.get(&peer) {
                Some(of) => (of.shares, of.closed),
                None => return false,
            },
        };
        let is_here = match person {
            Person::Me => true,
            Person::Peer(peer) => self.people.contains_key(&peer),
        };
        is_here && is_shared && (!is_closed || person == share)
    }

    fn put(&mut self, now: Duration, person: Person, share: Person, place: Place) {
        let before = match place {
            Place::Nowhere => self.pointers.remove(&person),
            Place::At(at) => {
                let until = now + POINTER_SHOWN;
                let before = self.pointers.insert(person, Held { share, at, until });
                if before.is_some_and(|before| (before.share, before.at) == (share, at)) {
                    return;
                }
                before
            }
        };
        self.changed |= before.is_some() || place != Place::Nowhere;
    }

    /// Nothing of this person is shown any more.
    fn wipe(&mut self, person: Person) {
        self.changed |= self.pointers.remove(&person).is_some();
        self.strokes.keep(|of, _| of != person);
    }

    /// Takes away what is over, and what is not allowed any more.
    fn tidy(&mut self, now: Duration) {
        if self.own.share().is_some_and(|share| !self.may_point(Person::Me, share)) {
            self.own.drop_pen();
        }
        let before = self.pointers.len();
        let mut pointers = std::mem::take(&mut self.pointers);
        pointers.retain(|person, held| held.until > now && self.may_point(*person, held.share));
        self.pointers = pointers;
        self.changed |= self.pointers.len() != before;
        let mut strokes = std::mem::take(&mut self.strokes);
        strokes.keep(|person, share| self.may_point(person, share));
        self.changed |= strokes.poll(now);
        self.strokes = strokes;
    }

    /// Says what the person here points at and draws.
    fn say(&mut self, now: Duration, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        let (Some(saying), Some(me)) = (self.own.poll(now), self.me) else {
            return;
        };
        if let Some(held) = self.pointers.get_mut(&Person::Me) {
            held.until = now + POINTER_SHOWN;
        }
        let message = PeerMessage::Pointer(Pointer {
            share: match saying.share {
                Person::Me => me.id,
                Person::Peer(peer) => peer,
            },
            stroke: saying.stroke,
            first: saying.first,
            points: saying.points,
            up: saying.up,
        });
        mesh.tell_all(now, Features::POINTERS, &message, effects);
    }

    /// Tells what is shown, if that has changed, and not too often.
    fn report(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if !self.changed || now < self.not_before {
            return;
        }
        self.changed = false;
        let shown = self.seen();
        if shown != self.shown {
            self.not_before = now + Duration::from_secs(1) / POINTER_RATE;
            self.shown.clone_from(&shown);
            effects.push(Effect::Pointers(shown));
        }
    }

    /// What is to be seen.
    fn seen(&self) -> Pointing {
        let me = self.me.map(|me| (me.order, Person::Me));
        let others = self.people.iter().map(|(peer, of)| (of.order, Person::Peer(*peer)));
        let mut people: Vec<_> = me.into_iter().chain(others).collect();
        people.sort_unstable_by_key(|(order, _)| *order);
        let orders: Vec<_> = people.iter().map(|(order, _)| *order).collect();
        let colours = colours(&orders);
        let colour = |person| {
            let at = people.iter().position(|(_, of)| *of == person)?;
            colours.get(at).copied()
        };
        let pointers = self.pointers.iter().filter_map(|(person, held)| {
            Some(ShownPointer {
                person: *person,
                share: held.share,
                colour: colour(*person)?,
                at: held.at,
            })
        });
        let strokes = self.strokes.iter().filter_map(|stroke| {
            Some(ShownStroke {
                number: stroke.number,
                share: stroke.share,
                colour: colour(stroke.person)?,
                points: stroke.points.clone(),
                fades: stroke.fades,
            })
        });
        let closed = self.people.iter().filter(|(_, of)| of.closed);
        Pointing {
            pointers: pointers.collect(),
            strokes: strokes.collect(),
            closed: closed.map(|(peer, _)| *peer).collect(),
        }
    }

    fn own_share(&self) -> PeerMessage {
        let no_pointing = self.closed;
        PeerMessage::Share(Share { no_pointing })
    }
}
