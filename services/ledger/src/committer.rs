//! The one writer of a log: commands that wait share a commit.
//!
//! It takes everything that waits (never waits for more), locks the head row, loads the states that the commands name
//! in one query, decides them in order in memory, writes everything, commits once and answers all. Nothing that was
//! read before the lock takes part in a decision.

mod draft;
mod followed;
mod session;
mod sweep;
pub(crate) mod write;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kit::{Clock, IdSource};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use yiwang_proto::feed::v1::LogId;

use crate::authority::Authority;
use crate::chain;
use crate::db::Db;
use crate::dialect::Session;
use crate::error::{DbError, SubmitError};
use crate::following::Following;
use crate::keystore::KeyStore;
use crate::submit::{Followed, FollowedPage, Job, Work};

use draft::{Draft, Verdict};
use session::{Failure, guarded, silent};
pub(crate) use sweep::{STATEMENTS, Sweep};

/// Most commands in one commit.
pub(crate) const MAX_BATCH: usize = 512;
/// Most followed pages and operator orders in one commit, so that neither side starves the other.
const MAX_INTERNAL: usize = 2;
/// Bytes of payload after which a batch is closed; what remains goes into the next.
const MAX_BYTES: usize = 8 << 20;
/// Pause before a lost database is tried again.
const RECONNECT: Duration = Duration::from_millis(100);
/// Longest silence of the database in one step of a commit: a host that vanished says nothing at all.
pub(crate) const ROUND_TRIP: Duration = Duration::from_secs(15);
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
    /// Whether what that tells is doubted; see [`crate::Ledger::doubt_clock`].
    pub(crate) clock_doubted: Arc<AtomicBool>,
    pub(crate) ids: IdSource,
    pub(crate) head: watch::Sender<Head>,
    pub(crate) session: Option<Session>,
    /// Tells that data keys are to be destroyed.
    pub(crate) erasures: Arc<Notify>,
    pub(crate) follows: Following,
    pub(crate) sweep: Sweep,
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
                    self.afterwards(&draft);
                    return;
                }
                Err(Failure::Data(error)) if batch.len() > 1 => {
                    tracing::warn!(error = %chain_of(&error), commands = batch.len(), "a value broke a commit; looking for the command that holds it");
                    self.bisect(batch).await;
                    return;
                }
                Err(Failure::Data(error)) => {
                    tracing::error!(error = %chain_of(&error), "a value breaks the store and stands alone");
                    if let Some(job) = batch.pop() {
                        Box::pin(self.isolate(job)).await;
                    }
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

    /// Refuses a command that breaks the store. A followed page is taken record by record, so that one of them alone is
    /// set aside and the log goes on.
    async fn isolate(&mut self, job: Job<A>) {
        match job.work {
            Work::Followed { page, reply } if !page.refused && !page.records.is_empty() => {
                let pieces = if page.records.len() > 1 {
                    page.pieces()
                } else {
                    vec![FollowedPage { refused: true, ..page }]
                };
                drop(reply.send(self.follow_pieces(pieces).await));
            }
            // One by one, so that what breaks the store breaks nothing else.
            Work::Due { commands, reply } if commands.len() > 1 => {
                drop(reply.send(self.due_one_by_one(commands).await));
            }
            work @ (Work::Command { .. }
            | Work::Followed { .. }
            | Work::Due { .. }
            | Work::Aside { .. }
            | Work::Erased { .. }) => {
                refuse(Job { work, deadline: None }, &|| SubmitError::Failed);
            }
        }
    }

    async fn due_one_by_one(
        &mut self,
        commands: Vec<A::Command>,
    ) -> Result<u64, SubmitError<A::Rejection>> {
        let mut happened = 0;
        for command in commands {
            let (reply, mut answer) = oneshot::channel();
            let work = Work::Due { commands: vec![command], reply };
            self.commit(&mut vec![Job { work, deadline: None }]).await;
            match answer.try_recv() {
                Ok(Ok(more)) => happened += more,
                Ok(Err(SubmitError::Failed)) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(SubmitError::Unavailable),
            }
        }
        Ok(happened)
    }

    async fn follow_pieces(
        &mut self,
        pieces: Vec<FollowedPage>,
    ) -> Result<Followed, SubmitError<A::Rejection>> {
        let mut set_aside = 0;
        for page in pieces {
            let (reply, mut answer) = oneshot::channel();
            let mut batch = vec![Job { work: Work::Followed { page, reply }, deadline: None }];
            self.commit(&mut batch).await;
            match answer.try_recv() {
                Ok(Ok(Followed::Applied { set_aside: more })) => set_aside += more,
                Ok(outcome) => return outcome,
                Err(_) => return Err(SubmitError::Unavailable),
            }
        }
        Ok(Followed::Applied { set_aside })
    }

    /// Decides and commits the front of `batch`; returns one verdict per job that was taken.
    async fn attempt(&mut self, batch: &[Job<A>]) -> Result<(Vec<Verdict<A>>, Draft<A>), Failure> {
        let locked = timeout(ROUND_TRIP, self.lock()).await;
        let (mut session, head) = locked
            .unwrap_or_else(|_| Err(Failure::Store(silent("locking the head of the log"))))?;
        let decided = guarded("deciding a batch", self.decide(&mut session, &head, batch)).await;
        let (verdicts, mut draft) = match decided {
            Ok(decided) => decided,
            Err(error) => return Err(self.failed(session, error).await),
        };
        if draft.is_empty() {
            self.abandon(session).await;
            return Ok((verdicts, draft));
        }
        let written = guarded("writing a batch", self.write(&mut session, &head, &mut draft)).await;
        if let Err(error) = written {
            return Err(self.failed(session, error).await);
        }
        match timeout(ROUND_TRIP, session.commit()).await {
            Ok(Ok(())) => {
                self.session = Some(session);
                Ok((verdicts, draft))
            }
            Ok(Err(source)) => {
                Err(Failure::Unknown(DbError::UnknownOutcome { source: Some(source) }))
            }
            Err(_) => Err(Failure::Unknown(DbError::UnknownOutcome { source: None })),
        }
    }

    /// Tells followers of the new head, and the eraser of keys to be destroyed.
    fn afterwards(&self, draft: &Draft<A>) {
        if let Some(head) = draft.new_head() {
            move_on(&self.head, head);
        }
        if draft.erases {
            self.erasures.notify_one();
        }
    }
}

