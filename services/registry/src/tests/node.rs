//! A registry for one test, with Yong'an Street and two grids.

use std::time::Duration;

use kit::{Call, Caller, Clock, IdSource, Lifecycle, Role};
use ledger::{DatabaseUrl, Options};
use tonic::{Request, Status};
use yiwang_proto::registry::v1 as pb;
use yiwang_proto::registry::v1::grid_service_server::GridService as _;
use yiwang_proto::registry::v1::import_service_server::ImportService as _;

use crate::api::Api;
use crate::domain::code::AreaCode;
use crate::domain::day::Reach;
use crate::{Config, Service};

pub(super) const WEST: &str = "370306004001001";
pub(super) const EAST: &str = "370306004001002";

/// A database of its own.
pub(super) struct Place {
    url: DatabaseUrl,
    folder: tempfile::TempDir,
}

/// The databases that a test runs on.
pub(super) async fn places() -> Vec<Place> {
    let folder = || tempfile::tempdir().unwrap();
    let sqlite = folder();
    let mut places =
        vec![Place { url: DatabaseUrl::Sqlite(sqlite.path().to_owned()), folder: sqlite }];
    if let Some(server) = server() {
        let name = format!("registry_{}", IdSource::system(Clock::system()).uuid().simple());
        create_database(&server, &name).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = DatabaseUrl::Postgres(format!("{base}/{name}"));
        places.push(Place { url, folder: folder() });
    }
    places
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

async fn create_database(server: &str, name: &str) {
    let options: sqlx::postgres::PgConnectOptions = server.parse().unwrap();
    let mut session = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::Executor::execute(&mut session, create).await.unwrap();
}

/// A registry and what keeps it alive.
pub(super) struct Node {
    pub(super) api: Api,
    lifecycle: Lifecycle,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Node {
    pub(super) async fn open(place: &Place) -> Node {
        Node::open_for(place, "3703").await
    }

    /// A registry of the node of an area.
    pub(super) async fn open_for(place: &Place, area: &str) -> Node {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let clock = Clock::manual("2026-02-13T01:00:00Z".parse().unwrap());
        let options = Options {
            database: place.url.clone(),
            keys: Some(DatabaseUrl::Sqlite(place.folder.path().join("keys"))),
            node: "zibo".to_owned(),
            secret: ledger::RequestSecret::new(&[9; 32]),
            clock: clock.clone(),
            ids: IdSource::system(clock),
        };
        let service = Service::open(&Config::default(), area, &options, &lifecycle).await.unwrap();
        let ledger = service.ledger().clone();
        let area = AreaCode::parse(area).unwrap();
        Node { api: Api { ledger, reach: Reach::default(), area }, lifecycle }
    }

    /// The same with the tree down to a community, and two grids of 120 and 180 households beside each other.
    pub(super) async fn with_grids(self) -> Node {
        let areas = [
            ("37", "山东省"),
            ("3703", "淄博市"),
            ("370306", "周村区"),
            ("370306004", "永安街道"),
            ("370306004001", "永安社区"),
            ("370306004002", "和平社区"),
        ];
        let areas = areas.map(|(code, name)| {
            let cells = [("code", code), ("name", name), ("valid_from", "2025-01-01")];
            cells.map(|(column, cell)| (column, cell.to_owned())).to_vec()
        });
        self.import(pb::ImportKind::Areas, areas.to_vec()).await;
        self.create(120, "117.0,36.0", "117.1,36.1").await.unwrap();
        self.create(180, "117.1,36.0", "117.2,36.1").await.unwrap();
        self
    }

    async fn create(&self, households: u32, low: &str, high: &str) -> Result<(), Status> {
        let part = part(households, low, high);
        let request = pb::CreateGridRequest {
            request_id: fresh(),
            community_code: "370306004001".to_owned(),
            grid: Some(part),
            effective_date: "2026-01-01".to_owned(),
            ..pb::CreateGridRequest::default()
        };
        self.api.create_grid(operator(request)).await.map(drop)
    }

    /// Imports a table that is expected to be good; returns the import.
    pub(super) async fn import(
        &self,
        kind: pb::ImportKind,
        rows: Vec<Vec<(&str, String)>>,
    ) -> pb::Import {
        let import_id = self.begin(kind, false).await;
        let staged = self.stage(&import_id, rows).await;
        assert_eq!(staged.faults, []);
        let activate = pb::ActivateImportRequest { request_id: fresh(), import_id };
        let activated = self.api.activate_import(operator(activate)).await.unwrap();
        activated.into_inner().import.unwrap()
    }

    pub(super) async fn begin(&self, kind: pb::ImportKind, dry_run: bool) -> String {
        let request = pb::CreateImportRequest {
            request_id: fresh(),
            kind: kind.into(),
            dry_run,
            ..pb::CreateImportRequest::default()
        };
        let created = self.api.create_import(operator(request)).await.unwrap();
        created.into_inner().import.unwrap().import_id
    }

    /// Stages rows in requests of 500; returns the last answer.
    pub(super) async fn stage(
        &self,
        import_id: &str,
        rows: Vec<Vec<(&str, String)>>,
    ) -> pb::StageRowsResponse {
        let mut last = pb::StageRowsResponse::default();
        for (number, rows) in rows.chunks(500).enumerate() {
            let line = |index: usize| u32::try_from(number * 500 + index + 2).unwrap();
            let wire = |(index, cells): (usize, &Vec<(&str, String)>)| pb::Row {
                line: line(index),
                cells: cells
                    .iter()
                    .map(|(column, cell)| ((*column).to_owned(), cell.clone()))
                    .collect(),
            };
            let rows = rows.iter().enumerate().map(wire).collect();
            let import_id = import_id.to_owned();
            let request = pb::StageRowsRequest { request_id: fresh(), import_id, rows };
            last = self.api.stage_rows(operator(request)).await.unwrap().into_inner();
        }
        last
    }
}

/// A grid with the outline between two corners ("longitude,latitude").
pub(super) fn part(households: u32, low: &str, high: &str) -> pb::GridPart {
    pb::GridPart {
        display_name: format!("{households}户网格"),
        households,
        outline_geojson: rectangle(low, high),
        ..pb::GridPart::default()
    }
}

pub(super) fn rectangle(low: &str, high: &str) -> String {
    let ((west, south), (east, north)) =
        (low.split_once(',').unwrap(), high.split_once(',').unwrap());
    format!(
        r#"{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"#
    )
}

pub(super) fn fresh() -> String {
    IdSource::system(Clock::system()).uuid().to_string()
}

/// A call of the city's operator.
pub(super) fn operator<T>(body: T) -> Request<T> {
    call(body, "3703", &[Role::Operate])
}

pub(super) fn call<T>(body: T, area_code: &str, roles: &[Role]) -> Request<T> {
    let caller = Caller {
        caller_id: "desk".to_owned(),
        unit_id: "unit".to_owned(),
        area_code: area_code.to_owned(),
        roles: roles.iter().copied().collect(),
    };
    let mut request = Request::new(body);
    Call { caller, traceparent: String::new(), deadline: None }.attach(&mut request);
    request
}

/// The machine-readable reason of a refusal, and its metadata.
pub(super) fn reason(status: &Status) -> (String, std::collections::HashMap<String, String>) {
    use tonic_types::StatusExt as _;
    let info = status.get_details_error_info().unwrap();
    (info.reason, info.metadata)
}
