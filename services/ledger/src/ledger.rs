//! A service's ledger: its committer, its log, what it reads.

mod opening;

#[cfg(test)]
pub(crate) use opening::QUEUE;
pub(crate) use opening::STATEMENTS as OPENING_STATEMENTS;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use kit::{Clock, IdSource};
use tokio::sync::{mpsc, oneshot, watch};
use yiwang_proto::feed::v1::{LogId, Record};

use crate::authority::{Actor, Authority, Foreign, LogPosition, Moment};
use crate::ceiling::Ceiling;
use crate::committer::Head;
use crate::committer::write::load_states;
use crate::db::{DatabaseUrl, Db};
use crate::error::{DbError, SubmitError};
use crate::following::Following;
use crate::keystore::KeyStore;
use crate::own::{self, CursorState};
use crate::records;
use crate::row::Row;
use crate::seal::RequestSecret;
use crate::states::States;
use crate::submit::{
    AsideOrder, CommandMeta, Followed, FollowedPage, Job, Outcome, RequestId, WaitingEvent, Work,
    made_at,
};
use crate::value::{Key, Value};

/// Days that an answer is kept for at least; a time-ordered request id from before that is refused.
const KEPT_DAYS: i64 = 30;
/// Rounds of reading for a preview.
const ROUNDS: usize = 4;

/// What a ledger is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory or database of the node.
    pub database: DatabaseUrl,
    /// Where data keys are kept: the same kind of address; `None` = beside the database (`DIR/keys`, or a schema of
    /// its own).
    pub keys: Option<DatabaseUrl>,
    /// Name of the node.
    pub node: String,
    /// Keys what requests are recognised by.
    pub secret: RequestSecret,
    /// Source of time.
    pub clock: Clock,
    /// Source of ids and randomness.
    pub ids: IdSource,
}

/// A service's ledger. Cheap to clone.
pub struct Ledger<A: Authority> {
    inner: Arc<Inner<A>>,
}

struct Inner<A: Authority> {
    authority: Arc<A>,
    db: Db,
    keys: Arc<KeyStore>,
    log: LogId,
    clock: Clock,
    clock_doubted: Arc<AtomicBool>,
    ids: IdSource,
    commands: mpsc::Sender<Job<A>>,
    internal: mpsc::Sender<Job<A>>,
    head: watch::Receiver<Head>,
    follows: Following,
    secret: RequestSecret,
    /// Only in benches: answers at once instead of committing.
    ceiling: Option<Ceiling<A>>,
}

impl<A: Authority> Clone for Ledger<A> {
    fn clone(&self) -> Self {
        Ledger { inner: Arc::clone(&self.inner) }
    }
}

impl<A: Authority> std::fmt::Debug for Ledger<A> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Ledger({}/{})", self.inner.log.node, self.inner.log.service)
    }
}

const READ_CURSOR: &str = "
    SELECT body
    FROM cursor
    WHERE id = $1";

const SET_ASIDE: &str = "
    SELECT body
    FROM set_aside
    WHERE open = 1 AND id > $1
    ORDER BY id
    LIMIT $2";
const OF_SUBJECT: &str = "
    SELECT body
    FROM set_aside
    WHERE subject = $1 AND open = 1
    ORDER BY id";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[READ_CURSOR, SET_ASIDE, OF_SUBJECT];

impl<A: Authority> Ledger<A> {
    /// The same ledger with the committer replaced by an immediate answer: what a bench measures as the ceiling.
    ///
    /// Commands are decided on the states under `warm`, read once; nothing is ever written.
    pub async fn without_store(&self, warm: Vec<Key>) -> Result<Self, DbError> {
        let inner = &self.inner;
        let known = self.read_many(warm).await?;
        let ceiling = Ceiling::new(known, self.references().await?);
        Ok(Ledger {
            inner: Arc::new(Inner {
                authority: Arc::clone(&inner.authority),
                db: inner.db.clone(),
                keys: Arc::clone(&inner.keys),
                log: inner.log.clone(),
                clock: inner.clock.clone(),
                clock_doubted: Arc::clone(&inner.clock_doubted),
                ids: inner.ids.clone(),
                commands: inner.commands.clone(),
                internal: inner.internal.clone(),
                head: inner.head.clone(),
                follows: inner.follows.clone(),
                secret: inner.secret.clone(),
                ceiling: Some(ceiling),
            }),
        })
    }

    /// The log's identity.
    pub fn log(&self) -> &LogId {
        &self.inner.log
    }

    /// The service behind the ledger.
    pub fn authority(&self) -> &A {
        &self.inner.authority
    }

    /// The database, for reading.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// The data keys.
    pub fn keys(&self) -> &Arc<KeyStore> {
        &self.inner.keys
    }

    /// Now, as the ledger's clock says.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Whether that clock can be set by somebody else; one that stands still until it is moved cannot jump.
    pub fn clock_can_jump(&self) -> bool {
        self.inner.clock.can_jump()
    }

