//! Areas and functional zones.

use kit::rpc::open;
use kit::{Call, Problem, Role};
use tonic::{Request, Response, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::area_service_server;

use super::convert::form::Form;
use super::convert::{enums, request as convert, resource};
use super::lists::{Asked, body as body_of};
use super::submit::reading;
use super::{Api, written};
use crate::domain::area::Area;
use crate::domain::book::{Book, Id};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::rejection::What;
use crate::domain::zone::Zone;
use crate::error::{DOMAIN, not_found};
use crate::{project, store};

#[tonic::async_trait]
impl area_service_server::AreaService for Api {
    async fn get_area(
        &self,
        request: Request<pb::GetAreaRequest>,
    ) -> Result<Response<pb::GetAreaResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.area_with_ancestors(&call, &body).await?))
    }

    async fn list_areas(
        &self,
        request: Request<pb::ListAreasRequest>,
    ) -> Result<Response<pb::ListAreasResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.areas(&call, &body).await?))
    }

    async fn get_jurisdiction(
        &self,
        request: Request<pb::GetJurisdictionRequest>,
    ) -> Result<Response<pb::GetJurisdictionResponse>, Status> {
        let (call, body) = open(request)?;
        let mut form = Form::default();
        let id = form.code("jurisdiction_id", &body.jurisdiction_id, Slug::parse);
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let zone = self.zone(&form.done(id)?).await?;
        let zone = zone.filter(|zone| call.caller.sees(zone.facts.area.as_str()));
        let zone = zone.ok_or_else(|| not_found(What::Zone, &body.jurisdiction_id, &[]))?;
        let jurisdiction = Some(resource::zone(&zone, day));
        Ok(Response::new(pb::GetJurisdictionResponse { jurisdiction }))
    }

    async fn list_jurisdictions(
        &self,
        request: Request<pb::ListJurisdictionsRequest>,
    ) -> Result<Response<pb::ListJurisdictionsResponse>, Status> {
        let (call, body) = open(request)?;
        Ok(Response::new(self.zones(&call, &body).await?))
    }

    async fn create_area(
        &self,
        request: Request<pb::CreateAreaRequest>,
    ) -> Result<Response<pb::CreateAreaResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (_, wish) = reading(body, convert::create_area).await?;
        let granted = self.submit(&call, "yiwang.registry.v1.AreaService/CreateArea", wish).await?;
        let area = self.area_written(granted.id()).await?;
        Ok(Response::new(pb::CreateAreaResponse {
            area: Some(resource::area(&area, true)),
            feed_position: granted.position,
        }))
    }

    async fn update_area(
        &self,
        request: Request<pb::UpdateAreaRequest>,
    ) -> Result<Response<pb::UpdateAreaResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let (_, wish) = reading(body, convert::update_area).await?;
        let granted = self.submit(&call, "yiwang.registry.v1.AreaService/UpdateArea", wish).await?;
        let area = self.area_written(granted.id()).await?;
        Ok(Response::new(pb::UpdateAreaResponse {
            area: Some(resource::area(&area, true)),
            feed_position: granted.position,
        }))
    }

    async fn retire_area(
        &self,
        request: Request<pb::RetireAreaRequest>,
    ) -> Result<Response<pb::RetireAreaResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::retire_area(&body)?;
        let granted = self.submit(&call, "yiwang.registry.v1.AreaService/RetireArea", wish).await?;
        let area = self.area_written(granted.id()).await?;
        Ok(Response::new(pb::RetireAreaResponse {
            area: Some(resource::area(&area, true)),
            feed_position: granted.position,
        }))
    }

    async fn create_jurisdiction(
        &self,
        request: Request<pb::CreateJurisdictionRequest>,
    ) -> Result<Response<pb::CreateJurisdictionResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::create_zone(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.AreaService/CreateJurisdiction", wish).await?;
        let jurisdiction = self.zone_written(granted.id(), &body.valid_from_date).await?;
        Ok(Response::new(pb::CreateJurisdictionResponse {
            jurisdiction: Some(jurisdiction),
            feed_position: granted.position,
        }))
    }

    async fn set_jurisdiction_areas(
        &self,
        request: Request<pb::SetJurisdictionAreasRequest>,
    ) -> Result<Response<pb::SetJurisdictionAreasResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::set_zone_areas(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.AreaService/SetJurisdictionAreas", wish).await?;
        let jurisdiction = self.zone_written(granted.id(), &body.effective_date).await?;
        Ok(Response::new(pb::SetJurisdictionAreasResponse {
            jurisdiction: Some(jurisdiction),
            feed_position: granted.position,
        }))
    }

    async fn retire_jurisdiction(
        &self,
        request: Request<pb::RetireJurisdictionRequest>,
    ) -> Result<Response<pb::RetireJurisdictionResponse>, Status> {
        let (call, body) = open(request)?;
        call.caller.require(Role::Operate, DOMAIN)?;
        let wish = convert::retire_zone(&body)?;
        let granted =
            self.submit(&call, "yiwang.registry.v1.AreaService/RetireJurisdiction", wish).await?;
        let jurisdiction = self.zone_written(granted.id(), &body.valid_to_date).await?;
        Ok(Response::new(pb::RetireJurisdictionResponse {
            jurisdiction: Some(jurisdiction),
            feed_position: granted.position,
        }))
    }
}

