//! A small piece of Zibo for tests: one community with a grid, a mediation organisation and a team on duty.

use anyhow::{Context as _, Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tonic::Code;
use yiwang_proto::dispatch::v1::StartDutyRequest;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::duty_service_client::DutyServiceClient;
use yiwang_proto::registry::v1::area_service_client::AreaServiceClient;
use yiwang_proto::registry::v1::grid_service_client::GridServiceClient;
use yiwang_proto::registry::v1::team_service_client::TeamServiceClient;
use yiwang_proto::registry::v1::unit_service_client::UnitServiceClient;
use yiwang_proto::registry::v1::{
    CreateAreaRequest, CreateGridRequest, CreateTeamRequest, CreateUnitRequest, GeoPoint, GridKind,
    GridPart, UnitKind,
};

use crate::callers::EVERYTHING;
use crate::database::random_id;
use crate::load;
use crate::node::Node;

/// The areas, from the province down: code and name.
const AREAS: [(&str, &str); 5] = [
    ("37", "山东省"),
    ("3703", "淄博市"),
    ("370306", "周村区"),
    ("370306004", "永安街街道"),
    ("370306004001", "测试社区"),
];
/// The grid that everything happens in.
pub const GRID: &str = "370306004001001";
/// The mediation organisation.
pub const UNIT: &str = "tests-committee";
/// The team on duty.
pub const TEAM: &str = "tests-team";
/// Before every rule about how far back a thing may begin.
const SINCE: &str = "2026-01-01";

/// Fills an empty node, and waits until dispatch has heard of it.
pub async fn settle(node: &Node) -> Result<()> {
    settle_apart(node, node).await
}

/// Fills an empty registry, and waits until the disputes of another process have heard of it.
pub async fn settle_apart(registry: &Node, disputes: &Node) -> Result<()> {
    areas(registry).await?;
    ensure_grid(registry, GRID).await?;
    let known = team(registry).await?;
    on_duty(disputes, TEAM, known).await?;
    heard(disputes).await
}

/// A request id.
pub fn request_id() -> Result<String> {
    Ok(random_id()?.to_string())
}

async fn areas(node: &Node) -> Result<()> {
    let mut client = AreaServiceClient::new(node.connect(&EVERYTHING)?);
    for (code, name) in AREAS {
        let request = CreateAreaRequest {
            request_id: request_id()?,
            area_code: code.to_owned(),
            display_name: name.to_owned(),
            valid_from_date: SINCE.to_owned(),
            outline_geojson: String::new(),
        };
        match client.create_area(request).await {
            Ok(_) => {}
            // A node brings its own roots.
            Err(status) if status.code() == Code::AlreadyExists => {}
            Err(status) => return Err(status).with_context(|| format!("creating area {code}")),
        }
    }
    Ok(())
}

/// Creates the next grid of the community, which has to get the code `expected`.
pub async fn ensure_grid(node: &Node, expected: &str) -> Result<()> {
    let mut client = GridServiceClient::new(node.connect(&EVERYTHING)?);
    let grid = GridPart {
        kind: GridKind::Comprehensive.into(),
        display_name: "第一网格".to_owned(),
        households: 300,
        base_point: Some(GeoPoint { longitude: 117.87, latitude: 36.8 }),
        ..GridPart::default()
    };
    let request = CreateGridRequest {
        request_id: request_id()?,
        community_code: GRID[..12].to_owned(),
        grid: Some(grid),
        ..CreateGridRequest::default()
    };
    let made = client.create_grid(request).await.context("creating a grid")?.into_inner();
    let code = made.grid.and_then(|grid| grid.facts).map(|facts| facts.grid_code);
    anyhow::ensure!(code.as_deref() == Some(expected), "the grid has code {code:?}");
    Ok(())
}

async fn team(node: &Node) -> Result<u64> {
    let mut units = UnitServiceClient::new(node.connect(&EVERYTHING)?);
    let unit = CreateUnitRequest {
        request_id: request_id()?,
        unit_id: UNIT.to_owned(),
        kind: UnitKind::PeoplesMediation.into(),
        area_code: "370306004".to_owned(),
        display_name: "永安街人民调解委员会".to_owned(),
        ..CreateUnitRequest::default()
    };
    units.create_unit(unit).await.context("creating a unit")?;
    let mut teams = TeamServiceClient::new(node.connect(&EVERYTHING)?);
    let team = CreateTeamRequest {
        request_id: request_id()?,
        team_id: TEAM.to_owned(),
        unit_id: UNIT.to_owned(),
        area_code: "370306004".to_owned(),
        display_name: "永安街调解队".to_owned(),
        base_point: Some(GeoPoint { longitude: 117.868, latitude: 36.803 }),
        ..CreateTeamRequest::default()
    };
    let made = teams.create_team(team).await.context("creating a team")?;
    Ok(made.into_inner().feed_position)
}

/// Puts a team on duty, once dispatch has read registry's log up to `known`.
pub async fn on_duty(node: &Node, team: &str, known: u64) -> Result<()> {
    let mut client = DutyServiceClient::new(node.connect(&EVERYTHING)?);
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        let request = StartDutyRequest {
            request_id: request_id()?,
            team_id: team.to_owned(),
            min_registry_position: known,
            ..StartDutyRequest::default()
        };
        match client.start_duty(request).await {
            Ok(_) => return Ok(()),
            Err(status) if status.code() != Code::Unavailable || Instant::now() > limit => {
                bail!("putting {team} on duty: {status}")
            }
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Waits until dispatch would take a dispute in the grid: it follows registry's log in its own time.
pub async fn heard(node: &Node) -> Result<()> {
    heard_of(node, GRID).await
}

/// As [`heard`], of another grid.
pub async fn heard_of(node: &Node, grid: &str) -> Result<()> {
    let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        let mut request = load::report(random_id()?, grid);
        request.validate_only = true;
        match client.report_dispute(request).await {
            Ok(_) => return Ok(()),
            Err(status) if Instant::now() > limit => bail!("the grid is unknown: {status}"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}
