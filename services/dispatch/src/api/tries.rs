//! How many wrong PINs a caller may pass on: the count of a case stops who guesses at one, this stops who goes through
//! the codes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Wrong PINs of each caller, within this process, by a clock that nobody sets.
#[derive(Debug)]
pub(crate) struct Limit {
    per_minute: u32,
    /// Callers are known ones, so there are not many. Of each, when all its wrong tries are worked off.
    spent_until: Mutex<BTreeMap<String, Instant>>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Limit {
    pub(super) fn new(per_minute: u32) -> Self {
        Limit { per_minute, spent_until: Mutex::default() }
    }

    /// How long a caller has to wait before it may pass on another PIN; none = it need not.
    pub(super) fn wait(&self, caller: &str, now: Instant) -> Option<Duration> {
        let spent_until = self.spent_until.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = spent_until.get(caller)?.saturating_duration_since(now);
        let wait = ahead.saturating_sub(MINUTE - self.each());
        (!wait.is_zero()).then_some(wait)
    }

    /// Records a wrong PIN; true when it is the one that fills the measure.
    pub(super) fn spend(&self, caller: &str, now: Instant) -> bool {
        let full = self.wait(caller, now).is_some();
        {
            let mut spent_until = self.spent_until.lock().unwrap_or_else(PoisonError::into_inner);
            let until = spent_until.entry(caller.to_owned()).or_insert(now);
            *until = (*until).max(now) + self.each();
        }
        !full && self.wait(caller, now).is_some()
    }

    /// Time in which one wrong PIN is worked off.
    fn each(&self) -> Duration {
        MINUTE / self.per_minute.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute_and_each_caller_for_itself() {
        let (limit, start) = (Limit::new(6), Instant::now());
        for time in 0..6 {
            assert_eq!(limit.wait("kiosk", start), None, "{time}");
            assert_eq!(limit.spend("kiosk", start), time == 5);
        }
        assert_eq!(limit.wait("kiosk", start), Some(Duration::from_secs(10)));
        assert_eq!(limit.wait("other", start), None);
        let later = start + Duration::from_secs(10);
        assert_eq!(limit.wait("kiosk", later), None);
        assert!(limit.spend("kiosk", later));
        assert_eq!(limit.wait("kiosk", later), Some(Duration::from_secs(10)));
        assert_eq!(limit.wait("kiosk", later + MINUTE), None);
    }
}
