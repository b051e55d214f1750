//! `yiwang dispute list` and `board`: the ways to many disputes.

use clap::ArgGroup;
use jiff::Timestamp;
use yiwang_proto::dispatch::v1::{GetBoardRequest, GetBoardResponse, ListDisputesRequest, Place};

use super::show;
use crate::command::shared::{field, pages, parse_time, to_wire};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// What is listed.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("way").args(["team", "first_handler", "due"]))]
#[command(after_help = "\
Examples / 示例:
  yiwang dispute list --area 370306004 --state mediating
  yiwang dispute list --holder 370306004/u-370306004-mediation     # what a unit has (在办)
  yiwang dispute list --due 2026-07-10T18:00                       # whose limit ends before, the most overdue first
  yiwang dispute list --first-handler 370306004                    # what it first accepted (首办)")]
pub(crate) struct List {
    /// The area; default: the caller's.
    #[arg(long, value_name = "CODE", default_value = "")]
    area: String,
    /// Only in this state; several are possible.
    #[arg(long, value_parser = labels::state::parser())]
    state: Vec<i32>,
    /// Only of this level; several are possible.
    #[arg(long, value_parser = labels::level::parser())]
    level: Vec<i32>,
    /// Only of this type; two digits stand for a class.
    #[arg(long = "type", value_name = "CODE", default_value = "")]
    type_code: String,
    /// Reported at this time or later.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Timestamp>,
    /// Reported before this time.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// Only what keeps this team busy.
    #[arg(long, value_name = "TEAM", default_value = "")]
    team: String,
    /// Only open ones that this place has; without a unit those of the area's own centre.
    #[arg(
        long,
        value_name = "AREA[/UNIT]",
        value_parser = parse_place,
        conflicts_with_all = ["team", "first_handler"]
    )]
    holder: Option<Place>,
    /// Only those that this place first accepted.
    #[arg(long, value_name = "AREA[/UNIT]", value_parser = parse_place)]
    first_handler: Option<Place>,
    /// Only those whose limit runs and ends before this time, the most overdue first; goes with `--holder`.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    due: Option<Timestamp>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

impl List {
    fn page(&self, page_size: i32, page_token: String) -> ListDisputesRequest {
        ListDisputesRequest {
            page_size,
            page_token,
            area_code: self.area.clone(),
            states: self.state.clone(),
            levels: self.level.clone(),
            type_code: self.type_code.clone(),
            report_time_from: self.from.map(to_wire),
            report_time_until: self.until.map(to_wire),
            team_id: self.team.clone(),
            holder: self.holder.clone(),
            first_handler: self.first_handler.clone(),
            due_time_until: self.due.map(to_wire),
        }
    }
}

/// Lists disputes.
pub(super) async fn list(session: &Session, screen: Screen, list: List) -> Result<(), Failure> {
    let disputes = pages(list.limit, |page_size, page_token| {
        let request = list.page(page_size, page_token);
        let mut client = session.disputes();
        async move {
            let answer = client.list_disputes(request).await?.into_inner();
            Ok((answer.disputes, answer.next_page_token))
        }
    })
    .await?;
    show::list(screen, &disputes)
}

/// Shows how much work a place has.
pub(super) async fn board(
    session: &Session,
    screen: Screen,
    holder: Option<Place>,
) -> Result<(), Failure> {
    let answer = session.disputes().get_board(GetBoardRequest { holder }).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    screen.table(&["Board 工作台", ""], rows(&answer))
}

fn rows(board: &GetBoardResponse) -> Vec<Vec<String>> {
    vec![
        field("Of 单位", show::place(board.holder.as_ref())),
        field("Open 在办", board.open_count.to_string()),
        field("Due today 今日到期", board.due_today_count.to_string()),
        field("Overdue 已逾期", board.overdue_count.to_string()),
        field("Returned 被退回", board.returned_count.to_string()),
    ]
}

/// A place as people write it: an area, and a unit of it after a slash.
pub(super) fn parse_place(text: &str) -> Result<Place, String> {
    let (area, unit) = text.split_once('/').unwrap_or((text, ""));
    if area.is_empty() || !area.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            "AREA or AREA/UNIT, e.g. 370306004/u-370306004-mediation / 区域代码或区域代码/单位"
                .to_owned(),
        );
    }
    Ok(Place { area_code: area.to_owned(), unit_id: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_area_with_or_without_a_unit() {
        let place =
            |area: &str, unit: &str| Place { area_code: area.to_owned(), unit_id: unit.to_owned() };
        assert_eq!(parse_place("370306"), Ok(place("370306", "")));
        assert_eq!(parse_place("370306004/u-1"), Ok(place("370306004", "u-1")));
        for text in ["", "/u-1", "u-1", "3703 06"] {
            assert!(parse_place(text).is_err(), "{text}");
        }
    }
}
