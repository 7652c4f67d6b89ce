//! How many allocations an address and a login may have.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client::place;
use super::owner::Owner;

/// Allocations at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Of one seat. A browser opens one for each peer, each address of its machine and each transport that it is offered.
    pub per_seat: usize,
    /// Of somebody without a seat, who tries which relays can be reached.
    pub per_prober: usize,
    /// From one IPv4 address, or one IPv6 /64: a whole office may be behind it.
    pub per_address: usize,
    /// In all.
    pub overall: usize,
}

/// Which bound an Allocate would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// [`Quota::per_seat`] or [`Quota::per_prober`]: 486.
    Seat,
    /// [`Quota::per_address`]: 486.
    Address,
    /// [`Quota::overall`]: 508.
    Overall,
}

/// Counts allocations. Memory is bounded by [`Quota::overall`]: an address without any has no entry.
#[derive(Debug)]
pub(crate) struct Quotas {
    quota: Quota,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    seats: HashMap<Arc<str>, usize>,
    places: HashMap<IpAddr, usize>,
    overall: usize,
}

/// The right to one allocation, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    quotas: Arc<Quotas>,
    seat: Arc<str>,
    place: IpAddr,
}

impl Quotas {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            quota,
            counts: Mutex::default(),
        }
    }

    pub(crate) fn take(self: &Arc<Self>, owner: &Owner, address: IpAddr) -> Result<Lease, Exceeded> {
        let place = place(address);
        let (seat, most) = match owner.is_prober {
            true => (&owner.seat, self.quota.per_prober),
            false => (&owner.seat, self.quota.per_seat),
        };
        let mut counts = self.counts();
        if counts.overall >= self.quota.overall {
            return Err(Exceeded::Overall);
        }
        if counts.seats.get(seat).is_some_and(|&n| n >= most) || most == 0 {
            return Err(Exceeded::Seat);
        }
        if counts.places.get(&place).is_some_and(|&n| n >= self.quota.per_address) || self.quota.per_address == 0 {
            return Err(Exceeded::Address);
        }
        counts.overall += 1;
        *counts.seats.entry(Arc::clone(seat)).or_default() += 1;
        *counts.places.entry(place).or_default() += 1;
        drop(counts);
        Ok(Lease {
            quotas: Arc::clone(self),
            seat: Arc::clone(seat),
            place,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut counts = self.quotas.counts();
        counts.overall -= 1;
        release(&mut counts.seats, &self.seat);
        release(&mut counts.places, &self.place);
    }
}

fn release<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas() -> Arc<Quotas> {
        Arc::new(Quotas::new(Quota {
            per_seat: 1,
            per_prober: 2,
            per_address: 2,
            overall: 3,
        }))
    }

    fn seat(name: &str) -> Owner {
        Owner {
            seat: Arc::from(name),
            is_prober: false,
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_bound_holds_and_a_lease_given_back_counts_no_more() {
        let quotas = quotas();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(seat);
        let first = quotas.take(&a, ip("192.0.2.1")).expect("the first");
        assert_eq!(quotas.take(&a, ip("192.0.2.2")).err(), Some(Exceeded::Seat));
        let _second = quotas.take(&b, ip("192.0.2.1")).expect("another seat");
        assert_eq!(quotas.take(&c, ip("192.0.2.1")).err(), Some(Exceeded::Address));
        let _third = quotas.take(&c, ip("192.0.2.2")).expect("another address");
        assert_eq!(quotas.take(&d, ip("192.0.2.3")).err(), Some(Exceeded::Overall));
        drop(first);
        assert!(quotas.take(&a, ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn one_ipv6_customer_is_one_place() {
        let quotas = quotas();
        let leases: Vec<_> = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
            .iter()
            .zip(["a", "b", "c"])
            .map(|(address, name)| quotas.take(&seat(name), ip(address)))
            .collect();
        assert!(leases.iter().all(Result::is_ok));
        drop(leases);
        let _kept: Vec<_> = ["a", "b"]
            .map(|name| quotas.take(&seat(name), ip("2001:db8::1")))
            .into();
        assert_eq!(
            quotas.take(&seat("c"), ip("2001:db8::ffff:1")).err(),
            Some(Exceeded::Address)
        );
    }

    #[test]
    fn nothing_is_remembered_about_whoever_has_nothing() {
        let quotas = quotas();
        for n in 0..1000 {
            drop(quotas.take(&seat(&format!("seat-{n}")), ip("192.0.2.1")));
        }
        assert!(quotas.counts().seats.is_empty() && quotas.counts().places.is_empty());
    }
}
