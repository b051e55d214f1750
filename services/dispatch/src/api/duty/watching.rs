//! What happens to the offers of teams, told as it happens: first what is open, and then each change once and in order.
//!
//! What is open and the place in the log at which that holds come from one statement; from there on it is the log that
//! is told, record by record, each with a cursor. So nothing is lost and nothing repeated, wherever a stream is cut.

use std::collections::VecDeque;
use std::time::Duration;

use futures::Stream;
use kit::{Call, Problem};
use ledger::{Foreign, Watched, WatchedPage, Watching};
use prost::Name;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::watch_assignments_response::News as Told;
use yiwang_proto::feed::v1::{Cursor, LogId};

use super::{Duties, News};
use crate::api::convert::{duty, happenings};
use crate::api::submit::scope;
use crate::domain::assignment;
use crate::domain::codes::Id;
use crate::domain::event::Happening;
use crate::error::DOMAIN;
use crate::store::assignments;

/// Shortest, usual and longest silence.
const HEARTBEAT: (Duration, Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(10), Duration::from_secs(60));
/// Records that are read at once, and offers in one message.
const AT_ONCE: usize = 200;

/// The stream of one caller.
struct Telling {
    watching: Watching,
    /// Whose news; none = everybody's.
    teams: Vec<Id>,
    log: LogId,
    filter: Vec<u8>,
    /// News that were read and not sent yet: of one page at most.
    waiting: VecDeque<pb::WatchAssignmentsResponse>,
    heartbeat: Duration,
    stopping: CancellationToken,
    /// Whether nothing was sent yet: then the caller is told at once where it stands.
    first: bool,
}

impl Duties {
    /// Opens a stream.
    pub(super) async fn watch(
        &self,
        call: &Call,
        body: pb::WatchAssignmentsRequest,
    ) -> Result<News, Problem> {
        let ledger = &self.disputes.ledger;
        let (area, teams) = (scope(call)?, duty::watched(&body)?);
        let named = body.team_ids.iter().enumerate();
        let named = named
            .filter_map(|(index, id)| Some((format!("team_ids[{index}]"), Id::parse(id).ok()?)));
        self.disputes.check_teams(named.collect()).await?;
        let heartbeat = heartbeat(body.heartbeat)?;
        let (log, filter) = (ledger.log().clone(), mark(area.as_str(), &teams));
        let mut waiting = VecDeque::new();
        let cursor = match body.cursor {
            Some(cursor) => Cursor {
                log: Some(LogId {
                    node: cursor.node,
                    incarnation: cursor.incarnation,
                    ..log.clone()
                }),
                position: cursor.position,
                hash: cursor.hash,
                filter: cursor.filter,
            },
            None => {
                let standing = assignments::open(ledger.db(), &area).await;
                let mut standing = standing.map_err(|error| error.into_problem(DOMAIN))?;
                standing.open.retain(|offer| teams.is_empty() || teams.contains(&offer.team));
                let (position, hash) = (standing.position, standing.hash);
                waiting = pieces(&standing.open);
                let cursor =
                    Cursor { log: Some(log.clone()), position, hash, filter: filter.clone() };
                if let Some(last) = waiting.back_mut() {
                    last.cursor = Some(told(&log, &filter, position, &cursor.hash));
                }
                cursor
            }
        };
        let watched = Watched {
            area_code: area.as_str().to_owned(),
            types: types(),
            mark: filter.clone(),
            limit: u32::try_from(AT_ONCE).unwrap_or(u32::MAX),
        };
        let watching = ledger.watch(watched, cursor).await.map_err(|mut problem| {
            problem.domain = DOMAIN;
            problem
        })?;
        let stopping = self.stopping.clone();
        let telling =
            Telling { watching, teams, log, filter, waiting, heartbeat, stopping, first: true };
        Ok(Box::pin(telling.stream()))
    }
}

/// What is open, in messages of bounded size; one at least, so that the caller is told when there is nothing.
fn pieces(open: &[assignment::Assignment]) -> VecDeque<pb::WatchAssignmentsResponse> {
    let message = |some: &[assignment::Assignment]| {
        let assignments = some.iter().map(duty::assignment_to).collect();
        let news = Some(Told::Open(pb::OpenAssignments { assignments }));
        pb::WatchAssignmentsResponse { news, cursor: None }
    };
    if open.is_empty() {
        return [message(&[])].into();
    }
    open.chunks(AT_ONCE).map(message).collect()
}

