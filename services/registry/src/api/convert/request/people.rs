//! Requests about workers, units and teams.

use kit::Problem;
use uuid::Uuid;
use yiwang_proto::registry::v1 as pb;

use crate::api::convert::form::Form;
use crate::api::convert::{enums, instant};
use crate::api::submit::Wish;
use crate::domain::code::{AreaCode, GridCode, Slug};
use crate::domain::command::{Act, Crew, TeamChange, WorkerChange};
use crate::domain::limits::{MEMBERS, NAME, PERSON, SERVED};
use crate::domain::worker::Contact;

pub(crate) fn register_worker(
    body: &pb::RegisterWorkerRequest,
    fresh: Uuid,
) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.id_or("worker_id", &body.worker_id, fresh);
    let post = form.chosen("post", body.post, enums::to_post);
    let area = form.code("area_code", &body.area_code, AreaCode::parse);
    let unit = form.optional("unit_id", &body.unit_id, Slug::parse);
    let name = form.name("display_name", &body.display_name, PERSON);
    let phone = form.phone("work_phone", &body.work_phone);
    let on = form.day("valid_from_date", &body.valid_from_date);
    let read = (|| {
        let contact = Contact { name: name?, phone: phone? };
        let act = Act::RegisterWorker { id: id?, post: post?, area: area?, unit, contact };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn update_worker(body: &pb::UpdateWorkerRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("worker_id", &body.worker_id, Slug::parse);
    let change = WorkerChange {
        post: form.choice("post", body.post, enums::to_post),
        unit: body.unit_id.as_ref().map(|unit| form.optional("unit_id", unit, Slug::parse)),
        name: body.display_name.as_ref().and_then(|name| form.name("display_name", name, PERSON)),
        phone: body.work_phone.as_ref().and_then(|phone| form.phone("work_phone", phone)),
    };
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::UpdateWorker { id: id?, change };
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn assign_worker(body: &pb::AssignWorkerRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("worker_id", &body.worker_id, Slug::parse);
    let grid = form.code("grid_code", &body.grid_code, GridCode::parse);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::AssignWorker { id: id?, grid: grid? };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn unassign_worker(body: &pb::UnassignWorkerRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("worker_id", &body.worker_id, Slug::parse);
    let grid = form.code("grid_code", &body.grid_code, GridCode::parse);
    let on = form.day("effective_date", &body.effective_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::UnassignWorker { id: id?, grid: grid? };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn dismiss_worker(body: &pb::DismissWorkerRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("worker_id", &body.worker_id, Slug::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::DismissWorker { id: id? };
        Some(Wish { on, etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn create_unit(body: &pb::CreateUnitRequest, fresh: Uuid) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.id_or("unit_id", &body.unit_id, fresh);
    let kind = form.chosen("kind", body.kind, enums::to_unit_kind);
    let tier = form.choice("tier", body.tier, enums::to_level);
    let area = form.code("area_code", &body.area_code, AreaCode::parse);
    let name = form.name("display_name", &body.display_name, NAME);
    let on = form.day("valid_from_date", &body.valid_from_date);
    let read = (|| {
        let act = Act::CreateUnit { id: id?, kind: kind?, tier, area: area?, name: name? };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn update_unit(body: &pb::UpdateUnitRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("unit_id", &body.unit_id, Slug::parse);
    let kind = form.choice("kind", body.kind, enums::to_unit_kind);
    let tier = form.choice("tier", body.tier, enums::to_level);
    let name = body.display_name.as_ref().and_then(|name| form.name("display_name", name, NAME));
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::UpdateUnit { id: id?, kind, tier, name };
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn retire_unit(body: &pb::RetireUnitRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("unit_id", &body.unit_id, Slug::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let etag = form.etag(&body.etag);
    let read =
        (|| Some(Wish { on, etag, ..Wish::new(request?, body, Act::RetireUnit { id: id? }) }))();
    form.done(read)
}

pub(crate) fn create_team(body: &pb::CreateTeamRequest, fresh: Uuid) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.id_or("team_id", &body.team_id, fresh);
    let unit = form.optional("unit_id", &body.unit_id, Slug::parse);
    let area = form.code("area_code", &body.area_code, AreaCode::parse);
    let name = form.name("display_name", &body.display_name, NAME);
    let members = form.codes("member_worker_ids", &body.member_worker_ids, MEMBERS, Slug::parse);
    let serves = form.codes("served_area_codes", &body.served_area_codes, SERVED, AreaCode::parse);
    let base = form.point("base_point", body.base_point.as_ref());
    if body.base_point.is_none() {
        form.wrong("base_point", "REQUIRED", "is required", "必填");
    }
    let on = form.day("valid_from_date", &body.valid_from_date);
    let read = (|| {
        let crew = Crew { members, base: base?, serves };
        let act = Act::CreateTeam { id: id?, area: area?, unit, name: name?, crew };
        Some(Wish { on, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn update_team(body: &pb::UpdateTeamRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("team_id", &body.team_id, Slug::parse);
    let change = TeamChange {
        name: body.display_name.as_ref().and_then(|name| form.name("display_name", name, NAME)),
        members: body
            .members
            .as_ref()
            .map(|list| form.codes("members.worker_ids", &list.worker_ids, MEMBERS, Slug::parse)),
        base: form.point("base_point", body.base_point.as_ref()),
        serves: body.served_areas.as_ref().map(|list| {
            form.codes("served_areas.area_codes", &list.area_codes, SERVED, AreaCode::parse)
        }),
    };
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::UpdateTeam { id: id?, change };
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn set_team_duty(body: &pb::SetTeamDutyRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("team_id", &body.team_id, Slug::parse);
    let on_duty =
        form.chosen("state", body.state, |state| match pb::DutyState::try_from(state).ok()? {
            pb::DutyState::OnDuty => Some(true),
            pb::DutyState::OffDuty => Some(false),
            pb::DutyState::Unspecified => None,
        });
    let until = body.until_time.as_ref().and_then(instant);
    if body.until_time.is_some() && until.is_none() {
        form.wrong("until_time", "OUT_OF_RANGE", "is not a time", "时间超出范围");
    }
    let etag = form.etag(&body.etag);
    let read = (|| {
        let act = Act::SetTeamDuty { id: id?, on_duty: on_duty?, until };
        Some(Wish { etag, ..Wish::new(request?, body, act) })
    })();
    form.done(read)
}

pub(crate) fn disband_team(body: &pb::DisbandTeamRequest) -> Result<Wish, Problem> {
    let mut form = Form::default();
    let request = form.request_id(&body.request_id);
    let id = form.code("team_id", &body.team_id, Slug::parse);
    let on = form.day("valid_to_date", &body.valid_to_date);
    let etag = form.etag(&body.etag);
    let read =
        (|| Some(Wish { on, etag, ..Wish::new(request?, body, Act::DisbandTeam { id: id? }) }))();
    form.done(read)
}
