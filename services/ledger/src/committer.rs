//! The one writer of a log: commands that wait share a commit.
//!
//! It takes everything that waits (never waits for more), locks the head row, loads the states that the commands name
//! in one query, decides them in order in memory, writes everything, commits once and answers all. Nothing that was
//! read before the lock takes part in a decision.

mod draft;
mod followed;
pub(crate) mod write;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kit::{Clock, IdSource};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use yiwang_proto::feed::v1::LogId;

use crate::authority::Authority;
use crate::chain;
use crate::db::Db;
use crate::dialect::{Class, Session, classify};
use crate::error::{DbError, SubmitError};
use crate::keystore::KeyStore;
use crate::own::Erasure;
use crate::submit::{Job, Work};
use crate::value::Value;

use draft::{Draft, Verdict};

/// Most commands in one commit.
const MAX_BATCH: usize = 512;
/// Most followed pages and operator orders in one commit, so that neither side starves the other.
const MAX_INTERNAL: usize = 2;
/// Bytes of payload after which a batch is closed; what remains goes into the next.
const MAX_BYTES: usize = 8 << 20;
/// Pause before a lost database is tried again.
const RECONNECT: Duration = Duration::from_millis(100);
/// Tries to find out what became of a commit whose connection was lost.
const OUTCOME_TRIES: u32 = 20;

/// The end of the log as last committed or seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Last position; 0 = empty.
    pub position: u64,
    /// Its hash.
    pub hash: Vec<u8>,
    /// Its record time, microseconds UTC.
    pub recorded_at: i64,
}

/// What decides and writes; owned by one task.
pub(crate) struct Committer<A: Authority> {
    pub(crate) authority: Arc<A>,
    pub(crate) db: Db,
    pub(crate) keys: Arc<KeyStore>,
    pub(crate) log: LogId,
    pub(crate) clock: Clock,
    pub(crate) ids: IdSource,
    pub(crate) head: watch::Sender<Head>,
    pub(crate) session: Option<Session>,
    /// When old answers are swept out next, microseconds UTC.
    pub(crate) next_sweep: i64,
    /// Id up to which the answers were looked at in this round.
    pub(crate) swept_to: String,
}

/// Why a batch did not commit.
#[derive(Debug)]
enum Failure {
    /// A value broke it; bisected.
    Data(DbError),
    /// The store is in trouble; nothing was kept.
    Store(DbError),
    /// The commit was sent and its outcome is unknown.
    Unknown(DbError),
}

