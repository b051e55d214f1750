//! `PartyService`: what a party sees and says with its case code and PIN; and the PINs that desks hand over.

use kit::{Call, Problem, Role};
use ledger::{Actor, CommandMeta, Outcome, SubmitError};
use prost::Message;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::party_service_server::PartyService;

use super::Disputes;
use super::convert::details::Plaintext;
use super::convert::party::{self, Key, Said};
use super::convert::requests;
use super::convert::resource::Names;
use super::pins::PinText;
use super::submit::{dispute, keys_of, meta, named};
use crate::app::{Dispatch, Order};
use crate::domain::case_code::CaseCode;
use crate::domain::codes::Id;
use crate::domain::command::{Action, Command, PartyAct, TriedOn, Wish};
use crate::domain::dispute::{Dispute, subject};
use crate::domain::pin::{Pin, PinHash, Tried};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{self, dispute_key, pin_key, unit_key};

/// How often a PIN is compared again that was reissued meanwhile.
const AGAIN: usize = 3;
/// Events of a case that are read at a time, and how often, when its openings are looked for.
const PAGE: u32 = 500;
const PAGES: usize = 20;
/// Most openings that are shown.
const MOST_OPENINGS: usize = 200;

/// Serves `yiwang.dispatch.v1.PartyService`.
#[derive(Debug, Clone)]
pub(crate) struct Parties(pub(crate) Disputes);

fn open<T>(request: Request<T>) -> Result<(Call, T), Status> {
    let (call, body) = kit::rpc::open(request)?;
    call.caller.require(Role::PartyDesk, DOMAIN)?;
    Ok((call, body))
}

#[tonic::async_trait]
impl PartyService for Parties {
    async fn get_my_case(
        &self,
        request: Request<pb::GetMyCaseRequest>,
    ) -> Result<Response<pb::GetMyCaseResponse>, Status> {
        let (call, body) = open(request)?;
        let key = party::key(&body)?;
        let outcome = self.0.ask(&call, &key, &seeing(&call), (Wish::See, None)).await?;
        let case = Some(self.0.my_case(outcome.answer.dispute_id()).await?);
        Ok(Response::new(pb::GetMyCaseResponse { case }))
    }

    async fn rate_my_case(
        &self,
        request: Request<pb::RateMyCaseRequest>,
    ) -> Result<Response<pb::RateMyCaseResponse>, Status> {
        let (call, body) = open(request)?;
        let feed_position = self.0.say(&call, "RateMyCase", &body, party::rating(&body)?).await?;
        Ok(Response::new(pb::RateMyCaseResponse { feed_position }))
    }

    async fn reopen_my_case(
        &self,
        request: Request<pb::ReopenMyCaseRequest>,
    ) -> Result<Response<pb::ReopenMyCaseResponse>, Status> {
        let (call, body) = open(request)?;
        let said = party::reopening(&body)?;
        let feed_position = self.0.say(&call, "ReopenMyCase", &body, said).await?;
        Ok(Response::new(pb::ReopenMyCaseResponse { feed_position }))
    }
}

impl Disputes {
    /// A PIN for a new case, if it gets one.
    pub(super) async fn pin_for(
        &self,
        body: &pb::ReportDisputeRequest,
    ) -> Result<Option<(PinText, PinHash)>, Problem> {
        if body.without_pin || body.validate_only {
            return Ok(None);
        }
        Ok(Some(self.pins.make(self.ledger.ids()).await?))
    }

    /// Gives a case a new PIN.
    pub(super) async fn reissue(
        &self,
        call: &Call,
        body: &pb::ReissuePinRequest,
    ) -> Result<pb::ReissuePinResponse, Problem> {
        let asked = requests::about_pin(body)?;
        let (pin, hash) = self.pins.make(self.ledger.ids()).await?;
        let asked = requests::Asked { action: Action::ReissuePin(hash), ..asked };
        let done = self.act(call, "ReissuePin", body, asked).await?;
        let pin = if done.replayed { String::new() } else { pin.reveal() };
        let (dispute, feed_position) = (Some(done.dispute), done.position);
        Ok(pb::ReissuePinResponse { dispute, feed_position, pin })
    }

    /// Carries out what a party says; returns the last position that it wrote.
    async fn say(
        &self,
        call: &Call,
        method: &'static str,
        body: &impl Message,
        said: Said,
    ) -> Result<u64, Problem> {
        let meta = meta(call, method, said.request_id, body);
        let outcome = self.ask(call, &said.key, &meta, (said.wish, said.words)).await?;
        Ok(outcome.position)
    }

    /// Compares the PIN, and has the committer decide on what that says and on what is asked.
    async fn ask(
        &self,
        call: &Call,
        key: &Key,
        meta: &CommandMeta,
        (wish, words): (Wish, Option<Plaintext>),
    ) -> Result<Outcome<Dispatch>, Problem> {
        for _ in 0..AGAIN {
            let (of, pin) = self.tried_on(call, key.code).await?;
            let tried = self.compare(call, &key.pin, &pin).await?;
            let words = words.clone().filter(|_| tried.right);
            let (sealing, parcels) = match of {
                TriedOn::Case(id) => self.seal(id, words)?,
                TriedOn::Nobody(_) => (None, Vec::new()),
            };
            let command = Command::Party(PartyAct { of, tried, wish, sealing });
            match self.ledger.submit(Order { parcels, ..Order::from(command) }, meta.clone()).await
            {
                Ok(outcome) => return Ok(outcome),
                Err(SubmitError::Rejected(Rejection::PinOutdated)) => {}
                Err(error) => return Err(error.into_problem(DOMAIN)),
            }
        }
        Err(Rejection::PinOutdated.into())
    }

