//! Changes of grids: create, rename, redraw, move, split, merge, retire.

use std::path::PathBuf;

use clap::Subcommand;
use prost::{Message, Name};
use yiwang_proto::registry::v1::{
    CreateGridRequest, GeoPoint, Grid as WireGrid, GridPart, LineageStep, MergeGridsRequest,
    MoveGridRequest, RedrawGridRequest, RenameGridRequest, RetireGridRequest, SplitGridRequest,
};

use super::super::shared::{parse_day, parse_point};
use super::{step, write_list};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// The changes.
#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Begins a grid; its code is the community's next one.
    Create {
        /// The community, 12 digits.
        community: String,
        #[command(flatten)]
        grid: NewGrid,
        /// The grid that a micro grid is a part of.
        #[arg(long, value_name = "GRID", default_value = "")]
        parent: String,
        #[command(flatten)]
        when: When,
        /// Only checks.
        #[arg(long)]
        dry_run: bool,
    },
    /// Ends a grid and begins several in its place.
    #[command(after_help = "\
Example: yiwang grid split 370306004006001 --part 光明东网格=180 --part 光明西网格=140 --on 2026-07-01
A part may have an outline: --part NAME=HOUSEHOLDS=outline.geojson")]
    Split {
        /// Code of the grid.
        code: String,
        /// A new grid, NAME=HOUSEHOLDS or NAME=HOUSEHOLDS=FILE; at least two.
        #[arg(long, required = true, value_name = "NAME=HOUSEHOLDS", value_parser = parse_part)]
        part: Vec<GridPart>,
        #[command(flatten)]
        when: When,
        /// Only checks.
        #[arg(long)]
        dry_run: bool,
    },
    /// Ends several grids of a community and begins one in their place.
    Merge {
        /// Codes of the grids.
        #[arg(required = true, num_args = 2..)]
        codes: Vec<String>,
        /// Name of the new grid.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        when: When,
        /// Only checks.
        #[arg(long)]
        dry_run: bool,
    },
    #[command(flatten)]
    Simple(Simple),
}

/// Changes of one grid that stays one.
#[derive(Debug, Subcommand)]
pub(crate) enum Simple {
    /// Gives a grid another name.
    Rename {
        /// Code of the grid.
        code: String,
        /// The name.
        name: String,
        #[command(flatten)]
        when: When,
    },
    /// Gives a grid another outline, base point or number of households.
    Redraw {
        /// Code of the grid.
        code: String,
        /// GeoJSON file with the outline.
        #[arg(long, value_name = "FILE")]
        outline: Option<PathBuf>,
        /// Base point, LONGITUDE,LATITUDE.
        #[arg(long, value_name = "LON,LAT", value_parser = parse_point)]
        base: Option<GeoPoint>,
        /// Number of households.
        #[arg(long)]
        households: Option<u32>,
        #[command(flatten)]
        when: When,
    },
    /// Puts a grid into another community, where it has a new code.
    Move {
        /// Code of the grid.
        code: String,
        /// The community, 12 digits.
        community: String,
        #[command(flatten)]
        when: When,
    },
    /// Ends a grid without a successor.
    Retire {
        /// Code of the grid.
        code: String,
        #[command(flatten)]
        when: When,
    },
}

/// From when on.
#[derive(Debug, clap::Args)]
pub(crate) struct When {
    /// From this day on; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
    on: String,
}

/// A grid that begins.
#[derive(Debug, clap::Args)]
pub(crate) struct NewGrid {
    /// Its name.
    #[arg(long)]
    name: String,
    /// Its kind.
    #[arg(long, value_parser = labels::grid_kind::parser())]
    kind: Option<i32>,
    /// Its number of households.
    #[arg(long, default_value_t = 0)]
    households: u32,
    /// GeoJSON file with its outline.
    #[arg(long, value_name = "FILE")]
    outline: Option<PathBuf>,
    /// Its base point, LONGITUDE,LATITUDE.
    #[arg(long, value_name = "LON,LAT", value_parser = parse_point)]
    base: Option<GeoPoint>,
}

fn parse_part(text: &str) -> Result<GridPart, String> {
    let wanted = || "NAME=HOUSEHOLDS is wanted, e.g. 光明东网格=180".to_owned();
    let mut fields = text.splitn(3, '=');
    let name = fields.next().filter(|name| !name.is_empty()).ok_or_else(wanted)?;
    let households = fields.next().and_then(|count| count.parse().ok()).ok_or_else(wanted)?;
    let outline = fields.next().map(std::fs::read_to_string).transpose();
    Ok(GridPart {
        display_name: name.to_owned(),
        households,
        outline_geojson: outline.map_err(|error| error.to_string())?.unwrap_or_default(),
        ..GridPart::default()
    })
}