/// Moves the head that readers wait for, never back.
pub(crate) fn move_on(head: &watch::Sender<Head>, to: Head) {
    head.send_if_modified(|head| {
        let further = to.position > head.position;
        if further {
            *head = to;
        }
        further
    });
}

/// Sends a verdict; a caller that has gone away is no error.
fn answer<A: Authority>(job: Job<A>, verdict: Verdict<A>) {
    match (job.work, verdict) {
        (Work::Command { reply, .. }, Verdict::Command(result)) => drop(reply.send(result)),
        (Work::Followed { reply, .. }, Verdict::Followed(result)) => drop(reply.send(result)),
        (Work::Aside { reply, .. }, Verdict::Aside(result)) => drop(reply.send(result)),
        (Work::Erased { reply, .. }, Verdict::Erased(result)) => drop(reply.send(result)),
        (Work::Due { reply, .. }, Verdict::Due(result)) => drop(reply.send(result)),
        (work, _) => refuse(Job { work, deadline: None }, &|| SubmitError::Failed),
    }
}

fn refuse<A: Authority>(job: Job<A>, error: &dyn Fn() -> SubmitError<A::Rejection>) {
    match job.work {
        Work::Command { reply, .. } => drop(reply.send(Err(error()))),
        Work::Followed { reply, .. } => drop(reply.send(Err(error()))),
        Work::Aside { reply, .. } => drop(reply.send(Err(error()))),
        Work::Erased { reply, .. } => drop(reply.send(Err(error()))),
        Work::Due { reply, .. } => drop(reply.send(Err(error()))),
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
