//! The messages of what parties do with case code and PIN.

use prost::Message;
use yiwang_proto::dispatch::v1 as pb;

use super::super::counting::timestamp;
use super::super::enums;
use super::{event, optional};
use crate::domain::event::{Event, Fact};

pub(super) fn pin_issued(payload: &[u8]) -> Option<Event> {
    let message = pb::PinIssued::decode(payload).ok()?;
    let fact = Fact::PinIssued { version: message.pin_version };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn pin_refused(payload: &[u8]) -> Option<Event> {
    let message = pb::PinRefused::decode(payload).ok()?;
    let fact = Fact::PinRefused {
        wrong: message.wrong_tries,
        locked_until: optional(message.locked_until_time, |at| timestamp(Some(at)))?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn case_seen(payload: &[u8]) -> Option<Event> {
    let message = pb::CaseSeenByParty::decode(payload).ok()?;
    event((&message.dispute_id, message.term, &message.grid_code), Fact::SeenByParty, None)
}

pub(super) fn case_rated(payload: &[u8]) -> Option<Event> {
    let message = pb::CaseRated::decode(payload).ok()?;
    let fact = Fact::Rated(enums::satisfaction_from(message.satisfaction)?);
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}
