//! Somebody alters a log behind the program's back: `yiwang audit verify` says where, and exits with 1.

use anyhow::{Result, ensure};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tests::database::{Database, Store, execute};
use tests::node::{Node, Plan};
use tests::world;

use crate::case::{client, reported};

/// Each of them breaks the chain: what to do, and the position that is named. `TABLE` is dispatch's events.
const ALTERATIONS: [(&str, u64); 3] = [
    ("UPDATE TABLE SET payload = salt WHERE position = 3", 3),
    ("UPDATE TABLE SET hash = salt WHERE position = 2", 2),
    ("DELETE FROM TABLE WHERE position = 4", 4),
];

#[tokio::test]
async fn an_altered_log_is_found_out_on_sqlite() -> Result<()> {
    found_out(Store::Sqlite).await
}

#[tokio::test]
async fn an_altered_log_is_found_out_on_postgres() -> Result<()> {
    found_out(Store::Postgres).await
}

async fn found_out(store: Store) -> Result<()> {
    for (alteration, position) in ALTERATIONS {
        let Some(database) = Database::create(store).await? else { return Ok(()) };
        let plan = Plan::new(database.url())?;
        let mut node = Node::start(&plan).await?;
        world::settle(&node).await?;
        for _ in 0..5 {
            reported(&mut client(&node)?).await?;
        }
        ensure!(node.stop().await?.success(), "{}", node.log()?);
        drop(node);
        plan.run(&["audit", "verify"])?;
        alter(&database, alteration).await?;
        let (status, said) = plan.try_run(&["audit", "verify", "--json"])?;
        ensure!(status.code() == Some(1), "{alteration}: ended with {status}: {said}");
        let named = said.lines().filter_map(|line| serde_json::from_str(line).ok()).any(
            |line: serde_json::Value| {
                line["service"] == "dispatch" && line["broken_position"] == position
            },
        );
        ensure!(named, "{alteration}: position {position} is not named: {said}");
        let (_, said) = plan.try_run(&["audit", "verify"])?;
        ensure!(said.contains(&format!(" {position}:")), "{alteration}: {said}");
        database.drop().await?;
    }
    Ok(())
}

async fn alter(database: &Database, alteration: &str) -> Result<()> {
    match database {
        Database::Sqlite(folder) => {
            let file = folder.path().join("dispatch.db");
            let mut session = SqliteConnectOptions::new().filename(file).connect().await?;
            // Tests are short: leaking the text is cheaper than an exception from the rule that SQL is static.
            let sql: &'static str = alteration.replace("TABLE", "event").leak();
            let done = sqlx::query(sql).execute(&mut session).await?;
            ensure!(done.rows_affected() == 1, "{alteration} altered nothing");
            Ok(session.close().await?)
        }
        Database::Postgres(postgres) => {
            execute(postgres.url(), alteration.replace("TABLE", "dispatch.event")).await
        }
    }
}
