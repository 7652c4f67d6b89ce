//! All allocations, by client and by relayed address.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::allocation::Allocation;
use super::client::Client;
use super::owner::Owner;

/// Parts of the table that are locked apart, so that readers of different clients seldom touch the same lock.
const SHARDS: usize = 16;

/// One allocation with `P`, which the server's user keeps with it.
pub struct Slot<P> {
    client: Client,
    relayed: SocketAddr,
    owner: Owner,
    port: P,
    allocation: Mutex<Allocation>,
}

impl<P> Slot<P> {
    pub(crate) fn new(client: Client, relayed: SocketAddr, owner: Owner, port: P, allocation: Allocation) -> Self {
        Self {
            client,
            relayed,
            owner,
            port,
            allocation: Mutex::new(allocation),
        }
    }

    /// Whose it is.
    pub fn client(&self) -> Client {
        self.client
    }

    /// Its address as peers see it.
    pub fn relayed(&self) -> SocketAddr {
        self.relayed
    }

    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// What was given to [`Server::open`](super::Server::open).
    pub fn port(&self) -> &P {
        &self.port
    }

    /// Both directions of one allocation share this lock, and nothing else does. It is held for a few comparisons.
    pub(crate) fn allocation(&self) -> MutexGuard<'_, Allocation> {
        self.allocation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Map<K, P> = RwLock<HashMap<K, Arc<Slot<P>>>>;

pub(crate) struct Table<P> {
    hasher: RandomState,
    clients: [Map<Client, P>; SHARDS],
    relayed: Map<SocketAddr, P>,
}

impl<P> Table<P> {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            clients: std::array::from_fn(|_| Map::default()),
            relayed: Map::default(),
        }
    }

    pub(crate) fn of_client(&self, client: &Client) -> Option<Arc<Slot<P>>> {
        read(self.shard(client)).get(client).cloned()
    }

    pub(crate) fn of_relayed(&self, relayed: SocketAddr) -> Option<Arc<Slot<P>>> {
        read(&self.relayed).get(&relayed).cloned()
    }

    pub(crate) fn insert(&self, slot: &Arc<Slot<P>>) {
        write(&self.relayed).insert(slot.relayed, Arc::clone(slot));
        write(self.shard(&slot.client)).insert(slot.client, Arc::clone(slot));
    }

    pub(crate) fn remove(&self, slot: &Arc<Slot<P>>) {
        remove(&mut write(self.shard(&slot.client)), &slot.client, slot);
        remove(&mut write(&self.relayed), &slot.relayed, slot);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot<P>>> {
        let shards = self.clients.iter();
        shards
            .flat_map(|shard| read(shard).values().cloned().collect::<Vec<_>>())
            .collect()
    }

    fn shard(&self, client: &Client) -> &Map<Client, P> {
        let shard = self.hasher.hash_one(client) % SHARDS as u64;
        &self.clients[usize::try_from(shard).expect("below 16")]
    }
}

/// Removes the slot itself, not one that has taken its place.
fn remove<K: std::hash::Hash + Eq, P>(map: &mut HashMap<K, Arc<Slot<P>>>, key: &K, slot: &Arc<Slot<P>>) {
    if map.get(key).is_some_and(|there| Arc::ptr_eq(there, slot)) {
        map.remove(key);
    }
}

fn read<K, P>(map: &Map<K, P>) -> RwLockReadGuard<'_, HashMap<K, Arc<Slot<P>>>> {
    map.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<K, P>(map: &Map<K, P>) -> RwLockWriteGuard<'_, HashMap<K, Arc<Slot<P>>>> {
    map.write().unwrap_or_else(PoisonError::into_inner)
}
