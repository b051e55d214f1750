//! `yiwang grid`.

mod change;

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    CountGridsRequest, GeoPoint, GetGridLineageRequest, GetGridRequest, Grid as WireGrid,
    GridFacts, LineageStep, ListGridsRequest, LookupGridRequest,
};

use super::Context;
use super::shared::{field, pages, parse_day};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang grid …`
#[derive(Debug, Subcommand)]
pub(crate) enum Grid {
    /// Lists the grids of a subtree as of a day.
    #[command(after_help = "\
Examples:
  yiwang grid list --area 370306 --as-of 2026-06-30
  yiwang grid list --area 370306 --without-worker")]
    List(List),
    /// Shows a grid as of a day, with its versions.
    Show {
        /// Code of the grid, 15 digits.
        code: String,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day)]
        as_of: Option<String>,
    },
    /// Tells what a grid came from, what became of it, and where its history belongs.
    Lineage {
        /// Code of the grid.
        code: String,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day)]
        as_of: Option<String>,
    },
    /// Finds the grid at a place.
    At {
        /// Degrees east (WGS-84).
        #[arg(allow_negative_numbers = true)]
        longitude: f64,
        /// Degrees north.
        #[arg(allow_negative_numbers = true)]
        latitude: f64,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day)]
        as_of: Option<String>,
    },
    /// Counts grids and households.
    Count {
        /// The area; default: the caller's.
        #[arg(long, default_value = "")]
        area: String,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day)]
        as_of: Option<String>,
    },
    #[command(flatten)]
    Change(change::Change),
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The area at the top; default: the caller's area.
    #[arg(long, default_value = "")]
    pub(super) area: String,
    /// As of this day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(super) as_of: Option<String>,
    /// Only grids of this kind.
    #[arg(long, value_parser = labels::grid_kind::parser())]
    kind: Option<i32>,
    /// Also micro grids.
    #[arg(long)]
    pub(super) micro: bool,
    /// Only grids that no grid worker serves.
    #[arg(long)]
    without_worker: bool,
    /// At most so many.
    #[arg(long, default_value_t = 10_000)]
    pub(super) limit: usize,
}

impl List {
    /// All grids of an area, micro grids too.
    pub(super) fn everything(area: String, as_of: Option<String>) -> List {
        List { area, as_of, kind: None, micro: true, without_worker: false, limit: usize::MAX }
    }
}

pub(crate) async fn run(command: Grid, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    match command {
        Grid::List(list) => {
            let grids = fetch(&session, &list, false).await?;
            write_list(screen, &grids)
        }
        Grid::Show { code, as_of } => show(&session, screen, code, as_of).await,
        Grid::Lineage { code, as_of } => lineage(&session, screen, code, as_of).await,
        Grid::At { longitude, latitude, as_of } => {
            let request = LookupGridRequest {
                point: Some(GeoPoint { longitude, latitude }),
                as_of_date: as_of.unwrap_or_default(),
            };
            let answer = session.grids().lookup_grid(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            write_list(screen, answer.grid.as_slice())
        }
        Grid::Count { area, as_of } => count(&session, screen, area, as_of).await,
        Grid::Change(change) => change::run(change, &session, screen).await,
    }
}

/// Fetches the grids of a subtree.
pub(super) async fn fetch(
    session: &Session,
    list: &List,
    include_outlines: bool,
) -> Result<Vec<WireGrid>, Failure> {
    pages(list.limit, |page_size, page_token| {
        let request = ListGridsRequest {
            area_code: list.area.clone(),
            as_of_date: list.as_of.clone().unwrap_or_default(),
            kind: list.kind.unwrap_or_default(),
            include_micro: list.micro,
            without_worker: list.without_worker,
            include_outlines,
            page_size,
            page_token,
        };
        let mut client = session.grids();
        async move {
            let answer = client.list_grids(request).await?.into_inner();
            Ok((answer.grids, answer.next_page_token))
        }
    })
    .await
}

/// Writes grids as a table, with a note when they are made up.
pub(super) fn write_list(screen: Screen, grids: &[WireGrid]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(grids);
    }
    let sample = grids.iter().any(|grid| grid.facts.as_ref().is_some_and(|facts| facts.sample));
    let rows = grids.iter().map(|grid| {
        let facts = grid.facts.clone().unwrap_or_default();
        vec![
            facts.grid_code,
            facts.display_name,
            labels::grid_kind::label(facts.kind),
            facts.households.to_string(),
            grid.valid_from_date.clone(),
            grid.valid_to_date.clone(),
            grid.successor_grid_codes.join(" "),
        ]
    });
    let header = [
        "Grid 网格",
        "Name 名称",
        "Kind 类型",
        "Households 户数",
        "From 自",
        "Until 止",
        "Now 现为",
    ];
    screen.table(&header, rows.collect())?;
    screen.note(format!("{} grids / {} 个网格", grids.len(), grids.len()));
    if sample {
        screen.note("sample data, not a survey / 样例数据，非实测");
    }
    Ok(())
}

async fn show(
    session: &Session,
    screen: Screen,
    code: String,
    as_of: Option<String>,
) -> Result<(), Failure> {
    let request = GetGridRequest { grid_code: code, as_of_date: as_of.unwrap_or_default() };
    let answer = session.grids().get_grid(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    let grid = answer.grid.unwrap_or_default();
    let facts = grid.facts.clone().unwrap_or_default();
    let point = facts
        .base_point
        .map_or(String::new(), |at| format!("{:.6} {:.6}", at.longitude, at.latitude));
    screen.table(
        &["Grid 网格", &facts.grid_code],
        vec![
            field("Name 名称", facts.display_name.clone()),
            field("Kind 类型", labels::grid_kind::label(facts.kind)),
            field("Community 村居", grid.community_code),
            field("Households 户数", facts.households.to_string()),
            field("Base point 驻点", point),
            field("From 自", grid.valid_from_date),
            field("Until 止", grid.valid_to_date),
            field("Came from 来自", grid.predecessor_grid_codes.join(", ")),
            field("Became 现为", grid.successor_grid_codes.join(", ")),
            field("Sample 样例", if facts.sample { "yes 是" } else { "no 否" }),
        ],
    )?;
    if answer.versions.len() > 1 {
        screen.line("")?;
        screen.table(
            &["From 自", "Until 止", "Name 名称", "Households 户数"],
            answer.versions.into_iter().map(version).collect(),
        )?;
    }
    Ok(())
}

fn version(facts: GridFacts) -> Vec<String> {
    let households = facts.households.to_string();
    vec![facts.valid_from_date, facts.valid_to_date, facts.display_name, households]
}

async fn lineage(
    session: &Session,
    screen: Screen,
    code: String,
    as_of: Option<String>,
) -> Result<(), Failure> {
    let request = GetGridLineageRequest { grid_code: code, as_of_date: as_of.unwrap_or_default() };
    let answer = session.grids().get_grid_lineage(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    let header = ["From 由", "To 至", "Share 比例", "Day 生效日", "How 方式"];
    for (title, list) in [("came from / 来自", answer.origins), ("became / 变为", answer.steps)]
    {
        if !list.is_empty() {
            screen.line(title)?;
            screen.table(&header, list.into_iter().map(step).collect())?;
        }
    }
    screen.line("its history belongs to / 其历史归属")?;
    let rows = answer.shares.into_iter().map(|share| {
        let retired = if share.retired { "retired 已撤销" } else { "" };
        vec![share.grid_code, percent(share.weight), retired.to_owned()]
    });
    screen.table(&["Grid 网格", "Share 比例", ""], rows.collect())
}

pub(super) fn step(step: LineageStep) -> Vec<String> {
    let how = labels::lineage::label(step.operation);
    vec![step.from_grid_code, step.to_grid_code, percent(step.weight), step.effective_date, how]
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

async fn count(
    session: &Session,
    screen: Screen,
    area_code: String,
    as_of: Option<String>,
) -> Result<(), Failure> {
    let request = CountGridsRequest { area_code, as_of_date: as_of.unwrap_or_default() };
    let answer = session.grids().count_grids(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    screen.table(
        &["What 项目", "Count 数量"],
        vec![
            field("Comprehensive grids 综合网格", answer.comprehensive_grids.to_string()),
            field("Dedicated grids 专属网格", answer.dedicated_grids.to_string()),
            field("Micro grids 微网格", answer.micro_grids.to_string()),
            field("Households 户数", answer.households.to_string()),
            field("Grids without a worker 无网格员的网格", answer.grids_without_worker.to_string()),
        ],
    )?;
    if answer.sample {
        screen.note("sample data, not a survey / 样例数据，非实测");
    }
    Ok(())
}
