use proptest::prelude::*;

use super::*;

fn hash(number: u32) -> PinHash {
    PinHash(format!("{number:06}"))
}

fn start() -> Timestamp {
    "2026-02-13T01:00:00Z".parse().unwrap()
}

fn wrong(pin: &Pin) -> Tried {
    Tried { version: pin.version, right: false }
}

fn right(pin: &Pin) -> Tried {
    Tried { version: pin.version, right: true }
}

/// A PIN after so many wrong tries, a second apart; and the time of the last one.
fn tried(times: u32) -> (Pin, Timestamp) {
    let (mut pin, mut now) = (Pin::default().issued(hash(1)), start());
    for _ in 0..times {
        now += SignedDuration::from_secs(1);
        pin = pin.take(wrong(&pin), now).0;
    }
    (pin, now)
}

#[test]
fn the_fifth_wrong_try_locks_for_exactly_an_hour() {
    let (pin, now) = tried(3);
    assert_eq!(pin.take(wrong(&pin), now).1, Err(NotTaken::Wrong { left: 1 }));
    let (pin, now) = tried(4);
    assert_eq!(pin.take(right(&pin), now).1, Ok(()));
    let now = now + SignedDuration::from_secs(1);
    let (pin, refused) = pin.take(wrong(&pin), now);
    let until = now + SignedDuration::from_hours(1);
    assert_eq!(refused, Err(NotTaken::Locked { until }));
    // The right one is refused as well, to the last microsecond; and what is tried meanwhile does not make it longer.
    let last = until - SignedDuration::from_micros(1);
    assert_eq!(pin.take(right(&pin), last), (pin.clone(), Err(NotTaken::Locked { until })));
    assert_eq!(pin.take(wrong(&pin), last), (pin.clone(), Err(NotTaken::Locked { until })));
    assert_eq!(pin.take(right(&pin), until).1, Ok(()));
    assert_eq!(pin.take(wrong(&pin), until).1, Err(NotTaken::Wrong { left: 4 }));
}

#[test]
fn tries_are_forgotten_with_the_right_pin_after_an_hour_and_with_a_new_pin() {
    let (pin, now) = tried(4);
    let (after, taken) = pin.take(right(&pin), now);
    assert_eq!((after.tries, taken), (Tries::default(), Ok(())));
    let later = now + LOCKED_FOR;
    assert_eq!(pin.take(wrong(&pin), later).1, Err(NotTaken::Wrong { left: 4 }));
    let (locked, now) = tried(5);
    let issued = locked.issued(hash(2));
    assert_eq!(issued.take(right(&issued), now).1, Ok(()));
    // What was compared with the old one says nothing of the new one.
    assert_eq!(issued.take(right(&locked), now), (issued.clone(), Err(NotTaken::Outdated)));
    assert_eq!(issued.take(wrong(&locked), now), (issued.clone(), Err(NotTaken::Outdated)));
}

#[test]
fn without_a_pin_every_try_is_wrong() {
    for pin in [Pin::default(), tried(0).0.erased()] {
        assert_eq!(pin.take(right(&pin), start()).1, Err(NotTaken::Wrong { left: 4 }));
    }
}

#[test]
fn looks_are_recorded_once_in_ten_minutes() {
    let (pin, fresh) = tried(0).0.seen(start());
    assert!(fresh);
    let before = start() + SEEN_AGAIN - SignedDuration::from_micros(1);
    assert_eq!(pin.seen(before), (pin.clone(), false));
    assert!(pin.seen(start() + SEEN_AGAIN).1);
}

#[test]
fn a_hash_is_never_shown() {
    assert!(!format!("{:?}", tried(0).0).contains("000001"));
}

#[derive(Debug, Clone)]
enum Step {
    Try { right: bool, old: bool },
    Wait(i64),
    Reissue,
    Erase,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(right, old)| Step::Try { right, old }),
        1 => Just(Step::Try { right: false, old: false }),
        2 => prop_oneof![0_i64..4_000, Just(3_600), Just(3_599)].prop_map(Step::Wait),
        1 => Just(Step::Reissue),
        1 => Just(Step::Erase),
    ]
}

/// The plainest way to say it: the list of wrong tries since the last right one, with the time of each.
#[derive(Debug, Default)]
struct Model {
    wrong: Vec<i64>,
    holds: bool,
}

impl Model {
    /// Seconds; none = taken, else what is left, or the end of the lock as a negative number.
    fn take(&mut self, right: bool, now: i64) -> Option<i64> {
        if self.wrong.last().is_some_and(|last| now - last >= 3_600) {
            self.wrong.clear();
        }
        if self.wrong.len() < 5 {
            if right && self.holds {
                self.wrong.clear();
                return None;
            }
            self.wrong.push(now);
        }
        match self.wrong.len() {
            5 => Some(-(self.wrong[4] + 3_600)),
            tries => Some(5 - i64::try_from(tries).unwrap()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn tries_count_as_in_a_plain_model(steps in prop::collection::vec(step(), 1..60)) {
        let (mut model, mut pin) = (Model { holds: true, ..Model::default() }, tried(0).0);
        let (mut seconds, begin) = (0_i64, start());
        for step in steps {
            let now = begin + SignedDuration::from_secs(seconds);
            match step {
                Step::Wait(more) => seconds += more,
                Step::Reissue => {
                    pin = pin.issued(hash(2));
                    model = Model { holds: true, ..Model::default() };
                }
                Step::Erase => {
                    pin = pin.erased();
                    model = Model::default();
                }
                Step::Try { right, old: true } => {
                    let tried = Tried { version: pin.version - 1, right };
                    let (after, taken) = pin.take(tried, now);
                    prop_assert_eq!(taken, Err(NotTaken::Outdated));
                    prop_assert_eq!(&after, &pin);
                }
                Step::Try { right, old: false } => {
                    let tried = Tried { version: pin.version, right };
                    let (after, taken) = pin.take(tried, now);
                    pin = after;
                    let told = match taken {
                        Ok(()) => None,
                        Err(NotTaken::Wrong { left }) => Some(i64::from(left)),
                        Err(NotTaken::Locked { until }) => {
                            Some(-until.duration_since(begin).as_secs())
                        }
                        Err(NotTaken::Outdated) => unreachable!(),
                    };
                    prop_assert_eq!(told, model.take(right, seconds));
                }
            }
        }
    }
}
