//! `yiwang notices`: what could not be delivered, for the desks.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{ListUndeliveredRequest, RetryNoticeRequest, UndeliveredNotice};

use super::Context;
use super::shared::{pages, show_wire};
use crate::failure::Failure;
use crate::labels;

/// `yiwang notices …`
#[derive(Debug, Subcommand)]
pub(crate) enum Notices {
    /// Lists the notices that could not be delivered and were not retried since, by grid, of each the oldest first.
    #[command(after_help = "Example: yiwang notices list --area 370306004")]
    List {
        /// Only those of this subtree.
        #[arg(long, default_value = "")]
        area: String,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Has a notice tried again: puts it on the feed anew and takes it off the list.
    #[command(after_help = "Example: yiwang notices retry 42")]
    Retry {
        /// Its position, as the list has it.
        position: u64,
    },
}

pub(crate) async fn run(command: Notices, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    match command {
        Notices::List { area, limit } => {
            let found = pages(limit, |page_size, page_token| {
                let mut notices = session.notices();
                let area_code = area.clone();
                async move {
                    let request = ListUndeliveredRequest { area_code, page_size, page_token };
                    let answer = notices.list_undelivered(request).await?.into_inner();
                    Ok((answer.notices, answer.next_page_token))
                }
            });
            let found = found.await?;
            if screen.json {
                return screen.messages(&found);
            }
            if found.is_empty() {
                return screen.line("nothing waits to be retried / 没有待重试的告知");
            }
            let header = [
                "Position 位置",
                "Since 时间",
                "Case 案件",
                "Template 模板",
                "To 告知对象",
                "Why 原因",
                "Tries 次数",
            ];
            screen.table(&header, found.into_iter().map(row).collect())
        }
        Notices::Retry { position } => {
            let request_id = session.request_id();
            let request = RetryNoticeRequest { request_id, notice_position: position };
            let answer = session.notices().retry_notice(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            let at = answer.feed_position;
            screen.line(format!("on the feed again at position / 已重新发出，位置 dispatch {at}"))
        }
    }
}

fn row(notice: UndeliveredNotice) -> Vec<String> {
    vec![
        notice.position.to_string(),
        show_wire(notice.fail_time.as_ref()),
        notice.case_code,
        notice.template,
        labels::recipient::label(notice.recipient),
        labels::undeliverable::label(notice.reason),
        notice.attempts.to_string(),
    ]
}
