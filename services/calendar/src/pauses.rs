//! Pauses made comparable: in order, apart, none empty.

use jiff::{SignedDuration, Timestamp};

use crate::time_limit::Pause;

/// Pauses in order, apart from each other, none empty; only the last may be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pauses(Vec<Pause>);

impl Pauses {
    /// Sorts and joins pauses; the error is a pause that ends before it begins.
    pub(crate) fn try_new(pauses: &[Pause]) -> Result<Pauses, (Timestamp, Timestamp)> {
        let mut sorted = Vec::with_capacity(pauses.len());
        for pause in pauses {
            match pause.until {
                Some(until) if until < pause.from => return Err((pause.from, until)),
                Some(until) if until == pause.from => {}
                Some(_) | None => sorted.push(*pause),
            }
        }
        sorted.sort_by_key(|pause| pause.from);
        let mut joined = Vec::<Pause>::new();
        for pause in sorted {
            match joined.last_mut() {
                // Also joined when they touch: the clock did not move between them.
                Some(last) if last.until.is_none_or(|until| pause.from <= until) => {
                    last.until = match (last.until, pause.until) {
                        (Some(one), Some(other)) => Some(one.max(other)),
                        (None, _) | (_, None) => None,
                    };
                }
                Some(_) | None => joined.push(pause),
            }
        }
        Ok(Pauses(joined))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter()
    }

    /// How long the clock stood still between two instants.
    pub(crate) fn time_between(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let shared = |pause: &Pause| {
            let begins = pause.from.max(from);
            let ends = pause.until.unwrap_or(Timestamp::MAX).min(until);
            ends.duration_since(begins).max(SignedDuration::ZERO)
        };
        self.0.iter().map(shared).sum()
    }

    /// The pause in which a deadline at `at` would fall: begun before it and not ended before it.
    pub(crate) fn holding(&self, at: Timestamp) -> Option<&Pause> {
        self.0.iter().find(|pause| pause.from < at && pause.until.is_none_or(|until| at <= until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn pause(from: i64, until: Option<i64>) -> Pause {
        Pause { from: second(from), until: until.map(second) }
    }

    #[test]
    fn pauses_are_sorted_and_joined() {
        // (given, then)
        let table = [
            (vec![], vec![]),
            (vec![pause(5, Some(5))], vec![]),
            (
                vec![pause(9, Some(12)), pause(1, Some(3))],
                vec![pause(1, Some(3)), pause(9, Some(12))],
            ),
            (vec![pause(1, Some(5)), pause(2, Some(3))], vec![pause(1, Some(5))]),
            (vec![pause(1, Some(5)), pause(5, Some(8))], vec![pause(1, Some(8))]),
            (vec![pause(1, None), pause(5, Some(8))], vec![pause(1, None)]),
            (vec![pause(1, Some(6)), pause(5, None), pause(9, None)], vec![pause(1, None)]),
        ];
        for (given, then) in table {
            assert_eq!(Pauses::try_new(&given), Ok(Pauses(then)), "{given:?}");
        }
        let backwards = Pauses::try_new(&[pause(5, Some(4))]);
        assert_eq!(backwards, Err((second(5), second(4))));
    }

    #[test]
    fn paused_time_is_what_overlaps() {
        let pauses = Pauses::try_new(&[pause(10, Some(20)), pause(30, None)]).unwrap();
        for (from, until, seconds) in
            [(0, 10, 0), (0, 15, 5), (12, 14, 2), (0, 35, 15), (20, 30, 0)]
        {
            let expected = SignedDuration::from_secs(seconds);
            assert_eq!(pauses.time_between(second(from), second(until)), expected);
        }
        for (at, holds) in
            [(10, false), (11, true), (20, true), (21, false), (30, false), (99, true)]
        {
            assert_eq!(pauses.holding(second(at)).is_some(), holds, "{at}");
        }
    }
}
