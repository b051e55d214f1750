//! `NoticeService`: who is meant by a notice, what became of it, and what could not be delivered.

mod contact;

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::{Call, Problem, Role};
use ledger::{CommandMeta, DbError, Key, Outcome};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::notice_service_server::NoticeService;

use super::Disputes;
use super::convert::enums;
use super::convert::notices::{self, Asked, Found};
use super::submit::{dispute, meta, scope};
use crate::app::{Dispatch, Order};
use crate::domain::command::{Command, NoticeAct, NoticeWish};
use crate::domain::decide::Answer;
use crate::domain::dispute::Dispute;
use crate::domain::event::Recipient;
use crate::domain::notice::{case_of, meant};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{self, dispute_key};

/// Serves `yiwang.dispatch.v1.NoticeService`.
#[derive(Debug, Clone)]
pub(crate) struct Notices(pub(crate) Disputes);

#[tonic::async_trait]
impl NoticeService for Notices {
    async fn open_contact(
        &self,
        request: Request<pb::OpenContactRequest>,
    ) -> Result<Response<pb::OpenContactResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (id, position) = (&body.request_id, body.notice_position);
        let asked = notices::about(id, position, &body.expected_event_id)?;
        let meta = meta(&call, "OpenContact", asked.request_id, &body);
        Ok(Response::new(self.0.open_contact(&call, meta, asked).await?))
    }

    async fn report_delivery(
        &self,
        request: Request<pb::ReportDeliveryRequest>,
    ) -> Result<Response<pb::ReportDeliveryResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        call.caller.require(Role::Notify, DOMAIN)?;
        let (asked, delivery, attempts) = notices::delivery(&body)?;
        let meta = meta(&call, "ReportDelivery", asked.request_id, &body);
        let wish = NoticeWish::Report { delivery, attempts };
        let (_, outcome) = self.0.ask_of_notice(&call, meta, asked, wish).await?;
        Ok(Response::new(pb::ReportDeliveryResponse { feed_position: outcome.position }))
    }

    async fn list_undelivered(
        &self,
        request: Request<pb::ListUndeliveredRequest>,
    ) -> Result<Response<pb::ListUndeliveredResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        works_or_operates(&call)?;
        Ok(Response::new(self.0.undelivered(&call, &body).await?))
    }

    async fn retry_notice(
        &self,
        request: Request<pb::RetryNoticeRequest>,
    ) -> Result<Response<pb::RetryNoticeResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        works_or_operates(&call)?;
        let asked = notices::about(&body.request_id, body.notice_position, "")?;
        let meta = meta(&call, "RetryNotice", asked.request_id, &body);
        let (_, outcome) = self.0.ask_of_notice(&call, meta, asked, NoticeWish::Retry).await?;
        Ok(Response::new(pb::RetryNoticeResponse { feed_position: outcome.position }))
    }
}

fn works_or_operates(call: &Call) -> Result<(), Problem> {
    if call.caller.may(Role::Operate) { Ok(()) } else { call.caller.require(Role::Handle, DOMAIN) }
}

fn trouble(error: DbError) -> Problem {
    error.into_problem(DOMAIN)
}

impl Disputes {
    /// Opens who is meant; what is sealed is read only after the opening is on record.
    async fn open_contact(
        &self,
        call: &Call,
        meta: CommandMeta,
        asked: Asked,
    ) -> Result<pb::OpenContactResponse, Problem> {
        // A missing role is not refused here: that somebody tried is recorded with the case.
        let wish = NoticeWish::Open { may_open: call.caller.may(Role::Notify) };
        let (found, outcome) = self.ask_of_notice(call, meta, asked, wish).await?;
        let of = case_of(found.dispute_id, &found.due.notice);
        let (told, of) = (self.state(found.dispute_id).await?, self.state(of).await?);
        let (told, of) =
            dispute(&told).zip(dispute(&of)).ok_or_else(|| Problem::internal(DOMAIN))?;
        // A repeated request is answered without being decided: the caller may have another area or role by now.
        if outcome.replayed {
            return Ok(pb::OpenContactResponse {
                replayed: true,
                ..pb::OpenContactResponse::default()
            });
        }
        let notice = Some(notices::pending(&found, told, of));
        let (feed_position, contact) = if let Answer::Opened { sealed, .. } = &outcome.answer {
            let is_reporter = found.due.notice.recipient == Recipient::Reporter;
            (outcome.position, self.people(of.id, sealed, is_reporter).await?)
        } else {
            (0, self.elsewhere(meant(&found.due.notice, told, of)).await?)
        };
        let (contact, missing) = match contact {
            Ok(contact) => (Some(contact), 0),
            Err(missing) => (None, enums::undeliverable_to(missing)),
        };
        Ok(pb::OpenContactResponse { notice, contact, missing, feed_position, replayed: false })
    }

    /// Has the committer decide what is asked about the notice that stands at a position.
    async fn ask_of_notice(
        &self,
        call: &Call,
        meta: CommandMeta,
        asked: Asked,
        wish: NoticeWish,
    ) -> Result<(Found, Outcome<Dispatch>), Problem> {
        let event = self.ledger.event_at(asked.position).await.map_err(trouble)?;
        // Before anything is decided: what stands there now may be a notice of another case.
        notices::is_expected(event.as_ref(), &asked)?;
        let found = event.as_ref().and_then(notices::found);
        let found = found.ok_or(Rejection::NoticeNotFound)?;
        let act = NoticeAct {
            dispute_id: found.dispute_id,
            scope: scope(call)?,
            due: found.due.clone(),
            wish,
        };
        let order = Order::from(Command::Notice(act));
        let outcome = self.ledger.submit(order, meta).await;
        Ok((found, outcome.map_err(|error| error.into_problem(DOMAIN))?))
    }

    async fn undelivered(
        &self,
        call: &Call,
        body: &pb::ListUndeliveredRequest,
    ) -> Result<pb::ListUndeliveredResponse, Problem> {
        let page = notices::undelivered(body, scope(call)?)?;
        let (area, after) = page.query;
        let rows = store::notices::undelivered(self.ledger.db(), &area, after, page.size).await;
        let rows = rows.map_err(trouble)?;
        let keys: BTreeSet<Key> = rows.iter().map(|(_, row)| dispute_key(row.dispute)).collect();
        let cases = self.ledger.read_many(keys.into_iter().collect()).await.map_err(trouble)?;
        let code = |id: Uuid| {
            let case: Option<&Arc<State>> = cases.get(&dispute_key(id));
            let case: Option<&Dispute> = case.and_then(|state| dispute(state));
            case.map(|case| case.code.to_string()).unwrap_or_default()
        };
        let entries = rows.iter().map(|(position, row)| {
            let entry = notices::listed(*position, row, code(row.dispute));
            (notices::undelivered_key(*position, row), entry)
        });
        let (notices, next_page_token) = page.fill(entries.collect());
        Ok(pb::ListUndeliveredResponse { notices, next_page_token })
    }
}
