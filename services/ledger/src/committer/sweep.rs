//! Drops stored answers that nobody may ask for any more.

use tokio::time::timeout;

use crate::authority::Authority;
use crate::committer::{Committer, ROUND_TRIP};
use crate::value::Value;

/// Pause, in microseconds, while a stretch still had old answers: faster than any log grows.
const BEHIND: i64 = 1_000_000;
/// Pause when a stretch had none.
const GOING_ON: i64 = 60_000_000;
/// Pause between two rounds over the whole table.
const ROUND: i64 = 600_000_000;
/// Answers are kept for 31 days: a day more than a request id is accepted for.
const ANSWERS_KEPT: i64 = 31 * 86_400_000_000;

// A stretch of 5,000: few, since commands wait meanwhile.
const SWEEP: &str = "
    DELETE FROM request
    WHERE id IN (
        SELECT id
        FROM (
            SELECT id, recorded_at
            FROM request
            WHERE id > $1
            ORDER BY id
            LIMIT 5000
        ) AS stretch
        WHERE recorded_at < $2
    )
    RETURNING id";
const STRETCH_END: &str = "
    SELECT id
    FROM request
    WHERE id > $1
    ORDER BY id
    LIMIT 1 OFFSET 4999";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[SWEEP, STRETCH_END];

/// Where the sweep stands. A new process begins at the smallest ids, and those are the oldest: ids are time-ordered
/// unless a client makes them otherwise.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// When to go on, microseconds UTC.
    next: i64,
    /// Id up to which the answers were looked at in this round.
    swept_to: String,
}

impl<A: Authority> Committer<A> {
    /// Looks at the next stretch of stored answers, when it is time to.
    pub(super) async fn sweep(&mut self) {
        let now = self.clock.now().as_microsecond();
        if now < self.sweep.next {
            return;
        }
        self.sweep.next = now + GOING_ON;
        let Some(mut session) = self.session.take() else { return };
        let from = self.sweep.swept_to.clone();
        let swept = timeout(ROUND_TRIP, async {
            let oldest = vec![from.as_str().into(), Value::Int(now - ANSWERS_KEPT)];
            let dropped = session.rows(SWEEP, oldest).await?.len();
            let end = session.rows(STRETCH_END, vec![from.as_str().into()]).await?;
            Ok::<_, sqlx::Error>((dropped, end))
        });
        match swept.await {
            // What moved up into the stretch was not looked at yet.
            Ok(Ok((1.., _))) => self.sweep.next = now + BEHIND,
            Ok(Ok((0, end))) => {
                let end = end.first().and_then(|row| row.text(0).ok());
                if end.is_none() {
                    self.sweep.next = now + ROUND;
                }
                // At the end of the table the round begins again.
                self.sweep.swept_to = end.unwrap_or_default().to_owned();
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "old answers could not be swept out");
                return;
            }
            Err(_) => {
                tracing::warn!("the database was silent while old answers were swept out");
                return;
            }
        }
        self.session = Some(session);
    }
}
