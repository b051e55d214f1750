//! PostgreSQL goes away: while nothing happens, during a COMMIT, for a restart, or because it takes no more sessions.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::cluster::Cluster;
use tests::database::{Database, Postgres, Store, execute, session};
use tests::load::Journal;
use tests::node::{Node, Plan};
use tests::relay::Relay;
use tests::{environment, world};
use tokio::time::{Duration, Instant, sleep};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::case::{client, new_report};
use crate::lifetime::busy;

#[tokio::test]
async fn a_line_cut_during_commit_loses_and_doubles_nothing() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::create(Store::Postgres).await? else {
        return Ok(());
    };
    let (relay, url) = relayed(database.url())?;
    let mut node = Node::start(&Plan::new(url)?).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 16)?;
    for round in 1..=5 {
        busy(&journal, 100).await?;
        relay.cut_at_next_commit();
        let limit = Instant::now() + Duration::from_secs(30);
        while relay.cuts() < round {
            ensure!(Instant::now() < limit, "no COMMIT came by");
            sleep(Duration::from_millis(5)).await;
        }
    }
    busy(&journal, 100).await?;
    load.stop().await?;
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    database.drop().await
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_unavailable() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::create(Store::Postgres).await? else {
        return Ok(());
    };
    let (relay, url) = relayed(database.url())?;
    let mut node = Node::start(&Plan::new(url)?).await?;
    world::settle(&node).await?;
    let mut disputes = client(&node)?;
    relay.down(true);
    let status = disputes.report_dispute(new_report()?).await.err().context("carried out")?;
    ensure!(status.code() == Code::Unavailable, "{status}");
    ensure!(status.get_details_retry_info().is_some(), "no hint when to try again: {status:?}");
    let said = format!("{status:?}");
    ensure!(!said.contains("sqlx") && !said.contains("127.0.0.1"), "internals leak: {said}");
    relay.down(false);
    let request = new_report()?;
    let limit = Instant::now() + Duration::from_secs(30);
    while let Err(status) = disputes.report_dispute(request.clone()).await {
        ensure!(Instant::now() < limit, "the database is back and the node is not: {status}");
        sleep(Duration::from_millis(50)).await;
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    database.drop().await
}

#[tokio::test]
async fn a_restart_of_the_database_under_load_loses_nothing() -> Result<()> {
    if environment::postgres()?.is_none() {
        return Ok(());
    }
    let cluster = Cluster::start()?;
    let database = Postgres::create(&cluster.url).await?;
    let mut node = Node::start(&Plan::new(database.url())?).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 16)?;
    for how in ["immediate", "fast"] {
        busy(&journal, 200).await?;
        cluster.restart(how)?;
    }
    busy(&journal, 200).await?;
    load.stop().await?;
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    Ok(())
}

#[tokio::test]
async fn a_database_without_a_free_session_refuses_and_recovers() -> Result<()> {
    let Some(Database::Postgres(database)) = Database::create(Store::Postgres).await? else {
        return Ok(());
    };
    let name = database.url().rsplit('/').next().unwrap_or_default().to_owned();
    let mut node = Node::start(&Plan::new(database.url())?).await?;
    world::settle(&node).await?;
    let server = environment::postgres()?.context("gone")?;
    execute(&server, "CREATE ROLE limited LOGIN".to_owned()).await.or_else(|error| {
        let there = format!("{error:?}").contains("already exists");
        if there { Ok(()) } else { Err(error) }
    })?;
    execute(
        &server,
        format!("ALTER DATABASE {name} CONNECTION LIMIT 0; ALTER ROLE limited CONNECTION LIMIT 1"),
    )
    .await?;
    // Ends the node's sessions; superusers are not bound by the limit, so the node has to recover by itself.
    let terminate =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute(&server, terminate).await?;
    let limited = database.url().replace("yiwang@", "limited@");
    ensure!(session(&limited).await.is_err(), "the limit does not hold");
    let mut refused = Node::launch(&Plan::new(limited)?)?;
    let status = refused.wait().await?;
    ensure!(
        !status.success() && refused.log()?.contains("too many connections"),
        "{}",
        refused.log()?
    );
    let mut disputes = client(&node)?;
    let request = new_report()?;
    let limit = Instant::now() + Duration::from_secs(30);
    while let Err(status) = disputes.report_dispute(request.clone()).await {
        ensure!(status.code() == Code::Unavailable, "{status}");
        ensure!(Instant::now() < limit, "never recovered: {status}");
        sleep(Duration::from_millis(50)).await;
    }
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    database.drop().await
}

/// A relay before the server of `url`, and the URL that leads through it.
fn relayed(url: &str) -> Result<(Relay, String)> {
    let (_, after) = url.split_once('@').context("a URL without a user")?;
    let (address, _) = after.split_once('/').context("a URL without a database")?;
    let relay = Relay::start(address.parse()?)?;
    Ok((relay.clone(), url.replace(address, &format!("127.0.0.1:{}", relay.port()))))
}