fn outline(file: Option<PathBuf>) -> Result<Option<String>, Failure> {
    file.map(std::fs::read_to_string).transpose().map_err(|error| {
        Failure::wrong(format!("the outline cannot be read: {error}"), "无法读取边界文件")
    })
}

pub(super) async fn run(change: Change, session: &Session, screen: Screen) -> Result<(), Failure> {
    let request_id = session.request_id();
    let mut grids = session.grids();
    match change {
        Change::Create { community, grid, parent, when, dry_run } => {
            let part = GridPart {
                display_name: grid.name,
                kind: grid.kind.unwrap_or_default(),
                households: grid.households,
                outline_geojson: outline(grid.outline)?.unwrap_or_default(),
                base_point: grid.base,
            };
            let request = CreateGridRequest {
                request_id,
                community_code: community,
                grid: Some(part),
                parent_grid_code: parent,
                effective_date: when.on,
                validate_only: dry_run,
            };
            let answer = grids.create_grid(request).await?.into_inner();
            done(screen, &answer, answer.grid.clone(), Vec::new(), answer.feed_position)
        }
        Change::Split { code, part, when, dry_run } => {
            let request = SplitGridRequest {
                request_id,
                grid_code: code,
                parts: part,
                effective_date: when.on,
                etag: String::new(),
                validate_only: dry_run,
            };
            let answer = grids.split_grid(request).await?.into_inner();
            let lineage = answer.lineage.clone();
            done(screen, &answer, answer.grids.clone(), lineage, answer.feed_position)
        }
        Change::Merge { codes, name, when, dry_run } => {
            let request = MergeGridsRequest {
                request_id,
                grid_codes: codes,
                grid: Some(GridPart { display_name: name, ..GridPart::default() }),
                effective_date: when.on,
                validate_only: dry_run,
            };
            let answer = grids.merge_grids(request).await?.into_inner();
            let lineage = answer.lineage.clone();
            done(screen, &answer, answer.grid.clone(), lineage, answer.feed_position)
        }
        Change::Simple(simple) => run_simple(simple, request_id, session, screen).await,
    }
}

async fn run_simple(
    change: Simple,
    request_id: String,
    session: &Session,
    screen: Screen,
) -> Result<(), Failure> {
    let mut grids = session.grids();
    let etag = String::new();
    match change {
        Simple::Rename { code, name, when } => {
            let request = RenameGridRequest {
                request_id,
                grid_code: code,
                display_name: name,
                effective_date: when.on,
                etag,
            };
            let answer = grids.rename_grid(request).await?.into_inner();
            done(screen, &answer, answer.grid.clone(), Vec::new(), answer.feed_position)
        }
        Simple::Redraw { code, outline: file, base, households, when } => {
            let request = RedrawGridRequest {
                request_id,
                grid_code: code,
                outline_geojson: outline(file)?,
                base_point: base,
                households,
                effective_date: when.on,
                etag,
            };
            let answer = grids.redraw_grid(request).await?.into_inner();
            done(screen, &answer, answer.grid.clone(), Vec::new(), answer.feed_position)
        }
        Simple::Move { code, community, when } => {
            let request = MoveGridRequest {
                request_id,
                grid_code: code,
                to_community_code: community,
                effective_date: when.on,
                etag,
            };
            let answer = grids.move_grid(request).await?.into_inner();
            done(screen, &answer, answer.grid.clone(), Vec::new(), answer.feed_position)
        }
        Simple::Retire { code, when } => {
            let request =
                RetireGridRequest { request_id, grid_code: code, effective_date: when.on, etag };
            let answer = grids.retire_grid(request).await?.into_inner();
            done(screen, &answer, answer.grid.clone(), Vec::new(), answer.feed_position)
        }
    }
}

fn done<M: Message + Name>(
    screen: Screen,
    answer: &M,
    grids: impl IntoIterator<Item = WireGrid>,
    lineage: Vec<LineageStep>,
    position: u64,
) -> Result<(), Failure> {
    if screen.json {
        return screen.message(answer);
    }
    let grids: Vec<WireGrid> = grids.into_iter().collect();
    if grids.is_empty() && position == 0 {
        return screen.line("checked: it can be done / 校验通过，可以执行");
    }
    write_list(screen, &grids)?;
    if !lineage.is_empty() {
        let header = ["From 由", "To 至", "Share 比例", "Day 生效日", "How 方式"];
        screen.table(&header, lineage.into_iter().map(step).collect())?;
    }
    screen.line(format!("position / 位置 registry {position}"))
}
