//! From a parsed request to the committer and back.

use kit::{Call, Problem};
use ledger::{Actor, CommandMeta, RequestId};
use prost::Message;
use uuid::Uuid;

use super::{Api, scope};
use crate::app::Answer;
use crate::domain::command::{Act, Command};
use crate::error::DOMAIN;
use jiff::civil::Date;

/// What a request asks, parsed.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Id of the request.
    pub(crate) request: Uuid,
    /// SHA-256 of the request.
    pub(crate) fingerprint: [u8; 32],
    /// Revision that the caller read.
    pub(crate) etag: Option<u64>,
    /// Day from which on it is so.
    pub(crate) on: Option<Date>,
    /// What is wanted.
    pub(crate) act: Act,
}

impl Wish {
    /// A wish without etag and day.
    pub(super) fn new(request: Uuid, body: &impl Message, act: Act) -> Self {
        Wish { request, fingerprint: kit::rpc::fingerprint(body), etag: None, on: None, act }
    }
}

/// Reads a request whose outlines take long to check, away from the threads that serve everybody.
pub(super) async fn reading<B: Send + 'static>(
    body: B,
    read: fn(&B) -> Result<Wish, Problem>,
) -> Result<(B, Wish), Problem> {
    let task = tokio::task::spawn_blocking(move || read(&body).map(|wish| (body, wish)));
    task.await.map_err(|_| Problem::internal(DOMAIN))?
}

/// What became of a wish.
#[derive(Debug)]
pub(super) struct Granted {
    /// Codes or ids.
    pub(super) answer: Answer,
    /// Position of the log at which it holds.
    pub(super) position: u64,
}

impl Granted {
    /// The first code or id.
    pub(super) fn id(&self) -> &str {
        self.answer.ids.first().map_or("", String::as_str)
    }
}

impl Api {
    /// Carries a wish out.
    pub(super) async fn submit(
        &self,
        call: &Call,
        method: &'static str,
        wish: Wish,
    ) -> Result<Granted, Problem> {
        let (command, meta) = prepare(call, method, wish)?;
        let outcome = self.ledger.submit(command, meta).await;
        let outcome = outcome.map_err(|error| error.into_problem(DOMAIN))?;
        Ok(Granted { answer: outcome.answer, position: outcome.position })
    }

    /// Only checks a wish.
    pub(super) async fn check(
        &self,
        call: &Call,
        method: &'static str,
        wish: Wish,
    ) -> Result<(), Problem> {
        let (command, meta) = prepare(call, method, wish)?;
        let would = self.ledger.preview(&command, &meta).await;
        would.map(drop).map_err(|error| error.into_problem(DOMAIN))
    }
}

fn prepare(
    call: &Call,
    method: &'static str,
    wish: Wish,
) -> Result<(Command, CommandMeta), Problem> {
    let command = Command { scope: scope(call)?, etag: wish.etag, on: wish.on, act: wish.act };
    let caller = &call.caller;
    let request = RequestId {
        caller_id: caller.caller_id.clone(),
        method,
        id: wish.request,
        fingerprint: wish.fingerprint,
    };
    let meta = CommandMeta {
        request: Some(request),
        actor: Actor { caller_id: caller.caller_id.clone(), unit_id: caller.unit_id.clone() },
        traceparent: call.traceparent.clone(),
        deadline: call.deadline,
    };
    Ok((command, meta))
}
