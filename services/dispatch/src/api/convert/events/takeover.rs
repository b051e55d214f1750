//! The message of a case that was taken over from paper, both ways.

use jiff::civil::Date;
use ledger::Published;
use prost::Message;
use yiwang_proto::dispatch::v1 as pb;

use super::super::clock::{place_from, place_to};
use super::super::counting::timestamp;
use super::super::{enums, time};
use super::recognise::{clock_of, event as read_event, id as read_id, source as read_source};
use super::{encode, id, optional, sealing, source, started};
use crate::domain::case_code::CaseCode;
use crate::domain::dispute::{ClockKind, Paper, PaperEnd};
use crate::domain::dispute_types::intake;
use crate::domain::event::{Event, Fact, TakenOver};
use crate::domain::old_types::OldCode;

pub(super) fn published(event: &Event, taken: &TakenOver) -> Published {
    let message = pb::DisputeTakenOver {
        dispute_id: event.dispute_id.to_string(),
        term: event.term,
        grid_code: event.grid.as_str().to_owned(),
        case_code: taken.code.as_str().to_owned(),
        scale: enums::scale_to(taken.scale),
        people: taken.people,
        party_count: taken.parties,
        channel: enums::channel_to(taken.channel),
        source: Some(source(&taken.source)),
        report_time: Some(time(taken.reported_at)),
        accept_time: Some(time(taken.accepted_at)),
        home: taken.home.clone(),
        holder: Some(place_to(&taken.holder)),
        clock: started(ClockKind::Handle, taken.clock.as_ref()),
        paper: Some(paper_to(&taken.paper)),
        sealing: sealing(event),
    };
    encode(event, &message)
}

pub(super) fn recognised(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeTakenOver::decode(payload).ok()?;
    let fact = Fact::TakenOver(TakenOver {
        code: CaseCode::parse(&message.case_code).ok()?,
        scale: enums::scale_from(message.scale)?,
        people: message.people,
        parties: message.party_count,
        channel: enums::channel_from(message.channel)?,
        source: read_source(message.source?)?,
        reported_at: timestamp(message.report_time)?,
        accepted_at: timestamp(message.accept_time)?,
        home: message.home,
        holder: place_from(message.holder?)?,
        clock: optional(message.clock, |clock| clock_of(ClockKind::Handle, Some(clock)))?,
        paper: paper_from(message.paper?)?,
    });
    read_event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

/// What the paper said, as the wire has it.
pub(crate) fn paper_to(paper: &Paper) -> pb::Paper {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let outcome = paper.end.map(|end| enums::outcome_to(end.outcome));
    pb::Paper {
        old_type_code: paper.old_type.map(OldCode::as_str).unwrap_or_default().to_owned(),
        type_code: paper.kind.as_str().to_owned(),
        level: paper.level.map(enums::level_to).unwrap_or_default(),
        due_date: day(paper.due_on),
        outcome: outcome.map(|(kind, ..)| kind.into()).unwrap_or_default(),
        referral: outcome.map(|(_, _, referral)| referral).unwrap_or_default(),
        outcome_date: day(paper.end.map(|end| end.on)),
        closed_date: day(paper.end.map(|end| end.closed_on)),
        organisation_id: paper.organisation.as_ref().map(id).unwrap_or_default(),
    }
}

/// What the paper said, as it was sent.
fn paper_from(paper: pb::Paper) -> Option<Paper> {
    let end = match paper.outcome {
        0 => None,
        kind => Some(PaperEnd {
            outcome: enums::outcome_from(kind, false, paper.referral)?,
            on: paper.outcome_date.parse().ok()?,
            closed_on: paper.closed_date.parse().ok()?,
        }),
    };
    Some(Paper {
        old_type: text(&paper.old_type_code, OldCode::parse)?,
        kind: intake(&paper.type_code).ok()?,
        level: match paper.level {
            0 => None,
            level => Some(enums::level_from(level)?),
        },
        due_on: text(&paper.due_date, |text| text.parse().ok())?,
        end,
        organisation: text(&paper.organisation_id, read_id)?,
    })
}

/// Empty stays absent; present and unreadable makes the whole unreadable.
fn text<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}
