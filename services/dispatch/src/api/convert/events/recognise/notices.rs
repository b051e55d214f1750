//! The messages of who has to be told, and of what became of it.

use prost::Message;
use yiwang_proto::dispatch::v1 as pb;

use super::super::enums;
use super::event;
use crate::domain::event::{Event, Fact, Notice};
use crate::domain::notice::Due;

pub(super) fn due(payload: &[u8]) -> Option<Event> {
    let message = pb::NoticeDue::decode(payload).ok()?;
    let retry_of = Some(message.retry_of_position).filter(|position| *position > 0);
    let notice = notice(message.recipient, &message.template, message.target)?;
    let fact = Fact::NoticeDue(Notice { retry_of, ..notice });
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn delivered(payload: &[u8]) -> Option<Event> {
    let message = pb::NoticeDelivered::decode(payload).ok()?;
    let fact = Fact::NoticeDelivered {
        due: Due {
            position: message.notice_position,
            notice: notice(message.recipient, &message.template, message.target)?,
        },
        attempts: message.attempts,
        unreached: message.unreached,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

pub(super) fn undeliverable(payload: &[u8]) -> Option<Event> {
    let message = pb::NoticeUndeliverable::decode(payload).ok()?;
    let fact = Fact::NoticeUndeliverable {
        due: Due {
            position: message.notice_position,
            notice: notice(message.recipient, &message.template, message.target)?,
        },
        reason: enums::undeliverable_from(message.reason)?,
        attempts: message.attempts,
    };
    event((&message.dispute_id, message.term, &message.grid_code), fact, None)
}

fn notice(recipient: i32, template: &str, target: String) -> Option<Notice> {
    let (recipient, template) =
        (enums::recipient_from(recipient)?, enums::template_from(template)?);
    Some(Notice { recipient, template, target, retry_of: None })
}
