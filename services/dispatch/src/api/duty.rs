//! `DutyService`, rpc by rpc.

mod lists;
mod watching;

use std::pin::Pin;

use futures::Stream;
use kit::{Call, Problem, Role};
use ledger::Key;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::duty_service_server::DutyService;

use super::Disputes;
use super::convert::duty::{self, DutyAsked};
use super::disputes::open;
use super::submit::{meta, scope};
use super::whereabouts::team;
use crate::app::Order;
use crate::domain::codes::Id;
use crate::domain::command::Command;
use crate::domain::duty::{DutyAct, DutyWish};
use crate::domain::places::{Engagement, Positions, Team};
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::project::State;
use crate::store::{engagement_key, team_key};

/// Serves `yiwang.dispatch.v1.DutyService`.
#[derive(Debug, Clone)]
pub(crate) struct Duties {
    disputes: Disputes,
    stopping: CancellationToken,
}

/// What the streaming rpc answers.
type News = Pin<Box<dyn Stream<Item = Result<pb::WatchAssignmentsResponse, Status>> + Send>>;

impl Duties {
    pub(crate) fn new(disputes: Disputes, stopping: CancellationToken) -> Self {
        Duties { disputes, stopping }
    }

    /// Carries out what is asked of teams; returns their duties and the position at which they hold.
    async fn act(
        &self,
        call: &Call,
        method: &'static str,
        body: &impl Message,
        asked: DutyAsked,
    ) -> Result<(Vec<pb::Duty>, u64), Problem> {
        let Disputes { ledger, whereabouts, .. } = &self.disputes;
        let meta = meta(call, method, asked.request_id, body);
        let positions = self.around(&asked.wish).await?;
        let (wish, min_registry) = (asked.wish.clone(), asked.min_registry);
        let act = DutyAct { scope: scope(call)?, min_registry, wish };
        let order = Order { positions, ..Order::from(Command::Duty(act)) };
        let outcome =
            ledger.submit(order, meta).await.map_err(|error| error.into_problem(DOMAIN))?;
        if let Some(leaving) = asked.wish.leaving()
            && !outcome.replayed
        {
            whereabouts.forget(leaving).await;
        }
        let mut duties = Vec::new();
        for id in asked.wish.teams() {
            duties.push(self.duty(call, id).await?);
        }
        Ok((duties, outcome.position))
    }

    /// Where those are who could be asked in the place of a team that goes off duty.
    async fn around(&self, wish: &DutyWish) -> Result<Positions, Problem> {
        let Disputes { ledger, whereabouts, .. } = &self.disputes;
        let Some(leaving) = wish.leaving() else { return Ok(Positions::new()) };
        let key = engagement_key(leaving);
        let state = ledger.read(&key).await.map_err(|error| error.into_problem(DOMAIN))?;
        let engagement = state.as_deref().map(engagement_of).unwrap_or_default();
        let cases: Vec<_> = engagement.cases.keys().copied().collect();
        Ok(whereabouts.around(ledger, &cases).await)
    }

    /// The duty of a team that the caller sees.
    async fn duty(&self, call: &Call, id: &Id) -> Result<pb::Duty, Problem> {
        let team = self.visible(call, id).await?;
        Ok(self.shown(call, &[team]).await?.remove(0))
    }

    /// A team that the caller sees.
    async fn visible(&self, call: &Call, id: &Id) -> Result<Team, Problem> {
        let found = self.disputes.ledger.read(&team_key(id)).await;
        let found = found.map_err(|error| error.into_problem(DOMAIN))?;
        let found = found.as_deref().and_then(team);
        let found = found.filter(|team| call.caller.sees(team.area.as_str()));
        found.cloned().ok_or_else(|| Rejection::TeamNotFound { team: id.clone() }.into())
    }

