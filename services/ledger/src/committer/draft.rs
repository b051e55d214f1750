//! A batch being decided in memory: nothing here touches the database.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use tokio::time::Instant;
use yiwang_proto::feed::v1::{Actor as WireActor, Header, LogId, Reference};

use crate::authority::{Actor, Authority, Decision, LogPosition, Moment, Stamp};
use crate::chain;
use crate::committer::Head;
use crate::error::SubmitError;
use crate::following::Following;
use crate::incoming::Incoming;
use crate::own::{self, Own, Replay};
use crate::seal::WrappedKey;
use crate::states::States;
use crate::submit::{AsideOrder, Followed, Job, Outcome, RequestId, Work};
use crate::value::Key;
use kit::IdSource;

/// How far the log's time may be ahead of the clock before events say so: replicas differ by less.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What a batch has decided so far.
pub(crate) struct Draft<A: Authority> {
    pub(crate) log: LogId,
    pub(crate) head: Head,
    pub(crate) now: Timestamp,
    pub(crate) states: States<A::State>,
    pub(crate) own: States<Own<A::Answer>>,
    pub(crate) events: Vec<Drafted>,
    pub(crate) keys: Vec<WrappedKey>,
    /// Whether keys are to be destroyed once this stands.
    pub(crate) erases: bool,
    pub(crate) bytes: usize,
    pub(crate) follows: Following,
    /// Whether `now` is doubted.
    pub(crate) clock_doubted: bool,
}

/// One event as it will be stored.
pub(crate) struct Drafted {
    pub(crate) position: u64,
    pub(crate) type_name: String,
    pub(crate) subject: String,
    pub(crate) area_code: String,
    pub(crate) header: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// What a job is told once the batch stands.
pub(crate) enum Verdict<A: Authority> {
    Command(Result<Outcome<A>, SubmitError<A::Rejection>>),
    Followed(Result<Followed, SubmitError<A::Rejection>>),
    Aside(Result<u64, SubmitError<A::Rejection>>),
    Erased(Result<(), SubmitError<A::Rejection>>),
    Due(Result<u64, SubmitError<A::Rejection>>),
}

/// Who and why, for the header of an event.
pub(super) struct Cause<'a> {
    pub(super) actor: &'a Actor,
    pub(super) traceparent: &'a str,
}

impl<A: Authority> Draft<A> {
    pub(crate) fn new(log: LogId, head: Head, clock_now: Timestamp, follows: Following) -> Self {
        // The log's time never goes back, whatever the clock says.
        let last = Timestamp::from_microsecond(head.recorded_at).unwrap_or(clock_now);
        Draft {
            log,
            head,
            now: clock_now.max(last),
            states: States::new(),
            own: States::new(),
            events: Vec::new(),
            keys: Vec::new(),
            erases: false,
            bytes: 0,
            follows,
            clock_doubted: last.duration_since(clock_now) > AHEAD,
        }
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.states.changed().next().is_none()
            && self.own.changed().next().is_none()
    }

    /// The head after this batch; `None` when no event was added.
    pub(crate) fn new_head(&self) -> Option<Head> {
        (!self.events.is_empty()).then(|| self.head.clone())
    }

    /// Decides one job.
    pub(crate) fn take(&mut self, authority: &A, ids: &IdSource, job: &Job<A>) -> Verdict<A> {
        match &job.work {
            Work::Command { command, request, key, actor, traceparent, reply } => {
                let late = job.deadline.is_some_and(|deadline| deadline <= Instant::now());
                // What an earlier try has committed is answered, however late: "not carried out" would be wrong.
                let gave_up = (late || reply.is_closed()) && !self.was_committed(key);
                Verdict::Command(if gave_up {
                    Err(SubmitError::TooLate)
                } else {
                    self.command(
                        authority,
                        ids,
                        command,
                        (key, request),
                        &Cause { actor, traceparent },
                    )
                })
            }
            Work::Followed { page, .. } => {
                Verdict::Followed(Ok(self.followed(authority, ids, page)))
            }
            Work::Aside { service, subject, positions, order, actor, .. } => Verdict::Aside(Ok(
                self.aside(authority, ids, (service, subject), positions, order, actor),
            )),
            Work::Erased { ids, .. } => {
                self.erased(ids);
                Verdict::Erased(Ok(()))
            }
            Work::Due { commands, .. } => Verdict::Due(Ok(self.due(authority, ids, commands))),
        }
    }

