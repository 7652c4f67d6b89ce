//! How many allocations a seat, a room, an address and the server may have, and how much they may carry.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bandwidth::{Bandwidth, Meter, Rate};
use super::client::place;
use super::seats::Seat;
use super::{Client, Now};

/// What one of something may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Allocations at the same time.
    pub allocations: usize,
    /// Bytes of payload that these send together; `None` for no bound.
    pub bandwidth: Option<Bandwidth>,
}

impl Bound {
    /// So many times as much.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        let more = |each: u64| each.saturating_mul(times as u64);
        Self {
            allocations: self.allocations.saturating_mul(times),
            bandwidth: self.bandwidth.map(|of| Bandwidth {
                per_second: more(of.per_second),
                burst: more(of.burst),
            }),
        }
    }
}

/// All bounds. An allocation counts against four of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Of one seat. A browser opens an allocation for each peer, each address of its machine and each transport that it is offered.
    pub seat: Bound,
    /// Of somebody without a seat, who tries whether the relay can be reached.
    pub prober: Bound,
    /// Of all of those together: they must not use up what calls need.
    pub probers: Bound,
    /// Of the seats of one room together.
    pub room: Bound,
    /// From one IPv4 address, or one IPv6 /56: a whole school may be behind it.
    pub address: Bound,
    /// In all.
    pub server: Bound,
}

/// Which bound an Allocate would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// That of the seat: 486.
    Seat,
    /// That of the room or the address: 486.
    Quota,
    /// That of the server: 508.
    Capacity,
}

/// What one of something has of its bound.
#[derive(Debug)]
pub(crate) struct Account {
    most: usize,
    open: AtomicUsize,
    rate: Option<Rate>,
    carried: Meter,
}

impl Account {
    pub(crate) fn new(bound: Bound) -> Arc<Self> {
        Arc::new(Self {
            most: bound.allocations,
            open: AtomicUsize::new(0),
            rate: bound.bandwidth.map(Rate::from),
            carried: Meter::default(),
        })
    }

    fn open(self: &Arc<Self>) -> Option<Place> {
        let more = |open: usize| (open < self.most).then_some(open + 1);
        let opened = self.open.fetch_update(Relaxed, Relaxed, more);
        opened.ok().map(|_| Place(Arc::clone(self)))
    }

    fn carry(&self, now: Now, bytes: u64) -> bool {
        self.rate.is_none_or(|rate| self.carried.take(rate, now, bytes))
    }
}

/// One allocation of an account, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Account>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

/// The right to one allocation, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease([Place; 4]);

impl Lease {
    /// The place of the address alone. It is kept as long as the allocation's port rests: else one client could make all ports rest.
    pub(crate) fn into_address(self) -> Place {
        let [_seat, _room, address, _server] = self.0;
        address
    }

    /// Whether the allocation may send so many bytes now. They count for its seat first: a seat that sends too much spends nothing of the
    /// shared budgets.
    pub(crate) fn carry(&self, now: Now, bytes: usize) -> bool {
        self.0.iter().all(|Place(account)| account.carry(now, bytes as u64))
    }
}

/// The accounts of addresses and of the server; those of seats and rooms are with them.
#[derive(Debug)]
pub(crate) struct Accounts {
    address: Bound,
    server: Arc<Account>,
    addresses: Mutex<HashMap<IpAddr, Arc<Account>>>,
}

