//! Maps by peer id.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use protocol::PeerId;

/// A map by ids that this server issued. They are random, so they need no hashing, and no client chooses what is put in:
/// one that takes its seat back shows an id under the server's own seal.
pub(crate) type IdMap<V> = HashMap<PeerId, V, BuildHasherDefault<IdHasher>>;

/// Takes the id itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..word.len()].copy_from_slice(word);
            self.0 ^= u64::from_le_bytes(whole);
        }
    }

    /// The length comes first, and is the same for all ids.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn random_ids_differ_in_the_bits_that_a_map_looks_at() {
        let mut random = fastrand::Rng::with_seed(7);
        let hashes: Vec<u64> = (0..4_096)
            .map(|_| {
                let mut bytes = [0; 16];
                random.fill(&mut bytes);
                BuildHasherDefault::<IdHasher>::default().hash_one(PeerId::from_random_bytes(bytes))
            })
            .collect();
        // A map takes the lowest bits for the place and the highest seven to tell neighbours apart.
        let places: HashSet<u64> = hashes.iter().map(|hash| hash % 4_096).collect();
        assert!(places.len() > 2_400, "{} places", places.len());
        let tags: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert_eq!(tags.len(), 128);
    }
}
