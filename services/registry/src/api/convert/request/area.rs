//! Requests about areas and functional zones.

use kit::Problem;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::form::Form;
use crate::api::submit::Wish;
use crate::domain::code::{AreaCode, Slug};
use crate::domain::command::Act;
use crate::domain::limits::NAME;

/// Most areas of a functional zone, and of what takes an area's place.
const AREAS: usize = 500;

pub(crate) fn create_area(body: &pb::CreateAreaRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("area_code", &body.area_code, AreaCode::parse);
    let name = form.name("display_name", &body.display_name, NAME);
    let outline = form.outline("outline_geojson", &body.outline_geojson);
    let on = form.day("valid_from_date", &body.valid_from_date);
    let read = (|| {
        let act = Act::CreateArea { code: code?, name: name?, outline };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn update_area(body: &pb::UpdateAreaRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("area_code", &body.area_code, AreaCode::parse);
    let name = body.display_name.as_ref().and_then(|name| form.name("display_name", name, NAME));
    let outline = body.outline_geojson.as_ref();
    let outline = outline.map(|outline| form.outline("outline_geojson", outline));
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::UpdateArea { code: code?, name, outline };
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn retire_area(body: &pb::RetireAreaRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("area_code", &body.area_code, AreaCode::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let superseded_by = form.codes("superseded_by", &body.superseded_by, AREAS, AreaCode::parse);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::RetireArea { code: code?, superseded_by };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn create_zone(body: &pb::CreateJurisdictionRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("jurisdiction_id", &body.jurisdiction_id, Slug::parse);
    let area = form.code("area_code", &body.area_code, AreaCode::parse);
    let name = form.name("display_name", &body.display_name, NAME);
    let on = form.day("valid_from_date", &body.valid_from_date);
    let areas = form.codes("area_codes", &body.area_codes, AREAS, AreaCode::parse);
    let read = (|| {
        let act = Act::CreateZone { id: id?, area: area?, name: name?, areas };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn set_zone_areas(body: &pb::SetJurisdictionAreasRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("jurisdiction_id", &body.jurisdiction_id, Slug::parse);
    let areas = form.codes("area_codes", &body.area_codes, AREAS, AreaCode::parse);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::SetZoneAreas { id: id?, areas };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn retire_zone(body: &pb::RetireJurisdictionRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("jurisdiction_id", &body.jurisdiction_id, Slug::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let etag = form.etag(&body.etag);
    let read =
        (|| Some(Wish { on, etag, ..Wish::new(request?, body, Act::RetireZone { id: id? }) }))();
    form.done(read)
}
