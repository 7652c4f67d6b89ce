//! All allocations, by client and by relayed address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Now;
use super::allocation::Allocation;
use super::bounds::Place;
use super::client::Client;
use super::names::{Free, PORTS, relayed};
use super::seats::Seat;

/// Parts of the table that are locked apart, so that readers of different clients seldom touch the same lock.
const SHARDS: usize = 16;

/// One allocation with `P`, which the server's user keeps with it.
pub struct Slot<P> {
    client: Client,
    port: u16,
    seat: Arc<Seat>,
    /// Of the Allocate that made it, to know it again when it is sent twice.
    transaction: u128,
    back: P,
    allocation: Mutex<Allocation>,
}

impl<P> Slot<P> {
    pub(crate) fn new(
        client: Client,
        port: u16,
        seat: Arc<Seat>,
        transaction: u128,
        back: P,
        allocation: Allocation,
    ) -> Self {
        Self {
            client,
            port,
            seat,
            transaction,
            back,
            allocation: Mutex::new(allocation),
        }
    }

    /// Whose it is.
    pub fn client(&self) -> Client {
        self.client
    }

    /// Its address as peers see it.
    pub fn relayed(&self) -> SocketAddr {
        relayed(self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    pub(crate) fn transaction(&self) -> u128 {
        self.transaction
    }

    /// What was given to [`Server::open`](super::Server::open).
    pub fn back(&self) -> &P {
        &self.back
    }

    /// Both directions of one allocation share this lock, and nothing else does. It is held for a few comparisons.
    pub(crate) fn allocation(&self) -> MutexGuard<'_, Allocation> {
        self.allocation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Clients<P> = RwLock<HashMap<Client, Arc<Slot<P>>>>;

/// By port, from the first on.
type Names<P> = RwLock<Box<[Option<Arc<Slot<P>>>]>>;

pub(crate) struct Table<P> {
    clients: [Clients<P>; SHARDS],
    names: Names<P>,
    free: Mutex<Free>,
}

impl<P> Table<P> {
    pub(crate) fn new() -> Self {
        Self {
            clients: std::array::from_fn(|_| Clients::default()),
            names: RwLock::new(PORTS.map(|_| None).collect()),
            free: Mutex::new(Free::all()),
        }
    }

    pub(crate) fn of_client(&self, client: &Client) -> Option<Arc<Slot<P>>> {
        read(self.shard(client)).get(client).cloned()
    }

    pub(crate) fn of_port(&self, port: u16) -> Option<Arc<Slot<P>>> {
        read(&self.names).get(place(port)?)?.clone()
    }

    /// A port that nobody has, for an allocation that is inserted next. `None` when there is none.
    pub(crate) fn take_port(&self, now: Now, random: u64, even: bool) -> Option<u16> {
        self.free().take(now, random, even)
    }

    pub(crate) fn insert(&self, slot: &Arc<Slot<P>>) {
        let place = place(slot.port).expect("it was taken from the free ones");
        write(&self.names)[place] = Some(Arc::clone(slot));
        write(self.shard(&slot.client)).insert(slot.client, Arc::clone(slot));
    }

    /// To be called once for each slot.
    pub(crate) fn remove(&self, now: Now, slot: &Arc<Slot<P>>, place_of_address: Place) {
        let mut clients = write(self.shard(&slot.client));
        // The client may have another one by now.
        if clients.get(&slot.client).is_some_and(|there| Arc::ptr_eq(there, slot)) {
            clients.remove(&slot.client);
        }
        drop(clients);
        let place = place(slot.port).expect("it was taken from the free ones");
        write(&self.names)[place] = None;
        self.free().give_back(now, slot.port, Some(place_of_address));
    }

    /// Ends the rest of ports that have rested long enough.
    pub(crate) fn wake(&self, now: Now) {
        self.free().wake(now);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot<P>>> {
        let shards = self.clients.iter();
        shards
            .flat_map(|shard| read(shard).values().cloned().collect::<Vec<_>>())
            .collect()
    }

    fn shard(&self, client: &Client) -> &Clients<P> {
        // A client chooses its port, and so its shard. All it gains is contention with others in that shard.
        &self.clients[usize::from(client.address.port()) % SHARDS]
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(port: u16) -> Option<usize> {
    port.checked_sub(*PORTS.start()).map(usize::from)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
