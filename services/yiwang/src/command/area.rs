//! `yiwang area`.

mod zone;

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    Area as WireArea, AreaLevel, CreateAreaRequest, GetAreaRequest, ListAreasRequest,
    RetireAreaRequest, UpdateAreaRequest,
};

use super::Context;
use super::shared::{field, pages, parse_day};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang area …`
#[derive(Debug, Subcommand)]
pub(crate) enum Area {
    /// Shows an area with what lies above it.
    Show {
        /// Code of the area, 2 to 12 digits.
        code: String,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        as_of: String,
    },
    /// Lists the areas of a subtree.
    List(List),
    /// Draws the areas of a subtree as a tree.
    Tree {
        /// The area at the top; default: the caller's area.
        code: Option<String>,
        /// How many levels below it.
        #[arg(long, default_value_t = 2)]
        depth: usize,
    },
    /// Lists the functional zones that have no code of their own.
    Zones {
        /// Only in the subtree of this area.
        #[arg(long, default_value = "")]
        area: String,
    },
    #[command(flatten)]
    Zone(zone::Change),
    /// Enters an area below an existing one.
    Create {
        /// Its code; it begins with that of the area above.
        code: String,
        /// Its name.
        name: String,
        /// First day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        from: String,
    },
    /// Corrects the name of an area.
    Rename {
        /// Its code.
        code: String,
        /// Its name.
        name: String,
    },
    /// Ends an area and says what took its place.
    Retire {
        /// Its code.
        code: String,
        /// First day on which it no longer exists; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day)]
        on: Option<String>,
        /// An area that takes its place; several are possible.
        #[arg(long, value_name = "CODE")]
        successor: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The area at the top; default: the caller's area.
    #[arg(long, default_value = "")]
    area: String,
    /// Only areas of this level.
    #[arg(long, value_parser = labels::area_level::parser())]
    level: Option<i32>,
    /// As of this day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    as_of: Option<String>,
    /// Also areas that do not exist on that day.
    #[arg(long)]
    all: bool,
    /// At most so many.
    #[arg(long, default_value_t = 10_000)]
    limit: usize,
}

pub(crate) async fn run(command: Area, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let request_id = session.request_id();
    match command {
        Area::Show { code, as_of } => show(&session, screen, code, as_of).await,
        Area::List(list) => {
            let wanted = Wanted {
                area: list.area,
                level: list.level.unwrap_or_default(),
                as_of: list.as_of.unwrap_or_default(),
                retired: list.all,
                outlines: false,
            };
            let areas = fetch(&session, &wanted, list.limit).await?;
            write_list(screen, &areas)
        }
        Area::Tree { code, depth } => tree(&session, screen, code.unwrap_or_default(), depth).await,
        Area::Zones { area } => zone::list(&session, screen, area).await,
        Area::Zone(change) => zone::run(change, &session, screen).await,
        Area::Create { code, name, from } => {
            let request = CreateAreaRequest {
                request_id,
                area_code: code,
                display_name: name,
                valid_from_date: from,
                outline_geojson: String::new(),
            };
            let answer = session.areas().create_area(request).await?.into_inner();
            changed(screen, &answer, answer.area.as_ref(), answer.feed_position)
        }
        Area::Rename { code, name } => {
            let request = UpdateAreaRequest {
                request_id,
                area_code: code,
                display_name: Some(name),
                ..UpdateAreaRequest::default()
            };
            let answer = session.areas().update_area(request).await?.into_inner();
            changed(screen, &answer, answer.area.as_ref(), answer.feed_position)
        }
        Area::Retire { code, on, successor } => {
            let request = RetireAreaRequest {
                request_id,
                area_code: code,
                valid_to_date: on.unwrap_or_default(),
                superseded_by: successor,
                etag: String::new(),
            };
            let answer = session.areas().retire_area(request).await?.into_inner();
            changed(screen, &answer, answer.area.as_ref(), answer.feed_position)
        }
    }
}

/// Lengths of codes, and the levels that have them.
const LEVELS: [(usize, AreaLevel); 5] = [
    (2, AreaLevel::Province),
    (4, AreaLevel::City),
    (6, AreaLevel::District),
    (9, AreaLevel::Town),
    (12, AreaLevel::Community),
];

/// The code of the area above; empty at the top.
pub(super) fn above(code: &str) -> &str {
    let shorter = LEVELS.iter().rev().find(|(length, _)| *length < code.len());
    shorter.and_then(|(length, _)| code.get(..*length)).unwrap_or_default()
}

/// Which areas are fetched.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) area: String,
    pub(super) level: i32,
    pub(super) as_of: String,
    pub(super) retired: bool,
    pub(super) outlines: bool,
}

/// Fetches the areas of a subtree.
pub(super) async fn fetch(
    session: &Session,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<WireArea>, Failure> {
    pages(limit, |page_size, page_token| {
        let request = ListAreasRequest {
            area_code: wanted.area.clone(),
            level: wanted.level,
            as_of_date: wanted.as_of.clone(),
            include_retired: wanted.retired,
            include_outlines: wanted.outlines,
            page_size,
            page_token,
        };
        let mut client = session.areas();
        async move {
            let answer = client.list_areas(request).await?.into_inner();
            Ok((answer.areas, answer.next_page_token))
        }
    })
    .await
}

async fn show(
    session: &Session,
    screen: Screen,
    code: String,
    as_of_date: String,
) -> Result<(), Failure> {
    let request = GetAreaRequest { area_code: code, as_of_date };
    let answer = session.areas().get_area(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    let facts = answer.area.unwrap_or_default().facts.unwrap_or_default();
    let above: Vec<String> = answer
        .ancestors
        .iter()
        .map(|area| format!("{} {}", area.area_code, area.display_name))
        .collect();
    let zones: Vec<String> = answer
        .jurisdictions
        .into_iter()
        .filter_map(|zone| zone.facts)
        .map(|zone| zone.display_name)
        .collect();
    screen.table(
        &["Area 区域", &facts.area_code],
        vec![
            field("Name 名称", facts.display_name),
            field("Level 层级", labels::area_level::label(facts.level)),
            field("Above 上级", above.join(" › ")),
            field("Zones 功能区", zones.join(", ")),
            field("From 自", facts.valid_from_date),
            field("Until 止", facts.valid_to_date),
            field("Now 现为", facts.superseded_by.join(", ")),
            field("Sample 样例", if facts.sample { "yes 是" } else { "no 否" }),
        ],
    )
}

fn write_list(screen: Screen, areas: &[WireArea]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(areas);
    }
    let rows = areas.iter().filter_map(|area| area.facts.clone()).map(|facts| {
        let level = labels::area_level::label(facts.level);
        vec![facts.area_code, facts.display_name, level, facts.valid_from_date, facts.valid_to_date]
    });
    screen.table(&["Code 代码", "Name 名称", "Level 层级", "From 自", "Until 止"], rows.collect())
}

async fn tree(
    session: &Session,
    screen: Screen,
    code: String,
    depth: usize,
) -> Result<(), Failure> {
    // The area at the top comes first, and with it the levels that are asked for one by one: villages are many.
    let first = fetch(session, &Wanted { area: code.clone(), ..Wanted::default() }, 1).await?;
    let digits = |area: &WireArea| area.facts.as_ref().map_or(0, |facts| facts.area_code.len());
    let above = LEVELS.iter().position(|(length, _)| first.first().map(digits) == Some(*length));
    let mut areas = Vec::new();
    for (_, level) in LEVELS.iter().skip(above.unwrap_or(0)).take(depth.saturating_add(1)) {
        let wanted = Wanted { area: code.clone(), level: (*level).into(), ..Wanted::default() };
        areas.extend(fetch(session, &wanted, 100_000).await?);
    }
    areas.sort_by_cached_key(|area| area.facts.as_ref().map(|facts| facts.area_code.clone()));
    if screen.json {
        return screen.messages(&areas);
    }
    let step = |code: &str| [2, 4, 6, 9, 12].iter().position(|digits| *digits == code.len());
    let top = areas.first().and_then(|area| step(&area.facts.as_ref()?.area_code)).unwrap_or(0);
    for facts in areas.into_iter().filter_map(|area| area.facts) {
        let level = step(&facts.area_code).unwrap_or(0).saturating_sub(top);
        if level <= depth {
            let indent = "  ".repeat(level);
            screen.line(format!("{indent}{} {}", facts.area_code, facts.display_name))?;
        }
    }
    Ok(())
}

fn changed<M: prost::Message + prost::Name>(
    screen: Screen,
    answer: &M,
    area: Option<&WireArea>,
    position: u64,
) -> Result<(), Failure> {
    if screen.json {
        return screen.message(answer);
    }
    write_list(screen, area.map_or(&[], std::slice::from_ref))?;
    screen.line(format!("position / 位置 registry {position}"))
}