    /// Duties of teams, with positions where the caller may see them.
    async fn shown(&self, call: &Call, teams: &[Team]) -> Result<Vec<pb::Duty>, Problem> {
        let Disputes { ledger, whereabouts, .. } = &self.disputes;
        let keys: Vec<Key> = teams.iter().map(|team| engagement_key(&team.id)).collect();
        let busy = ledger.read_many(keys).await.map_err(|error| error.into_problem(DOMAIN))?;
        let now = ledger.now();
        let positions = if call.caller.may(Role::Handle) {
            whereabouts.of(teams.iter().map(|team| &team.id), now).await
        } else {
            Positions::new()
        };
        let shown = teams.iter().map(|team| {
            let engagement = busy.get(&engagement_key(&team.id));
            let engagement = engagement.map(|state| engagement_of(state)).unwrap_or_default();
            duty::duty_to(team, &engagement, positions.get(&team.id), now)
        });
        Ok(shown.collect())
    }
}

/// What keeps a team busy, within a state.
fn engagement_of(state: &State) -> Engagement {
    if let State::Engagement(engagement) = state {
        engagement.clone()
    } else {
        Engagement::default()
    }
}

#[tonic::async_trait]
impl DutyService for Duties {
    type WatchAssignmentsStream = News;

    async fn start_duty(
        &self,
        request: Request<pb::StartDutyRequest>,
    ) -> Result<Response<pb::StartDutyResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let (mut duties, feed_position) =
            self.act(&call, "StartDuty", &body, duty::start(&body)?).await?;
        Ok(Response::new(pb::StartDutyResponse { duty: duties.pop(), feed_position }))
    }

    async fn end_duty(
        &self,
        request: Request<pb::EndDutyRequest>,
    ) -> Result<Response<pb::EndDutyResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let (mut duties, feed_position) =
            self.act(&call, "EndDuty", &body, duty::end(&body)?).await?;
        Ok(Response::new(pb::EndDutyResponse { duty: duties.pop(), feed_position }))
    }

    async fn hand_over_shift(
        &self,
        request: Request<pb::HandOverShiftRequest>,
    ) -> Result<Response<pb::HandOverShiftResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let (mut duties, feed_position) =
            self.act(&call, "HandOverShift", &body, duty::hand_over(&body)?).await?;
        let (to_duty, from_duty) = (duties.pop(), duties.pop());
        Ok(Response::new(pb::HandOverShiftResponse { from_duty, to_duty, feed_position }))
    }

    async fn get_duty(
        &self,
        request: Request<pb::GetDutyRequest>,
    ) -> Result<Response<pb::GetDutyResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let duty = self.duty(&call, &duty::team_id(&body.team_id)?).await?;
        Ok(Response::new(pb::GetDutyResponse { duty: Some(duty) }))
    }

    async fn list_duties(
        &self,
        request: Request<pb::ListDutiesRequest>,
    ) -> Result<Response<pb::ListDutiesResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.list(&call, &body).await?))
    }

    async fn report_position(
        &self,
        request: Request<pb::ReportPositionRequest>,
    ) -> Result<Response<pb::ReportPositionResponse>, Status> {
        let (call, body) = open(request, Role::Handle)?;
        let said = duty::position(&body)?;
        self.visible(&call, &said.team).await?;
        let Disputes { ledger, whereabouts, .. } = &self.disputes;
        let position = whereabouts.tell(ledger, &said).await?;
        let position = position.map(duty::position_to);
        Ok(Response::new(pb::ReportPositionResponse { position }))
    }

    async fn list_assignments(
        &self,
        request: Request<pb::ListAssignmentsRequest>,
    ) -> Result<Response<pb::ListAssignmentsResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.assignments(&call, &body).await?))
    }

    async fn watch_assignments(
        &self,
        request: Request<pb::WatchAssignmentsRequest>,
    ) -> Result<Response<News>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.watch(&call, body).await?))
    }

    async fn get_response_statistics(
        &self,
        request: Request<pb::GetResponseStatisticsRequest>,
    ) -> Result<Response<pb::GetResponseStatisticsResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        Ok(Response::new(self.statistics(&call, &body).await?))
    }
}
