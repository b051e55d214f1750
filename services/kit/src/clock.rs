//! Time and ids: the only places that read the machine's clock and its randomness.
//!
//! Both are cheap to clone and are passed in as values, so that a test or a demo decides what time
//! it is and which ids come next.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

/// Tells the time, in whole microseconds: the precision in which facts are stored.
#[derive(Clone, Debug)]
pub struct Clock(Time);

#[derive(Clone, Debug)]
enum Time {
    System,
    Running { start: Timestamp, since: Instant },
    Manual(Arc<AtomicI64>),
    Askew(Arc<AtomicI64>),
}

impl Clock {
    /// Tells the machine's time.
    pub fn system() -> Self {
        Self(Time::System)
    }

    /// Starts at the given instant and runs on from there with the time that really passes.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Time::Running { start, since: Instant::now() })
    }

    /// Stands still at the given instant until it is advanced; clones move together.
    pub fn manual(start: Timestamp) -> Self {
        Self(Time::Manual(Arc::new(AtomicI64::new(start.as_microsecond()))))
    }

    /// Tells the machine's time until somebody sets it wrong, by [`Clock::set_ahead`]; clones are set together.
    pub fn askew() -> Self {
        Self(Time::Askew(Arc::default()))
    }

    /// Sets an askew clock so far ahead of the machine's time, or behind it; the other clocks ignore it.
    pub fn set_ahead(&self, by: SignedDuration) {
        if let Time::Askew(micros) = &self.0 {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            micros.store(by, Ordering::SeqCst);
        }
    }

    /// Moves a manual clock forward; the other clocks move by themselves and ignore it.
    pub fn advance(&self, by: Duration) {
        if let Time::Manual(micros) = &self.0 {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            micros.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Whether somebody else can set it: that is so of the machine's.
    pub fn can_jump(&self) -> bool {
        matches!(self.0, Time::System | Time::Askew(_))
    }

    /// Returns the time now.
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Time::System => of_the_machine(),
            Time::Askew(ahead) => of_the_machine().saturating_add(ahead.load(Ordering::SeqCst)),
            Time::Running { start, since } => {
                let run = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX);
                start.as_microsecond().saturating_add(run)
            }
            Time::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }
}

/// The machine's time, microseconds UTC.
fn of_the_machine() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
    let now = Timestamp::now();
    now.as_microsecond()
}

/// Gives ids and random bytes.
#[derive(Clone, Debug)]
pub struct IdSource {
    clock: Clock,
    random: Random,
}

#[derive(Clone, Debug)]
enum Random {
    System,
    Seeded(Arc<AtomicU64>),
}

impl IdSource {
    /// Draws from the operating system; safe for keys and tokens.
    pub fn system(clock: Clock) -> Self {
        Self { clock, random: Random::System }
    }

    /// Draws the same sequence for the same seed; for tests and demos, never for keys.
    pub fn seeded(seed: u64, clock: Clock) -> Self {
        Self { clock, random: Random::Seeded(Arc::new(AtomicU64::new(seed))) }
    }

    /// Returns a new `UUIDv7`: sorted by time to a quarter of a microsecond, then random.
    pub fn uuid(&self) -> Uuid {
        let micros = self.clock.now().as_microsecond().max(0).unsigned_abs();
        let (millis, rest) = (micros / 1000, micros % 1000);
        let fraction = (rest << 12) / 1000; // RFC 9562 §6.2 method 3: twelve bits below the millisecond
        let mut tail = [0; 10];
        self.fill_id(&mut tail[2..]);
        let [.., high, low] = fraction.to_be_bytes();
        (tail[0], tail[1]) = (high, low);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    /// Fills the buffer with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.random {
            Random::System => fill_from_system(buffer),
            Random::Seeded(state) => fill_seeded(state, buffer),
        }
    }

    /// Fills an id or a salt: random, and cheap enough for every call. Keys are drawn by [`IdSource::fill`].
    pub fn fill_id(&self, buffer: &mut [u8]) {
        match &self.random {
            Random::System => POOL.with_borrow_mut(|pool| pool.take(buffer)),
            Random::Seeded(state) => fill_seeded(state, buffer),
        }
    }

    /// Returns a new bearer token: 256 random bits in hexadecimal.
    pub fn token(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        hex::encode(bytes)
    }
}

thread_local! {
    /// One for each thread, so that ids cost no lock either.
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::EMPTY) };
}

/// Random bytes fetched ahead, so that an id does not cost a system call. Ids only: keys are
/// always drawn directly.
struct Pool {
    bytes: [u8; 4096],
    used: usize,
}

impl Pool {
    const EMPTY: Self = Self { bytes: [0; 4096], used: 4096 };

    fn take(&mut self, out: &mut [u8]) {
        if self.used + out.len() > self.bytes.len() {
            fill_from_system(&mut self.bytes);
            self.used = 0;
        }
        let end = self.used + out.len();
        out.copy_from_slice(&self.bytes[self.used..end]);
        self.used = end;
    }
}

fn fill_from_system(buffer: &mut [u8]) {
    #[expect(clippy::disallowed_methods, reason = "the one reader of the system's randomness")]
    let filled = getrandom::fill(buffer);
    filled.expect("the operating system gives randomness");
}

/// `SplitMix64`: each draw is one atomic addition and a few shifts.
fn fill_seeded(state: &AtomicU64, buffer: &mut [u8]) {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    for chunk in buffer.chunks_mut(8) {
        let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn manual_clock_moves_only_when_advanced_and_clones_move_together() {
        let clock = Clock::manual(noon());
        let twin = clock.clone();
        assert_eq!(clock.now(), noon());
        clock.advance(Duration::from_secs(90));
        assert_eq!(twin.now().to_string(), "2026-03-01T12:01:30Z");
    }

    #[test]
    fn askew_clock_is_as_far_from_the_machines_as_it_was_set() {
        let (clock, day) = (Clock::askew(), SignedDuration::from_hours(24));
        let twin = clock.clone();
        for ahead in [day, -day, SignedDuration::ZERO] {
            clock.set_ahead(ahead);
            let off = twin.now().duration_since(Clock::system().now()) - ahead;
            assert!(off.abs() < SignedDuration::from_mins(1), "{ahead}: {off}");
        }
        assert!(twin.can_jump() && !Clock::manual(noon()).can_jump());
    }

    #[test]
    fn running_clock_starts_where_told() {
        let clock = Clock::starting_at(noon());
        let passed = clock.now().duration_since(noon());
        assert!(!passed.is_negative() && passed.as_secs() < 60, "{passed}");
    }

    #[test]
    fn seeded_ids_repeat_and_differ_from_each_other() {
        let draw = || {
            let ids = IdSource::seeded(7, Clock::manual(noon()));
            (ids.uuid(), ids.uuid(), ids.token())
        };
        assert_eq!(draw(), draw());
        assert_ne!(draw().0, draw().1);
        assert_eq!(draw().2.len(), 64);
    }

    #[test]
    fn uuids_are_version_seven_and_sort_by_microsecond() {
        let clock = Clock::manual(noon());
        let ids = IdSource::system(clock.clone());
        let mut last = ids.uuid();
        assert_eq!(last.get_version_num(), 7);
        for _ in 0..2000 {
            clock.advance(Duration::from_micros(1));
            let next = ids.uuid();
            assert!(next > last, "{next} after {last}");
            last = next;
        }
    }
}
