//! What the committer needs to know of a service: its nouns, and how it decides.
//!
//! Everything here is a plain function of its arguments: no clock, no I/O, no randomness.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use yiwang_proto::feed::v1::Header;

use crate::seal::WrappedKey;
use crate::states::States;
use crate::value::{Key, StoredRow, Table};

/// A service as the only authority for its facts.
///
/// The flow is always: `reads(command)` → load → `decide` → events → `evolve` → one commit. An event is encoded once,
/// by `publish`, and those bytes are what is stored, hashed and fed.
pub trait Authority: Send + Sync + 'static {
    /// What may be asked of the service; built by its `api/convert` from a request that was found valid.
    type Command: Send + Sync + 'static;
    /// What can happen: the domain's own form of the published events.
    type Event: fmt::Debug + Send + Sync + 'static;
    /// The states of all its nouns: an enum with one variant per table.
    type State: fmt::Debug + Send + Sync + 'static;
    /// What a command returns. Stored for replays, so it holds ids and codes only, never details.
    type Answer: fmt::Debug + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// A business refusal.
    type Rejection: std::error::Error + Send + Sync + 'static;

    /// Name of the service, the `service` of its log: "registry".
    fn service(&self) -> &'static str;

    /// Tables that keep the states.
    fn tables(&self) -> &'static [&'static Table];

    /// Every state that deciding `command` needs. Called again with what was loaded until it names nothing new, so a
    /// key may depend on a loaded state (at most four rounds); must name at least what `decide` gets and `evolve`
    /// changes.
    fn reads(&self, command: &Self::Command, known: &States<Self::State>) -> Vec<Key>;

    /// Decides what happens; never mutates.
    fn decide(
        &self,
        states: &States<Self::State>,
        command: &Self::Command,
        moment: &Moment,
    ) -> Result<Decision<Self>, Self::Rejection>;

    /// Applies a fact to the states it concerns. Total: an event that was accepted once is always applicable.
    fn evolve(&self, states: &mut States<Self::State>, event: &Self::Event, stamp: &Stamp);

    /// States that [`Authority::evolve`] touches for `event`; used by replays.
    fn touches(&self, event: &Self::Event) -> Vec<Key>;

    /// Encodes an event as its public message.
    fn publish(&self, event: &Self::Event) -> Published;

    /// Reads an event back from its public message; `None` = of a type this release does not know.
    fn recognise(&self, type_name: &str, payload: &[u8]) -> Option<Self::Event>;

    /// The row that keeps `state`.
    fn store(&self, state: &Self::State) -> StoredRow;

    /// Reads a state back from the body of its row.
    fn load(&self, table: &'static Table, body: &str) -> Result<Self::State, serde_json::Error>;

    /// Services whose logs this one follows.
    fn follows(&self) -> &'static [&'static str] {
        &[]
    }

    /// States that applying another service's event needs; same rules as [`Authority::reads`].
    fn follow_reads(&self, _foreign: &Foreign, _known: &States<Self::State>) -> Vec<Key> {
        Vec::new()
    }

    /// Applies another service's event: puts the states that it keeps of it, and returns own events, if any.
    fn follow(
        &self,
        _states: &mut States<Self::State>,
        foreign: &Foreign,
        _moment: &Moment,
    ) -> Result<Vec<Self::Event>, CannotApply> {
        Err(CannotApply::unknown_type(&foreign.header.r#type))
    }
}

/// What a command leads to.
#[derive(Debug)]
pub struct Decision<A: Authority + ?Sized> {
    /// What happened, in order.
    pub events: Vec<A::Event>,
    /// States that no event carries, written in the same commit (sealed details, staged rows).
    pub keeps: Vec<(Key, A::State)>,
    /// Wrapped data keys, made durable before the commit.
    pub keys: Vec<WrappedKey>,
    /// Subjects with the ids of what is erased of them: those data keys are destroyed once the commit stands.
    pub destroys: Vec<(String, Vec<String>)>,
    /// What the caller is told.
    pub answer: Result<A::Answer, A::Rejection>,
}

impl<A: Authority + ?Sized> Decision<A> {
    /// The command is carried out.
    pub fn done(events: Vec<A::Event>, answer: A::Answer) -> Self {
        Decision::new(events, Ok(answer))
    }

    /// The command is refused, and that it was asked is itself a fact.
    pub fn refused(events: Vec<A::Event>, rejection: A::Rejection) -> Self {
        Decision::new(events, Err(rejection))
    }

    fn new(events: Vec<A::Event>, answer: Result<A::Answer, A::Rejection>) -> Self {
        Decision { events, keeps: Vec::new(), keys: Vec::new(), destroys: Vec::new(), answer }
    }

    /// Adds a state that no event carries.
    pub fn keeping(mut self, key: Key, state: A::State) -> Self {
        self.keeps.push((key, state));
        self
    }

    /// Adds data keys that have to be durable before the commit.
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = WrappedKey>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// Destroys the data keys of what is sealed under `sealed_ids` of `subject` once the commit stands.
    pub fn destroying(
        mut self,
        subject: impl Into<String>,
        sealed_ids: impl IntoIterator<Item = String>,
    ) -> Self {
        self.destroys.push((subject.into(), sealed_ids.into_iter().collect()));
        self
    }
}

/// Time of a decision, read under the lock of the log's head: max(clock, last recorded time of the log).
#[derive(Debug, Clone)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// Node that decides.
    pub node: String,
    /// The log's incarnation.
    pub incarnation: u64,
    /// How far the logs that the service follows had been applied.
    pub references: Vec<LogPosition>,
}

/// Who causes an event: an account and its unit, never a resident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actor {
    /// Id of the caller.
    pub caller_id: String,
    /// Unit of the caller.
    pub unit_id: String,
}

/// Position of a followed log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    /// Node of that log.
    pub node: String,
    /// Service of that log.
    pub service: String,
    /// Incarnation of that log.
    pub incarnation: u64,
    /// Last position applied.
    pub position: u64,
    /// Whether the end of that log was reached and the follower has kept up since: otherwise an unknown reference says
    /// nothing.
    pub caught_up: bool,
    /// Whether the end of that log was reached once: what is known since then can be worked with while it is away.
    pub read_once: bool,
}

/// Where and when an event was committed, and by whom.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Position in the log.
    pub position: u64,
    /// Record time.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
}

/// An event in its public form.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Full name of the message type: `<M as prost::Name>::full_name()`.
    pub type_name: String,
    /// The encoded message (not yet wrapped in `Any`).
    pub payload: Vec<u8>,
    /// Noun and id: "dispute/0190…".
    pub subject: String,
    /// Area or grid that the event belongs to.
    pub area_code: String,
    /// Node that a directed event is meant for; empty = everybody.
    pub addressee: String,
    /// Version of the payload's schema.
    pub schema_version: u32,
}

/// An event of another service, as it came through its feed.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// Where it stands in its own log.
    pub header: Header,
    /// The encoded message; empty when redacted.
    pub payload: Vec<u8>,
}

/// Why a followed event cannot be applied; it is set aside with this reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct CannotApply {
    /// Machine-readable reason, `UPPER_SNAKE`.
    pub reason: &'static str,
    /// Codes and ids only.
    pub detail: String,
}

impl CannotApply {
    /// The event's type is not known to this release; retried after an upgrade.
    pub fn unknown_type(type_name: &str) -> Self {
        CannotApply { reason: "UNKNOWN_TYPE", detail: type_name.to_owned() }
    }

    /// The payload does not decode.
    pub fn undecodable(type_name: &str) -> Self {
        CannotApply { reason: "UNDECODABLE", detail: type_name.to_owned() }
    }
}
