//! `yiwang export`.

use std::path::PathBuf;

use yiwang_proto::registry::v1::{AreaFacts, AreaLevel, GetAreaRequest, GridKind, Post, UnitKind};

use super::import::Table;
use super::shared::{parse_day, today};
use super::{Context, area, grid, team, unit, worker};
use crate::failure::Failure;
use crate::session::Session;
use crate::sheet::Target;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is exported can be imported again and then changes nothing: rows are what holds on the day, and a scheduled end
stays as it is in the node. Functional zones are no table; `yiwang area zones` lists them.
Example: yiwang export grids --area 370306 --out zhoucun.xlsx")]
pub(crate) struct Args {
    /// What is wanted.
    #[arg(value_enum)]
    table: Table,
    /// The file; its ending says whether CSV or XLSX.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Writes over a file that is there.
    #[arg(long)]
    force: bool,
    /// Only what lies in this area; default: the caller's.
    #[arg(long, default_value = "")]
    area: String,
    /// As of this day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    as_of: Option<String>,
}

pub(crate) async fn run(args: Args, context: Context) -> Result<(), Failure> {
    let target = Target::new(&args.out, args.force)?;
    let (session, screen) = (context.session()?, context.screen);
    let bar = screen.waiting("reading 读取");
    let result = fetch(&session, &args).await;
    bar.finish_and_clear();
    let (columns, rows) = result?;
    target.write(columns, &rows)?;
    if screen.json {
        return screen.value(&serde_json::json!({"rows": rows.len(), "file": args.out}), false);
    }
    screen.line(format!("{} rows written / 已写出 {} 行", rows.len(), rows.len()))
}

type Content = (&'static [&'static str], Vec<Vec<String>>);

async fn fetch(session: &Session, args: &Args) -> Result<Content, Failure> {
    let (place, day) = (args.area.clone(), args.as_of.clone());
    let on = day.clone().unwrap_or_default();
    match args.table {
        Table::Areas => areas(session, place, on).await,
        Table::Grids => grids(session, place, day).await,
        Table::Workers => {
            let list =
                worker::List { area: place, as_of: day, limit: usize::MAX, ..Default::default() };
            workers(session, &list).await
        }
        Table::Units => units(session, &place, &on).await,
        Table::Teams => teams(session, &place, &on).await,
    }
}

/// A value of an enumeration as tables write it: without prefix, in lower case.
fn name(wire: &str, prefix: &str) -> String {
    wire.strip_prefix(prefix).unwrap_or(wire).to_lowercase()
}

async fn areas(session: &Session, area: String, as_of: String) -> Result<Content, Failure> {
    let wanted = area::Wanted { area, as_of, outlines: true, ..area::Wanted::default() };
    let areas = area::fetch(session, &wanted, usize::MAX).await?;
    let mut all: Vec<AreaFacts> = areas.into_iter().filter_map(|area| area.facts).collect();
    // An empty node has nothing to hang the top on, so that what lies above it comes first.
    if let Some(top) = all.first() {
        let area_code = top.area_code.clone();
        let request = GetAreaRequest { area_code, as_of_date: wanted.as_of };
        let answer = session.areas().get_area(request).await?.into_inner();
        // Only named: the first day of what lies above stays what it is, or is the import's.
        all.extend(answer.ancestors.into_iter().map(|above| AreaFacts {
            area_code: above.area_code,
            display_name: above.display_name,
            level: above.level,
            ..AreaFacts::default()
        }));
    }
    // A code begins with the code above it and comes after it.
    all.sort_by(|one, other| one.area_code.cmp(&other.area_code));
    let rows = all.iter().map(|facts| {
        let level = name(facts.level().as_str_name(), "AREA_LEVEL_");
        vec![
            facts.area_code.clone(),
            facts.display_name.clone(),
            area::above(&facts.area_code).to_owned(),
            level,
            facts.valid_from_date.clone(),
            facts.outline_geojson.clone(),
        ]
    });
    Ok((&["code", "name", "parent_code", "level", "valid_from", "outline"], rows.collect()))
}

async fn grids(session: &Session, place: String, day: Option<String>) -> Result<Content, Failure> {
    let grids = grid::fetch(session, &grid::List::everything(place, day), true).await?;
    let rows = grids.into_iter().map(|grid| {
        let facts = grid.facts.unwrap_or_default();
        let kind = GridKind::try_from(facts.kind).unwrap_or_default();
        let point = facts.base_point.map(|at| (at.longitude.to_string(), at.latitude.to_string()));
        let (longitude, latitude) = point.unwrap_or_default();
        vec![
            facts.grid_code,
            grid.community_code,
            facts.display_name,
            name(kind.as_str_name(), "GRID_KIND_"),
            facts.parent_grid_code,
            facts.households.to_string(),
            longitude,
            latitude,
            facts.outline_geojson,
            grid.valid_from_date,
        ]
    });
    let columns = &[
        "grid_code",
        "community_code",
        "name",
        "kind",
        "parent_grid_code",
        "households",
        "longitude",
        "latitude",
        "outline",
        "valid_from",
    ];
    Ok((columns, rows.collect()))
}

async fn workers(session: &Session, list: &worker::List) -> Result<Content, Failure> {
    let workers = worker::fetch(session, list).await?;
    let day = list.as_of.clone().unwrap_or_else(today);
    let rows = workers.into_iter().map(|worker| {
        let facts = worker.facts.unwrap_or_default();
        let post = Post::try_from(facts.post).unwrap_or_default();
        let grids: Vec<&str> = worker::serves(&worker.assignments, &day).collect();
        let grids = grids.join(";");
        vec![
            facts.worker_id,
            worker.display_name,
            worker.work_phone,
            name(post.as_str_name(), "POST_"),
            facts.area_code,
            facts.unit_id,
            grids,
            facts.valid_from_date,
        ]
    });
    let columns = &[
        "worker_id",
        "name",
        "work_phone",
        "post",
        "area_code",
        "unit_id",
        "grid_codes",
        "valid_from",
    ];
    Ok((columns, rows.collect()))
}

async fn units(session: &Session, place: &str, day: &str) -> Result<Content, Failure> {
    let units = unit::fetch(session, place, 0, day, usize::MAX).await?;
    let rows = units.into_iter().filter_map(|unit| unit.facts).map(|facts| {
        let kind = UnitKind::try_from(facts.kind).unwrap_or_default();
        let tier = AreaLevel::try_from(facts.tier).unwrap_or_default();
        vec![
            facts.unit_id,
            facts.display_name,
            name(kind.as_str_name(), "UNIT_KIND_"),
            name(tier.as_str_name(), "AREA_LEVEL_"),
            facts.area_code,
            facts.valid_from_date,
        ]
    });
    Ok((&["unit_id", "name", "kind", "tier", "area_code", "valid_from"], rows.collect()))
}

async fn teams(session: &Session, place: &str, day: &str) -> Result<Content, Failure> {
    let teams = team::fetch(session, place, day, usize::MAX).await?;
    let rows = teams.into_iter().filter_map(|team| team.facts).map(|facts| {
        let point = facts.base_point.unwrap_or_default();
        vec![
            facts.team_id,
            facts.display_name,
            facts.unit_id,
            facts.area_code,
            facts.member_worker_ids.join(";"),
            point.longitude.to_string(),
            point.latitude.to_string(),
            facts.served_area_codes.join(";"),
            facts.valid_from_date,
        ]
    });
    let columns = &[
        "team_id",
        "name",
        "unit_id",
        "area_code",
        "member_ids",
        "longitude",
        "latitude",
        "served_areas",
        "valid_from",
    ];
    Ok((columns, rows.collect()))
}
