//! `yiwang dispute explain`: how the end of every clock of a dispute came about.

use yiwang_proto::dispatch::v1::{ClockKind, ExplainDeadlineRequest, GetDisputeRequest};

use crate::command::shared::show_wire;
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// Explains the clock that is named, or all that the dispute has.
pub(super) async fn clocks(
    session: &Session,
    screen: Screen,
    dispute_id: String,
    named: Option<i32>,
) -> Result<(), Failure> {
    let kinds = match named {
        Some(kind) => vec![kind],
        None => {
            let request = GetDisputeRequest { dispute_id: dispute_id.clone() };
            let answer = session.disputes().get_dispute(request).await?.into_inner();
            let clocks = answer.dispute.unwrap_or_default().clocks;
            clocks.into_iter().map(|clock| clock.kind).collect()
        }
    };
    for kind in kinds {
        let clock = ClockKind::try_from(kind).unwrap_or_default();
        let request =
            ExplainDeadlineRequest { dispute_id: dispute_id.clone(), clock: clock.into() };
        let answer = session.disputes().explain_deadline(request).await?.into_inner();
        if screen.json {
            screen.messages(&[answer])?;
            continue;
        }
        screen.line(labels::clock::label(kind))?;
        screen.line(format!("  {}\n  {}", answer.text_en, answer.text_zh))?;
        if let Some(resumed) = &answer.resumed_due_time {
            let resumed = show_wire(Some(resumed));
            screen.line(format!("  if it went on now / 若现在恢复: {resumed}"))?;
        }
    }
    Ok(())
}
