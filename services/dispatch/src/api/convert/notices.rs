//! Requests about notices, and how notices and whom they are for are shown.

use kit::Problem;
use ledger::Foreign;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::form::Form;
use super::queries::{self, Paged, paged};
use super::{enums, events, time};
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::dispute::Dispute;
use crate::domain::event::{Event, Fact};
use crate::domain::notice::{Delivery, Due, Undeliverable, Undelivered};
use crate::domain::rejection::Rejection;

/// Most tries of a notice, and most persons who are meant by one.
const MOST_ATTEMPTS: u32 = 1_000;
const MOST_PEOPLE: u32 = crate::domain::decide::MOST_PARTIES;

/// A request about one notice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Names the request.
    pub(crate) request_id: Uuid,
    /// Position of the notice.
    pub(crate) position: u64,
    /// Id of the event that the caller read there.
    pub(crate) expected: Option<Uuid>,
}

/// A notice as it was read from the log.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its dispute, and what it says.
    pub(crate) dispute_id: Uuid,
    pub(crate) due: Due,
    /// Id of the event.
    pub(crate) event_id: String,
    /// When it was recorded.
    pub(crate) at: Option<prost_types::Timestamp>,
}

/// A request about the notice at a position; `expected` is the id of the event there, or empty.
pub(crate) fn about(request_id: &str, position: u64, expected: &str) -> Result<Asked, Problem> {
    let mut form = Form::default();
    let read = read_about(&mut form, request_id, position, expected);
    form.finish(read)
}

fn read_about(form: &mut Form, request_id: &str, position: u64, expected: &str) -> Option<Asked> {
    let request_id = form.uuid("request_id", request_id);
    if position == 0 {
        form.wrong("notice_position", "REQUIRED", "a value is required", "必填");
    }
    let expected = match expected {
        "" => Some(None),
        expected => form.uuid("expected_event_id", expected).map(Some),
    };
    Some(Asked { request_id: request_id?, position, expected: expected? })
}

/// What became of a notice, and after how many tries.
pub(crate) fn delivery(
    body: &pb::ReportDeliveryRequest,
) -> Result<(Asked, Delivery, u32), Problem> {
    let mut form = Form::default();
    let (position, expected) = (body.notice_position, &body.expected_event_id);
    let asked = read_about(&mut form, &body.request_id, position, expected);
    let result =
        form.choice("result", body.result, |result| pb::DeliveryResult::try_from(result).ok());
    let delivery = match result {
        Some(pb::DeliveryResult::Delivered) => {
            not_with(&mut form, "reason", body.reason != 0);
            Some(Delivery::Delivered { unreached: body.unreached })
        }
        Some(pb::DeliveryResult::Undeliverable) => {
            not_with(&mut form, "unreached", body.unreached != 0);
            let reason = form.choice("reason", body.reason, enums::undeliverable_from);
            reason.map(Delivery::Undeliverable)
        }
        Some(pb::DeliveryResult::Unspecified) | None => None,
    };
    at_most(&mut form, "attempts", body.attempts, MOST_ATTEMPTS);
    at_most(&mut form, "unreached", body.unreached, MOST_PEOPLE);
    let read = || Some((asked?, delivery?, body.attempts));
    form.finish(read())
}

fn not_with(form: &mut Form, field: &str, is_there: bool) {
    if is_there {
        let (en, zh) = ("not with this result", "与该结果不符");
        form.wrong(field, "NOT_APPLICABLE", en, zh);
    }
}

fn at_most(form: &mut Form, field: &str, number: u32, most: u32) {
    if number > most {
        let (en, zh) = (format!("at most {most} is wanted"), format!("不得超过{most}"));
        form.wrong(field, "OUT_OF_RANGE", en, zh);
    }
}

/// An area, and the grid and position of its last notice that was shown.
pub(crate) type UndeliveredAfter = (AreaCode, Option<(GridCode, u64)>);