    fn command(
        &mut self,
        authority: &A,
        ids: &IdSource,
        command: &A::Command,
        (request_key, request): (&Key, &RequestId),
        cause: &Cause<'_>,
    ) -> Result<Outcome<A>, SubmitError<A::Rejection>> {
        let fingerprint = hex::encode(request.fingerprint);
        let mut refused_before = false;
        if let Some(Own::Request(replay)) = self.own.get(request_key) {
            if replay.fingerprint != fingerprint {
                return Err(SubmitError::RequestReused);
            }
            if let Some(answer) = replay.answer.clone() {
                let position = replay.position;
                return Ok(Outcome { answer, position, replayed: true, touched: Vec::new() });
            }
            refused_before = true;
        }
        let moment = self.moment(cause.actor);
        let decided = caught(|| authority.decide(&self.states, command, &moment))
            .ok_or(SubmitError::Failed)?
            .map_err(SubmitError::Rejected)?;
        let Decision { events, keeps, keys, destroys, answer } = decided;
        let answer = match answer {
            Err(rejection) if refused_before => return Err(SubmitError::Rejected(rejection)),
            answer => answer,
        };
        let plain = events.is_empty() && keeps.is_empty();
        let touched =
            self.record(authority, ids, events, keeps, cause).ok_or(SubmitError::Failed)?;
        self.keys.extend(keys);
        for (subject, sealed) in destroys {
            let key = own::erasure_key(self.head.position, &subject);
            let erasure = own::Erasure { subject, sealed, done: false };
            self.own.put(key, Own::Erasure(erasure));
            self.erases = true;
        }
        let answer = match answer {
            Err(rejection) if plain => return Err(SubmitError::Rejected(rejection)),
            answer => answer,
        };
        // Of a refusal only the mark is kept: a repeated request is decided afresh, and recorded no second time.
        let replay = Replay {
            fingerprint,
            position: self.head.position,
            answer: answer.as_ref().ok().cloned(),
            recorded_at: self.now.as_microsecond(),
        };
        self.own.put(request_key.clone(), Own::Request(replay));
        self.own.keep();
        let answer = answer.map_err(SubmitError::Rejected)?;
        Ok(Outcome { answer, position: self.head.position, replayed: false, touched })
    }

    /// Does what is due by time alone; returns how many events that made. What is no longer due does nothing, and what
    /// cannot be decided is left as it is.
    fn due(&mut self, authority: &A, ids: &IdSource, commands: &[A::Command]) -> u64 {
        let actor = Actor { caller_id: "node".to_owned(), unit_id: String::new() };
        let before = self.head.position;
        for command in commands {
            let moment = self.moment(&actor);
            let decided = caught(|| authority.decide(&self.states, command, &moment));
            let Some(Ok(Decision { events, keeps, .. })) = decided else { continue };
            let cause = Cause { actor: &actor, traceparent: "" };
            if self.record(authority, ids, events, keeps, &cause).is_none() {
                tracing::error!("what was due could not be recorded");
            }
        }
        self.head.position - before
    }

    fn was_committed(&self, request_key: &Key) -> bool {
        matches!(self.own.get(request_key), Some(Own::Request(_)))
    }

    /// Marks erasures whose keys are gone.
    fn erased(&mut self, ids: &[String]) {
        for id in ids {
            let key = Key::new(&own::ERASURE, id.clone());
            if let Some(Own::Erasure(erasure)) = self.own.get(&key)
                && !erasure.done
            {
                let done = own::Erasure { done: true, ..erasure.clone() };
                self.own.put(key, Own::Erasure(done));
            }
        }
        self.own.keep();
    }

    /// Applies events to the states and adds them to the log; `None` when the service panicked, with nothing changed.
    pub(super) fn record(
        &mut self,
        authority: &A,
        ids: &IdSource,
        events: Vec<A::Event>,
        keeps: Vec<(Key, A::State)>,
        cause: &Cause<'_>,
    ) -> Option<Vec<(Key, Arc<A::State>)>> {
        let first = self.head.position;
        let mut published = Vec::with_capacity(events.len());
        let states = &mut self.states;
        let now = self.now;
        let evolved = caught(|| {
            for (position, event) in (first + 1..).zip(&events) {
                let stamp = Stamp { position, at: now, actor: cause.actor.clone() };
                authority.evolve(states, event, &stamp);
                published.push(authority.publish(event));
            }
            for (key, state) in keeps {
                states.put(key, state);
            }
        });
        if evolved.is_none() {
            self.states.forget();
            return None;
        }
        for event in published {
            self.append(ids, event, cause);
        }
        Some(self.states.keep())
    }

