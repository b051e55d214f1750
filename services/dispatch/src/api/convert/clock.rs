//! Clocks, places and steps on the wire and back. `None` = a value that this release does not know.

use calendar::TimeLimit;
use yiwang_proto::dispatch::v1 as pb;

use super::counting::{self, timestamp};
use super::{enums, time};
use crate::domain::codes::{AreaCode, Id};
use crate::domain::dispute::{
    Clock, ClockKind, Deferral, Ends, ExtensionRequest, Place, Raised, Step, Stopped, Supervision,
};

/// A clock as the wire has it.
pub(crate) fn clock_to(kind: ClockKind, clock: &Clock) -> pb::Clock {
    let text = |limit: Option<calendar::Limit>| limit.map(|limit| limit.to_string());
    let limit = &clock.limit;
    pb::Clock {
        kind: enums::clock_to(kind),
        limit: limit.limit.to_string(),
        rule_key: limit.rule_key.clone().unwrap_or_default(),
        rule_source: clock.rule_source.clone(),
        start_time: Some(time(limit.start)),
        due_time: clock.ends.map(|ends| time(ends.due_at)),
        yellow_time: clock.ends.and_then(|ends| ends.yellow_at).map(time),
        red_time: clock.ends.map(|ends| time(ends.red_at)),
        due_provisional: clock.ends.is_some_and(|ends| ends.provisional),
        calendar_version: limit.calendar_version.clone(),
        settings: Some(counting::settings_to(&clock.settings)),
        pauses: limit.pauses.iter().map(counting::pause_to).collect(),
        extensions: limit.extensions.iter().map(counting::extension_to).collect(),
        yellow_before: text(limit.yellow_before).unwrap_or_default(),
        red_after: text(limit.red_after).unwrap_or_default(),
        stop_time: clock.stopped.map(|stopped| time(stopped.at)),
        done: clock.stopped.is_some_and(|stopped| stopped.done),
        taken_over: clock.taken_over,
        card: enums::card_to(clock.shown),
        raised_to_area_code: raised_area(clock.raised),
        next_raise_time: clock.raised.and_then(|raised| raised.next_at).map(time),
    }
}

/// A clock as it was sent.
pub(crate) fn clock_from(clock: pb::Clock) -> Option<(ClockKind, Clock)> {
    let optional = |text: &str| match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    let kind = enums::clock_from(clock.kind)?;
    let ends = match clock.due_time {
        Some(due_time) => Some(Ends {
            due_at: timestamp(Some(due_time))?,
            yellow_at: super::events::optional(clock.yellow_time, |at| timestamp(Some(at)))?,
            red_at: timestamp(clock.red_time)?,
            provisional: clock.due_provisional,
        }),
        None => None,
    };
    let limit = TimeLimit {
        start: timestamp(clock.start_time)?,
        limit: clock.limit.parse().ok()?,
        calendar_version: clock.calendar_version,
        pauses: clock.pauses.into_iter().map(counting::pause_from).collect::<Option<_>>()?,
        extensions: clock
            .extensions
            .into_iter()
            .map(counting::extension_from)
            .collect::<Option<_>>()?,
        yellow_before: optional(&clock.yellow_before)?,
        red_after: optional(&clock.red_after)?,
        rule_key: Some(clock.rule_key).filter(|key| !key.is_empty()),
    };
    let read = Clock {
        limit,
        rule_source: clock.rule_source,
        settings: counting::settings_from(clock.settings?)?,
        ends,
        stopped: super::events::optional(clock.stop_time, |at| {
            Some(Stopped { at: timestamp(Some(at))?, done: clock.done })
        })?,
        shown: enums::card_from(clock.card)?,
        raised: raised_from(&clock.raised_to_area_code, clock.next_raise_time)?,
        taken_over: clock.taken_over,
    };
    Some((kind, read))
}

/// The area that was told last that something is over.
pub(crate) fn raised_area(raised: Option<Raised>) -> String {
    raised.map(|raised| raised.to.as_str().to_owned()).unwrap_or_default()
}

