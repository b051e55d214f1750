//! The PIN by which a party sees its case, and what happens to whoever tries wrong ones.
//!
//! The PIN itself is made, shown and checked outside: what is kept here is a slow hash of it, and what is told here is
//! whether a try was right. Tries are counted here, where every command comes one after the other, so that the count is
//! exact however many try at once.
//!
//! > **Architecture Invariant:** no PIN and no hash of one is in an event, an answer, a refusal or a log.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many wrong tries in a row lock a PIN.
pub const MOST_TRIES: u32 = 5;
/// For so long; and a wrong try is forgotten when none follows it for so long.
pub const LOCKED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// A party that looks again within this time is not recorded again.
pub const SEEN_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// Slow hash of a PIN, hexadecimal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinHash(pub String);

/// What is known of the PIN of a case; or, where tries of codes that nobody has are counted, of no PIN. A state row: no
/// event carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Counts the PINs of the case from 1; 0 = it never had one.
    pub version: u32,
    /// Hash of the one that holds; none = none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<PinHash>,
    /// Wrong tries.
    #[serde(default)]
    pub tries: Tries,
    /// When a look of the party was last recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
}

/// Wrong tries in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How many.
    pub wrong: u32,
    /// When the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
}

/// What was tried, as it was found outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// Version of the PIN that it was compared with.
    pub version: u32,
    /// Whether it was that one.
    pub right: bool,
}

/// Why a try is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// It was compared with a PIN that holds no longer: says nothing, and is not counted.
    Outdated,
    /// It was wrong.
    Wrong {
        /// How many tries are left before the lock.
        left: u32,
    },
    /// No PIN is taken until then.
    Locked {
        /// Until when; at that instant PINs are taken again.
        until: Timestamp,
    },
}

impl Tries {
    /// Until when no PIN is taken, if that is not over at `now`.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.forgotten_at().filter(|_| self.wrong >= MOST_TRIES)?;
        (now < until).then_some(until)
    }

    /// The tries after another wrong one at `now`.
    pub fn wrong_again(&self, now: Timestamp) -> Tries {
        let before = if self.forgotten_at().is_some_and(|at| now >= at) { 0 } else { self.wrong };
        Tries { wrong: before.saturating_add(1), last_at: Some(now) }
    }

    /// When they are forgotten. A lock ends at the same time.
    fn forgotten_at(&self) -> Option<Timestamp> {
        Some(self.last_at?.saturating_add(LOCKED_FOR).unwrap_or(Timestamp::MAX))
    }
}

impl Pin {
    /// The PIN after a new one was issued: the one before is void, and so are the tries with it.
    pub fn issued(&self, hash: PinHash) -> Pin {
        Pin { version: self.version + 1, hash: Some(hash), ..Pin::default() }
    }

    /// What is left when the details of the case are erased: that there was one.
    pub fn erased(&self) -> Pin {
        Pin { version: self.version + 1, ..Pin::default() }
    }

    /// Takes a try, or says why it is not taken; and the PIN after it.
    pub fn take(&self, tried: Tried, now: Timestamp) -> (Pin, Result<(), NotTaken>) {
        if tried.version != self.version {
            return (self.clone(), Err(NotTaken::Outdated));
        }
        if let Some(until) = self.tries.locked_until(now) {
            return (self.clone(), Err(NotTaken::Locked { until }));
        }
        if tried.right && self.hash.is_some() {
            return (Pin { tries: Tries::default(), ..self.clone() }, Ok(()));
        }
        let tries = self.tries.wrong_again(now);
        let refusal = match tries.locked_until(now) {
            Some(until) => NotTaken::Locked { until },
            None => NotTaken::Wrong { left: MOST_TRIES - tries.wrong },
        };
        (Pin { tries, ..self.clone() }, Err(refusal))
    }

    /// Whether a look at `now` is to be recorded, and the PIN after that.
    pub fn seen(&self, now: Timestamp) -> (Pin, bool) {
        let fresh = self.seen_at.is_none_or(|at| now.duration_since(at) >= SEEN_AGAIN);
        let seen_at = if fresh { Some(now) } else { self.seen_at };
        (Pin { seen_at, ..self.clone() }, fresh)
    }
}

impl fmt::Debug for PinHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PinHash")
    }
}

#[cfg(test)]
mod tests;
