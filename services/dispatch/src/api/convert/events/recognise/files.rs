//! The messages about files of a case.

use prost::Message;
use uuid::Uuid;
use yiwang_proto::dispatch::v1 as pb;

use super::super::enums;
use super::event;
use crate::domain::dispute::FileType;
use crate::domain::event::{Attached, Event, Fact};

pub(super) fn file_attached(payload: &[u8]) -> Option<Event> {
    let message = pb::FileAttached::decode(payload).ok()?;
    let fact = Fact::FileAttached(Attached {
        file: Uuid::parse_str(&message.file_id).ok()?,
        kind: enums::file_kind_from(message.kind)?,
        file_type: FileType::parse(&message.media_type)?,
        size: message.size,
        digest: message.digest.try_into().ok()?,
    });
    event((&message.dispute_id, message.term, &message.grid_code), fact, message.sealing)
}

pub(super) fn file_detached(payload: &[u8]) -> Option<Event> {
    let message = pb::FileDetached::decode(payload).ok()?;
    let fact = Fact::FileDetached {
        file: Uuid::parse_str(&message.file_id).ok()?,
        reason: enums::erase_from(message.reason)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn file_opened(payload: &[u8]) -> Option<Event> {
    let message = pb::FileOpened::decode(payload).ok()?;
    let fact = Fact::FileOpened {
        file: Uuid::parse_str(&message.file_id).ok()?,
        purpose: enums::purpose_from(message.purpose)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn file_refused(payload: &[u8]) -> Option<Event> {
    let message = pb::FileRefused::decode(payload).ok()?;
    let fact = Fact::FileRefused {
        file: Uuid::parse_str(&message.file_id).ok()?,
        purpose: enums::purpose_from(message.purpose)?,
        reason: enums::refusal_from(message.reason)?,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}
