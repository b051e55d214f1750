//! Many grids at once, by an import: a long stretch of the registry's log for those who follow it.

use anyhow::{Context as _, Result, ensure};
use kit::client::Connection;
use yiwang_proto::registry::v1::area_service_client::AreaServiceClient;
use yiwang_proto::registry::v1::import_service_client::ImportServiceClient;
use yiwang_proto::registry::v1::{
    ActivateImportRequest, CreateAreaRequest, CreateImportRequest, ImportKind, Row,
    StageRowsRequest,
};

use crate::callers::EVERYTHING;
use crate::node::Node;
use crate::world::request_id;

/// Grids of one community, as many as have codes.
const GRIDS: u32 = 900;

/// An import that is staged and can be activated.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The activation; sent again it does nothing more.
    pub activation: ActivateImportRequest,
    /// Code of the last grid.
    pub last: String,
}

impl Staged {
    /// Activates the import.
    pub async fn activate(&self, connection: Connection) -> Result<()> {
        let mut imports = ImportServiceClient::new(connection);
        imports.activate_import(self.activation.clone()).await.context("activating")?;
        Ok(())
    }
}

/// Creates a community and stages its grids. `number` makes its code; 1 is the community of the small world.
pub async fn stage(node: &Node, number: u32) -> Result<Staged> {
    let community = format!("370306004{number:03}");
    let mut areas = AreaServiceClient::new(node.connect(&EVERYTHING)?);
    let area = CreateAreaRequest {
        request_id: request_id()?,
        area_code: community.clone(),
        display_name: format!("测试社区{number}"),
        valid_from_date: "2026-01-01".to_owned(),
        outline_geojson: String::new(),
    };
    areas.create_area(area).await.context("creating a community")?;
    let mut imports = ImportServiceClient::new(node.connect(&EVERYTHING)?);
    let create = CreateImportRequest {
        request_id: request_id()?,
        kind: ImportKind::Grids.into(),
        ..CreateImportRequest::default()
    };
    let made = imports.create_import(create).await.context("beginning an import")?.into_inner();
    let import_id = made.import.context("no import")?.import_id;
    let code = |sequence: u32| format!("{community}{sequence:03}");
    let row = |line: u32| {
        let cells = [
            ("grid_code", code(line - 1)),
            ("name", format!("网格{}", line - 1)),
            ("households", "300".to_owned()),
            ("valid_from", "2026-01-01".to_owned()),
        ];
        Row { line, cells: cells.map(|(name, cell)| (name.to_owned(), cell)).into() }
    };
    let stage = StageRowsRequest {
        request_id: request_id()?,
        import_id: import_id.clone(),
        rows: (2..GRIDS + 2).map(row).collect(),
    };
    let faults = imports.stage_rows(stage).await.context("staging")?.into_inner().faults;
    ensure!(faults.is_empty(), "{:?}", faults.first());
    let activation = ActivateImportRequest { request_id: request_id()?, import_id };
    Ok(Staged { activation, last: code(GRIDS) })
}
