//! Where teams said that they are: kept for a while beside the log, read before a command that looks for the nearest.
//!
//! A position is a help and no fact: where it cannot be read, the base point is taken, as ever.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use ledger::{DbError, Key, Ledger, PassingStore, made_at};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::submit::dispute;
use crate::app::Dispatch;
use crate::domain::codes::{GridCode, Id};
use crate::domain::places::{Position, Positions, SaidPosition, Team};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{coverage_key, dispute_key, team_key};
use crate::timers::JUMP;

/// How long a position is kept at most.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How often it is looked for what is over.
const PAUSE: Duration = Duration::from_secs(60);
/// Positions that are looked at together.
const AT_ONCE: u32 = 500;

/// Where teams are.
#[derive(Debug, Clone)]
pub(crate) struct Whereabouts {
    store: PassingStore,
}

/// A position as it is kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Told {
    position: Position,
    /// The request that told it.
    request: Uuid,
}

impl Whereabouts {
    pub(crate) fn new(store: PassingStore) -> Self {
        Whereabouts { store }
    }

    /// Keeps where a team on duty is until the shift is over, or a day; returns what is known now: requests overtake each
    /// other on the way, and what is older than that, or than the shift, changes nothing.
    pub(super) async fn tell(
        &self,
        ledger: &Ledger<Dispatch>,
        said: &SaidPosition,
    ) -> Result<Option<Position>, Problem> {
        let (now, id, request) = (ledger.now(), &said.team, said.request);
        let team = on_duty(ledger, id, now).await?;
        let before = self.store.get::<Told>(vec![key(id)], now).await.map_err(trouble)?;
        if let Some((_, told)) = before.into_iter().find(|(_, told)| told.request == request) {
            return Ok(Some(told.position));
        }
        // A clock ahead of ours would keep everybody else's word out until its time has come.
        let made = said.measured.or_else(|| made_at(request)).unwrap_or(now).min(now);
        let position = Position { point: said.point, at: said.measured.unwrap_or(now).min(now) };
        if !team.is_known_at(&position, now) {
            return Ok(self.known(&team, now).await);
        }
        let day = now.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let until = team.duty.end().unwrap_or(day).min(day);
        let told = Told { position, request };
        // Others wrote since, and replicas differ by moments: only what is further ahead is of a clock that went back.
        let latest = ledger.now().saturating_add(JUMP).unwrap_or(Timestamp::MAX);
        let put = self.store.put(id.as_str(), &told, made, until, latest).await;
        let is_newest = put.map_err(trouble)?;
        // Its duty may have ended meanwhile, and with it what had been told until then.
        if let Err(refusal) = on_duty(ledger, id, ledger.now()).await {
            self.forget(id).await;
            return Err(refusal);
        }
        Ok(if is_newest { Some(position) } else { self.known(&team, now).await })
    }

    /// Where a team said in this shift that it is.
    async fn known(&self, team: &Team, now: Timestamp) -> Option<Position> {
        let said = self.of([&team.id], now).await.remove(&team.id);
        said.filter(|said| team.is_known_at(said, now))
    }

    /// Forgets where a team is. Where that does not work now, nobody is shown it any more, and it goes within a minute.
    pub(super) async fn forget(&self, team: &Id) {
        if let Err(error) = self.store.delete(team.as_str()).await {
            tracing::warn!(%error, "a position could not be deleted; tried again within a minute");
        }
    }

    /// Where these teams said that they are.
    pub(super) async fn of<'a>(
        &self,
        teams: impl IntoIterator<Item = &'a Id>,
        now: Timestamp,
    ) -> Positions {
        let keys: Vec<String> = teams.into_iter().map(key).collect();
        match self.store.get::<Told>(keys, now).await {
            Ok(found) => found
                .into_iter()
                .filter_map(|(id, told)| Some((Id::parse(&id).ok()?, told.position)))
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "positions cannot be read; base points are taken");
                Positions::new()
            }
        }
    }

    /// Where the teams are that serve the grids of these cases.
    pub(crate) async fn around(&self, ledger: &Ledger<Dispatch>, cases: &[Uuid]) -> Positions {
        let found = serving(ledger, cases).await;
        match found {
            Ok(teams) => self.of(&teams, ledger.now()).await,
            Err(error) => {
                tracing::warn!(%error, "who serves a grid cannot be read; base points are taken");
                Positions::new()
            }
        }
    }

    /// Deletes what is over, until the process stops.
    pub(crate) async fn tidy(self, ledger: Ledger<Dispatch>, stopping: CancellationToken) {
        let tidying = async {
            loop {
                if let Err(error) = self.sweep(&ledger).await {
                    tracing::warn!(%error, "positions could not be tidied; tried again");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        stopping.run_until_cancelled(tidying).await;
    }

    /// Deletes once what is over, and what a team told that is not on duty any more.
    pub(crate) async fn sweep(&self, ledger: &Ledger<Dispatch>) -> Result<(), DbError> {
        self.store.expire(ledger.now()).await?;
        let mut after = String::new();
        loop {
            let keys = self.store.keys(&after, AT_ONCE).await?;
            let Some(last) = keys.last().cloned() else { return Ok(()) };
            let ids: Vec<Id> = keys.iter().filter_map(|key| Id::parse(key).ok()).collect();
            let now = ledger.now();
            let positions = self.of(&ids, now).await;
            let teams = ledger.read_many(ids.iter().map(team_key).collect()).await?;
            for id in &ids {
                let team = teams.get(&team_key(id)).and_then(|state| team(state));
                let said = positions.get(id);
                let counts = team.zip(said).is_some_and(|(team, said)| team.is_known_at(said, now));
                if !counts {
                    self.store.delete(id.as_str()).await?;
                }
            }
            after = last;
        }
    }
}

fn key(team: &Id) -> String {
    team.as_str().to_owned()
}

/// The team within a state.
pub(super) fn team(state: &State) -> Option<&Team> {
    if let State::Team(team) = state { Some(team) } else { None }
}

/// A team that is on duty.
async fn on_duty(ledger: &Ledger<Dispatch>, id: &Id, now: Timestamp) -> Result<Team, Problem> {
    let found = ledger.read(&team_key(id)).await.map_err(trouble)?;
    let found = found.as_deref().and_then(team).cloned();
    match found {
        Some(team) if team.duty.is_on(now) => Ok(team),
        Some(_) => Err(Rejection::TeamOffDuty { team: id.clone() }.into()),
        None => Err(Rejection::TeamNotFound { team: id.clone() }.into()),
    }
}

/// Teams that serve the grids of cases.
async fn serving(ledger: &Ledger<Dispatch>, cases: &[Uuid]) -> Result<BTreeSet<Id>, DbError> {
    let disputes = ledger.read_many(cases.iter().copied().map(dispute_key).collect()).await?;
    let grids: BTreeSet<GridCode> =
        disputes.values().filter_map(|state| Some(dispute(state)?.grid)).collect();
    let areas: BTreeSet<Key> = grids
        .iter()
        .flat_map(|grid| grid.area().upwards().map(|area| coverage_key(&area)).collect::<Vec<_>>())
        .collect();
    if areas.is_empty() {
        return Ok(BTreeSet::new());
    }
    let coverages = ledger.read_many(areas.into_iter().collect()).await?;
    let teams = coverages.values().filter_map(|state| {
        let State::Coverage(coverage) = &**state else { return None };
        Some(coverage.teams.iter().cloned())
    });
    Ok(teams.flatten().collect())
}

fn trouble(error: DbError) -> Problem {
    error.into_problem(DOMAIN)
}
