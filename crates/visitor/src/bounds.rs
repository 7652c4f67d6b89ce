//! How much one address may ask for, and hold.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference as _};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::refusals::{Refusals, Refused, What};

/// Addresses that are counted apart. Past it, those that come share one set of bounds until others are forgotten.
const ADDRESSES: usize = 65_536;

/// An address that holds nothing is forgotten when it was quiet for so long. By then everything that it has used up has
/// filled again ([`Limits`]), so nobody gains by it.
const QUIET: Duration = Duration::from_secs(60);

/// Addresses at which it is looked for the first time whether some can be forgotten.
const SWEEP: usize = 1_024;

/// Something that an address may hold several of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A connection.
    Connection,
    /// A WebSocket.
    Socket,
}

/// Something that an address may do so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A TLS handshake.
    Handshake,
    /// A request of HTTP.
    Request,
    /// Joining a room.
    Join,
    /// Opening a room that nobody is in.
    Room,
    /// Asking how many are in a room.
    Peek,
    /// Asking what a network lets through.
    Probe,
    /// So many frames on a WebSocket, a long one counting as several.
    Frames(u32),
}

/// The bounds of each address: what it may hold at once, and what it may do a second for long and at once. A bucket is full again
/// after a minute at the latest.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    held: [u32; 2],
    quotas: [Quota; 7],
}

impl Limits {
    /// The usual ones, this many times.
    ///
    /// A household or an office of thirty people never meets them. A school of several hundred behind one address needs them twice
    /// or three times.
    #[must_use]
    pub fn times(factor: NonZeroU32) -> Self {
        let many = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN).saturating_mul(factor);
        let per_second = |rate: u32, burst: u32| Quota::per_second(many(rate)).allow_burst(many(burst));
        Self {
            held: [500, 200].map(|count| many(count).get()),
            quotas: [
                // Handshakes: a page and its socket are two.
                per_second(50, 250),
                // Requests: a page is ten.
                per_second(200, 2_000),
                // Joins: a class that begins.
                per_second(20, 100),
                // Rooms.
                Quota::per_minute(many(60)),
                // Peeks: each lobby asks once in a while.
                per_second(10, 100),
                // Probes: each lobby once.
                per_second(10, 100),
                // Frames: everybody who joins a room of eight says about 150.
                per_second(4_000, 40_000),
            ],
        }
    }
}

/// A clock that [`Bounds`] may use.
pub trait Time: Clock + Clone + fmt::Debug {}
impl<C: Clock + Clone + fmt::Debug> Time for C {}

/// The bounds of all addresses. Clones are the same ones.
#[derive(Debug)]
pub struct Bounds<C: Time = MonotonicClock>(Arc<Inner<C>>);

struct Inner<C: Time> {
    limits: Limits,
    clock: C,
    start: C::Instant,
    /// A key that nobody knows: what is in memory are no addresses.
    hasher: RandomState,
    table: Mutex<Table<C>>,
    refusals: Refusals,
    tell: Box<dyn Fn(Refused) + Send + Sync>,
}

struct Table<C: Time> {
    visitors: HashMap<u64, Known<C>>,
    /// Looks for the quiet ones when it has grown to this size.
    sweep_at: usize,
    swept: C::Instant,
    /// For those for whom there is no place.
    others: Arc<Visitor<C>>,
}

struct Known<C: Time> {
    visitor: Arc<Visitor<C>>,
    seen: C::Instant,
}

/// One address.
pub struct Visitor<C: Time = MonotonicClock> {
    held: [AtomicU32; 2],
    buckets: [Bucket<C>; 7],
}

type Bucket<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Something that an address holds, until this is dropped.
pub struct Hold<C: Time = MonotonicClock> {
    visitor: Arc<Visitor<C>>,
    kept: Kept,
}

impl<C: Time> Clone for Bounds<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Time> Bounds<C> {
    /// Bounds by this clock. `tell` is called with what was refused, at most once a minute.
    pub fn new(limits: Limits, clock: C, tell: impl Fn(Refused) + Send + Sync + 'static) -> Self {
        let start = clock.now();
        let table = Table {
            visitors: HashMap::new(),
            sweep_at: SWEEP,
            swept: start,
            others: Arc::new(Visitor::new(limits, &clock)),
        };
        Self(Arc::new(Inner {
            limits,
            start,
            clock,
            hasher: RandomState::new(),
            table: Mutex::new(table),
            refusals: Refusals::default(),
            tell: Box::new(tell),
        }))
    }

