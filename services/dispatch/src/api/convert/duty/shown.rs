//! Teams, their offers and their times as callers see them.

use jiff::Timestamp;
use ledger::Foreign;
use yiwang_proto::dispatch::v1 as pb;

use crate::api::convert::events::estimate;
use crate::api::convert::time;
use crate::domain::assignment::{Assignment, End, Turn};
use crate::domain::codes::Id;
use crate::domain::event::{Event, Search};
use crate::domain::places::{Engagement, Position, Team};
use crate::domain::statistics::{Statistics, Times};

/// A duty; with a position where the caller may see one and the team is on duty.
pub(crate) fn duty_to(
    team: &Team,
    engagement: &Engagement,
    position: Option<&Position>,
    now: Timestamp,
) -> pb::Duty {
    let position = position.filter(|position| team.is_known_at(position, now));
    pb::Duty {
        team_id: team.id.as_str().to_owned(),
        display_name: team.name.clone(),
        area_code: team.area.as_str().to_owned(),
        on_duty: team.duty.is_on(now) && team.exists_on(calendar::business_date(now)),
        since_time: team.since.map(time),
        until_time: team.duty.end().map(time),
        capacity: team.capacity,
        case_count: u32::try_from(engagement.cases.len()).unwrap_or(u32::MAX),
        position: position.copied().map(position_to),
    }
}

pub(crate) fn position_to(position: Position) -> pb::Position {
    let Position { point, at } = position;
    pb::Position {
        longitude: point.longitude,
        latitude: point.latitude,
        report_time: Some(time(at)),
    }
}

pub(crate) fn assignment_to(offer: &Assignment) -> pb::Assignment {
    pb::Assignment {
        dispute_id: offer.dispute.to_string(),
        number: offer.number,
        grid_code: offer.grid.as_str().to_owned(),
        team_id: offer.team.as_str().to_owned(),
        state: state(offer).into(),
        call_time: Some(time(offer.called_at)),
        offer_time: Some(time(offer.offered_at)),
        answer_until_time: Some(time(offer.answer_until)),
        accept_time: offer.accepted_at.map(time),
        arrival_time: offer.arrived_at.map(time),
        end_time: offer.ended.map(|(_, at)| time(at)),
        estimate: offer.estimate.map(estimate),
    }
}

fn state(offer: &Assignment) -> pb::AssignmentState {
    match offer.ended {
        Some((end, _)) => end_to(end),
        None if offer.arrived_at.is_some() => pb::AssignmentState::Arrived,
        None if offer.accepted_at.is_some() => pb::AssignmentState::Accepted,
        None => pb::AssignmentState::Offered,
    }
}

fn end_to(end: End) -> pb::AssignmentState {
    match end {
        End::Done => pb::AssignmentState::Done,
        End::Declined => pb::AssignmentState::Declined,
        End::Lapsed => pb::AssignmentState::Lapsed,
        End::Withdrawn => pb::AssignmentState::Withdrawn,
        End::Cancelled => pb::AssignmentState::Cancelled,
    }
}

/// Why nobody could be asked.
pub(crate) fn search_to(search: Search) -> pb::TeamSearch {
    let Search { serving, off_duty, engaged, asked } = search;
    pb::TeamSearch { serving, off_duty, engaged, asked }
}

/// Something that happened to an offer, as the log has it.
pub(crate) fn change_to(
    record: &Foreign,
    event: &Event,
    team: &Id,
    turn: &Turn,
) -> pb::AssignmentChange {
    use pb::assignment_change::Kind;
    let kind = match turn {
        Turn::Offered(_) => Kind::Offered,
        Turn::Accepted => Kind::Accepted,
        Turn::Arrived(_) => Kind::Arrived,
        Turn::Gone(_) => Kind::Withdrawn,
        Turn::Freed => Kind::Done,
    };
    let answer_until =
        if let Turn::Offered(offered) = turn { Some(offered.answer_until) } else { None };
    let end =
        if let Turn::Gone(end) = turn { end_to(*end) } else { pb::AssignmentState::Unspecified };
    pb::AssignmentChange {
        kind: kind.into(),
        team_id: team.as_str().to_owned(),
        dispute_id: event.dispute_id.to_string(),
        grid_code: event.grid.as_str().to_owned(),
        position: record.header.position,
        record_time: record.header.record_time,
        answer_until_time: answer_until.map(time),
        end: end.into(),
    }
}

pub(crate) fn statistics_to(team: &Team, found: &Statistics) -> pb::ResponseStatistics {
    pb::ResponseStatistics {
        team_id: team.id.as_str().to_owned(),
        display_name: team.name.clone(),
        area_code: team.area.as_str().to_owned(),
        offered: found.offered,
        accepted: found.accepted,
        declined: found.declined,
        lapsed: found.lapsed,
        arrived: found.arrived,
        offer_to_accept: Some(times(&found.offer_to_accept)),
        accept_to_arrive: Some(times(&found.accept_to_arrive)),
        call_to_arrive: Some(times(&found.call_to_arrive)),
        trips: found.trips,
        within_ten_minutes: found.in_ten_minutes,
        withdrawn: found.withdrawn,
    }
}

fn times(times: &Times) -> pb::ResponseTimes {
    pb::ResponseTimes {
        count: times.count(),
        p50_seconds: times.percentile(50),
        p90_seconds: times.percentile(90),
    }
}
