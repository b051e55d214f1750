//! How many wrong PINs a caller may pass on: the count of a case stops who guesses at one, this stops who goes through
//! the codes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Wrong PINs of each caller, within this process.
#[derive(Debug)]
pub(crate) struct Limit {
    per_minute: u32,
    /// Callers are known ones, so there are not many. Of each, when all its wrong tries are worked off.
    spent_until: Mutex<BTreeMap<String, Timestamp>>,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Limit {
    pub(super) fn new(per_minute: u32) -> Self {
        Limit { per_minute, spent_until: Mutex::default() }
    }

    /// How long a caller has to wait before it may pass on another PIN; none = it need not.
    pub(super) fn wait(&self, caller: &str, now: Timestamp) -> Option<Duration> {
        let mut spent_until = self.spent_until.lock().unwrap_or_else(PoisonError::into_inner);
        let until = spent_until.get_mut(caller)?;
        // More than a minute is never spent: then the clock went back, and nobody is to wait for it.
        *until = (*until).min(now + MINUTE);
        let ahead = until.duration_since(now);
        let room = MINUTE - self.each();
        let wait = Duration::try_from(ahead - room).ok()?;
        (!wait.is_zero()).then_some(wait)
    }

    /// Records a wrong PIN; true when it is the one that fills the measure.
    pub(super) fn spend(&self, caller: &str, now: Timestamp) -> bool {
        let full = self.wait(caller, now).is_some();
        {
            let mut spent_until = self.spent_until.lock().unwrap_or_else(PoisonError::into_inner);
            let until = spent_until.entry(caller.to_owned()).or_insert(now);
            *until = (*until).max(now).saturating_add(self.each()).unwrap_or(Timestamp::MAX);
        }
        !full && self.wait(caller, now).is_some()
    }

    /// Time in which one wrong PIN is worked off.
    fn each(&self) -> SignedDuration {
        MINUTE / i32::try_from(self.per_minute.max(1)).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute_and_each_caller_for_itself() {
        let (limit, start) = (Limit::new(6), "2026-02-13T01:00:00Z".parse::<Timestamp>().unwrap());
        for time in 0..6 {
            assert_eq!(limit.wait("kiosk", start), None, "{time}");
            assert_eq!(limit.spend("kiosk", start), time == 5);
        }
        assert_eq!(limit.wait("kiosk", start), Some(Duration::from_secs(10)));
        assert_eq!(limit.wait("other", start), None);
        let later = start + SignedDuration::from_secs(10);
        assert_eq!(limit.wait("kiosk", later), None);
        assert!(limit.spend("kiosk", later));
        assert_eq!(limit.wait("kiosk", later), Some(Duration::from_secs(10)));
        assert_eq!(limit.wait("kiosk", later + MINUTE), None);
        let back = start - SignedDuration::from_hours(2);
        assert_eq!(limit.wait("kiosk", back), Some(Duration::from_secs(10)));
        assert_eq!(limit.wait("kiosk", back + SignedDuration::from_secs(10)), None);
    }
}
