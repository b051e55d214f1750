//! What happens by time alone: looks for what is due and hands it to the committer, the earliest first.
//!
//! Nothing is kept in memory that counts: when something is due is a column of the dispute, and whether it still is, the
//! committer decides. So restarts lose nothing, replicas do nothing twice, and repeats do no harm. One order of bounded
//! size is on its way at a time, and after it timers rest for a multiple of the time that it took, so that ten thousand
//! overdue cases do not keep commands waiting. Before each order the clock is looked at anew.
//!
//! A clock that jumps is doubted until somebody confirms it, or it goes back. That is a row, so that it outlives the process
//! and holds for every replica; commands go on meanwhile, and their events say that the clock was doubted. What was recorded
//! by a clock that was ahead stays ahead when the clock goes back, and what follows it has that time, too: until the clock has
//! caught up, events go on saying so, and timers wait unless somebody confirms the clock all the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use ledger::{DbError, Ledger, SubmitError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::{Whereabouts, dispute};
use crate::app::{Dispatch, Order, waits_for_a_team};
use crate::domain::command::{ClockWord, Command};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::{ClockHold, State};
use crate::{of_the_node, store};

/// How often it is looked whether something is due.
const PAUSE: Duration = Duration::from_millis(250);
/// How many disputes are handed over at once.
const AT_ONCE: u32 = 16;
/// How much longer than the last disputes took timers rest before the next: the busier a node is, the more of it is left
/// to commands.
const REST: u32 = 3;
/// The longest rest, so that a busy node does not keep back what is due.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// A difference between the clock and the time that really passed beyond which nothing is done until it is confirmed.
pub(crate) const JUMP: SignedDuration = SignedDuration::from_mins(5);

/// Whether the clock of the machine is to be believed: a day forwards would make every deadline overdue.
#[derive(Debug, Clone, Copy)]
struct Watch {
    wall: Timestamp,
    steady: Instant,
}

/// What a process has seen of its clock.
#[derive(Debug)]
struct Sight {
    watch: Watch,
    /// Whether it had jumped when it was last looked at.
    jumped: bool,
    /// Whether the doubt on record is this process's.
    own: bool,
    /// Whether somebody takes it for right although the log is ahead of it.
    accepted: bool,
}

/// One walk through what is due, the earliest first.
#[derive(Debug)]
pub(crate) struct Round {
    /// What is due by then.
    now: Timestamp,
    /// How far it has come.
    after: Option<store::DueDispute>,
    /// Events that it has made.
    happened: u64,
}

/// What the timers of a service are doing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    /// Whether they wait until somebody confirms the clock.
    held: Arc<AtomicBool>,
    /// Whether somebody has.
    confirmed: Arc<AtomicBool>,
}

impl Watch {
    fn new(wall: Timestamp, steady: Instant) -> Self {
        Watch { wall, steady }
    }

    /// How far the clock has moved away from the time that really passed.
    fn drift(&self, wall: Timestamp, steady: Instant) -> SignedDuration {
        let passed = SignedDuration::try_from(steady.duration_since(self.steady));
        wall.duration_since(self.wall) - passed.unwrap_or(SignedDuration::MAX)
    }

    fn jumped(&self, wall: Timestamp, steady: Instant) -> bool {
        self.drift(wall, steady).abs() > JUMP
    }
}

impl Timers {
    /// Timers that wait from the start where the clock was doubted and nobody has confirmed it, or the log is ahead of it: a
    /// restart tells nothing of the time that really passed.
    pub(crate) async fn open(ledger: &Ledger<Dispatch>) -> Result<Self, DbError> {
        let timers = Timers::default();
        let (doubted, ahead) = (is_doubted(ledger).await?, is_ahead(ledger, ledger.now()));
        if doubted || ahead {
            timers.hold(ledger, true, doubted);
            tracing::warn!(
                doubted,
                log_is_ahead = ahead,
                "the clock had jumped: timers wait until it is confirmed"
            );
        }
        Ok(timers)
    }

    /// Whether nothing is done until the clock is confirmed.
    pub(crate) fn are_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// Takes the clock as it is for right; the jump of another process has to be confirmed there.
    pub(crate) async fn confirm(&self, ledger: &Ledger<Dispatch>) -> Result<(), Problem> {
        // First this: else the jump would be put on record again before it is forgotten.
        self.confirmed.store(true, Ordering::SeqCst);
        let kept = record(ledger, ClockWord::Confirmed).await;
        kept.map_err(|error| error.into_problem(DOMAIN))
    }

