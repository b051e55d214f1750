//! `LedgerImportService`: a ledger of paper, in one command.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Call, Problem, Role};
use ledger::{CommandMeta, Key, Sealed};
use tonic::{Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::ledger_import_service_server::LedgerImportService;

use super::Disputes;
use super::convert::takeover::{self, LedgerAsked, ReadRow, words};
use super::disputes::open;
use super::submit::{dispute, meta, scope};
use crate::app::Order;
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::command::Command;
use crate::domain::decide::Answer;
use crate::domain::takeover::{PaperPlace, PaperRow, TakeOver, TakenRow};
use crate::error::DOMAIN;
use crate::store::{self, dispute_key};

/// Rows that are sealed before another task has its turn.
const AT_ONCE: usize = 64;

#[tonic::async_trait]
impl LedgerImportService for Disputes {
    async fn import_ledger(
        &self,
        request: Request<pb::ImportLedgerRequest>,
    ) -> Result<Response<pb::ImportLedgerResponse>, Status> {
        let (call, body) = open(request, Role::Operate)?;
        let asked = takeover::read(&body, calendar::business_date(self.ledger.now()))?;
        Ok(Response::new(self.take_over(&call, &body, asked).await?))
    }
}

impl Disputes {
    async fn take_over(
        &self,
        call: &Call,
        body: &pb::ImportLedgerRequest,
        asked: LedgerAsked,
    ) -> Result<pb::ImportLedgerResponse, Problem> {
        let mut meta = meta(call, "ImportLedger", asked.request_id, body);
        if let Some(request) = &mut meta.request {
            request.fingerprint = takeover::fingerprint(body);
        }
        let order = self.ledger_order(call, body, asked).await?;
        let (answer, position) = self.decided(body.validate_only, order, meta).await?;
        let Answer::TakenOver { rows, faults, stopped } = answer else {
            return Err(Problem::internal(DOMAIN));
        };
        let real = !stopped && !body.validate_only;
        let new = if real { rows.iter().filter(|row| !row.existing).count() } else { 0 };
        let existing = rows.iter().filter(|row| row.existing).count();
        Ok(pb::ImportLedgerResponse {
            cases: self.cases(call, &rows, real).await?,
            faults: faults.iter().map(|fault| words::fault(fault, body)).collect(),
            taken_over_count: u32::try_from(new).unwrap_or(u32::MAX),
            existing_count: u32::try_from(existing).unwrap_or(u32::MAX),
            feed_position: if new > 0 { position } else { 0 },
        })
    }

    async fn decided(
        &self,
        only_check: bool,
        order: Order,
        meta: CommandMeta,
    ) -> Result<(Answer, u64), Problem> {
        if only_check {
            let answer = self.ledger.preview(&order, &meta).await;
            return Ok((answer.map_err(|error| error.into_problem(DOMAIN))?, 0));
        }
        let outcome = self.ledger.submit(order, meta).await;
        let outcome = outcome.map_err(|error| error.into_problem(DOMAIN))?;
        Ok((outcome.answer, outcome.position))
    }

    /// The command: what rows say is sealed here, row by row, unless nothing will be kept anyway.
    async fn ledger_order(
        &self,
        call: &Call,
        body: &pb::ImportLedgerRequest,
        asked: LedgerAsked,
    ) -> Result<Order, Problem> {
        let scope = scope(call)?;
        let communities = self.grids_of_communities(scope, &asked.rows).await?;
        let keeps = !body.validate_only && (asked.faults.is_empty() || body.partial);
        let (mut rows, mut parcels) = (Vec::with_capacity(asked.rows.len()), Vec::new());
        for (at, row) in asked.rows.into_iter().enumerate() {
            if at % AT_ONCE == AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            let (row, mut sealed) = self.sealed_row(row, keeps)?;
            rows.push(row);
            parcels.append(&mut sealed);
        }
        let command = Command::TakeOver(TakeOver {
            scope,
            rows,
            communities,
            faults: asked.faults,
            partial: body.partial,
            min_registry: body.min_registry_position,
        });
        Ok(Order { parcels, ..Order::from(command) })
    }

    fn sealed_row(&self, row: ReadRow, keeps: bool) -> Result<(PaperRow, Vec<Sealed>), Problem> {
        let dispute_id = self.ledger.ids().uuid();
        let (sealing, parcels) = self.seal(dispute_id, row.words.filter(|_| keeps))?;
        let ReadRow { line, source, place, reported_on, accepted_on, scale, people, .. } = row;
        let (parties, channel, paper) = (row.parties, row.channel, row.paper);
        let row = PaperRow {
            line,
            dispute_id,
            source,
            place,
            reported_on,
            accepted_on,
            scale,
            people,
            parties,
            channel,
            paper,
            sealing,
        };
        Ok((row, parcels))
    }

    /// Grids of the communities that rows name; whether they exist today is decided.
    async fn grids_of_communities(
        &self,
        scope: AreaCode,
        rows: &[ReadRow],
    ) -> Result<BTreeMap<AreaCode, Vec<GridCode>>, Problem> {
        let named = rows.iter().filter_map(|row| match row.place {
            PaperPlace::Community(code) => Some(code),
            PaperPlace::Grid(_) => None,
        });
        let named: BTreeSet<AreaCode> = named.filter(|code| scope.covers(code)).collect();
        let mut communities = BTreeMap::new();
        for code in named {
            let grids = store::grids_of(self.ledger.db(), &code).await;
            communities.insert(code, grids.map_err(|error| error.into_problem(DOMAIN))?);
        }
        Ok(communities)
    }

    /// The cases of rows: with ids and codes where they are recorded, and the caller still sees them.
    async fn cases(
        &self,
        call: &Call,
        rows: &[TakenRow],
        real: bool,
    ) -> Result<Vec<pb::LedgerCase>, Problem> {
        let recorded = |row: &&TakenRow| real || row.existing;
        let keys: Vec<Key> =
            rows.iter().filter(recorded).map(|row| dispute_key(row.dispute)).collect();
        let known = self.ledger.read_many(keys).await;
        let known = known.map_err(|error| error.into_problem(DOMAIN))?;
        let case = |row: &TakenRow| {
            let state = known.get(&dispute_key(row.dispute));
            let found = state.and_then(|state| dispute(state));
            let found = found.filter(|found| call.caller.sees(found.grid.as_str()));
            pb::LedgerCase {
                line: row.line,
                dispute_id: found.map(|found| found.id.to_string()).unwrap_or_default(),
                case_code: found.map(|found| found.code.to_string()).unwrap_or_default(),
                existing: row.existing,
            }
        };
        Ok(rows.iter().map(case).collect())
    }
}