    /// What a code stands for, and what is known of its PIN. A code of a case that the caller does not see is nobody's.
    async fn tried_on(&self, call: &Call, code: CaseCode) -> Result<(TriedOn, Pin), Problem> {
        let trouble = |error: ledger::DbError| error.into_problem(DOMAIN);
        let nobody = TriedOn::Nobody(self.pins.nobody(code));
        let found = store::by_code(self.ledger.db(), code).await.map_err(trouble)?;
        // Both are read whatever was found: it takes as long.
        let key = dispute_key(found.unwrap_or(Uuid::nil()));
        let state = self.ledger.read(&key).await.map_err(trouble)?;
        let seen = state
            .as_deref()
            .and_then(dispute)
            .filter(|found| call.caller.sees(found.grid.as_str()));
        let of = seen.map_or(nobody, |found| TriedOn::Case(found.id));
        let state = self.ledger.read(&pin_key(of)).await.map_err(trouble)?;
        let pin =
            if let Some(State::Pin(pin)) = state.as_deref() { pin.clone() } else { Pin::default() };
        Ok((of, pin))
    }

    /// Compares a PIN with what is known, unless none is taken now; slowly, and not for callers that have tried too many.
    async fn compare(&self, call: &Call, text: &PinText, pin: &Pin) -> Result<Tried, Problem> {
        let caller = &call.caller.caller_id;
        self.not_too_many(caller)?;
        let permit = self.pins.permit().await?;
        self.not_too_many(caller)?;
        let now = self.ledger.now();
        if let Some(until) = pin.tries.locked_until(now) {
            return Err(Rejection::PinLocked { until, wait: until.duration_since(now) }.into());
        }
        let right = self.pins.is(text, pin.hash.as_ref(), permit).await?;
        if !right && self.pins.limit.spend(caller, now) {
            tracing::warn!(caller.id = caller.as_str(), "a caller passes on too many wrong PINs");
        }
        Ok(Tried { version: pin.version, right })
    }

    fn not_too_many(&self, caller: &str) -> Result<(), Problem> {
        let Some(wait) = self.pins.limit.wait(caller, self.ledger.now()) else { return Ok(()) };
        let (en, zh) = (
            "too many wrong PINs come from this caller",
            "该调用方输错查询密码的次数过多,请稍后再试",
        );
        let code = Code::ResourceExhausted;
        Err(Problem::new(code, "TOO_MANY_TRIES", DOMAIN, en, zh).retry_after(wait))
    }

    /// A case as its party sees it.
    async fn my_case(&self, id: Uuid) -> Result<pb::MyCase, Problem> {
        let state = self.state(id).await?;
        let dispute = dispute(&state).ok_or_else(|| Problem::internal(DOMAIN))?;
        let openings = self.openings(id).await?;
        let names = self.my_names(dispute, &openings).await?;
        let rules = &self.ledger.authority().rules;
        let newest = rules.by_newest_calendar(dispute);
        Ok(party::my_case(&newest, openings, &names, rules, self.ledger.now()))
    }

    /// Who opened the details or a file of a case, the newest first: as far back as is looked, nothing that happened later
    /// can hide them.
    async fn openings(&self, id: Uuid) -> Result<Vec<pb::MyOpening>, Problem> {
        let (subject, mut before, mut openings) = (subject(id), u64::MAX, Vec::new());
        for _ in 0..PAGES {
            let events = self.ledger.newest(&subject, before, PAGE).await;
            let events = events.map_err(|error| error.into_problem(DOMAIN))?;
            let Some(last) = events.last() else { break };
            before = last.header.position;
            let at_end = events.len() < PAGE as usize;
            openings.extend(events.into_iter().filter_map(party::opening));
            if at_end || openings.len() >= MOST_OPENINGS {
                break;
            }
        }
        openings.truncate(MOST_OPENINGS);
        Ok(openings)
    }

    /// Names of who has the case, of who mediates, and of the units that opened its details.
    async fn my_names(
        &self,
        dispute: &Dispute,
        openings: &[pb::MyOpening],
    ) -> Result<Names, Problem> {
        let opened = openings.iter().filter_map(|opening| Id::parse(&opening.unit_id).ok());
        let opened = opened.map(|unit| unit_key(&unit));
        let keys = keys_of(&dispute.holder().place).chain(named(&dispute.stage)).chain(opened);
        self.names_under(keys.collect()).await
    }
}

/// A look has no request id: whoever asks again looks again.
fn seeing(call: &Call) -> CommandMeta {
    let actor =
        Actor { caller_id: call.caller.caller_id.clone(), unit_id: call.caller.unit_id.clone() };
    let (traceparent, deadline) = (call.traceparent.clone(), call.deadline);
    CommandMeta { request: None, actor, traceparent, deadline }
}