    /// Says whether that clock is doubted; while it is, commands go on and every event says so.
    pub fn doubt_clock(&self, doubted: bool) {
        self.inner.clock_doubted.store(doubted, Ordering::SeqCst);
    }

    /// Source of ids and randomness.
    pub fn ids(&self) -> &IdSource {
        &self.inner.ids
    }

    /// Last position that this process committed or saw.
    pub fn head(&self) -> u64 {
        self.inner.head.borrow().position
    }

    /// When the last event was recorded that this process committed or saw. The log's time never goes back: what is
    /// recorded while the clock is behind this has this time.
    pub fn head_time(&self) -> Timestamp {
        let recorded_at = self.inner.head.borrow().recorded_at;
        Timestamp::from_microsecond(recorded_at).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn watch_head(&self) -> watch::Receiver<Head> {
        self.inner.head.clone()
    }

    /// Carries out a command durably: when this returns, the answer is on disk, or nothing of it is.
    pub async fn submit(
        &self,
        command: A::Command,
        meta: CommandMeta,
    ) -> Result<Outcome<A>, SubmitError<A::Rejection>> {
        let request = match meta.request {
            Some(request) if self.too_old(&request) => return Err(SubmitError::RequestTooOld),
            Some(request) => {
                // What is stored outlives an erasure: nobody may guess the body by trying.
                RequestId { fingerprint: self.inner.secret.key(&request.fingerprint), ..request }
            }
            None => self.request_of_the_node(),
        };
        if let Some(ceiling) = &self.inner.ceiling {
            return ceiling.answer(
                &self.inner.authority,
                &self.inner.log,
                &command,
                &meta.actor,
                self.now(),
            );
        }
        let (reply, answer) = oneshot::channel();
        let work = Work::Command {
            command,
            key: own::request_key(&request),
            request,
            actor: meta.actor,
            traceparent: meta.traceparent,
            reply,
        };
        let job = Job { work, deadline: meta.deadline };
        match self.inner.commands.try_send(job) {
            Ok(()) => answer.await.unwrap_or(Err(SubmitError::Unavailable)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SubmitError::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SubmitError::Unavailable),
        }
    }

    /// Decides a command on what is stored now, without carrying it out (`validate_only`); returns what it would answer.
    pub async fn preview(
        &self,
        command: &A::Command,
        meta: &CommandMeta,
    ) -> Result<A::Answer, SubmitError<A::Rejection>> {
        let mut states = States::new();
        for _ in 0..ROUNDS {
            let keys = self.inner.authority.reads(command, &states);
            let unknown: Vec<Key> = keys.into_iter().filter(|key| !states.knows(key)).collect();
            if unknown.is_empty() {
                break;
            }
            let readers = self.inner.db.readers();
            load_states(&*self.inner.authority, readers, unknown, &mut states)
                .await
                .map_err(|_| SubmitError::Unavailable)?;
        }
        let moment = Moment {
            now: self.now(),
            actor: meta.actor.clone(),
            node: self.inner.log.node.clone(),
            incarnation: self.inner.log.incarnation,
            references: self.references().await.map_err(|_| SubmitError::Unavailable)?,
        };
        let decision = self
            .inner
            .authority
            .decide(&states, command, &moment)
            .map_err(SubmitError::Rejected)?;
        decision.answer.map_err(SubmitError::Rejected)
    }

    /// The state under `key` as last committed.
    pub async fn read(&self, key: &Key) -> Result<Option<Arc<A::State>>, DbError> {
        Ok(self.read_many(vec![key.clone()]).await?.remove(key))
    }

    /// The states under `keys` as last committed; keys without a state are left out.
    pub async fn read_many(&self, keys: Vec<Key>) -> Result<BTreeMap<Key, Arc<A::State>>, DbError> {
        let mut states = States::new();
        load_states(&*self.inner.authority, self.inner.db.readers(), keys, &mut states).await?;
        Ok(states.into_known())
    }

    /// Events of one subject after a position, oldest first.
    pub async fn history(
        &self,
        subject: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Foreign>, DbError> {
        records::of_subject(&self.inner.db, subject, after, limit).await
    }

    /// The newest events of a subject before a position, the newest first.
    pub async fn newest(
        &self,
        subject: &str,
        before: u64,
        limit: u32,
    ) -> Result<Vec<Foreign>, DbError> {
        records::newest_of_subject(&self.inner.db, subject, before, limit).await
    }

    /// The event at a position; nothing when the log has none there.
    pub async fn event_at(&self, position: u64) -> Result<Option<Foreign>, DbError> {
        records::at(&self.inner.db, position).await
    }

    /// How far the followed logs have been applied.
    pub async fn references(&self) -> Result<Vec<LogPosition>, DbError> {
        let mut positions = Vec::new();
        for service in self.inner.follows.iter() {
            if let Some(cursor) = self.cursor(service).await? {
                positions.push(self.inner.follows.position(&cursor));
            }
        }
        Ok(positions)
    }

    pub(crate) async fn cursor(&self, service: &str) -> Result<Option<CursorState>, DbError> {
        let rows =
            self.inner.db.rows("reading a cursor", READ_CURSOR, vec![service.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        match own::load::<A::Answer>("cursor", row.text(0)?) {
            Ok(own::Own::Cursor(cursor)) => Ok(Some(cursor)),
            _ => Err(DbError::Inconsistent {
                place: "cursor".to_owned(),
                detail: service.to_owned(),
            }),
        }
    }

    /// Hands a page of a followed log to the committer, waiting while its queue is full; what became of the page comes
    /// later. Without an answer the committer has ended.
    pub(crate) async fn apply(
        &self,
        page: FollowedPage,
    ) -> Result<
        oneshot::Receiver<Result<Followed, SubmitError<A::Rejection>>>,
        SubmitError<A::Rejection>,
    > {
        let (reply, answer) = oneshot::channel();
        let job = Job { work: Work::Followed { page, reply }, deadline: None };
        self.inner.internal.send(job).await.map_err(|_| SubmitError::Unavailable)?;
        Ok(answer)
    }

    /// Carries out what is due by time alone, in this order and in one commit beside the commands that wait; returns how
    /// many events that made.
    ///
    /// Several replicas may try, and anybody may try again: a command whose time has not come, or that was carried out
    /// before, must decide to do nothing.
    pub async fn submit_due(
        &self,
        commands: Vec<A::Command>,
    ) -> Result<u64, SubmitError<A::Rejection>> {
        let (reply, answer) = oneshot::channel();
        let job = Job { work: Work::Due { commands, reply }, deadline: None };
        self.inner.internal.send(job).await.map_err(|_| SubmitError::Unavailable)?;
        answer.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    /// Says whether the follower of `service` stands at the head of a live stream.
    pub(crate) fn set_live(&self, service: &str, live: bool) {
        self.inner.follows.set_live(service, live);
    }

    /// Events of followed logs that were set aside and still wait, oldest first of each log; after `after` (the
    /// [`WaitingEvent::key`] of the last one seen, or empty).
    pub async fn set_aside(&self, after: &str, limit: u32) -> Result<Vec<WaitingEvent>, DbError> {
        let arguments = vec![after.into(), Value::Int(i64::from(limit))];
        let rows = self.inner.db.rows("reading events set aside", SET_ASIDE, arguments).await?;
        waiting_events::<A>(&rows)
    }

    /// Every event of one subject that was set aside and still waits, oldest first.
    pub async fn set_aside_of(
        &self,
        service: &str,
        subject: &str,
    ) -> Result<Vec<WaitingEvent>, DbError> {
        let arguments = vec![format!("{service}/{subject}").into()];
        let rows = self.inner.db.rows("reading events set aside", OF_SUBJECT, arguments).await?;
        waiting_events::<A>(&rows)
    }

    /// Retries the events of one subject that were set aside, in order, or discards the first of them; returns how
    /// many no longer wait.
    pub async fn order_aside(
        &self,
        service: &str,
        subject: &str,
        order: AsideOrder,
        actor: Actor,
    ) -> Result<u64, SubmitError<A::Rejection>> {
        let waiting = self.set_aside_of(service, subject).await;
        let waiting = waiting.map_err(|_| SubmitError::Unavailable)?;
        let positions = waiting.into_iter().map(|event| event.position).collect();
        let (reply, answer) = oneshot::channel();
        let work = Work::Aside {
            service: service.to_owned(),
            subject: subject.to_owned(),
            positions,
            order,
            actor,
            reply,
        };
        if self.inner.internal.send(Job { work, deadline: None }).await.is_err() {
            return Err(SubmitError::Unavailable);
        }
        answer.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    /// Reads raw records after a position, for an audit.
    pub async fn records(&self, after: u64, limit: u32) -> Result<Vec<Record>, DbError> {
        let records = records::raw(&self.inner.db, after, limit).await?;
        Ok(records.into_iter().map(|indexed| indexed.record).collect())
    }

    fn too_old(&self, request: &RequestId) -> bool {
        let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
        made_at(request.id).is_some_and(|made| self.now().duration_since(made) > kept)
    }

    fn request_of_the_node(&self) -> RequestId {
        RequestId {
            caller_id: "node".to_owned(),
            method: "node",
            id: self.inner.ids.uuid(),
            fingerprint: [0; 32],
        }
    }
}

fn waiting_events<A: Authority>(rows: &[Row]) -> Result<Vec<WaitingEvent>, DbError> {
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        if let Ok(own::Own::SetAside(aside)) = own::load::<A::Answer>("set_aside", row.text(0)?) {
            events.push(WaitingEvent {
                service: aside.service,
                subject: aside.subject,
                area_code: aside.area_code,
                position: aside.position,
                reason: aside.reason,
                detail: aside.detail,
            });
        }
    }
    Ok(events)
}