/// A page of what could not be delivered; the key is [`undelivered_key`].
pub(crate) fn undelivered(
    body: &pb::ListUndeliveredRequest,
    caller: AreaCode,
) -> Result<Paged<UndeliveredAfter>, Problem> {
    let mut form = Form::default();
    let area = form.area("area_code", &body.area_code);
    let filter = [b"undelivered", body.area_code.as_bytes()].concat();
    let page = paged(form, area, filter, (body.page_size, &body.page_token))?;
    let area = queries::scope(caller, page.query)?;
    let read = |(grid, position): (&str, &str)| {
        Some((GridCode::parse(grid).ok()?, position.parse().ok()?))
    };
    let after = page.after.split_once('|').and_then(read);
    Ok(Paged { query: (area, after), size: page.size, after: page.after, filter: page.filter })
}

/// What a page of what could not be delivered goes on after.
pub(crate) fn undelivered_key(position: u64, row: &Undelivered) -> String {
    format!("{}|{position}", row.grid.as_str())
}

/// Refuses when another event stands at a position than the one that the caller read there, or none.
pub(crate) fn is_expected(event: Option<&Foreign>, asked: &Asked) -> Result<(), Rejection> {
    let is_there = |expected: Uuid| {
        event.is_some_and(|event| Uuid::try_parse(&event.header.event_id) == Ok(expected))
    };
    match asked.expected {
        Some(expected) if !is_there(expected) => {
            Err(Rejection::NoticeDiverged { position: asked.position })
        }
        Some(_) | None => Ok(()),
    }
}

/// An event of the log as the notice that it is, if it is one.
pub(crate) fn found(event: &Foreign) -> Option<Found> {
    let header = &event.header;
    let Event { dispute_id, fact, .. } = events::recognise(&header.r#type, &event.payload)?;
    let Fact::NoticeDue(notice) = fact else { return None };
    Some(Found {
        dispute_id,
        due: Due { position: header.position, notice },
        event_id: header.event_id.clone(),
        at: header.record_time,
    })
}

/// A notice that waits; its code is that of the case whose reporter may be meant.
pub(crate) fn pending(found: &Found, dispute: &Dispute, of: &Dispute) -> pb::PendingNotice {
    let notice = &found.due.notice;
    pb::PendingNotice {
        position: found.due.position,
        event_id: found.event_id.clone(),
        due_time: found.at,
        dispute_id: dispute.id.to_string(),
        case_code: of.code.to_string(),
        grid_code: dispute.grid.as_str().to_owned(),
        recipient: enums::recipient_to(notice.recipient),
        template: enums::template_to(notice.template).to_owned(),
        retry_of_position: notice.retry_of.unwrap_or_default(),
    }
}

/// The people of opened details who are meant; an error where none of them has a telephone.
pub(crate) fn people(
    details: &[pb::Details],
    is_reporter: bool,
) -> Result<pb::Contact, Undeliverable> {
    let reporters = details.iter().filter_map(|details| details.reporter.as_ref());
    let all: Vec<pb::Reachable> = if is_reporter {
        reporters.map(|reporter| reachable(&reporter.name, &reporter.phone)).collect()
    } else {
        let parties = details.iter().flat_map(|details| &details.parties);
        parties.map(|party| reachable(&party.name, &party.phone)).collect()
    };
    let meant = all.len();
    let people: Vec<_> = all.into_iter().filter(|person| !person.phone.is_empty()).collect();
    if people.is_empty() {
        return Err(Undeliverable::NoContact);
    }
    let unreached = u32::try_from(meant - people.len()).unwrap_or(u32::MAX);
    Ok(pb::Contact { people, unreached, ..pb::Contact::default() })
}

fn reachable(name: &str, phone: &str) -> pb::Reachable {
    pb::Reachable { name: name.to_owned(), phone: phone.trim().to_owned() }
}

/// A notice that could not be delivered.
pub(crate) fn listed(position: u64, row: &Undelivered, case_code: String) -> pb::UndeliveredNotice {
    pb::UndeliveredNotice {
        position,
        dispute_id: row.dispute.to_string(),
        case_code,
        grid_code: row.grid.as_str().to_owned(),
        recipient: enums::recipient_to(row.notice.recipient),
        template: enums::template_to(row.notice.template).to_owned(),
        target: row.notice.target.clone(),
        reason: enums::undeliverable_to(row.reason),
        attempts: row.attempts,
        fail_time: Some(time(row.at)),
    }
}