    /// The one of this address.
    #[must_use]
    pub fn visitor(&self, ip: IpAddr) -> Arc<Visitor<C>> {
        let Inner {
            limits, clock, hasher, ..
        } = &*self.0;
        let key = hasher.hash_one(network(ip));
        let now = clock.now();
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = table.visitors.get_mut(&key) {
            known.seen = now;
            return Arc::clone(&known.visitor);
        }
        if !table.has_place(now) {
            return Arc::clone(&table.others);
        }
        let visitor = Arc::new(Visitor::new(*limits, clock));
        let known = Known {
            visitor: Arc::clone(&visitor),
            seen: now,
        };
        table.visitors.insert(key, known);
        visitor
    }

    /// Lets the address do this, if it may.
    pub fn may(&self, visitor: &Visitor<C>, act: Act) -> bool {
        let (bucket, what, count) = match act {
            Act::Handshake => (0, What::Handshakes, 1),
            Act::Request => (1, What::Requests, 1),
            Act::Join => (2, What::Joins, 1),
            Act::Room => (3, What::Rooms, 1),
            Act::Peek => (4, What::Peeks, 1),
            Act::Probe => (5, What::Probes, 1),
            Act::Frames(count) => (6, What::Frames, count),
        };
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        // More than the bucket ever holds is refused, too.
        let may = matches!(visitor.buckets[bucket].check_n(count), Ok(Ok(())));
        if !may {
            self.refuse(what);
        }
        may
    }

    /// Lets the address hold one more of these, if it may.
    #[must_use]
    pub fn hold(&self, visitor: &Arc<Visitor<C>>, kept: Kept) -> Option<Hold<C>> {
        let limit = self.0.limits.held[kept as usize];
        let more = |count: u32| (count < limit).then_some(count + 1);
        if visitor.held[kept as usize]
            .fetch_update(Relaxed, Relaxed, more)
            .is_err()
        {
            self.refuse(match kept {
                Kept::Connection => What::Connections,
                Kept::Socket => What::Sockets,
            });
            return None;
        }
        let visitor = Arc::clone(visitor);
        Some(Hold { visitor, kept })
    }

    /// How much was refused since the start.
    #[must_use]
    pub fn refused(&self) -> Refused {
        self.0.refusals.all()
    }

    fn refuse(&self, what: What) {
        let now = self.0.clock.now().duration_since(self.0.start).as_u64();
        if let Some(refused) = self.0.refusals.count(what, now) {
            (self.0.tell)(refused);
        }
    }
}

impl<C: Time> Table<C> {
    /// Whether one more may be counted apart. Forgets the quiet ones when there are many, and at most once a second.
    fn has_place(&mut self, now: C::Instant) -> bool {
        let since = |then: C::Instant| Duration::from(now.duration_since(then));
        if self.visitors.len() >= self.sweep_at && since(self.swept) >= Duration::from_secs(1) {
            self.visitors
                .retain(|_, known| Arc::strong_count(&known.visitor) > 1 || since(known.seen) < QUIET);
            self.swept = now;
            // Rather than that newcomers share one set of bounds, those that hold nothing begin anew.
            if self.visitors.len() >= ADDRESSES {
                self.visitors.retain(|_, known| Arc::strong_count(&known.visitor) > 1);
            }
            self.sweep_at = (2 * self.visitors.len()).clamp(SWEEP, ADDRESSES);
        }
        self.visitors.len() < ADDRESSES
    }
}

impl<C: Time> Visitor<C> {
    fn new(limits: Limits, clock: &C) -> Self {
        Self {
            held: Default::default(),
            buckets: limits
                .quotas
                .map(|quota| RateLimiter::direct_with_clock(quota, clock.clone())),
        }
    }
}

impl<C: Time> Drop for Hold<C> {
    fn drop(&mut self) {
        self.visitor.held[self.kept as usize].fetch_sub(1, Relaxed);
    }
}

impl<C: Time> fmt::Debug for Inner<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounds").finish_non_exhaustive()
    }
}

impl<C: Time> fmt::Debug for Visitor<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").finish_non_exhaustive()
    }
}

impl<C: Time> fmt::Debug for Hold<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("kept", &self.kept).finish_non_exhaustive()
    }
}

/// What one customer of a network has: an IPv4 address, or the first 56 bits of an IPv6 address.
fn network(ip: IpAddr) -> (bool, u64) {
    match ip.to_canonical() {
        IpAddr::V4(ip) => (false, u32::from(ip).into()),
        // The first 56 of 128 bits: what is shifted out is not looked at.
        IpAddr::V6(ip) => (true, (u128::from(ip) >> (128 - 56)) as u64),
    }
}

#[cfg(test)]
mod tests;
