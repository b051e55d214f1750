//! Requests of teams on duty.

mod shown;

use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use prost::Message;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::form::Form;
use super::queries::{Paged, paged, scope};
use crate::domain::codes::{AreaCode, Id};
use crate::domain::duty::{DutyWish, MOST_CAPACITY, ShiftWish};
use crate::domain::places::{Point, SaidPosition};

pub(crate) use self::shown::{
    assignment_to, change_to, duty_to, position_to, search_to, statistics_to,
};

/// Most teams that are watched by name.
const MOST_WATCHED: usize = 200;
/// Longest period of statistics.
const MOST_DAYS: i64 = 92;
/// Most teams of a page of statistics.
const MOST_TEAMS: u32 = 100;

/// A request to put teams on or off duty.
#[derive(Debug)]
pub(crate) struct DutyAsked {
    /// Names the request.
    pub(crate) request_id: Uuid,
    /// Position of registry's log that the decision has to know of.
    pub(crate) min_registry: u64,
    /// What is asked.
    pub(crate) wish: DutyWish,
}

pub(crate) fn start(body: &pb::StartDutyRequest) -> Result<DutyAsked, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let team = form.id("team_id", &body.team_id);
    let shift = shift(&mut form, body.until_time.as_ref(), body.capacity);
    let read = || Some((request_id?, DutyWish::Start(team?, shift?)));
    let (request_id, wish) = form.finish(read())?;
    Ok(DutyAsked { request_id, min_registry: body.min_registry_position, wish })
}

pub(crate) fn end(body: &pb::EndDutyRequest) -> Result<DutyAsked, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let team = form.id("team_id", &body.team_id);
    let read = || Some((request_id?, DutyWish::End(team?)));
    let (request_id, wish) = form.finish(read())?;
    Ok(DutyAsked { request_id, min_registry: 0, wish })
}

pub(crate) fn hand_over(body: &pb::HandOverShiftRequest) -> Result<DutyAsked, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let from = form.id("from_team_id", &body.from_team_id);
    let to = form.id("to_team_id", &body.to_team_id);
    if from.is_some() && from == to {
        let (en, zh) = ("another team is wanted", "须为另一支队伍");
        form.wrong("to_team_id", "CONTRADICTS", en, zh);
    }
    let shift = shift(&mut form, body.until_time.as_ref(), body.capacity);
    let read = || {
        let (from, to, shift) = (from?, to?, shift?);
        Some((request_id?, DutyWish::HandOver { from, to, shift }))
    };
    let (request_id, wish) = form.finish(read())?;
    Ok(DutyAsked { request_id, min_registry: body.min_registry_position, wish })
}

fn shift(
    form: &mut Form,
    until: Option<&prost_types::Timestamp>,
    capacity: u32,
) -> Option<ShiftWish> {
    let until = form.time("until_time", until);
    if capacity > MOST_CAPACITY {
        let (en, zh) = ("at most 20 are wanted", "不得超过20");
        form.wrong("capacity", "OUT_OF_RANGE", en, zh);
    }
    Some(ShiftWish { until: until?, capacity: Some(capacity).filter(|cases| *cases > 0) })
}

pub(crate) fn team_id(text: &str) -> Result<Id, Problem> {
    let mut form = Form::default();
    let id = form.id("team_id", text);
    form.finish(id)
}

/// Where a team says that it is.
pub(crate) fn position(body: &pb::ReportPositionRequest) -> Result<SaidPosition, Problem> {
    let mut form = Form::default();
    let request_id = form.uuid("request_id", &body.request_id);
    let team = form.id("team_id", &body.team_id);
    let point = match &body.position {
        None => {
            form.wrong("position", "REQUIRED", "a value is required", "必填");
            None
        }
        Some(said) => {
            let on_earth = (-180.0..=180.0).contains(&said.longitude)
                && (-90.0..=90.0).contains(&said.latitude);
            let point = Point { longitude: said.longitude, latitude: said.latitude };
            let (en, zh) = ("degrees of WGS-84 are wanted", "须为WGS-84经纬度");
            form.or_wrong(on_earth.then_some(point), "position", en, zh)
        }
    };
    let measured = form.time("measure_time", body.measure_time.as_ref());
    let read = || {
        let (request, team, point) = (request_id?, team?, point?);
        Some(SaidPosition { request, team, point, measured: measured? })
    };
    form.finish(read())
}

/// Teams of a subtree, after one of them.
pub(crate) type OfArea = (AreaCode, Option<(AreaCode, Id)>);

pub(crate) fn list(
    body: &pb::ListDutiesRequest,
    caller: AreaCode,
) -> Result<Paged<OfArea>, Problem> {
    let mut form = Form::default();
    let area = form.area("area_code", &body.area_code);
    let filter = pb::ListDutiesRequest { page_size: 0, page_token: String::new(), ..body.clone() };
    let filter = filter_of(b"duties", caller, &filter);
    let page = paged(form, area, filter, (body.page_size, &body.page_token))?;
    of_area(page, caller)
}