impl Api {
    async fn area_with_ancestors(
        &self,
        call: &Call,
        body: &pb::GetAreaRequest,
    ) -> Result<pb::GetAreaResponse, Problem> {
        let mut form = Form::default();
        let code = form.code("area_code", &body.area_code, AreaCode::parse);
        let day = self.day(&mut form, "as_of_date", &body.as_of_date);
        let code = form.done(code)?;
        let chain: Vec<AreaCode> = std::iter::once(code.clone()).chain(code.ancestors()).collect();
        let pages = self.nouns(chain.iter().cloned().map(Id::Area).collect()).await?;
        let area = pages.area(&code).filter(|_| call.caller.sees(code.as_str()));
        let area = area.ok_or_else(|| not_found(What::Area, code.as_str(), &[]))?;
        let ancestors = chain.iter().skip(1).rev().filter_map(|code| pages.area(code));
        // Zones lie in an area above what they manage; there are few of them.
        let root = chain.last().unwrap_or(&code);
        let arguments = vec![
            root.as_str().into(),
            ledger::area_end(root.as_str()).into(),
            "".into(),
            project::day(day),
            1_000.into(),
        ];
        let rows = self.ledger.db().rows("reading zones", store::LIST_ZONES, arguments).await;
        let rows = rows.map_err(|error| error.into_problem(DOMAIN))?;
        let zones = rows.iter().map(body_of::<Zone>).collect::<Result<Vec<Zone>, Problem>>()?;
        let managing = zones.iter().filter(|zone| zone.manages(&code, day));
        Ok(pb::GetAreaResponse {
            area: Some(resource::area(area, true)),
            ancestors: ancestors.map(resource::area_ref).collect(),
            jurisdictions: managing.map(|zone| resource::zone(zone, day)).collect(),
        })
    }

    async fn areas(
        &self,
        call: &Call,
        body: &pb::ListAreasRequest,
    ) -> Result<pb::ListAreasResponse, Problem> {
        let mut form = Form::default();
        let level = form.choice("level", body.level, enums::to_level);
        let level = level.as_ref().map(project::name).unwrap_or_default();
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let more = format!("{level}|{}", body.include_retired);
        let list = self.list(call, form, &asked, &more)?;
        let filters = vec![level.into(), body.include_retired.into()];
        let (rows, next_page_token) =
            self.page("listing areas", store::LIST_AREAS, &list, filters, Vec::new()).await?;
        let area = |row| Ok(resource::area(&body_of::<Area>(row)?, body.include_outlines));
        let areas = rows.iter().map(area).collect::<Result<_, Problem>>()?;
        Ok(pb::ListAreasResponse { areas, next_page_token })
    }

    async fn zones(
        &self,
        call: &Call,
        body: &pb::ListJurisdictionsRequest,
    ) -> Result<pb::ListJurisdictionsResponse, Problem> {
        let asked = Asked {
            area_code: &body.area_code,
            as_of_date: &body.as_of_date,
            page_size: body.page_size,
            page_token: &body.page_token,
        };
        let list = self.list(call, Form::default(), &asked, "")?;
        let (rows, next_page_token) =
            self.page("listing zones", store::LIST_ZONES, &list, Vec::new(), Vec::new()).await?;
        let zone = |row| Ok(resource::zone(&body_of::<Zone>(row)?, list.day));
        let jurisdictions = rows.iter().map(zone).collect::<Result<_, Problem>>()?;
        Ok(pb::ListJurisdictionsResponse { jurisdictions, next_page_token })
    }

    async fn area_written(&self, code: &str) -> Result<Area, Problem> {
        let code = written(AreaCode::parse(code).ok())?;
        let pages = self.nouns(vec![Id::Area(code.clone())]).await?;
        written(pages.area(&code).cloned())
    }

    async fn zone(&self, id: &Slug) -> Result<Option<Zone>, Problem> {
        Ok(self.nouns(vec![Id::Zone(id.clone())]).await?.zone(id).cloned())
    }

    async fn zone_written(&self, id: &str, day: &str) -> Result<pb::Jurisdiction, Problem> {
        let id = written(Slug::parse(id).ok())?;
        let day = self.day(&mut Form::default(), "", day);
        Ok(resource::zone(&written(self.zone(&id).await?)?, day))
    }
}
