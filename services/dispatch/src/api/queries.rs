//! What only asks: lists, counts, history.

use kit::{Call, Problem};
use ledger::DbError;
use tonic::Code;
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::{clock, queries, resource};
use super::submit::{dispute, scope};
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{Dispute, Place, start_of, subject};
use crate::domain::dispute_types;
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::{State, level_bit, state_bit};
use crate::store::lists::{self, Selection, Way};
use crate::store::{self, area_key, dispute_key, engagement_key, grid_key, team_key};

/// How many rows a page goes through at most, give or take one step.
const MOST_SEEN: usize = 2_000;

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
        let (found, last) = if let Way::Team(team) = &page.query.way {
            self.check_teams(vec![("team_id".to_owned(), team.clone())]).await?;
            (self.of_team(&page.query, team).await?, None)
        } else {
            self.gone_through(&page).await?
        };
        let (now, names) = (self.ledger.now(), self.names(&found).await?);
        let rules = &self.ledger.authority().rules;
        let newest = found.iter().map(|dispute| rules.by_newest_calendar(dispute));
        let disputes = newest.map(|dispute| resource::dispute(&dispute, now, &names)).collect();
        Ok(pb::ListDisputesResponse { disputes, next_page_token: page.token(last.as_deref()) })
    }

    /// Goes through rows until the page is full, everything was seen, or enough was looked at; returns what is shown and,
    /// unless everything was seen, the key to go on after.
    async fn gone_through(
        &self,
        page: &queries::Paged<Selection>,
    ) -> Result<(Vec<Dispute>, Option<String>), Problem> {
        let (mut after, mut seen, mut bytes) = (page.after.clone(), 0, 0);
        let mut found: Vec<Dispute> = Vec::new();
        let mut at_once = page.size;
        loop {
            let rows = lists::list(self.ledger.db(), &page.query, &after, at_once).await;
            let rows = rows.map_err(trouble)?;
            let is_end = rows.len() < at_once as usize;
            seen += rows.len();
            let count = rows.len();
            for (index, row) in rows.into_iter().enumerate() {
                if let Some(body) = row.body {
                    bytes += body.len();
                    if bytes > queries::PAGE_BYTES && !found.is_empty() {
                        return Ok((found, Some(after)));
                    }
                    let dispute = serde_json::from_str(&body);
                    found.push(dispute.map_err(|_| Problem::internal(DOMAIN))?);
                }
                after = row.key;
                if found.len() == page.size as usize {
                    let more = !is_end || index + 1 < count;
                    return Ok((found, more.then_some(after)));
                }
            }
            if is_end {
                return Ok((found, None));
            }
            if seen >= MOST_SEEN {
                return Ok((found, Some(after)));
            }
            // What is rare is looked for in larger steps.
            at_once = at_once.saturating_mul(4).min(1_000);
        }
    }

    /// The cases that keep a team busy, as far as the caller sees them and every filter lets them through.
    async fn of_team(&self, query: &Selection, team: &Id) -> Result<Vec<Dispute>, Problem> {
        let engagement = self.ledger.read(&engagement_key(team)).await.map_err(trouble)?;
        let Some(State::Engagement(engagement)) = engagement.as_deref() else {
            return Ok(Vec::new());
        };
        let keys = engagement.cases.keys().copied().map(dispute_key).collect();
        let states = self.ledger.read_many(keys).await.map_err(trouble)?;
        let cases = states.values().filter_map(|state| dispute(state));
        Ok(cases.filter(|dispute| lets_through(query, dispute)).cloned().collect())
    }

    /// What waits with somebody.
    pub(super) async fn board(
        &self,
        call: &Call,
        body: &pb::GetBoardRequest,
    ) -> Result<pb::GetBoardResponse, Problem> {
        let own = scope(call)?;
        let asked = queries::board(body)?;
        let place = asked.unwrap_or_else(|| Place::of(own, Id::parse(&call.caller.unit_id).ok()));
        if !Place::of(own, None).area.covers(&place.area) {
            return Err(Rejection::AreaNotYours { area: place.area }.into());
        }
        let now = self.ledger.now();
        let today = calendar::business_date(now);
        let tomorrow = today.saturating_add(jiff::Span::new().days(1));
        let day = (start_of(today), start_of(tomorrow));
        let board = lists::board(self.ledger.db(), &place, day, now).await.map_err(trouble)?;
        Ok(pb::GetBoardResponse {
            holder: Some(clock::place_to(&place)),
            open_count: board.open,
            due_today_count: board.due_today,
            overdue_count: board.overdue,
            returned_count: board.returned,
        })
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
        self.check_registry().await?;
        let code = area.as_str();
        let (en, zh) = (format!("no such area or grid {code}"), format!("没有区划或网格 {code}"));
        Err(Problem::new(Code::NotFound, "AREA_NOT_FOUND", DOMAIN, en, zh).with("area_code", code))
    }

    /// Refuses teams that registry does not know, each by its field; what was disbanded is known. Units are not asked about:
    /// who is responsible for a case may be registered with the node alone.
    pub(super) async fn check_teams(&self, named: Vec<(String, Id)>) -> Result<(), Problem> {
        let keys = named.iter().map(|(_, id)| team_key(id)).collect();
        let known = self.ledger.read_many(keys).await.map_err(trouble)?;
        let mut unknown = named.into_iter().filter(|(_, id)| !known.contains_key(&team_key(id)));
        let Some((field, team)) = unknown.next() else { return Ok(()) };
        self.check_registry().await?;
        let problem: Problem = Rejection::TeamNotFound { team: team.clone() }.into();
        let problem = unknown
            .fold(unknown_team(problem, field, &team), |problem, (field, team)| {
                unknown_team(problem, field, &team)
            });
        Err(problem)
    }

    /// Whether what is not known here does not exist.
    async fn check_registry(&self) -> Result<(), Problem> {
        let logs = self.ledger.references().await.map_err(trouble)?;
        if logs.iter().any(|log| log.service == "registry" && log.caught_up) {
            return Ok(());
        }
        Err(Rejection::RegistryNotCaughtUp.into())
    }
}

fn unknown_team(problem: Problem, field: String, team: &Id) -> Problem {
    let (en, zh) = (format!("no such team {team}"), format!("没有调解队 {team}"));
    problem.violation(field, "NOT_FOUND", en, zh)
}

/// Whether every filter lets a dispute through: what the statements say of a row.
fn lets_through(query: &Selection, dispute: &Dispute) -> bool {
    let level = dispute.triage.map(|triage| triage.level);
    let (first, last) = &query.types;
    let (from, until) = query.reported;
    let reported_at = dispute.reported_at.as_microsecond();
    query.area.covers(&dispute.grid.area())
        && query.states & state_bit(dispute.state()) != 0
        && query.levels & level_bit(level) != 0
        && (first.as_str()..=last.as_str()).contains(&dispute.kind.as_str())
        && (from..until).contains(&reported_at)
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
