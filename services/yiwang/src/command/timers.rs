//! `yiwang timers`.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{ConfirmClockRequest, GetTimersRequest};

use super::Context;
use super::shared::{field, show_wire};
use crate::failure::Failure;

/// `yiwang timers …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Cards, offers that nobody answers, reviews: these happen because time passes. If the clock of the machine jumps by more
than five minutes, nothing more happens by time alone until somebody has looked at it:
  yiwang timers show
  yiwang timers confirm-clock")]
pub(crate) enum Timers {
    /// Shows since when something is due, what is due next, and whether the timers wait.
    Show,
    /// Takes the node's clock for right after it has jumped; the timers go on.
    ConfirmClock,
}

pub(crate) async fn run(command: Timers, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let mut disputes = session.disputes();
    match command {
        Timers::Show => {
            let answer = disputes.get_timers(GetTimersRequest {}).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            let held =
                if answer.held { "until the clock is confirmed 待确认时钟" } else { "no 否" };
            let none = |text: String| if text.is_empty() { "nothing 无".to_owned() } else { text };
            let rows = vec![
                field("Now 当前", show_wire(answer.now_time.as_ref())),
                field("Waiting 等待", held),
                field("Due since 逾期未办", none(show_wire(answer.due_since_time.as_ref()))),
                field("Next 下一个", none(show_wire(answer.next_time.as_ref()))),
            ];
            screen.table(&["Timers 定时", ""], rows)
        }
        Timers::ConfirmClock => {
            let answer = disputes.confirm_clock(ConfirmClockRequest {}).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            let confirmed = show_wire(answer.confirmed_time.as_ref());
            screen.line(format!("confirmed / 已确认 {confirmed}"))
        }
    }
}
