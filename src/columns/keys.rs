//! Finds the column of a key: by the key that followed the last one in the object before, then by hash.

use std::collections::HashMap;

/// The keys of the columns of one object; a column that takes no values has none.
pub(super) struct Keys {
    names: Vec<Option<String>>,
    slots: HashMap<String, usize>,
    /// The slot that came after each slot last time; the last entry is for the beginning of an object.
    followers: Vec<usize>,
    previous: usize,
}

impl Keys {
    pub(super) fn new(keys: Vec<Option<String>>) -> Self {
        let slots = keys.iter().cloned().zip(0..).filter_map(|(key, slot)| Some((key?, slot)));
        let slots = slots.collect();
        let followers = (1..keys.len()).chain([0, 0]).collect();
        Self { previous: keys.len(), names: keys, slots, followers }
    }

    /// The key of a slot.
    pub(super) fn key(&self, slot: usize) -> &str {
        self.names.get(slot).and_then(Option::as_deref).unwrap_or_default()
    }

    /// All keys with their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        let slots = self.names.iter().enumerate();
        slots.filter_map(|(slot, key)| Some((slot, key.as_deref()?)))
    }

    /// Must be called at the beginning of each object.
    pub(super) fn begin(&mut self) {
        self.previous = self.names.len();
    }

    /// The slot of a key.
    pub(super) fn find(&mut self, key: &str) -> Option<usize> {
        let follower = self.followers.get_mut(self.previous)?;
        let slot = match self.names.get(*follower) {
            Some(Some(expected)) if expected == key => *follower,
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
        let mut keys = Keys::new(["a", "b", "c"].map(|key| Some(key.to_owned())).to_vec());
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

    #[test]
    fn a_slot_without_a_key_is_never_found() {
        let mut keys = Keys::new(vec![None, Some("a".to_owned()), None]);
        for _ in 0..2 {
            keys.begin();
            assert_eq!(["", "a", "", "b"].map(|key| keys.find(key)), [None, Some(1), None, None]);
        }
        assert_eq!(keys.iter().collect::<Vec<_>>(), [(1, "a")]);
    }
}
