//! The messages of what follows mediation: how a case ends and is checked, moves, oversight, and what time alone does.

use prost::Message;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::super::super::clock;
use super::super::counting::timestamp;
use super::super::enums;
use super::{clock_of, event, optional, team};
use crate::domain::dispute::ClockKind;
use crate::domain::event::{Event, Fact};

pub(super) fn confirmation_recorded(payload: &[u8]) -> Option<Event> {
    let message = pb::ConfirmationRecorded::decode(payload).ok()?;
    let fact = Fact::ConfirmationRecorded(enums::confirmation_from(message.confirmation)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn referral_result_recorded(payload: &[u8]) -> Option<Event> {
    let message = pb::ReferralResultRecorded::decode(payload).ok()?;
    let fact = Fact::ReferralResultRecorded(enums::result_from(message.result)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn dispute_verified(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeVerified::decode(payload).ok()?;
    let fact = Fact::Verified;
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn dispute_redone(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeRedone::decode(payload).ok()?;
    let fact = Fact::Redone {
        reason: enums::redo_from(message.reason)?,
        clock: clock_of(ClockKind::Handle, message.clock)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn dispute_merged(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeMerged::decode(payload).ok()?;
    let fact = Fact::Merged {
        into: Uuid::parse_str(&message.into_dispute_id).ok()?,
        team: team(&message.team_id)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn duplicate_joined(payload: &[u8]) -> Option<Event> {
    let message = pb::DuplicateJoined::decode(payload).ok()?;
    let fact = Fact::DuplicateJoined {
        duplicate: Uuid::parse_str(&message.duplicate_dispute_id).ok()?,
        channel: enums::channel_from(message.channel)?,
        protective: message.protective,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn dispute_moved(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeMoved::decode(payload).ok()?;
    let fact = Fact::Moved(clock::step_from(message.step?)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn dispute_reminded(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeReminded::decode(payload).ok()?;
    let fact = Fact::Reminded { by: clock::place_from(message.by?)? };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn supervision_set(payload: &[u8]) -> Option<Event> {
    let message = pb::SupervisionSet::decode(payload).ok()?;
    let fact = Fact::SupervisionSet(clock::supervision_from(message.supervision?)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn supervision_lifted(payload: &[u8]) -> Option<Event> {
    let message = pb::SupervisionLifted::decode(payload).ok()?;
    let fact = Fact::SupervisionLifted;
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn extension_requested(payload: &[u8]) -> Option<Event> {
    let message = pb::ExtensionRequested::decode(payload).ok()?;
    let fact = Fact::ExtensionRequested(clock::extension_from(message.request?)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn extension_decided(payload: &[u8]) -> Option<Event> {
    let message = pb::ExtensionDecided::decode(payload).ok()?;
    let fact = Fact::ExtensionDecided(
        optional(message.clock, |clock| clock_of(ClockKind::Handle, Some(clock)))?
            .filter(|_| message.granted),
    );
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn limit_paused(payload: &[u8]) -> Option<Event> {
    let message = pb::LimitPaused::decode(payload).ok()?;
    let fact = Fact::LimitPaused {
        kind: enums::pause_from(message.kind)?,
        until: timestamp(message.until_time)?,
        clock: clock_of(ClockKind::Handle, message.clock)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn limit_resumed(payload: &[u8]) -> Option<Event> {
    let message = pb::LimitResumed::decode(payload).ok()?;
    let fact = Fact::LimitResumed { clock: clock_of(ClockKind::Handle, message.clock)? };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn dispute_deferred(payload: &[u8]) -> Option<Event> {
    let message = pb::DisputeDeferred::decode(payload).ok()?;
    let fact = Fact::Deferred(clock::deferral_from(message.deferral?)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn deferral_ended(payload: &[u8]) -> Option<Event> {
    let message = pb::DeferralEnded::decode(payload).ok()?;
    let fact = Fact::DeferralEnded {
        next_raise_at: optional(message.next_raise_time, |at| timestamp(Some(at)))?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn review_due(payload: &[u8]) -> Option<Event> {
    let message = pb::ReviewDue::decode(payload).ok()?;
    let next_raise_at = optional(message.next_raise_time, |at| timestamp(Some(at)))?;
    let fact = Fact::ReviewDue { day: message.review_date.parse().ok()?, next_raise_at };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn card_shown(payload: &[u8]) -> Option<Event> {
    let message = pb::CardShown::decode(payload).ok()?;
    let fact = Fact::CardShown {
        clock: enums::clock_from(message.clock)?,
        card: enums::card_from(message.card)?,
        due_at: timestamp(message.due_time)?,
        raised: clock::raised_from(&message.raised_to_area_code, message.next_raise_time)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn police_first(payload: &[u8]) -> Option<Event> {
    let message = pb::PoliceFirst::decode(payload).ok()?;
    let fact = Fact::PoliceFirst { channel: enums::channel_from(message.channel)? };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}
