//! What only asks: lists, counts, history.

use kit::{Call, Problem};
use ledger::DbError;
use tonic::Code;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::{queries, resource};
use super::submit::{dispute, scope};
use crate::domain::codes::AreaCode;
use crate::domain::dispute::{Dispute, subject};
use crate::domain::dispute_types;
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::store::{self, area_key};

impl Disputes {
    pub(super) async fn get(&self, call: &Call, id: &str) -> Result<pb::Dispute, Problem> {
        let state = self.visible(call, queries::dispute_id(id)?).await?;
        let found = dispute(&state).ok_or(Rejection::DisputeNotFound)?;
        Ok(resource::dispute(found, self.ledger.now()))
    }

    pub(super) async fn find(&self, call: &Call, code: &str) -> Result<pb::Dispute, Problem> {
        let node = self.ledger.authority().rules.node_number.get();
        let code = queries::case_code(code, node)?;
        let id = store::by_code(self.ledger.db(), code).await.map_err(trouble)?;
        let state = self.visible(call, id.ok_or(Rejection::DisputeNotFound)?).await?;
        let found = dispute(&state).ok_or(Rejection::DisputeNotFound)?;
        Ok(resource::dispute(found, self.ledger.now()))
    }

    pub(super) async fn list(
        &self,
        call: &Call,
        body: &pb::ListDisputesRequest,
    ) -> Result<pb::ListDisputesResponse, Problem> {
        let page = queries::list(body, scope(call)?)?;
        self.check_area(call, &page.query.area).await?;
        let rows = store::list(self.ledger.db(), &page.query, &page.after, page.size).await;
        let rows = rows.map_err(trouble)?;
        let now = self.ledger.now();
        let disputes: Result<Vec<_>, Problem> = rows
            .iter()
            .map(|(_, body)| match serde_json::from_str::<Dispute>(body) {
                Ok(dispute) => Ok(resource::dispute(&dispute, now)),
                Err(_) => Err(Problem::internal(DOMAIN)),
            })
            .collect();
        let next_page_token = page.next(rows.len(), rows.last().map(|(id, _)| id.clone()));
        Ok(pb::ListDisputesResponse { disputes: disputes?, next_page_token })
    }

    pub(super) async fn history(
        &self,
        call: &Call,
        body: &pb::ListDisputeHistoryRequest,
    ) -> Result<pb::ListDisputeHistoryResponse, Problem> {
        let page = queries::history(body)?;
        let (id, after) = page.query;
        self.visible(call, id).await?;
        let events = self.ledger.history(&subject(id), after, page.size).await.map_err(trouble)?;
        let last = events.last().map(|event| event.header.position.to_string());
        let next_page_token = page.next(events.len(), last);
        let entries = events.into_iter().map(queries::entry).collect();
        Ok(pb::ListDisputeHistoryResponse { entries, next_page_token })
    }

    pub(super) async fn count(
        &self,
        call: &Call,
        body: &pb::CountDisputesRequest,
    ) -> Result<pb::CountDisputesResponse, Problem> {
        let counting = queries::count(body, scope(call)?)?;
        self.check_area(call, &counting.area).await?;
        let mut counted = store::count(self.ledger.db(), &counting).await.map_err(trouble)?;
        if i64::try_from(counting.area.as_str().len()) == Ok(counting.digits) {
            counted.iter_mut().for_each(|row| counting.area.as_str().clone_into(&mut row.area));
        }
        Ok(pb::CountDisputesResponse {
            counts: counted.into_iter().map(queries::counted).collect(),
        })
    }

    /// Refuses an area that registry does not know. Only where the caller's own area is known here can that be told.
    async fn check_area(&self, call: &Call, area: &AreaCode) -> Result<(), Problem> {
        let own = scope(call)?;
        if *area == own || area.as_str().len() == 15 {
            return Ok(());
        }
        let known =
            self.ledger.read_many(vec![area_key(area), area_key(&own)]).await.map_err(trouble)?;
        if known.contains_key(&area_key(area)) || !known.contains_key(&area_key(&own)) {
            return Ok(());
        }
        let code = area.as_str();
        let (en, zh) = (format!("no such area {code}"), format!("没有区划 {code}"));
        Err(Problem::new(Code::NotFound, "AREA_NOT_FOUND", DOMAIN, en, zh).with("area_code", code))
    }
}

/// A page of the types, which are the same for everybody.
pub(super) fn types(
    body: &pb::ListDisputeTypesRequest,
) -> Result<pb::ListDisputeTypesResponse, Problem> {
    let page = queries::types_page(body)?;
    let size = page.size as usize;
    let all = dispute_types::all().iter().skip_while(|known| known.code <= page.after);
    let known: Vec<_> = all.take(size).collect();
    let last = dispute_types::all().last();
    let at_end = known.last().copied() == last;
    let next = known.last().filter(|_| !at_end).map(|known| known.code.clone());
    let next_page_token = page.next(known.len(), next);
    let dispute_types = known.into_iter().map(queries::dispute_type).collect();
    Ok(pb::ListDisputeTypesResponse { dispute_types, next_page_token })
}

fn trouble(error: DbError) -> Problem {
    error.into_problem(DOMAIN)
}
