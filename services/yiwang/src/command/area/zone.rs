//! Functional zones that have no code of their own.

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    CreateJurisdictionRequest, Jurisdiction, ListJurisdictionsRequest, RetireJurisdictionRequest,
    SetJurisdictionAreasRequest,
};

use super::super::shared::parse_day;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// Changes of functional zones.
#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Enters a functional zone.
    #[command(name = "create-zone")]
    Create {
        /// Its id, e.g. gaoxin.
        id: String,
        /// Its name.
        name: String,
        /// The area in which it lies.
        #[arg(long)]
        area: String,
        /// An area that it manages; several are possible.
        #[arg(long = "manages", value_name = "CODE")]
        manages: Vec<String>,
        /// First day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        from: String,
    },
    /// Says which areas a functional zone manages.
    #[command(name = "set-zone")]
    Set {
        /// Its id.
        id: String,
        /// An area that it manages; several are possible, none ends all.
        #[arg(long = "manages", value_name = "CODE")]
        manages: Vec<String>,
        /// From this day on; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
    /// Ends a functional zone.
    #[command(name = "retire-zone")]
    Retire {
        /// Its id.
        id: String,
        /// First day on which it no longer exists; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
}

pub(super) async fn list(
    session: &Session,
    screen: Screen,
    area_code: String,
) -> Result<(), Failure> {
    let request = ListJurisdictionsRequest {
        area_code,
        as_of_date: String::new(),
        page_size: 1000,
        page_token: String::new(),
    };
    let answer = session.areas().list_jurisdictions(request).await?.into_inner();
    write_zones(screen, &answer.jurisdictions)
}

pub(super) async fn run(change: Change, session: &Session, screen: Screen) -> Result<(), Failure> {
    let request_id = session.request_id();
    match change {
        Change::Create { id, name, area, manages, from } => {
            let request = CreateJurisdictionRequest {
                request_id,
                jurisdiction_id: id,
                area_code: area,
                display_name: name,
                valid_from_date: from,
                area_codes: manages,
            };
            let answer = session.areas().create_jurisdiction(request).await?.into_inner();
            zone(screen, &answer, answer.jurisdiction.as_ref(), answer.feed_position)
        }
        Change::Set { id, manages, on } => {
            let request = SetJurisdictionAreasRequest {
                request_id,
                jurisdiction_id: id,
                area_codes: manages,
                effective_date: on,
                etag: String::new(),
            };
            let answer = session.areas().set_jurisdiction_areas(request).await?.into_inner();
            zone(screen, &answer, answer.jurisdiction.as_ref(), answer.feed_position)
        }
        Change::Retire { id, on } => {
            let request = RetireJurisdictionRequest {
                request_id,
                jurisdiction_id: id,
                valid_to_date: on,
                etag: String::new(),
            };
            let answer = session.areas().retire_jurisdiction(request).await?.into_inner();
            zone(screen, &answer, answer.jurisdiction.as_ref(), answer.feed_position)
        }
    }
}

fn write_zones(screen: Screen, zones: &[Jurisdiction]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(zones);
    }
    let rows = zones.iter().filter_map(|zone| {
        let facts = zone.facts.clone()?;
        Some(vec![
            facts.jurisdiction_id,
            facts.display_name,
            facts.area_code,
            zone.area_codes.join(" "),
        ])
    });
    screen.table(&["Zone 编号", "Name 名称", "In 所在", "Manages 管理"], rows.collect())
}

fn zone<M: prost::Message + prost::Name>(
    screen: Screen,
    answer: &M,
    zone: Option<&Jurisdiction>,
    position: u64,
) -> Result<(), Failure> {
    if screen.json {
        return screen.message(answer);
    }
    write_zones(screen, zone.map_or(&[], std::slice::from_ref))?;
    screen.line(format!("position / 位置 registry {position}"))
}