impl<A: Authority> Committer<A> {
    /// Serves until nobody can send any more, or until `served` says that no request is in flight; what was queued by
    /// then is still committed.
    pub(crate) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Job<A>>,
        mut internal: mpsc::Receiver<Job<A>>,
        served: CancellationToken,
    ) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let mut jobs = Vec::new();
                tokio::select! {
                    biased;
                    () = served.cancelled(), if !commands.is_closed() => {
                        commands.close();
                        internal.close();
                    }
                    taken = commands.recv_many(&mut jobs, MAX_BATCH) => {
                        if taken == 0 {
                            internal.close();
                            if internal.recv_many(&mut jobs, MAX_INTERNAL).await == 0 {
                                return;
                            }
                        }
                    }
                    Some(job) = internal.recv() => jobs.push(job),
                }
                waiting.extend(jobs);
            }
            while waiting.len() < MAX_BATCH {
                match commands.try_recv() {
                    Ok(job) => waiting.push_back(job),
                    Err(_) => break,
                }
            }
            for _ in 0..MAX_INTERNAL {
                if let Ok(job) = internal.try_recv() {
                    waiting.push_back(job);
                }
            }
            if waiting.is_empty() {
                continue;
            }
            self.work_off(&mut waiting).await;
            self.sweep().await;
        }
    }

    /// Commits what waits, as far as one batch goes.
    async fn work_off(&mut self, waiting: &mut VecDeque<Job<A>>) {
        let mut batch: Vec<Job<A>> = waiting.drain(..).collect();
        self.commit(&mut batch).await;
        waiting.extend(batch);
    }

    /// Commits the front of `batch` and answers it; what one commit does not take stays, in order.
    async fn commit(&mut self, batch: &mut Vec<Job<A>>) {
        let mut tries = 0;
        loop {
            match self.attempt(batch).await {
                Ok((verdicts, draft)) => {
                    let done = verdicts.len();
                    let rest = batch.split_off(done);
                    for (job, verdict) in batch.drain(..).zip(verdicts) {
                        answer(job, verdict);
                    }
                    batch.extend(rest);
                    self.afterwards(draft).await;
                    return;
                }
                Err(Failure::Data(error)) if batch.len() > 1 => {
                    tracing::warn!(error = %chain_of(&error), commands = batch.len(), "a value broke a commit; looking for the command that holds it");
                    self.bisect(batch).await;
                    return;
                }
                Err(Failure::Data(error)) => {
                    tracing::error!(error = %chain_of(&error), "a command breaks the store and was refused");
                    batch.drain(..).for_each(|job| refuse(job, &|| SubmitError::Failed));
                    return;
                }
                Err(Failure::Unknown(error)) if tries < OUTCOME_TRIES => {
                    tries += 1;
                    tracing::warn!(error = %chain_of(&error), "the outcome of a commit is unknown; looking it up");
                    self.session = None;
                    tokio::time::sleep(RECONNECT).await;
                }
                // Once a commit was sent, only a look at the store tells what became of it: keep trying for a while.
                Err(Failure::Store(_)) if tries > 0 && tries < OUTCOME_TRIES => {
                    tries += 1;
                    self.session = None;
                    tokio::time::sleep(RECONNECT).await;
                }
                Err(Failure::Store(error) | Failure::Unknown(error)) => {
                    tracing::error!(error = %chain_of(&error), commands = batch.len(), "the store is unavailable; commands were refused");
                    self.session = None;
                    batch.drain(..).for_each(|job| refuse(job, &|| SubmitError::Unavailable));
                    return;
                }
            }
        }
    }

    /// Halves a batch that a value broke, in arrival order, until the poisoned command stands alone.
    async fn bisect(&mut self, batch: &mut Vec<Job<A>>) {
        let mut second = batch.split_off(batch.len() / 2);
        for half in [batch, &mut second] {
            while !half.is_empty() {
                Box::pin(self.commit(half)).await;
            }
        }
    }

    /// Decides and commits the front of `batch`; returns one verdict per job that was taken.
    async fn attempt(&mut self, batch: &[Job<A>]) -> Result<(Vec<Verdict<A>>, Draft<A>), Failure> {
        let (mut session, head) = self.lock().await?;
        let decided = self.decide(&mut session, &head, batch).await;
        let (verdicts, mut draft) = match decided {
            Ok(decided) => decided,
            Err(error) => {
                self.abandon(session).await;
                return Err(failure(error));
            }
        };
        if draft.is_empty() {
            self.abandon(session).await;
            return Ok((verdicts, draft));
        }
        if let Err(error) = self.write(&mut session, &head, &mut draft).await {
            self.abandon(session).await;
            return Err(failure(error));
        }
        match session.commit().await {
            Ok(()) => {
                self.session = Some(session);
                Ok((verdicts, draft))
            }
            Err(source) => Err(Failure::Unknown(DbError::UnknownOutcome { source: Some(source) })),
        }
    }

    /// Begins a transaction with the head row locked; opens a new session when the old one was lost.
    async fn lock(&mut self) -> Result<(Session, Head), Failure> {
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
    async fn abandon(&mut self, mut session: Session) {
        if session.rollback().await.is_ok() {
            self.session = Some(session);
        }
    }

    /// Tells followers of the new head, and destroys keys of erased subjects.
    async fn afterwards(&mut self, draft: Draft<A>) {
        if let Some(head) = draft.new_head() {
            self.head.send_replace(head);
        }
        if !draft.destroys.is_empty() {
            self.carry_out_erasures().await;
        }
    }

    /// Destroys the data keys of every subject with an open erasure; what fails is done at the next erasure or start.
    pub(crate) async fn carry_out_erasures(&mut self) {
        if let Err(error) = self.try_erasures().await {
            tracing::error!(error = %chain_of(&error), "data keys could not be destroyed yet");
        }
    }

    async fn try_erasures(&mut self) -> Result<(), DbError> {
        let doing = "carrying out erasures";
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.db.session().await?,
        };
        let open = session.rows(OPEN_ERASURES, vec![]).await.map_err(DbError::during(doing))?;
        for row in open {
            let erasure: Erasure = serde_json::from_str(row.text(1)?).map_err(|_| {
                DbError::Inconsistent { place: "erasure".to_owned(), detail: String::new() }
            })?;
            self.keys.destroy(&erasure.subject).await?;
            session
                .rows(ERASURE_DONE, vec![row.text(0)?.into()])
                .await
                .map_err(DbError::during(doing))?;
        }
        self.session = Some(session);
        Ok(())
    }
}

