//! Who may use the relay now: seats in rooms, and people who try whether it can be reached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use stun_types::message::IntegrityKey;

use super::bounds::{Account, Bound, Bounds};

/// One instance of a room. Two seats are in the same one if they share it.
#[derive(Debug)]
pub(crate) struct Room {
    account: Arc<Account>,
}

impl Room {
    fn new(account: Arc<Account>) -> Arc<Self> {
        Arc::new(Self { account })
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }
}

/// Somebody with a login that is good.
#[derive(Debug)]
pub(crate) struct Seat {
    name: Box<str>,
    room: Arc<Room>,
    account: Arc<Account>,
    /// Made of the password when it is first needed.
    key: OnceLock<IntegrityKey>,
    /// The ports of its allocations; `None` when the seat has ended.
    ports: Mutex<Option<Vec<u16>>>,
}

impl Seat {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// Whether data may pass from allocations of the one to those of the other.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.room, &other.room)
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    pub(crate) fn key(&self, make: impl FnOnce() -> IntegrityKey) -> &IntegrityKey {
        self.key.get_or_init(make)
    }

    /// Notes an allocation. `false` where the seat has ended.
    pub(crate) fn opens(&self, port: u16) -> bool {
        let mut ports = self.ports();
        ports.as_mut().map(|ports| ports.push(port)).is_some()
    }

    /// Forgets an allocation.
    pub(crate) fn closes(&self, port: u16) {
        if let Some(ports) = &mut *self.ports() {
            ports.retain(|&other| other != port);
        }
    }

    /// The ports of all its allocations.
    pub(crate) fn open(&self) -> Vec<u16> {
        self.ports().clone().unwrap_or_default()
    }

    /// Nothing can be opened any more. What is open.
    fn end(&self) -> Vec<u16> {
        self.ports().take().unwrap_or_default()
    }

    fn ports(&self) -> MutexGuard<'_, Option<Vec<u16>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All seats. The caller of [`Seats::sit`] bounds their number.
#[derive(Debug)]
pub(crate) struct Seats {
    bounds: Bounds,
    seats: RwLock<HashMap<Box<str>, Arc<Seat>>>,
    rooms: Mutex<HashMap<u64, Weak<Room>>>,
    /// Probers are in rooms of their own, and share what these may have.
    probers: Arc<Account>,
}

impl Seats {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            probers: Account::new(bounds.probers),
            bounds,
            seats: RwLock::default(),
            rooms: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Seat>> {
        let seats = self.seats.read().unwrap_or_else(PoisonError::into_inner);
        seats.get(name).cloned()
    }

    /// Somebody sits in this instance of a room. The allocations of somebody of that name who sat elsewhere, which are over.
    pub(crate) fn sit(&self, name: &str, room: u64) -> Vec<u16> {
        let room = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let there = rooms.get(&room).and_then(Weak::upgrade);
            there.unwrap_or_else(|| {
                let new = Room::new(Account::new(self.bounds.room));
                rooms.insert(room, Arc::downgrade(&new));
                new
            })
        };
        self.insert(name, room, self.bounds.seat)
    }

    /// Somebody without a seat wants to try the relay: they are in a room of their own.
    pub(crate) fn probe(&self, name: &str) -> Vec<u16> {
        self.insert(name, Room::new(Arc::clone(&self.probers)), self.bounds.prober)
    }

    fn insert(&self, name: &str, room: Arc<Room>, bound: Bound) -> Vec<u16> {
        let seat = Arc::new(Seat {
            name: name.into(),
            room,
            account: Account::new(bound),
            key: OnceLock::new(),
            ports: Mutex::new(Some(Vec::new())),
        });
        let mut seats = self.seats.write().unwrap_or_else(PoisonError::into_inner);
        let before = seats.insert(name.into(), seat);
        drop(seats);
        before.map_or_else(Vec::new, |before| before.end())
    }

    /// The login of this name is void from now on. Its allocations, which are over.
    pub(crate) fn end(&self, name: &str) -> Vec<u16> {
        let mut seats = self.seats.write().unwrap_or_else(PoisonError::into_inner);
        let seat = seats.remove(name);
        drop(seats);
        seat.map_or_else(Vec::new, |seat| seat.end())
    }

    /// Forgets rooms in which nobody sits.
    pub(crate) fn forget(&self) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|_, room| room.strong_count() > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats() -> Seats {
        let bound = Bound {
            allocations: 5,
            bandwidth: None,
        };
        Seats::new(Bounds {
            seat: bound,
            prober: bound,
            probers: bound,
            room: bound,
            address: bound,
            server: bound,
        })
    }

    #[test]
    fn seats_of_one_room_meet_and_probers_meet_themselves() {
        let seats = seats();
        for (name, room) in [("ada", 1), ("ben", 1), ("cleo", 2)] {
            assert!(seats.sit(name, room).is_empty());
        }
        assert!(seats.probe("one").is_empty() && seats.probe("other").is_empty());
        let meets = |a, b| seats.get(a).expect("there").meets(&seats.get(b).expect("there"));
        assert!(meets("ada", "ada") && meets("ada", "ben") && meets("one", "one"));
        for (a, b) in [("ada", "cleo"), ("ada", "one"), ("one", "other")] {
            assert!(!meets(a, b) && !meets(b, a), "{a} and {b}");
        }
    }

    #[test]
    fn a_seat_that_ends_says_what_it_has_and_opens_nothing_more() {
        let seats = seats();
        seats.sit("ada", 1);
        let seat = seats.get("ada").expect("there");
        assert!(seat.opens(5000) && seat.opens(5001));
        seat.closes(5000);
        assert_eq!(seats.end("ada"), [5001]);
        assert!(seats.get("ada").is_none() && !seat.opens(5002));
        assert!(seats.end("ada").is_empty());
    }

    #[test]
    fn a_room_whose_seats_have_all_ended_is_forgotten() {
        let seats = seats();
        seats.sit("ada", 1);
        seats.sit("ben", 1);
        let ada = seats.get("ada").expect("there");
        seats.end("ada");
        seats.end("ben");
        drop(ada);
        seats.forget();
        assert!(seats.rooms.lock().expect("not poisoned").is_empty());
    }
}