    /// Adds one event to the log: gives it its position, encodes its header and links it to the chain.
    fn append(&mut self, ids: &IdSource, event: crate::authority::Published, cause: &Cause<'_>) {
        let position = self.head.position + 1;
        let mut salt = vec![0; 16];
        ids.fill_id(&mut salt);
        let payload = prost_types::Any {
            type_url: format!("type.googleapis.com/{}", event.type_name),
            value: event.payload,
        }
        .encode_to_vec();
        let header = Header {
            log: Some(self.log.clone()),
            position,
            event_id: ids.uuid().to_string(),
            subject: event.subject.clone(),
            area_code: event.area_code.clone(),
            r#type: event.type_name.clone(),
            actor: Some(WireActor {
                caller_id: cause.actor.caller_id.clone(),
                unit_id: cause.actor.unit_id.clone(),
            }),
            record_time: Some(wire_time(self.now)),
            traceparent: cause.traceparent.to_owned(),
            addressee: event.addressee,
            schema_version: event.schema_version,
            references: self.references().iter().map(reference).collect(),
            clock_unconfirmed: self.clock_doubted,
        }
        .encode_to_vec();
        let hash =
            chain::link(&self.head.hash, &header, &chain::commitment(&salt, &payload)).to_vec();
        self.bytes += header.len() + payload.len();
        self.head = Head { position, hash: hash.clone(), recorded_at: self.now.as_microsecond() };
        self.events.push(Drafted {
            position,
            type_name: event.type_name,
            subject: event.subject,
            area_code: event.area_code,
            header,
            salt,
            payload,
            hash,
        });
    }

    pub(super) fn moment(&self, actor: &Actor) -> Moment {
        Moment {
            now: self.now,
            actor: actor.clone(),
            node: self.log.node.clone(),
            incarnation: self.log.incarnation,
            references: self.references(),
        }
    }

    /// How far the followed logs have been applied.
    fn references(&self) -> Vec<LogPosition> {
        let cursors = self.follows.iter().filter_map(|service| {
            match self.own.get(&own::cursor_key(service)) {
                Some(Own::Cursor(cursor)) => Some(self.follows.position(cursor)),
                _ => None,
            }
        });
        cursors.collect()
    }

    /// Keys that `job` needs, as far as the known states tell.
    pub(crate) fn reads(&self, authority: &A, job: &Job<A>) -> Vec<Key> {
        match &job.work {
            Work::Command { command, .. } => authority.reads(command, &self.states),
            Work::Due { commands, .. } => {
                commands.iter().flat_map(|command| authority.reads(command, &self.states)).collect()
            }
            // What the store refused is set aside as it is: nothing of it is looked at again.
            Work::Followed { page, .. } if page.refused => Vec::new(),
            Work::Followed { page, .. } => page
                .records
                .iter()
                .filter_map(|incoming| incoming.foreign().ok())
                .flat_map(|foreign| authority.follow_reads(foreign, &self.states))
                .collect(),
            Work::Aside { service, positions, order: AsideOrder::Retry, .. } => positions
                .iter()
                .filter_map(|position| self.waiting_record(service, *position))
                .filter_map(|incoming| {
                    Some(authority.follow_reads(incoming.foreign().ok()?, &self.states))
                })
                .flatten()
                .collect(),
            Work::Aside { order: AsideOrder::Discard(_), .. } | Work::Erased { .. } => Vec::new(),
        }
    }

    /// The ledger's own keys that `job` needs.
    pub(crate) fn own_reads(&self, job: &Job<A>) -> Vec<Key> {
        match &job.work {
            Work::Command { key, .. } => vec![key.clone()],
            Work::Followed { page, .. } => {
                let headers = page.records.iter().map(Incoming::header);
                headers
                    .map(|header| own::blocked_key(&page.service, &header.subject))
                    .chain([own::cursor_key(&page.service)])
                    .collect()
            }
            Work::Due { .. } => Vec::new(),
            Work::Erased { ids, .. } => {
                ids.iter().map(|id| Key::new(&own::ERASURE, id.clone())).collect()
            }
            Work::Aside { service, subject, positions, .. } => positions
                .iter()
                .map(|position| own::set_aside_key(service, *position))
                .chain([own::blocked_key(service, subject)])
                .collect(),
        }
    }
}

/// Runs a service's code; a panic is logged and becomes `None`, so that it fails one command only.
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok().or_else(|| {
        tracing::error!("deciding a command panicked; it was refused and nothing was changed");
        None
    })
}

fn reference(position: &LogPosition) -> Reference {
    Reference {
        log: Some(LogId {
            node: position.node.clone(),
            service: position.service.clone(),
            incarnation: position.incarnation,
        }),
        position: position.position,
    }
}

/// A point in time as the wire writes it, to the microsecond.
pub(crate) fn wire_time(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.as_microsecond();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}
