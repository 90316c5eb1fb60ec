//! Draws that depend on nothing but a seed, a subject and an id.
//!
//! Written out here because the records must stay the same across versions of any library.

/// What a draw is about; two subjects never share a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    Person = 1,
    Head,
    Fields,
    Custom,
    Comment,
    Worklog,
    History,
    Link,
    Attachment,
    Admin,
    Fault,
    Generic,
    Change,
}

/// A short deterministic sequence (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of one thing.
    pub(crate) fn of(seed: u64, subject: Subject, id: u64) -> Self {
        let mut dice = Self(seed ^ (subject as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        dice.0 ^= dice.next().wrapping_add(id.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number under `end`, or 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let wide = (self.next() >> 32) * u64::from(end);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// An index under `len`, or 0 when `len` is 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }

    /// True `permille` times out of a thousand.
    pub(crate) fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// A number in `low..high`, or `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        if width == 0 {
            return low;
        }
        low + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// 32 hexadecimal digits in the form of a UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            low >> 52,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, Subject};

    #[test]
    fn the_same_thing_draws_the_same() {
        let draw = |id| Dice::of(1, Subject::Head, id).next();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn ranges_are_kept() {
        let mut dice = Dice::of(1, Subject::Head, 1);
        assert!((0..1000).all(|_| dice.below(7) < 7));
        assert!((0..1000).all(|_| (5..9).contains(&dice.between(5, 9))));
        assert_eq!(dice.between(5, 5), 5);
    }
}
