//! What would be told: read from the feed alone, with nothing opened, sent, reported or kept.

use std::path::Path;
use std::time::Duration;

use prost::Message as _;
use yiwang_proto::dispatch::v1::NoticeDue;
use yiwang_proto::feed::v1::Envelope;

use super::rounds::pull;
use super::state::State;
use crate::command::show_wire;
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
    let (mut rows, mut due) = (Vec::new(), Vec::new());
    loop {
        let page = pull(session, cursor, Duration::ZERO).await?;
        for (envelope, notice) in page.envelopes.iter().filter_map(read) {
            rows.push(row(envelope, &notice));
            due.push(notice);
        }
        if page.upto >= page.head {
            break;
        }
        cursor = page.next;
    }
    if screen.json {
        return screen.messages(&due);
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
    ))
}

fn read(envelope: &Envelope) -> Option<(&Envelope, NoticeDue)> {
    let payload = envelope.payload.as_ref()?;
    Some((envelope, NoticeDue::decode(payload.value.as_slice()).ok()?))
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
