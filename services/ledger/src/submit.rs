//! What goes into the committer and what comes out.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;
use yiwang_proto::feed::v1::Record;

use crate::authority::{Actor, Authority};
use crate::error::SubmitError;
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
    /// SHA-256 of the parsed request: the same id with another body is refused.
    pub fingerprint: [u8; 32],
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
    pub(crate) records: Vec<Record>,
    /// Cursor after the page.
    pub(crate) node: String,
    pub(crate) incarnation: u64,
    pub(crate) upto: u64,
    pub(crate) upto_hash: Vec<u8>,
    /// Whether the page reaches the head of the log.
    pub(crate) caught_up: bool,
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
    /// Its position.
    pub position: u64,
    /// Why it was set aside, `UPPER_SNAKE`.
    pub reason: String,
    /// Codes and ids only.
    pub detail: String,
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
}