impl Accounts {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            address: bounds.address,
            server: Account::new(bounds.server),
            addresses: Mutex::default(),
        }
    }

    /// Allocations in all.
    pub(crate) fn open(&self) -> usize {
        self.server.open.load(Relaxed)
    }

    pub(crate) fn lease(&self, seat: &Seat, client: &Client) -> Result<Lease, Exceeded> {
        let server = self.server.open().ok_or(Exceeded::Capacity)?;
        let room = seat.room().account().open();
        let seat = seat.account().open().ok_or(Exceeded::Seat)?;
        let room = room.ok_or(Exceeded::Quota)?;
        let mut addresses = self.addresses();
        let address = addresses
            .entry(place(client.address.ip()))
            .or_insert_with(|| Account::new(self.address));
        let address = address.open().ok_or(Exceeded::Quota)?;
        Ok(Lease([seat, room, address, server]))
    }

    /// Forgets addresses without an allocation.
    pub(crate) fn forget(&self) {
        self.addresses().retain(|_, account| Arc::strong_count(account) > 1);
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Account>>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Transport;
    use crate::core::seats::Seats;

    const fn bound(allocations: usize) -> Bound {
        Bound {
            allocations,
            bandwidth: None,
        }
    }

    const BOUNDS: Bounds = Bounds {
        seat: bound(2),
        prober: bound(1),
        probers: bound(5),
        room: bound(3),
        address: bound(4),
        server: bound(5),
    };

    fn client(ip: &str) -> Client {
        let address = (ip.parse::<IpAddr>().expect("an address"), 5000).into();
        Client::new(address, "20.1.2.3:3478".parse().expect("an address"), Transport::Udp)
    }

    fn taken(bounds: Bounds, who: &[(&str, u64, &str)]) -> (Accounts, Vec<Result<Lease, Exceeded>>) {
        let (seats, accounts) = (Seats::new(bounds), Accounts::new(&bounds));
        let leases = who.iter().map(|&(name, room, ip)| {
            let seat = seats.get(name).unwrap_or_else(|| {
                seats.sit(name, room);
                seats.get(name).expect("it has just been told")
            });
            accounts.lease(&seat, &client(ip))
        });
        let leases = leases.collect();
        (accounts, leases)
    }

    fn refusals(bounds: Bounds, who: &[(&str, u64, &str)]) -> Vec<Option<Exceeded>> {
        taken(bounds, who)
            .1
            .into_iter()
            .map(|lease| lease.err().or(None))
            .collect()
    }

    #[test]
    fn a_seat_a_room_an_address_and_the_server_have_bounds() {
        let quota = Some(Exceeded::Quota);
        let full = Some(Exceeded::Seat);
        let of_seat = [("a", 1, "30.0.0.1"), ("a", 1, "30.0.0.2"), ("a", 1, "30.0.0.3")];
        assert_eq!(refusals(BOUNDS, &of_seat), [None, None, full]);
        let of_room = [
            ("a", 1, "30.0.0.1"),
            ("b", 1, "30.0.0.2"),
            ("c", 1, "30.0.0.3"),
            ("d", 1, "30.0.0.4"),
            ("d", 2, "30.0.0.4"),
        ];
        assert_eq!(refusals(BOUNDS, &of_room)[3], quota);
        let of_address = ["a", "b", "c", "d", "e"].map(|name| (name, u64::from(name.as_bytes()[0]), "30.0.0.1"));
        assert_eq!(refusals(BOUNDS, &of_address), [None, None, None, None, quota]);
        let all = ["a", "b", "c", "d", "e", "f"].map(|name| (name, u64::from(name.as_bytes()[0])));
        let ips = ["30.0.0.1", "30.0.0.2", "30.0.0.3", "30.0.0.4", "30.0.0.5", "30.0.0.6"];
        let all: Vec<_> = all
            .iter()
            .zip(ips)
            .map(|(&(name, room), ip)| (name, room, ip))
            .collect();
        assert_eq!(refusals(BOUNDS, &all)[5], Some(Exceeded::Capacity));
    }

    #[test]
    fn what_is_given_back_or_refused_counts_no_more() {
        let (accounts, leases) = taken(
            BOUNDS,
            &[("a", 1, "30.0.0.1"), ("a", 1, "30.0.0.1"), ("a", 1, "30.0.0.1")],
        );
        assert_eq!(accounts.open(), 2, "a refusal takes nothing");
        accounts.forget();
        assert_eq!(accounts.addresses().len(), 1);
        drop(leases);
        assert_eq!(accounts.open(), 0);
        accounts.forget();
        assert!(
            accounts.addresses().is_empty(),
            "nothing is remembered of those who have nothing"
        );
    }

    #[test]
    fn one_ipv6_customer_is_one_address() {
        let bounds = Bounds {
            address: bound(1),
            ..BOUNDS
        };
        let who = [
            ("a", 1, "2001:db8::1"),
            ("b", 2, "2001:db8:0:ff::1"),
            ("c", 3, "2001:db8:0:100::1"),
        ];
        assert_eq!(refusals(bounds, &who), [None, Some(Exceeded::Quota), None]);
    }

    #[test]
    fn bits_are_bounded_for_each_of_them() {
        let hundred = Some(Bandwidth::even(100));
        let bounds = Bounds {
            room: Bound {
                allocations: 9,
                bandwidth: hundred,
            },
            ..BOUNDS
        };
        let (_accounts, leases) = taken(
            bounds,
            &[("a", 1, "30.0.0.1"), ("b", 1, "30.0.0.2"), ("c", 2, "30.0.0.3")],
        );
        let now = std::time::Duration::from_secs(5);
        let carry = |nth: usize, bytes| leases[nth].as_ref().expect("within the bounds").carry(now, bytes);
        assert!(carry(0, 60));
        assert!(!carry(1, 60), "the room is one");
        assert!(carry(1, 40) && carry(2, 100));
    }
}