fn of_area(page: Paged<Option<AreaCode>>, caller: AreaCode) -> Result<Paged<OfArea>, Problem> {
    let after = page.after.split_once('|');
    let after =
        after.and_then(|(area, id)| Some((AreaCode::parse(area).ok()?, Id::parse(id).ok()?)));
    let area = scope(caller, page.query)?;
    Ok(Paged { query: (area, after), size: page.size, after: page.after, filter: page.filter })
}

/// What a page goes on after: a team of an area.
pub(crate) fn team_token(area: &AreaCode, id: &Id) -> String {
    format!("{}|{}", area.as_str(), id.as_str())
}

/// Whose assignments are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Of a case.
    Case(Uuid),
    /// Of a team.
    Team(Id),
}

pub(crate) fn assignments(
    body: &pb::ListAssignmentsRequest,
    caller: AreaCode,
) -> Result<Paged<Whose>, Problem> {
    use pb::list_assignments_request::Whose as Wire;
    let mut form = Form::default();
    let whose = match &body.whose {
        Some(Wire::DisputeId(id)) => form.uuid("dispute_id", id).map(Whose::Case),
        Some(Wire::TeamId(id)) => form.id("team_id", id).map(Whose::Team),
        None => {
            form.wrong(
                "dispute_id",
                "REQUIRED",
                "a dispute or a team is wanted",
                "须指定纠纷或队伍",
            );
            None
        }
    };
    let filter =
        pb::ListAssignmentsRequest { page_size: 0, page_token: String::new(), ..body.clone() };
    let filter = filter_of(b"assignments", caller, &filter);
    paged(form, whose, filter, (body.page_size, &body.page_token))
}

/// What a page of statistics is about.
#[derive(Debug)]
pub(crate) struct Period {
    /// One team, or those of an area.
    pub(crate) team: Option<Id>,
    /// The area, and the team to go on after.
    pub(crate) of_area: OfArea,
    /// From then on, and before that.
    pub(crate) times: (Timestamp, Timestamp),
}

pub(crate) fn statistics(
    body: &pb::GetResponseStatisticsRequest,
    caller: AreaCode,
) -> Result<Paged<Period>, Problem> {
    let mut form = Form::default();
    let area = form.area("area_code", &body.area_code);
    let team = if body.team_id.is_empty() {
        Some(None)
    } else {
        form.id("team_id", &body.team_id).map(Some)
    };
    if !body.team_id.is_empty() && !body.area_code.is_empty() {
        let (en, zh) = ("a team or an area is wanted", "队伍与区划只能指定一项");
        form.wrong("area_code", "AMBIGUOUS", en, zh);
    }
    let from = needed(&mut form, "from_time", body.from_time.as_ref());
    let until = needed(&mut form, "until_time", body.until_time.as_ref());
    if let (Some(from), Some(until)) = (from, until)
        && (until <= from
            || until.duration_since(from) > SignedDuration::from_hours(24 * MOST_DAYS))
    {
        let (en, zh) = ("after from_time and at most 92 days later", "须晚于开始时间且不超过92天");
        form.wrong("until_time", "OUT_OF_RANGE", en, zh);
    }
    let filter = pb::GetResponseStatisticsRequest {
        page_size: 0,
        page_token: String::new(),
        ..body.clone()
    };
    let filter = filter_of(b"statistics", caller, &filter);
    let query = || Some((area?, team?, (from?, until?)));
    let page = paged(form, query(), filter, (body.page_size, &body.page_token))?;
    let (area, team, times) = page.query;
    let (size, after, filter) = (page.size.min(MOST_TEAMS), page.after, page.filter);
    let page = of_area(Paged { query: area, size, after, filter }, caller)?;
    let query = Period { team, of_area: page.query, times };
    Ok(Paged { query, size: page.size, after: page.after, filter: page.filter })
}

fn needed(
    form: &mut Form,
    field: &str,
    time: Option<&prost_types::Timestamp>,
) -> Option<Timestamp> {
    if time.is_none() {
        form.wrong(field, "REQUIRED", "a value is required", "必填");
    }
    form.time(field, time).flatten()
}

/// The teams that are watched, in order and once each; none = all.
pub(crate) fn watched(body: &pb::WatchAssignmentsRequest) -> Result<Vec<Id>, Problem> {
    let mut form = Form::default();
    if body.team_ids.len() > MOST_WATCHED {
        let (en, zh) = ("at most 200 are wanted", "不得超过200");
        form.wrong("team_ids", "TOO_MANY", en, zh);
    }
    let ids = body.team_ids.iter().enumerate();
    let teams: Option<Vec<Id>> =
        ids.map(|(index, id)| form.id(&format!("team_ids[{index}]"), id)).collect();
    let mut teams = form.finish(teams)?;
    teams.sort();
    teams.dedup();
    Ok(teams)
}

fn filter_of(what: &[u8], caller: AreaCode, body: &impl Message) -> Vec<u8> {
    [what, caller.as_str().as_bytes(), &body.encode_to_vec()].concat()
}