impl<A: Authority> Committer<A> {
    /// Every ten minutes, looks at the next stretch of stored answers and drops those that nobody may ask for any more.
    async fn sweep(&mut self) {
        let now = self.clock.now().as_microsecond();
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + SWEEP_EVERY;
        let Some(mut session) = self.session.take() else { return };
        let from = std::mem::take(&mut self.swept_to);
        let swept = async {
            let oldest = vec![from.as_str().into(), Value::Int(now - ANSWERS_KEPT)];
            session.rows(SWEEP, oldest).await?;
            session.rows(STRETCH_END, vec![from.as_str().into()]).await
        };
        match swept.await {
            // At the end of the table the round begins again.
            Ok(rows) => {
                let end = rows.first().and_then(|row| row.text(0).ok());
                self.swept_to = end.unwrap_or_default().to_owned();
                self.session = Some(session);
            }
            Err(error) => tracing::warn!(%error, "old answers could not be swept out"),
        }
    }
}

/// Pause between two sweeps: ten minutes, in microseconds.
const SWEEP_EVERY: i64 = 600_000_000;
/// Answers are kept for 31 days: a day more than a request id is accepted for.
const ANSWERS_KEPT: i64 = 31 * 86_400_000_000;
const SWEEP: &str = "
    DELETE FROM request
    WHERE id IN (
        SELECT id
        FROM (
            SELECT id, recorded_at
            FROM request
            WHERE id > $1
            ORDER BY id
            LIMIT 20000
        ) AS stretch
        WHERE recorded_at < $2
    )
    RETURNING id";
const STRETCH_END: &str = "
    SELECT id
    FROM request
    WHERE id > $1
    ORDER BY id
    LIMIT 1 OFFSET 19999";
const OPEN_ERASURES: &str = "
    SELECT id, body
    FROM erasure
    WHERE done = 0
    ORDER BY id";
const ERASURE_DONE: &str = "
    UPDATE erasure
    SET done = 1
    WHERE id = $1
    RETURNING id";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[SWEEP, STRETCH_END, OPEN_ERASURES, ERASURE_DONE];

fn failure(error: DbError) -> Failure {
    match error {
        DbError::Data { .. } => Failure::Data(error),
        DbError::Unavailable { .. }
        | DbError::UnknownOutcome { .. }
        | DbError::Inconsistent { .. }
        | DbError::Open(_) => Failure::Store(error),
    }
}

/// Sends a verdict; a caller that has gone away is no error.
fn answer<A: Authority>(job: Job<A>, verdict: Verdict<A>) {
    match (job.work, verdict) {
        (Work::Command { reply, .. }, Verdict::Command(result)) => drop(reply.send(result)),
        (Work::Followed { reply, .. }, Verdict::Followed(result)) => drop(reply.send(result)),
        (Work::Aside { reply, .. }, Verdict::Aside(result)) => drop(reply.send(result)),
        (work, _) => refuse(Job { work, deadline: None }, &|| SubmitError::Failed),
    }
}

fn refuse<A: Authority>(job: Job<A>, error: &dyn Fn() -> SubmitError<A::Rejection>) {
    match job.work {
        Work::Command { reply, .. } => drop(reply.send(Err(error()))),
        Work::Followed { reply, .. } => drop(reply.send(Err(error()))),
        Work::Aside { reply, .. } => drop(reply.send(Err(error()))),
    }
}

/// An error with everything that led to it, for the log.
pub(crate) fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The head of a log that has no record yet.
pub(crate) fn empty_head(log: &LogId) -> Head {
    Head { position: 0, hash: chain::genesis(log).to_vec(), recorded_at: 0 }
}
