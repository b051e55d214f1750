//! Requests about grids.

use kit::Problem;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::enums;
use crate::api::convert::form::Form;
use crate::api::submit::Wish;
use crate::domain::code::{AreaCode, GridCode, Level};
use crate::domain::command::{Act, Drawing, Part};
use crate::domain::limits::{HOUSEHOLDS, NAME};

/// Most grids that a split or a merge takes.
const PARTS: usize = 20;

fn part(form: &mut Form, field: &str, part: Option<&pb::GridPart>) -> Option<Part> {
    let Some(part) = part else {
        form.wrong(field, "REQUIRED", "is required", "必填");
        return None;
    };
    let name = form.name(&format!("{field}.display_name"), &part.display_name, NAME);
    let kind = form.choice(&format!("{field}.kind"), part.kind, enums::to_grid_kind);
    let outline = form.outline(&format!("{field}.outline_geojson"), &part.outline_geojson);
    let base = form.point(&format!("{field}.base_point"), part.base_point.as_ref());
    let households = households(form, &format!("{field}.households"), part.households);
    Some(Part { name: name?, kind, households: households?, outline, base })
}

fn households(form: &mut Form, field: &str, households: u32) -> Option<u32> {
    if households > HOUSEHOLDS {
        form.wrong(field, "OUT_OF_RANGE", "is more than 100000", "超过 100000");
        return None;
    }
    Some(households)
}

pub(crate) fn community(form: &mut Form, field: &str, text: &str) -> Option<AreaCode> {
    let code = form.code(field, text, AreaCode::parse)?;
    if code.level() == Level::Community {
        return Some(code);
    }
    form.wrong(
        field,
        "WRONG_TIER",
        "is not the code of a community (12 digits)",
        "须为 12 位社区代码",
    );
    None
}

pub(crate) fn create_grid(body: &pb::CreateGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let community = community(&mut form, "community_code", &body.community_code);
    let part = part(&mut form, "grid", body.grid.as_ref());
    let parent = form.optional("parent_grid_code", &body.parent_grid_code, GridCode::parse);
    let on = form.day("effective_date", &body.effective_date);
    let read = (|| {
        let act = Act::CreateGrid { community: community?, parent, part: part? };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn rename_grid(body: &pb::RenameGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("grid_code", &body.grid_code, GridCode::parse);
    let name = form.name("display_name", &body.display_name, NAME);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::RenameGrid { code: code?, name: name? };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn redraw_grid(body: &pb::RedrawGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("grid_code", &body.grid_code, GridCode::parse);
    let outline = body.outline_geojson.as_ref();
    let outline = outline.map(|outline| form.outline("outline_geojson", outline));
    let base = form.point("base_point", body.base_point.as_ref());
    let counted = body.households.and_then(|count| households(&mut form, "households", count));
    if outline.is_none() && body.base_point.is_none() && body.households.is_none() {
        let en = "one of outline_geojson, base_point and households is required";
        form.wrong("outline_geojson", "REQUIRED", en, "边界、站点与户数至少填一项");
    }
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let drawing = Drawing { outline, base, households: counted };
        let act = Act::RedrawGrid { code: code?, drawing };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn move_grid(body: &pb::MoveGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("grid_code", &body.grid_code, GridCode::parse);
    let to = community(&mut form, "to_community_code", &body.to_community_code);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::MoveGrid { code: code?, to: to? };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn split_grid(body: &pb::SplitGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("grid_code", &body.grid_code, GridCode::parse);
    if !(2..=PARTS).contains(&body.parts.len()) {
        form.wrong("parts", "OUT_OF_RANGE", "must be 2 to 20 grids", "须为 2 至 20 个网格");
    }
    let numbered = body.parts.iter().take(PARTS).enumerate();
    let parts: Vec<Option<Part>> = numbered
        .map(|(index, one)| part(&mut form, &format!("parts[{index}]"), Some(one)))
        .collect();
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let parts = parts.into_iter().collect::<Option<Vec<Part>>>()?;
        let act = Act::SplitGrid { code: code?, parts };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn merge_grids(body: &pb::MergeGridsRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    if !(2..=PARTS).contains(&body.grid_codes.len()) {
        form.wrong("grid_codes", "OUT_OF_RANGE", "must be 2 to 20 grids", "须为 2 至 20 个网格");
    }
    let codes = form.codes("grid_codes", &body.grid_codes, PARTS, GridCode::parse);
    let part = part(&mut form, "grid", body.grid.as_ref());
    let on = form.day("effective_date", &body.effective_date);
    let read = (|| {
        let act = Act::MergeGrids { codes, part: part? };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn retire_grid(body: &pb::RetireGridRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let code = form.code("grid_code", &body.grid_code, GridCode::parse);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read =
        (|| Some(Wish { on, etag, ..Wish::new(request?, body, Act::RetireGrid { code: code? }) }))(
        );
    form.done(read)
}