    /// Works until the process stops.
    pub(crate) async fn run(
        self,
        ledger: Ledger<Dispatch>,
        whereabouts: Whereabouts,
        stopping: CancellationToken,
    ) {
        let mut sight = Sight::new(Watch::new(ledger.now(), Instant::now()));
        let mut round = None;
        while !stopping.is_cancelled() {
            let now = ledger.now();
            self.look(&ledger, &mut sight, now).await;
            let rest = if self.are_held() {
                round = None;
                PAUSE
            } else {
                let mut going = round.take().unwrap_or_else(|| Round::at(now));
                match going.go_on(&ledger, &whereabouts).await {
                    Some(rest) => {
                        round = Some(going);
                        rest
                    }
                    // What has just been done may have made more due.
                    None if going.happened > 0 => Duration::ZERO,
                    None => PAUSE,
                }
            };
            stopping.run_until_cancelled(tokio::time::sleep(rest)).await;
        }
    }

    /// Looks at the clock, at what others think of it, and at the log's time; holds the timers, or lets them go on.
    async fn look(&self, ledger: &Ledger<Dispatch>, sight: &mut Sight, wall: Timestamp) {
        let steady = Instant::now();
        if self.confirmed.swap(false, Ordering::SeqCst) {
            *sight =
                Sight { own: sight.own, accepted: true, ..Sight::new(Watch::new(wall, steady)) };
        }
        let jumped = ledger.clock_can_jump() && sight.watch.jumped(wall, steady);
        let ahead = is_ahead(ledger, wall);
        sight.accepted &= ahead && !jumped;
        if jumped {
            // Before it is on record: what is decided meanwhile says so, too.
            self.hold(ledger, true, true);
        }
        if jumped && !sight.jumped {
            let seconds = sight.watch.drift(wall, steady).as_secs();
            tracing::warn!(
                seconds,
                "the clock has jumped: timers wait until it is confirmed, or goes back"
            );
        }
        sight.jumped = jumped;
        if let Some(doubted) = doubted(ledger, jumped, &mut sight.own).await {
            let held = doubted || (ahead && !sight.accepted);
            if held != self.hold(ledger, held, doubted) {
                tracing::warn!(held, log_is_ahead = ahead, "whether timers wait has changed");
            }
        }
    }

    /// Holds the timers, or lets them go on; returns how it was before. What is recorded meanwhile says whether the clock is
    /// `doubted`.
    fn hold(&self, ledger: &Ledger<Dispatch>, held: bool, doubted: bool) -> bool {
        ledger.doubt_clock(doubted);
        self.held.swap(held, Ordering::SeqCst)
    }
}

impl Sight {
    fn new(watch: Watch) -> Self {
        Sight { watch, jumped: false, own: false, accepted: false }
    }
}

/// Whether the clock is doubted by this process or another, or was before a restart, once what this process has found is
/// on record: that its clock has jumped, or is right again. `own` = the doubt on record is its own. None when it cannot be
/// told now.
async fn doubted(ledger: &Ledger<Dispatch>, jumped: bool, own: &mut bool) -> Option<bool> {
    let before = match is_doubted(ledger).await {
        Ok(before) => before,
        Err(error) => {
            tracing::warn!(%error, "whether the clock is doubted cannot be read");
            return None;
        }
    };
    let word = word(jumped, before, *own);
    if let Some(word) = word
        && let Err(error) = record(ledger, word).await
    {
        tracing::warn!(%error, "whether the clock is doubted cannot be kept");
        return None;
    }
    *own = jumped && (*own || word == Some(ClockWord::Doubted));
    Some(if word.is_some() { jumped } else { before })
}

/// What is to go on record by a process whose clock has jumped, or has not, where the clock was doubted `before`. Only who
/// doubted it takes that back, when its clock is right again: that of another may still be wrong.
fn word(jumped: bool, before: bool, own: bool) -> Option<ClockWord> {
    match (jumped, before) {
        (true, false) => Some(ClockWord::Doubted),
        (false, true) if own => Some(ClockWord::Confirmed),
        _ => None,
    }
}

