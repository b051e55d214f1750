//! The ceiling: the same server stack, decoding, validation, decision and reply, without a store.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use dispatch::domain::case_code::NodeNumber;
use dispatch::domain::codes::GridCode;
use dispatch::store::{counter_key, grid_key};
use kit::config::ServerConfig;
use kit::telemetry::{self, TelemetryConfig};
use kit::{Clock, IdSource, Lifecycle, Server};
use ledger::{DatabaseUrl, Options, RequestSecret, Sealer};
use tests::world::GRID;

/// Serves the reports of a node whose data lie in `data`, until the process is ended.
pub(crate) async fn serve(port: u16, data: &Path) -> Result<()> {
    // A node logs, too.
    let _telemetry = telemetry::start("ceiling", &TelemetryConfig::default())?;
    let life = Lifecycle::new(Duration::from_secs(5));
    let clock = Clock::system();
    let ids = IdSource::system(clock.clone());
    let sealer = Sealer::from_file(&data.join("ceiling.key"), ids.clone())?;
    let database = DatabaseUrl::Sqlite(data.to_owned());
    let secret = RequestSecret::new(&[0; 32]);
    let options = Options { database, keys: None, node: "yiwang".to_owned(), secret, clock, ids };
    let config = dispatch::Config::default();
    let service = dispatch::Service::open(&config, &options, sealer, &life).await?;
    let grid = GridCode::parse(GRID).ok().context("the grid's code")?;
    let warm = vec![grid_key(grid), counter_key(NodeNumber::FIRST)];
    let ceiling = service.without_store(warm).await?;

    let callers = data.join("callers.toml");
    std::fs::write(&callers, tests::callers::file())?;
    let config = ServerConfig {
        listen: ([127, 0, 0, 1], port).into(),
        callers: Some(callers),
        ..ServerConfig::default()
    };
    let callers = config.load_callers("", "37")?;
    let server = Server::new(config, callers, &[yiwang_proto::DESCRIPTORS])?;
    server.add_routes("yiwang.dispatch.v1", ceiling.routes()).bind().await?.serve(&life)?;
    std::future::pending().await
}
