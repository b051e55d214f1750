//! One fact of every kind about notices.

use super::*;
use crate::domain::event::{Notice, Recipient, Template};
use crate::domain::notice::{Due, Undeliverable};

pub(super) fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    let notice = |retry_of| Notice {
        recipient: Recipient::UpperTier,
        template: Template::Red,
        target: "370306".to_owned(),
        retry_of,
    };
    let due = Due { position: 77, notice: notice(None) };
    let delivered = Fact::NoticeDelivered { due: due.clone(), attempts: 3, unreached: 1 };
    let reason = Undeliverable::RefusedByGateway;
    vec![
        (Fact::NoticeDue(notice(Some(42))), None),
        (delivered, None),
        (Fact::NoticeUndeliverable { due, reason, attempts: 12 }, None),
    ]
}