/// How far something was raised, as it was sent.
pub(crate) fn raised_from(
    area: &str,
    next: Option<prost_types::Timestamp>,
) -> Option<Option<Raised>> {
    if area.is_empty() {
        return Some(None);
    }
    let next_at = super::events::optional(next, |at| timestamp(Some(at)))?;
    Some(Some(Raised { to: AreaCode::parse(area).ok()?, next_at }))
}

/// A place as the wire has it.
pub(crate) fn place_to(place: &Place) -> pb::Place {
    pb::Place {
        area_code: place.area.as_str().to_owned(),
        unit_id: place.unit.as_ref().map(|unit| unit.as_str().to_owned()).unwrap_or_default(),
    }
}

/// A place as it was sent.
pub(crate) fn place_from(place: pb::Place) -> Option<Place> {
    let unit = match place.unit_id.as_str() {
        "" => None,
        unit => Some(Id::parse(unit).ok()?),
    };
    Some(Place { area: AreaCode::parse(&place.area_code).ok()?, unit })
}

/// A step as the wire has it.
pub(crate) fn step_to(step: &Step) -> pb::Step {
    pb::Step {
        step_number: step.number,
        place: Some(place_to(&step.place)),
        r#move: enums::move_to(step.how),
        reason: step.reason.map(enums::move_reason_to).unwrap_or_default(),
        start_time: Some(time(step.at)),
    }
}

/// A step as it was sent.
pub(crate) fn step_from(step: pb::Step) -> Option<Step> {
    Some(Step {
        number: step.step_number,
        place: place_from(step.place?)?,
        how: enums::move_from(step.r#move)?,
        reason: match step.reason {
            0 => None,
            reason => Some(enums::move_reason_from(reason)?),
        },
        at: timestamp(step.start_time)?,
    })
}

/// Supervision as the wire has it.
pub(crate) fn supervision_to(supervision: &Supervision) -> pb::Supervision {
    pb::Supervision {
        kind: enums::supervision_to(supervision.kind),
        by: Some(place_to(&supervision.by)),
        start_time: Some(time(supervision.at)),
    }
}

/// Supervision as it was sent.
pub(crate) fn supervision_from(supervision: pb::Supervision) -> Option<Supervision> {
    Some(Supervision {
        kind: enums::supervision_from(supervision.kind)?,
        by: place_from(supervision.by?)?,
        at: timestamp(supervision.start_time)?,
    })
}

/// A request for more time as the wire has it.
pub(crate) fn extension_to(request: &ExtensionRequest) -> pb::ExtensionRequest {
    pb::ExtensionRequest {
        working_days: request.working_days,
        reason: enums::extension_to(request.reason),
        by: Some(place_to(&request.by)),
        request_time: Some(time(request.at)),
    }
}

/// A request for more time as it was sent.
pub(crate) fn extension_from(request: pb::ExtensionRequest) -> Option<ExtensionRequest> {
    Some(ExtensionRequest {
        working_days: request.working_days,
        reason: enums::extension_from(request.reason)?,
        by: place_from(request.by?)?,
        at: timestamp(request.request_time)?,
    })
}

/// A deferral as the wire has it.
pub(crate) fn deferral_to(deferral: &Deferral) -> pb::Deferral {
    pb::Deferral {
        reason: enums::deferral_to(deferral.reason),
        review_date: deferral.review_on.to_string(),
        start_time: Some(time(deferral.at)),
        review_overdue: deferral.review_due,
    }
}

/// A deferral as it was sent.
pub(crate) fn deferral_from(deferral: pb::Deferral) -> Option<Deferral> {
    Some(Deferral {
        reason: enums::deferral_from(deferral.reason)?,
        review_on: deferral.review_date.parse().ok()?,
        at: timestamp(deferral.start_time)?,
        review_due: deferral.review_overdue,
    })
}