impl Telling {
    fn stream(self) -> impl Stream<Item = Result<pb::WatchAssignmentsResponse, Status>> + Send {
        futures::stream::unfold(Some(self), |telling| async move {
            let mut telling = telling?;
            match telling.next().await {
                Ok(news) => news.map(|news| (Ok(news), Some(telling))),
                Err(problem) => Some((Err(problem.into()), None)),
            }
        })
    }

    /// The next piece of news, or a sign of life; none when the process stops.
    async fn next(&mut self) -> Result<Option<pb::WatchAssignmentsResponse>, Problem> {
        let beat = Instant::now() + self.heartbeat;
        loop {
            if let Some(news) = self.waiting.pop_front() {
                self.first = false;
                return Ok(Some(news));
            }
            if self.stopping.is_cancelled() {
                return Ok(None);
            }
            let page = self.watching.next().await?;
            self.waiting = page.events.iter().filter_map(|record| self.change(record)).collect();
            if self.waiting.is_empty() && (self.first || Instant::now() >= beat) {
                self.first = false;
                let WatchedPage { upto, hash, .. } = page;
                let cursor = Some(told(&self.log, &self.filter, upto, &hash));
                return Ok(Some(pb::WatchAssignmentsResponse { news: None, cursor }));
            }
            if self.waiting.is_empty() {
                self.watching.wait(beat, &self.stopping).await;
            }
        }
    }

    /// What a record is to the teams that are watched.
    fn change(&self, (record, hash): &(Foreign, Vec<u8>)) -> Option<pb::WatchAssignmentsResponse> {
        let happening = happenings::recognise(&record.header.r#type, &record.payload)?;
        let Happening::Dispute(event) = happening else { return None };
        let (team, turn) = assignment::turn(&event.fact)?;
        if !self.teams.is_empty() && !self.teams.contains(team) {
            return None;
        }
        let change = duty::change_to(record, &event, team, &turn);
        let cursor = Some(told(&self.log, &self.filter, record.header.position, hash));
        Some(pb::WatchAssignmentsResponse { news: Some(Told::Change(change)), cursor })
    }
}

fn told(log: &LogId, filter: &[u8], position: u64, hash: &[u8]) -> pb::AssignmentCursor {
    pb::AssignmentCursor {
        node: log.node.clone(),
        incarnation: log.incarnation,
        position,
        hash: hash.to_vec(),
        filter: filter.to_vec(),
    }
}

/// The events that are about a team and a case.
fn types() -> Vec<String> {
    vec![
        pb::TeamOffered::full_name(),
        pb::OfferAccepted::full_name(),
        pb::OfferDeclined::full_name(),
        pb::OfferLapsed::full_name(),
        pb::OfferWithdrawn::full_name(),
        pb::TeamArrived::full_name(),
        pb::MediationStarted::full_name(),
        pb::OutcomeRecorded::full_name(),
        pb::DisputeMerged::full_name(),
    ]
}

/// What a cursor says of who watches what.
fn mark(area: &str, teams: &[Id]) -> Vec<u8> {
    let teams: Vec<&str> = teams.iter().map(Id::as_str).collect();
    Sha256::digest(format!("assignments\0{area}\0{}", teams.join(",")))[..8].to_vec()
}

fn heartbeat(wish: Option<prost_types::Duration>) -> Result<Duration, Problem> {
    let (least, usual, most) = HEARTBEAT;
    let Some(wish) = wish else { return Ok(usual) };
    match Duration::try_from(wish) {
        Ok(wish) if (least..=most).contains(&wish) => Ok(wish),
        Ok(_) | Err(_) => {
            let mut violations = kit::Violations::new();
            let (en, zh) = ("100 ms to 60 s are wanted", "须为100毫秒至60秒");
            violations.add("heartbeat", "OUT_OF_RANGE", en, zh);
            violations.finish(DOMAIN)?;
            Ok(usual)
        }
    }
}
