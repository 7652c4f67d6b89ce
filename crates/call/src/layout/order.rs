//! The order in which pictures stand, and who moves when somebody on a later page speaks.

use super::MOST;
use super::scene::Picture;
use crate::SmallMap;

/// So many of those who spoke lately are looked at.
const ACTIVE: usize = 2 * MOST;

/// The order of all pictures, kept from one arrangement to the next.
#[derive(Clone, Debug)]
pub(super) struct Order<K> {
    keys: Vec<K>,
    /// The same as indices of the pictures that are arranged now.
    slots: Vec<usize>,
    /// The picture of each key.
    index: SmallMap<K, usize>,
}

impl<K> Default for Order<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            slots: Vec::new(),
            index: SmallMap::default(),
        }
    }
}

impl<K: Clone + Ord> Order<K> {
    /// Takes out what is gone and appends what is new. Of several pictures with one key, the first counts.
    pub(super) fn follow(&mut self, pictures: &[Picture<K>]) {
        self.index.clear();
        for (index, picture) in pictures.iter().enumerate() {
            self.index.entry(picture.key.clone()).or_insert(index);
        }
        let mut is_new = vec![true; pictures.len()];
        let Self { keys, slots, index } = self;
        slots.clear();
        keys.retain(|key| {
            let Some(index) = index.get(key) else { return false };
            slots.push(*index);
            is_new[*index] = false;
            true
        });
        for (at, picture) in pictures.iter().enumerate() {
            if is_new[at] && index.get(&picture.key) == Some(&at) {
                slots.push(at);
                keys.push(picture.key.clone());
            }
        }
    }

    /// Every picture once, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> + Clone {
        self.slots.iter().copied()
    }

    pub(super) fn find(&self, key: &K) -> Option<usize> {
        self.index.get(key).copied()
    }

    /// Brings those of `active` (the newest first) who would be on a later page among the `first` ones. Each changes places with the one
    /// there who has been silent longest. All others stay where they are.
    pub(super) fn bring_forward(&mut self, people: &mut [usize], first: usize, active: &[K]) {
        if first >= people.len() {
            return;
        }
        let known = active.iter().take(ACTIVE).filter_map(|key| self.find(key));
        let spoke: Vec<usize> = known.filter(|index| people.contains(index)).take(first).collect();
        let rank = |person: usize| spoke.iter().position(|index| *index == person);
        for speaker in &spoke {
            let from = people.iter().position(|index| index == speaker);
            let Some(from) = from.filter(|from| *from >= first) else {
                continue;
            };
            let silent = (0..first).max_by_key(|at| (rank(people[*at]).unwrap_or(usize::MAX), *at));
            if let Some(to) = silent {
                self.swap(people[from], people[to]);
                people.swap(from, to);
            }
        }
    }

    /// Two pictures change places.
    pub(super) fn swap(&mut self, one: usize, other: usize) {
        let place = |wanted: usize| self.slots.iter().position(|index| *index == wanted);
        if let (Some(one), Some(other)) = (place(one), place(other)) {
            self.slots.swap(one, other);
            self.keys.swap(one, other);
        }
    }
}
