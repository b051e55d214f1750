//! What would be told: read from the feed alone, with nothing opened, sent, reported or kept.

use std::path::Path;
use std::time::Duration;

use yiwang_proto::dispatch::v1::NoticeDue;
use yiwang_proto::feed::v1::Envelope;

use super::rounds::{due, pull};
use super::state::{State, Unreported};
use crate::command::{show, show_wire};
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// Prints what would be told from where the state stands, or from the beginning of the log.
pub(crate) async fn rehearse(
    session: &Session,
    screen: Screen,
    path: &Path,
) -> Result<(), Failure> {
    let state = State::load(path)?.unwrap_or_else(|| State::beginning(None));
    let mut cursor = state.cursor();
    let (mut rows, mut notices) = (Vec::new(), Vec::new());
    loop {
        let page = pull(session, cursor, Duration::ZERO).await?;
        for envelope in &page.envelopes {
            let Some(notice) = due(envelope) else { continue };
            rows.push(row(envelope, &notice));
            notices.push(notice);
        }
        if page.upto >= page.head {
            break;
        }
        cursor = page.next;
    }
    if screen.json {
        return screen.messages(&notices);
    }
    let header = [
        "Position 位置",
        "Due 时间",
        "Template 模板",
        "To 告知对象",
        "Target 指向",
        "Dispute 纠纷",
    ];
    let count = rows.len();
    screen.table(&header, rows)?;
    screen.line(format!(
        "{count} would be told, {} wait to be tried again / 将告知 {count} 项，待重试 {} 项",
        state.pending.len(),
        state.pending.len()
    ))?;
    if state.unreported.is_empty() {
        return Ok(());
    }
    screen.line("dispatch took no report of these / 以下未能回报：")?;
    let header = ["Position 位置", "Since 时间", "Sent 已发出", "Why 原因"];
    screen.table(&header, state.unreported.iter().map(unreported).collect())
}

fn unreported((position, notice): (&u64, &Unreported)) -> Vec<String> {
    let sent = if notice.delivered { "yes 是" } else { "no 否" };
    vec![position.to_string(), show(notice.at), sent.to_owned(), notice.refusal.clone()]
}

fn row(envelope: &Envelope, notice: &NoticeDue) -> Vec<String> {
    let header = envelope.header.clone().unwrap_or_default();
    vec![
        header.position.to_string(),
        show_wire(header.record_time.as_ref()),
        notice.template.clone(),
        crate::labels::recipient::label(notice.recipient),
        notice.target.clone(),
        notice.dispute_id.clone(),
    ]
}
