//! Areas, grids, workers, units, teams and the catalogue of matters: the only authority for them.
//!
//! Map, in reading order:
//!
//! * [`domain`]: pure: what the nouns are and what may happen to them when.
//! * [`store`]: the tables, the migrations, every read statement.
//! * [`project`]: states and their rows.
//! * [`follow`]: registry follows nobody.
//! * [`app`]: what the committer needs to know: reads, decide, evolve, store, load.
//! * `api`: the rpcs; `api/convert` is the only place that knows the wire.
//! * [`config`], [`error`]: settings; refusals as callers see them.
//!
//! [`Service::open`] opens the service, [`Service::routes`] serves it.

mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod follow;
pub mod project;
pub mod store;
#[cfg(test)]
mod tests;

use kit::Lifecycle;
use ledger::{DbError, Ledger, Options};
use tonic::service::Routes;
use yiwang_proto::registry::v1::area_service_server::AreaServiceServer;
use yiwang_proto::registry::v1::catalogue_service_server::CatalogueServiceServer;
use yiwang_proto::registry::v1::grid_service_server::GridServiceServer;
use yiwang_proto::registry::v1::import_service_server::ImportServiceServer;
use yiwang_proto::registry::v1::team_service_server::TeamServiceServer;
use yiwang_proto::registry::v1::unit_service_server::UnitServiceServer;
use yiwang_proto::registry::v1::worker_service_server::WorkerServiceServer;

pub use app::Registry;
pub use config::Config;
use config::ConfigError;
use domain::AreaCode;

const NO_AREA: ConfigError =
    ConfigError { key: "area", wrong: "a code of 2, 4, 6, 9 or 12 digits is wanted" };

/// The running service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    ledger: Ledger<Registry>,
    reach: domain::day::Reach,
    area: AreaCode,
}

/// Why the service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// The database cannot be opened.
    #[error("cannot open the database of registry")]
    Database(#[source] DbError),
}

impl Service {
    /// Opens the database of the service of a node, which serves `area`, brings its schema up to date and starts its committer.
    pub async fn open(
        config: &Config,
        area: &str,
        options: &Options,
        lifecycle: &Lifecycle,
    ) -> Result<Self, OpenError> {
        let reach = config.reach()?;
        let area = AreaCode::parse(area).map_err(|_| NO_AREA)?;
        let authority = Registry { reach };
        let ledger = Ledger::open(authority, store::MIGRATIONS, options, lifecycle)
            .await
            .map_err(OpenError::Database)?;
        let service = Service { ledger, reach, area };
        if let Err(problem) = service.api().give_up_forgotten().await {
            tracing::warn!(?problem, "forgotten imports are left for later");
        }
        Ok(service)
    }

    /// The ledger: its log for the feed server.
    pub fn ledger(&self) -> &Ledger<Registry> {
        &self.ledger
    }

    fn api(&self) -> api::Api {
        api::Api { ledger: self.ledger.clone(), reach: self.reach, area: self.area.clone() }
    }

    /// The rpcs.
    pub fn routes(&self) -> Routes {
        let api = self.api();
        Routes::new(AreaServiceServer::new(api.clone()))
            .add_service(GridServiceServer::new(api.clone()))
            .add_service(WorkerServiceServer::new(api.clone()))
            .add_service(UnitServiceServer::new(api.clone()))
            .add_service(TeamServiceServer::new(api.clone()))
            .add_service(CatalogueServiceServer::new(api.clone()))
            .add_service(ImportServiceServer::new(api))
    }
}
