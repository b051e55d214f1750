//! `NoticeService`: who is meant by a notice, what became of it, and what could not be delivered.

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::{Call, Problem, Role};
use ledger::{CommandMeta, DbError, Key, Outcome};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::notice_service_server::NoticeService;

use super::Disputes;
use super::convert::notices::{self, Asked, Found};
use super::convert::{clock, enums, events};
use super::submit::{dispute, meta, scope};
use crate::app::{Dispatch, Order};
use crate::domain::command::{Command, NoticeAct, NoticeWish};
use crate::domain::decide::Answer;
use crate::domain::dispute::{Dispute, Place};
use crate::domain::event::Recipient;
use crate::domain::notice::{Meant, Undeliverable, case_of, meant};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{self, area_key, dispute_key, team_key, unit_key};

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
        let asked = notices::about(&body.request_id, body.notice_position)?;
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
        let asked = notices::about(&body.request_id, body.notice_position)?;
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
        let position = asked.position;
        let event = self.ledger.event_at(position).await.map_err(trouble)?;
        let found = event.as_ref().and_then(notices::found);
        let found = found.ok_or(Rejection::NoticeNotFound { position })?;
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

    /// People whose telephones are sealed in these pieces; of what else is in them nothing goes further.
    async fn people(
        &self,
        case: Uuid,
        sealed: &[Uuid],
        is_reporter: bool,
    ) -> Result<Result<pb::Contact, Undeliverable>, Problem> {
        let pieces = self.pieces(case, sealed).await?;
        let details: Vec<_> = pieces.into_iter().filter_map(|piece| piece.details).collect();
        if details.is_empty() {
            // Erased between the opening and this moment.
            return Ok(Err(Undeliverable::Erased));
        }
        Ok(notices::people(&details, is_reporter))
    }

    /// Whoever is no person whose telephone is sealed, with the names that dispatch knows.
    async fn elsewhere(&self, meant: Meant) -> Result<Result<pb::Contact, Undeliverable>, Problem> {
        let contact = match meant {
            Meant::Nobody(missing) => return Ok(Err(missing)),
            // What was to be opened was erased after the decision.
            Meant::People(_) => return Ok(Err(Undeliverable::Erased)),
            Meant::Source(source) => {
                pb::Contact { source: Some(events::source(&source)), ..Default::default() }
            }
            Meant::Place(place) => self.place(&place).await?,
            Meant::Team(team) => {
                let state = self.ledger.read(&team_key(&team)).await.map_err(trouble)?;
                let mut contact =
                    pb::Contact { team_id: team.as_str().to_owned(), ..Default::default() };
                if let Some(State::Team(team)) = state.as_deref() {
                    contact.team_name.clone_from(&team.name);
                }
                contact
            }
        };
        Ok(Ok(contact))
    }

    async fn place(&self, place: &Place) -> Result<pb::Contact, Problem> {
        let pb::Place { area_code, unit_id } = clock::place_to(place);
        let mut contact = pb::Contact { area_code, unit_id, ..Default::default() };
        let keys = [area_key(&place.area)].into_iter().chain(place.unit.as_ref().map(unit_key));
        for state in self.ledger.read_many(keys.collect()).await.map_err(trouble)?.values() {
            if let State::Area(area) = &**state {
                contact.area_name.clone_from(&area.name);
            } else if let State::Unit(unit) = &**state {
                contact.unit_name.clone_from(&unit.name);
            }
        }
        Ok(contact)
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
            (position.to_string(), notices::listed(*position, row, code(row.dispute)))
        });
        let (notices, next_page_token) = page.fill(entries.collect());
        Ok(pb::ListUndeliveredResponse { notices, next_page_token })
    }
}
