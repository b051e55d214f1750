//! Mediation teams and their duty.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::team_service_server;

use super::convert::form::Form;
use super::convert::{request as convert, resource};
use super::lists::{Asked, body as body_of};
use super::{Api, written};
use crate::domain::book::{Book, Id};
use crate::domain::code::Slug;
use crate::domain::rejection::What;
use crate::domain::team::Team;
use crate::error::{DOMAIN, not_found};
use crate::store;

#[tonic::async_trait]
impl team_service_server::TeamService for Api {
    async fn get_team(
        &self,
        request: Request<pb::GetTeamRequest>,
    ) -> Result<Response<pb::GetTeamResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.team(&call, &body).await?))
    }

    async fn list_teams(
        &self,
        request: Request<pb::ListTeamsRequest>,
    ) -> Result<Response<pb::ListTeamsResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.teams(&call, &body).await?))
    }

    async fn create_team(
        &self,
        request: Request<pb::CreateTeamRequest>,
    ) -> Result<Response<pb::CreateTeamResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::create_team(&body, self.ledger.ids().uuid())?;
        let granted = self.submit(&call, "yiwang.registry.v1.TeamService/CreateTeam", wish).await?;
        let team = self.team_written(granted.id()).await?;
        Ok(Response::new(pb::CreateTeamResponse {
            team: Some(team),
            feed_position: granted.position,
        }))
    }

    async fn update_team(
        &self,
        request: Request<pb::UpdateTeamRequest>,
    ) -> Result<Response<pb::UpdateTeamResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::update_team(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.TeamService/UpdateTeam", wish).await?;
        let team = self.team_written(granted.id()).await?;
        Ok(Response::new(pb::UpdateTeamResponse {
            team: Some(team),
            feed_position: granted.position,
        }))
    }

    async fn set_team_duty(
        &self,
        request: Request<pb::SetTeamDutyRequest>,
    ) -> Result<Response<pb::SetTeamDutyResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Handle, DOMAIN)?;
        let wish = convert::set_team_duty(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.TeamService/SetTeamDuty", wish).await?;
        let team = self.team_written(granted.id()).await?;
        Ok(Response::new(pb::SetTeamDutyResponse {
            team: Some(team),
            feed_position: granted.position,
        }))
    }

    async fn disband_team(
        &self,
        request: Request<pb::DisbandTeamRequest>,
    ) -> Result<Response<pb::DisbandTeamResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::disband_team(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.TeamService/DisbandTeam", wish).await?;
        let team = self.team_written(granted.id()).await?;
        Ok(Response::new(pb::DisbandTeamResponse {
            team: Some(team),
            feed_position: granted.position,
        }))
    }
}

impl Api {
    async fn team(
        &self,
        call: &Call,
        body: &pb::GetTeamRequest,
    ) -> Result<pb::GetTeamResponse, Problem> {
        let mut form = Form::default();
        let id = form.code("team_id", &body.team_id, Slug::parse);
        let id = form.done(id)?;
        let pages = self.nouns(vec![Id::Team(id.clone())]).await?;
        let found = pages.team(&id).filter(|team| call.caller.sees(team.facts.area.as_str()));
        let found = found.ok_or_else(|| not_found(What::Team, id.as_str(), &[]))?;
        Ok(pb::GetTeamResponse { team: Some(resource::team(found, self.ledger.now())) })
    }

    async fn teams(
        &self,
        call: &Call,
        body: &pb::ListTeamsRequest,
    ) -> Result<pb::ListTeamsResponse, Problem> {
        let form = Form::default();
        let now = self.ledger.now().as_microsecond();
        let after = if body.on_duty { now } else { 0 };
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let list = self.list(call, form, &asked, &body.on_duty.to_string())?;
        let (rows, next_page_token) = self
            .page("listing teams", store::LIST_TEAMS, &list, vec![after.into()], Vec::new())
            .await?;
        let one = |row| Ok(resource::team(&body_of::<Team>(row)?, self.ledger.now()));
        let teams = rows.iter().map(one).collect::<Result<_, Problem>>()?;
        Ok(pb::ListTeamsResponse { teams, next_page_token })
    }

    async fn team_written(&self, id: &str) -> Result<pb::Team, Problem> {
        let id = written(Slug::parse(id).ok())?;
        let pages = self.nouns(vec![Id::Team(id.clone())]).await?;
        Ok(resource::team(written(pages.team(&id))?, self.ledger.now()))
    }
}
