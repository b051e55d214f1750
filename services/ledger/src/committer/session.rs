//! The committer's session: its lock, its time limits, and what a failure means for it.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use tokio::time::timeout;

use crate::authority::Authority;
use crate::committer::{Committer, Head, ROUND_TRIP};
use crate::dialect::{Class, Session, classify};
use crate::error::DbError;

/// Why a batch did not commit.
#[derive(Debug)]
pub(super) enum Failure {
    /// A value broke it; bisected.
    Data(DbError),
    /// The store is in trouble; nothing was kept.
    Store(DbError),
    /// The commit was sent and its outcome is unknown.
    Unknown(DbError),
}

impl<A: Authority> Committer<A> {
    /// Ends a transaction that failed. A session whose store is in trouble is let go: it may hang.
    pub(super) async fn failed(&mut self, session: Session, error: DbError) -> Failure {
        let failure = failure(error);
        if matches!(failure, Failure::Data(_)) {
            self.abandon(session).await;
        }
        failure
    }

    /// Begins a transaction with the head row locked; opens a new session when the old one was lost.
    pub(super) async fn lock(&mut self) -> Result<(Session, Head), Failure> {
        let doing = "locking the head of the log";
        let kept = self.session.take();
        let fresh = kept.is_none();
        let mut session = match kept {
            Some(session) => session,
            None => self.db.session().await.map_err(Failure::Store)?,
        };
        let row = match session.begin_with_head().await {
            Ok(row) => row,
            // The database may have restarted since the last commit: one new session, nothing is at stake yet.
            Err(error) if !fresh && classify(&error) == Class::Store => {
                drop(session);
                session = self.db.session().await.map_err(Failure::Store)?;
                session
                    .begin_with_head()
                    .await
                    .map_err(|error| Failure::Store(DbError::during(doing)(error)))?
            }
            Err(error) => return Err(Failure::Store(DbError::during(doing)(error))),
        };
        let read = |row: &crate::row::Row| -> Result<Head, DbError> {
            Ok(Head {
                position: row.count(0)?,
                hash: row.bytes(1)?.to_vec(),
                recorded_at: row.int(2)?,
            })
        };
        let head = row.as_ref().map(read).transpose().map_err(Failure::Store)?;
        match head {
            Some(head) => Ok((session, head)),
            None => Err(Failure::Store(DbError::Inconsistent {
                place: "head".to_owned(),
                detail: "the head row is missing".to_owned(),
            })),
        }
    }

    /// Ends a transaction that wrote nothing worth keeping, and keeps the session if it is still sound.
    pub(super) async fn abandon(&mut self, mut session: Session) {
        if matches!(timeout(ROUND_TRIP, session.rollback()).await, Ok(Ok(()))) {
            self.session = Some(session);
        }
    }
}

/// Runs one step of a batch within its time limit. A panic of the service's code becomes a failure of the data, so that
/// it is found and fails its own command only.
pub(super) async fn guarded<T>(
    doing: &'static str,
    step: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    match timeout(ROUND_TRIP, AssertUnwindSafe(step).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => {
            Err(DbError::Inconsistent { place: doing.to_owned(), detail: "panicked".to_owned() })
        }
        Err(_) => Err(silent(doing)),
    }
}

/// The database has not answered in time.
pub(super) fn silent(doing: &'static str) -> DbError {
    DbError::Unavailable { doing, source: None }
}

fn failure(error: DbError) -> Failure {
    match error {
        // What is stored cannot be read, or what is meant cannot be stored: some command's own trouble.
        DbError::Data { .. } | DbError::Inconsistent { .. } => Failure::Data(error),
        DbError::Unavailable { .. }
        | DbError::UnknownOutcome { .. }
        | DbError::Miscounted { .. }
        | DbError::Open(_) => Failure::Store(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_the_data() {
        let panicked: Result<(), DbError> = guarded("testing", async { panic!("asked to") }).await;
        assert!(matches!(failure(panicked.unwrap_err()), Failure::Data(_)));
    }
}
