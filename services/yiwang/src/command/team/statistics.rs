//! `yiwang team statistics`: how teams answer.

use jiff::Timestamp;
use yiwang_proto::dispatch::v1::{GetResponseStatisticsRequest, ResponseStatistics, ResponseTimes};

use crate::command::shared::{pages, parse_time, to_wire};
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// Which teams, and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Statistics {
    /// One team; default: those of the area.
    #[arg(default_value = "")]
    team: String,
    /// Teams of this subtree; default: the caller's area.
    #[arg(long, default_value = "", conflicts_with = "team")]
    area: String,
    /// Offers made then or later.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Timestamp,
    /// Offers made before, at most 92 days later.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Timestamp,
    /// At most so many teams.
    #[arg(long, default_value_t = 1_000)]
    limit: usize,
}

pub(super) async fn run(
    session: &Session,
    screen: Screen,
    asked: Statistics,
) -> Result<(), Failure> {
    let found = pages(asked.limit, |page_size, page_token| {
        let request = GetResponseStatisticsRequest {
            team_id: asked.team.clone(),
            area_code: asked.area.clone(),
            from_time: Some(to_wire(asked.from)),
            until_time: Some(to_wire(asked.until)),
            page_size,
            page_token,
        };
        let mut client = session.duties();
        async move {
            let answer = client.get_response_statistics(request).await?.into_inner();
            Ok((answer.statistics, answer.next_page_token))
        }
    })
    .await?;
    if screen.json {
        return screen.messages(&found);
    }
    let header = [
        "Team 编号",
        "Name 名称",
        "Offered 派单",
        "Accepted 接单",
        "Declined 谢绝",
        "Lapsed 失效",
        "Withdrawn 撤回",
        "Arrived 到场",
        "Accept P50/P90 接单用时",
        "Way P50/P90 路途用时",
        "Call P50/P90 呼叫至到场",
        "≤10 min 十分钟内",
    ];
    screen.table(&header, found.into_iter().map(row).collect())
}

fn row(found: ResponseStatistics) -> Vec<String> {
    vec![
        found.team_id,
        found.display_name,
        found.offered.to_string(),
        found.accepted.to_string(),
        found.declined.to_string(),
        found.lapsed.to_string(),
        found.withdrawn.to_string(),
        found.arrived.to_string(),
        times(found.offer_to_accept),
        times(found.accept_to_arrive),
        times(found.call_to_arrive),
        format!("{}/{}", found.within_ten_minutes, found.trips),
    ]
}

/// Both percentiles as minutes and seconds; nothing without a time.
fn times(times: Option<ResponseTimes>) -> String {
    let clock = |seconds: u32| format!("{}:{:02}", seconds / 60, seconds % 60);
    let times = times.unwrap_or_default();
    match (times.p50_seconds, times.p90_seconds) {
        (Some(half), Some(most)) => format!("{} / {}", clock(half), clock(most)),
        _ => String::new(),
    }
}
