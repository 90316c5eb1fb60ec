//! Finds the column of a key: by the key that followed the last one in the object before, then by hash.

use std::collections::HashMap;

/// The declared keys of one object.
pub(super) struct Keys {
    names: Vec<String>,
    slots: HashMap<String, usize>,
    /// The slot that came after each slot last time; the last entry is for the beginning of an object.
    followers: Vec<usize>,
    previous: usize,
}

impl Keys {
    pub(super) fn new(keys: Vec<String>) -> Self {
        let slots = keys.iter().cloned().zip(0..).collect();
        let followers = (1..keys.len()).chain([0, 0]).collect();
        Self { previous: keys.len(), names: keys, slots, followers }
    }

    /// The key of a slot.
    pub(super) fn key(&self, slot: usize) -> &str {
        self.names.get(slot).map_or("", String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Must be called at the beginning of each object.
    pub(super) fn begin(&mut self) {
        self.previous = self.names.len();
    }

    /// The slot of a key.
    pub(super) fn find(&mut self, key: &str) -> Option<usize> {
        let follower = self.followers.get_mut(self.previous)?;
        let slot = match self.names.get(*follower) {
            Some(expected) if expected == key => *follower,
            _ => *self.slots.get(key)?,
        };
        *follower = slot;
        self.previous = slot;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_order_and_again_in_the_same() {
        let mut keys = Keys::new(["a", "b", "c"].map(str::to_owned).to_vec());
        for order in [["a", "b", "c"], ["c", "a", "b"], ["c", "a", "b"], ["b", "b", "a"]] {
            keys.begin();
            for key in order {
                let expected = ["a", "b", "c"].iter().position(|known| *known == key);
                assert_eq!(keys.find(key), expected);
                assert_eq!(keys.find("other"), None);
            }
        }
        assert_eq!(Keys::new(Vec::new()).find("a"), None);
    }
}