async fn is_doubted(ledger: &Ledger<Dispatch>) -> Result<bool, DbError> {
    let hold = ledger.read(&store::clock_hold_key()).await?;
    Ok(matches!(hold.as_deref(), Some(State::ClockHold(ClockHold { since: Some(_) }))))
}

/// Whether the log's time is ahead of the clock, so that what is recorded has a time that has not come.
fn is_ahead(ledger: &Ledger<Dispatch>, wall: Timestamp) -> bool {
    ledger.clock_can_jump() && ledger.head_time().duration_since(wall) > JUMP
}

async fn record(ledger: &Ledger<Dispatch>, word: ClockWord) -> Result<(), SubmitError<Rejection>> {
    ledger.submit(Order::from(Command::Clock(word)), of_the_node()).await.map(drop)
}

impl Round {
    /// One through what is due at `now`.
    pub(crate) fn at(now: Timestamp) -> Self {
        Round { now, after: None, happened: 0 }
    }

    /// Hands one order of what is due to the committer; returns how long to rest then, or none when there is no more, or it
    /// cannot go on now.
    pub(crate) async fn go_on(
        &mut self,
        ledger: &Ledger<Dispatch>,
        whereabouts: &Whereabouts,
    ) -> Option<Duration> {
        let due = match store::due(ledger.db(), self.now, self.after, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "what is due cannot be read");
                self.happened = 0;
                return None;
            }
        };
        self.after = Some(*due.last()?);
        let begun = Instant::now();
        match ledger.submit_due(orders(ledger, whereabouts, &due).await).await {
            Ok(events) => self.happened += events,
            Err(error) => {
                tracing::warn!(%error, "what is due cannot be carried out now");
                self.happened = 0;
                return None;
            }
        }
        Some((begun.elapsed() * REST).min(LONGEST_REST))
    }
}

/// The orders to do what is due, each with where the teams are that could be asked next.
async fn orders(
    ledger: &Ledger<Dispatch>,
    whereabouts: &Whereabouts,
    due: &[store::DueDispute],
) -> Vec<Order> {
    let keys = due.iter().map(|due| store::dispute_key(due.id)).collect();
    // Where they cannot be read now, the committer cannot either.
    let states = ledger.read_many(keys).await.unwrap_or_default();
    let disputes = states.values().filter_map(|state| dispute(state));
    let waiting: Vec<_> =
        disputes.filter(|dispute| waits_for_a_team(dispute)).map(|dispute| dispute.id).collect();
    let positions = whereabouts.around(ledger, &waiting).await;
    let order = |due: &store::DueDispute| {
        let order = Order::from(Command::Ring(due.id));
        if waiting.contains(&due.id) {
            Order { positions: positions.clone(), ..order }
        } else {
            order
        }
    };
    due.iter().map(order).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_is_not_believed() {
        let (wall, steady): (Timestamp, _) =
            ("2026-03-02T01:00:00Z".parse().unwrap(), Instant::now());
        let watch = Watch::new(wall, steady);
        let hour = Duration::from_secs(3_600);
        let day = SignedDuration::from_hours(24);
        let later = steady + hour;
        // (clock after an hour has passed, whether it has jumped)
        let table = [
            (wall + hour, false),
            (wall + hour + SignedDuration::from_mins(5), false),
            (wall + hour + SignedDuration::from_secs(301), true),
            (wall + hour - SignedDuration::from_secs(301), true),
            (wall + hour + day, true),
            (wall + hour - day, true),
        ];
        for (at, jumped) in table {
            assert_eq!(watch.jumped(at, later), jumped, "{at}");
        }
    }

    #[test]
    fn only_who_doubted_the_clock_takes_it_back() {
        // (its clock has jumped, the clock was doubted before, by this process; what goes on record)
        let table = [
            (false, false, false, None),
            (false, false, true, None),
            (false, true, false, None),
            (false, true, true, Some(ClockWord::Confirmed)),
            (true, false, false, Some(ClockWord::Doubted)),
            (true, false, true, Some(ClockWord::Doubted)),
            (true, true, false, None),
            (true, true, true, None),
        ];
        for (jumped, before, own, recorded) in table {
            assert_eq!(word(jumped, before, own), recorded, "{jumped} {before} {own}");
        }
    }
}
