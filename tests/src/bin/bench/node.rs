//! A node with the whole city loaded: memory while nothing happens and after load, and how long it takes to be ready.
//!
//! The city is the demo's: `yiwang demo --once` makes it on SQLite; for PostgreSQL it is exported and imported again.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, sqlite_url};
use tests::environment;
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::world;
use tokio::time::{Instant, sleep};

use crate::figures::Figures;
use crate::report::mebibytes;

/// A grid of the sample.
const GRID: &str = "370306004006001";
const CALLERS: usize = 64;
/// How long a node is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(5);
/// Name of the node that the demo makes.
const NODE: &str = "node = \"zibo-demo\"\n";
/// What is exported and imported, in the order in which the rows rest on each other.
const TABLES: [&str; 5] = ["areas", "units", "grids", "workers", "teams"];

/// The whole city on both databases.
pub(crate) struct City {
    sqlite: Plan,
    postgres: Plan,
    database: Database,
    _room: TempDir,
}

impl City {
    /// Loads the city.
    pub(crate) async fn load() -> Result<Self> {
        let room = tempfile::tempdir()?;
        let data = room.path().join("data");
        program(&["demo", "--once", "--listen", "127.0.0.1:0", "--data"], &data)?;
        let mut sqlite = Plan::new(sqlite_url(&data))?;
        sqlite.top = NODE.to_owned();
        // The demo has sealed details with a key of its own.
        sqlite.key = Some(data.join("node.key"));
        let database = Database::create(Store::Postgres).await?.context("no PostgreSQL")?;
        let postgres = Plan::new(database.url())?;
        let mut from = Node::start(&sqlite).await?;
        let mut to = Node::start(&postgres).await?;
        for table in TABLES {
            let file = room.path().join(format!("{table}.csv"));
            client(&from, &["export", table, "--out"], &file)?;
            client(&to, &["import", table], &file)?;
        }
        world::heard_of(&to, GRID).await?;
        ensure!(from.stop().await?.success() && to.stop().await?.success());
        Ok(City { sqlite, postgres, database, _room: room })
    }

    /// Starts a node on each database, and looks at it idle and after load.
    pub(crate) async fn measure(&self, seconds: u64, figures: &mut Figures) -> Result<()> {
        for (name, plan) in [("sqlite", &self.sqlite), ("postgres", &self.postgres)] {
            let begun = Instant::now();
            let mut node = Node::start(plan).await?;
            let ready = begun.elapsed().as_secs_f64() * 1e3;
            figures.add(&format!("node/{name}/start to ready"), "ms", ready, None);
            sleep(IDLE).await;
            let memory = mebibytes(node.resident()?);
            figures.add(&format!("node/{name}/memory idle"), "MiB", memory, None);
            let journal = Arc::new(Journal::default());
            let load = journal.start(&node, GRID, CALLERS, Fate::Lives)?;
            sleep(Duration::from_secs(seconds)).await;
            load.stop().await?;
            let memory = mebibytes(node.resident()?);
            figures.add(&format!("node/{name}/memory after load"), "MiB", memory, None);
            ensure!(node.stop().await?.success(), "{}", node.log()?);
        }
        Ok(())
    }

    /// How a node is started on each database.
    pub(crate) fn plans(&self) -> [(&'static str, &Plan); 2] {
        [("sqlite", &self.sqlite), ("postgres", &self.postgres)]
    }

    /// Throws the databases away.
    pub(crate) async fn drop(self) -> Result<()> {
        self.database.drop().await
    }
}

/// Runs the program's command line against a node.
fn client(node: &Node, arguments: &[&str], file: &Path) -> Result<()> {
    let server = ["--server", &node.address(), "--token", EVERYTHING.token].map(str::to_owned);
    let all: Vec<&str> =
        server.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    program(&all, file)
}

fn program(arguments: &[&str], last: &Path) -> Result<()> {
    let output = Command::new(environment::yiwang()?).args(arguments).arg(last).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?} ended with {}: {said}", output.status);
    Ok(())
}
