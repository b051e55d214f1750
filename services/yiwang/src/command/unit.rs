//! `yiwang unit`.

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    CreateUnitRequest, GetUnitRequest, ListUnitsRequest, RetireUnitRequest, Unit as WireUnit,
    UpdateUnitRequest,
};

use super::Context;
use super::shared::{pages, parse_day};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang unit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Unit {
    /// Lists units.
    List {
        /// Only units of this subtree; default: the caller's area.
        #[arg(long, default_value = "")]
        area: String,
        /// Only units of this kind.
        #[arg(long, value_parser = labels::unit_kind::parser())]
        kind: Option<i32>,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        as_of: String,
        /// At most so many.
        #[arg(long, default_value_t = 10_000)]
        limit: usize,
    },
    /// Shows a unit.
    Show {
        /// Id of the unit.
        id: String,
    },
    /// Enters a unit.
    Create {
        /// Id of the unit.
        id: String,
        /// Its name.
        #[arg(long)]
        name: String,
        /// Its kind.
        #[arg(long, value_parser = labels::unit_kind::parser())]
        kind: i32,
        /// The area that it is responsible for.
        #[arg(long)]
        area: String,
    },
    /// Corrects what is said of a unit; what is not named stays.
    Update {
        /// Id of the unit.
        id: String,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
        /// Its kind.
        #[arg(long, value_parser = labels::unit_kind::parser())]
        kind: Option<i32>,
        /// Its tier.
        #[arg(long, value_parser = labels::area_level::parser())]
        tier: Option<i32>,
    },
    /// Ends a unit.
    Retire {
        /// Id of the unit.
        id: String,
        /// First day no longer; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
}

pub(crate) async fn run(command: Unit, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let (mut units, request_id) = (session.units(), session.request_id());
    let unit = match command {
        Unit::List { area, kind, as_of, limit } => {
            let kind = kind.unwrap_or_default();
            return write_list(screen, &fetch(&session, &area, kind, &as_of, limit).await?);
        }
        Unit::Show { id } => {
            units.get_unit(GetUnitRequest { unit_id: id }).await?.into_inner().unit
        }
        Unit::Create { id, name, kind, area } => {
            let request = CreateUnitRequest {
                request_id,
                unit_id: id,
                kind,
                area_code: area,
                display_name: name,
                ..CreateUnitRequest::default()
            };
            units.create_unit(request).await?.into_inner().unit
        }
        Unit::Update { id, name, kind, tier } => {
            let request = UpdateUnitRequest {
                request_id,
                unit_id: id,
                kind: kind.unwrap_or_default(),
                tier: tier.unwrap_or_default(),
                display_name: name,
                etag: String::new(),
            };
            units.update_unit(request).await?.into_inner().unit
        }
        Unit::Retire { id, on } => {
            let etag = String::new();
            let request = RetireUnitRequest { request_id, unit_id: id, valid_to_date: on, etag };
            units.retire_unit(request).await?.into_inner().unit
        }
    };
    let unit = unit.unwrap_or_default();
    if screen.json { screen.message(&unit) } else { write_list(screen, &[unit]) }
}

/// Fetches units.
pub(super) async fn fetch(
    session: &Session,
    area: &str,
    kind: i32,
    as_of: &str,
    limit: usize,
) -> Result<Vec<WireUnit>, Failure> {
    pages(limit, |page_size, page_token| {
        let request = ListUnitsRequest {
            area_code: area.to_owned(),
            kind,
            as_of_date: as_of.to_owned(),
            page_size,
            page_token,
        };
        let mut client = session.units();
        async move {
            let answer = client.list_units(request).await?.into_inner();
            Ok((answer.units, answer.next_page_token))
        }
    })
    .await
}

fn write_list(screen: Screen, units: &[WireUnit]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(units);
    }
    let rows = units.iter().filter_map(|unit| unit.facts.clone()).map(|facts| {
        vec![
            facts.unit_id,
            facts.display_name,
            labels::unit_kind::label(facts.kind),
            labels::area_level::label(facts.tier),
            facts.area_code,
            facts.valid_to_date,
        ]
    });
    let header = ["Unit 编号", "Name 名称", "Kind 类型", "Tier 层级", "Area 区域", "Until 止"];
    screen.table(&header, rows.collect())
}
