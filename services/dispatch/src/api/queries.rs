//! What only asks: lists, counts, history.

use kit::{Call, Problem};
use ledger::DbError;
use tonic::Code;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::{queries, resource};
use super::submit::scope;
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::dispute::{Dispute, subject};
use crate::domain::dispute_types;
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::store::{self, area_key, grid_key};

impl Disputes {
    pub(super) async fn get(&self, call: &Call, id: &str) -> Result<pb::Dispute, Problem> {
        self.visible(call, queries::dispute_id(id)?).await
    }

    pub(super) async fn find(&self, call: &Call, code: &str) -> Result<pb::Dispute, Problem> {
        let code = queries::case_code(code)?;
        match store::by_code(self.ledger.db(), code).await.map_err(trouble)? {
            Some(id) => self.visible(call, id).await,
            // A node that was given another number still has the cases of its old one: it looks before it points.
            None if code.node() != self.ledger.authority().rules.node_number.get() => {
                Err(queries::of_other_node(code))
            }
            None => Err(Rejection::DisputeNotFound.into()),
        }
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
        let found: Result<Vec<Dispute>, _> =
            rows.iter().map(|(_, body)| serde_json::from_str(body)).collect();
        let found = found.map_err(|_| Problem::internal(DOMAIN))?;
        let (now, names) = (self.ledger.now(), self.names(&found).await?);
        let shown = found.iter().map(|dispute| resource::dispute(dispute, now, &names));
        let (disputes, next_page_token) =
            page.fill(rows.into_iter().map(|(id, _)| id).zip(shown).collect());
        Ok(pb::ListDisputesResponse { disputes, next_page_token })
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
        let entries = events.into_iter().map(queries::entry);
        let (entries, next_page_token) =
            page.fill(entries.map(|entry| (entry.position.to_string(), entry)).collect());
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

    /// Refuses an area or grid that registry does not know; what existed once is known. The caller's own is not asked
    /// about: a caller whose area holds nothing yet sees nothing.
    async fn check_area(&self, call: &Call, area: &AreaCode) -> Result<(), Problem> {
        let key = match GridCode::parse(area.as_str()) {
            Ok(grid) => grid_key(grid),
            Err(_) => area_key(area),
        };
        if *area == scope(call)? || self.ledger.read(&key).await.map_err(trouble)?.is_some() {
            return Ok(());
        }
        let logs = self.ledger.references().await.map_err(trouble)?;
        if !logs.iter().any(|log| log.service == "registry" && log.caught_up) {
            return Err(Rejection::RegistryNotCaughtUp.into());
        }
        let code = area.as_str();
        let (en, zh) = (format!("no such area or grid {code}"), format!("没有区划或网格 {code}"));
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
