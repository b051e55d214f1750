//! Handling units and mediation organisations.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::unit_service_server;

use super::convert::form::Form;
use super::convert::{enums, request as convert, resource};
use super::lists::{Asked, body as body_of};
use super::{Api, written};
use crate::domain::book::{Book, Id};
use crate::domain::code::Slug;
use crate::domain::rejection::What;
use crate::domain::unit::Unit;
use crate::error::{DOMAIN, not_found};
use crate::{project, store};

#[tonic::async_trait]
impl unit_service_server::UnitService for Api {
    async fn get_unit(
        &self,
        request: Request<pb::GetUnitRequest>,
    ) -> Result<Response<pb::GetUnitResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.unit(&call, &body).await?))
    }

    async fn list_units(
        &self,
        request: Request<pb::ListUnitsRequest>,
    ) -> Result<Response<pb::ListUnitsResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.units(&call, &body).await?))
    }

    async fn create_unit(
        &self,
        request: Request<pb::CreateUnitRequest>,
    ) -> Result<Response<pb::CreateUnitResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::create_unit(&body, self.ledger.ids().uuid())?;
        let granted = self.submit(&call, "yiwang.registry.v1.UnitService/CreateUnit", wish).await?;
        let unit = self.unit_written(granted.id()).await?;
        Ok(Response::new(pb::CreateUnitResponse {
            unit: Some(unit),
            feed_position: granted.position,
        }))
    }

    async fn update_unit(
        &self,
        request: Request<pb::UpdateUnitRequest>,
    ) -> Result<Response<pb::UpdateUnitResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::update_unit(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.UnitService/UpdateUnit", wish).await?;
        let unit = self.unit_written(granted.id()).await?;
        Ok(Response::new(pb::UpdateUnitResponse {
            unit: Some(unit),
            feed_position: granted.position,
        }))
    }

    async fn retire_unit(
        &self,
        request: Request<pb::RetireUnitRequest>,
    ) -> Result<Response<pb::RetireUnitResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::retire_unit(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.UnitService/RetireUnit", wish).await?;
        let unit = self.unit_written(granted.id()).await?;
        Ok(Response::new(pb::RetireUnitResponse {
            unit: Some(unit),
            feed_position: granted.position,
        }))
    }
}

impl Api {
    async fn unit(
        &self,
        call: &Call,
        body: &pb::GetUnitRequest,
    ) -> Result<pb::GetUnitResponse, Problem> {
        let mut form = Form::default();
        let id = form.code("unit_id", &body.unit_id, Slug::parse);
        let id = form.done(id)?;
        let pages = self.nouns(vec![Id::Unit(id.clone())]).await?;
        let found = pages.unit(&id).filter(|unit| call.caller.sees(unit.facts.area.as_str()));
        let found = found.ok_or_else(|| not_found(What::Unit, id.as_str(), &[]))?;
        Ok(pb::GetUnitResponse { unit: Some(resource::unit(found)) })
    }

    async fn units(
        &self,
        call: &Call,
        body: &pb::ListUnitsRequest,
    ) -> Result<pb::ListUnitsResponse, Problem> {
        let mut form = Form::default();
        let kind = form.choice("kind", body.kind, enums::to_unit_kind);
        let kind = kind.as_ref().map(project::name).unwrap_or_default();
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let list = self.list(call, form, &asked, &kind)?;
        let (rows, next_page_token) = self
            .page("listing units", store::LIST_UNITS, &list, vec![kind.as_str().into()], Vec::new())
            .await?;
        let one = |row| Ok(resource::unit(&body_of::<Unit>(row)?));
        let units = rows.iter().map(one).collect::<Result<_, Problem>>()?;
        Ok(pb::ListUnitsResponse { units, next_page_token })
    }

    async fn unit_written(&self, id: &str) -> Result<pb::Unit, Problem> {
        let id = written(Slug::parse(id).ok())?;
        let pages = self.nouns(vec![Id::Unit(id.clone())]).await?;
        Ok(resource::unit(written(pages.unit(&id))?))
    }
}
