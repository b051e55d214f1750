//! What goes into the committer and what comes out.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use crate::authority::{Actor, Authority};
use crate::error::SubmitError;
use crate::incoming::Incoming;
use crate::own::{self, CursorState};
use crate::value::Key;

/// What is known of a command beside its content.
#[derive(Debug, Clone)]
pub struct CommandMeta {
    /// Makes the command idempotent; `None` only for commands of the node itself, which get a random one.
    pub request: Option<RequestId>,
    /// Who asks.
    pub actor: Actor,
    /// W3C trace context of the call.
    pub traceparent: String,
    /// When the caller gives up; a command that was not decided by then is dropped.
    pub deadline: Option<Instant>,
}

/// Names one request of one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    /// Id of the caller.
    pub caller_id: String,
    /// Full name of the method.
    pub method: &'static str,
    /// The caller's id for the request.
    pub id: Uuid,
    /// SHA-256 of the parsed request: the same id with another body is refused. Stored only keyed with the node's
    /// secret.
    pub fingerprint: [u8; 32],
}

/// When a request id was made, to the millisecond; none unless it is ordered by time (UUID version 7).
pub fn made_at(id: Uuid) -> Option<Timestamp> {
    let made = id.get_timestamp().filter(|_| id.get_version_num() == 7)?;
    let (seconds, nanos) = made.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

/// The durable result of a command.
#[derive(Debug)]
pub struct Outcome<A: Authority> {
    /// What the service answered.
    pub answer: A::Answer,
    /// Last position that the command wrote; the head of the log when it wrote nothing.
    pub position: u64,
    /// Whether this is the stored answer of an earlier request with the same id.
    pub replayed: bool,
    /// States after the command; empty on a replay.
    pub touched: Vec<(Key, Arc<A::State>)>,
}

/// A page of another service's log, to be applied in one commit.
#[derive(Debug, Clone)]
pub(crate) struct FollowedPage {
    /// Service of the log.
    pub(crate) service: String,
    /// Where the follower believes it stands; a miss makes the page a no-op.
    pub(crate) after: u64,
    pub(crate) after_hash: Vec<u8>,
    pub(crate) records: Vec<Incoming>,
    /// Cursor after the page.
    pub(crate) node: String,
    pub(crate) incarnation: u64,
    pub(crate) upto: u64,
    pub(crate) upto_hash: Vec<u8>,
    /// Mark of the filter that the cursor belongs to.
    pub(crate) filter: Vec<u8>,
    /// Whether the page reaches the head of the log.
    pub(crate) caught_up: bool,
    /// Whether the store refuses to keep what its records lead to: they are set aside.
    pub(crate) refused: bool,
}

impl FollowedPage {
    /// Where the follower stands once the page is applied; `was_caught_up` = it had been at the end of the log before.
    pub(crate) fn cursor(&self, was_caught_up: bool) -> CursorState {
        CursorState {
            node: self.node.clone(),
            service: self.service.clone(),
            incarnation: self.incarnation,
            position: self.upto,
            hash: hex::encode(&self.upto_hash),
            filter: hex::encode(&self.filter),
            caught_up: was_caught_up || self.caught_up,
        }
    }

    /// The same range in pages of one record each.
    pub(crate) fn pieces(mut self) -> Vec<FollowedPage> {
        let records = std::mem::take(&mut self.records);
        let (last, mut pieces) =
            (records.len().saturating_sub(1), Vec::with_capacity(records.len()));
        let (mut after, mut after_hash) = (self.after, self.after_hash.clone());
        for (index, record) in records.into_iter().enumerate() {
            let (upto, upto_hash) = if index == last {
                (self.upto, self.upto_hash.clone())
            } else {
                (record.header().position, record.record.hash.clone())
            };
            pieces.push(FollowedPage {
                after,
                after_hash: std::mem::replace(&mut after_hash, upto_hash.clone()),
                records: vec![record],
                upto,
                upto_hash,
                caught_up: self.caught_up && index == last,
                ..self.clone()
            });
            after = upto;
        }
        pieces
    }
}

/// What became of a followed page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Applied; so many events were set aside.
    Applied {
        /// Events set aside by this page.
        set_aside: u64,
    },
    /// Somebody else (another replica) moved the cursor; go on from there.
    Missed,
}

/// A followed event that was set aside and waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingEvent {
    /// Service of its log.
    pub service: String,
    /// What it is about.
    pub subject: String,
    /// Area that it belongs to; empty when its header cannot be read.
    pub area_code: String,
    /// Its position.
    pub position: u64,
    /// Why it was set aside, `UPPER_SNAKE`.
    pub reason: String,
    /// Codes and ids only.
    pub detail: String,
}

impl WaitingEvent {
    /// Where it stands in the list of all that wait.
    pub fn key(&self) -> String {
        own::set_aside_key(&self.service, self.position).id
    }
}

/// What an operator may do with events that were set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsideOrder {
    /// Applies the events of a subject in order, as far as that goes.
    Retry,
    /// Drops the event at this position, on record, if it is the first of its subject, so that the rest can be tried.
    Discard(u64),
}

/// One piece of work for the committer.
pub(crate) struct Job<A: Authority> {
    pub(crate) work: Work<A>,
    pub(crate) deadline: Option<Instant>,
}

pub(crate) enum Work<A: Authority> {
    Command {
        command: A::Command,
        request: RequestId,
        /// Where the request's answer is kept: reckoned by the caller's task, not by the one committer.
        key: Key,
        actor: Actor,
        traceparent: String,
        reply: oneshot::Sender<Result<Outcome<A>, SubmitError<A::Rejection>>>,
    },
    Followed {
        page: FollowedPage,
        reply: oneshot::Sender<Result<Followed, SubmitError<A::Rejection>>>,
    },
    Aside {
        service: String,
        subject: String,
        /// Positions that wait, oldest first, as the operator saw them.
        positions: Vec<u64>,
        order: AsideOrder,
        actor: Actor,
        reply: oneshot::Sender<Result<u64, SubmitError<A::Rejection>>>,
    },
    /// What is due by time alone: commands of the node itself, decided one after the other. Each carries its own
    /// precondition, so that no request id is kept of them.
    Due {
        commands: Vec<A::Command>,
        reply: oneshot::Sender<Result<u64, SubmitError<A::Rejection>>>,
    },
    /// The data keys of these erasures are gone.
    Erased { ids: Vec<String>, reply: oneshot::Sender<Result<(), SubmitError<A::Rejection>>> },
}
