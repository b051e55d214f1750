//! PostgreSQL goes away: while nothing happens, during a COMMIT, for a restart, or because it takes no more sessions.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::cluster::Cluster;
use tests::database::{Database, Postgres, Store, execute, session};
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::relay::{Cut, Relay};
use tests::{environment, world};
use tokio::time::{Duration, Instant, sleep};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::case::{client, new_report};
use crate::lifetime::busy;

#[tokio::test]
async fn a_commit_whose_answer_is_lost_loses_and_doubles_nothing() -> Result<()> {
    cut_at_commits(Cut::AfterCommit).await
}

#[tokio::test]
async fn a_commit_that_never_arrives_loses_and_doubles_nothing() -> Result<()> {
    cut_at_commits(Cut::BeforeCommit).await
}

/// Cuts the line of dispatch's committer at five commits in the middle of load.
async fn cut_at_commits(how: Cut) -> Result<()> {
    let Some(Database::Postgres(database)) = Database::create(Store::Postgres).await? else {
        return Ok(());
    };
    let (relay, url) = relayed(database.url())?;
    let mut node = Node::start(&Plan::new(url)?).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 16, Fate::Lives)?;
    for round in 1..=5 {
        busy(&journal, 100).await?;
        relay.cut_at_next_commit(how);
        let limit = Instant::now() + Duration::from_secs(30);
        while relay.cuts() < round {
            ensure!(Instant::now() < limit, "no COMMIT came by");
            sleep(Duration::from_millis(5)).await;
        }
        busy(&journal, 50).await?;
        // Whoever sent a COMMIT and heard nothing has to look up what became of it, every time.
        let looked_up = node.log()?.matches("the outcome of a commit is unknown").count() as u64;
        ensure!(looked_up >= round, "{looked_up} outcomes looked up after {round} cuts");
    }
    load.stop().await?;
    ensure!(journal.refused() == 0, "{} calls were refused", journal.refused());
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
    let load = journal.start(&node, world::GRID, 16, Fate::Lives)?;
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
    let server = environment::postgres()?.context("gone")?;
    let name = database.url().rsplit('/').next().unwrap_or_default().to_owned();
    // An ordinary role: superusers are bound by no limit.
    let role = format!("node_{name}");
    let make = format!("CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {name} TO {role}");
    execute(&server, make).await?;
    let url = database.url().replace("yiwang@", &format!("{role}@"));
    let mut node = Node::start(&Plan::new(url.clone())?).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8, Fate::Lives)?;
    busy(&journal, 100).await?;

    execute(&server, format!("ALTER ROLE {role} CONNECTION LIMIT 0")).await?;
    let terminate =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'");
    execute(&server, terminate).await?;
    ensure!(session(&url).await.is_err(), "the limit does not hold");
    let request = new_report()?;
    let status = client(&node)?.report_dispute(request.clone()).await;
    let status = status.err().context("carried out without a session")?;
    ensure!(status.code() == Code::Unavailable, "{status:?}");
    ensure!(status.get_details_retry_info().is_some(), "no hint when to try again: {status:?}");
    let mut second = Node::launch(&Plan::new(url)?)?;
    let ended = second.wait().await?;
    ensure!(
        !ended.success() && second.log()?.contains("the database is unavailable"),
        "{}",
        second.log()?
    );

    execute(&server, format!("ALTER ROLE {role} CONNECTION LIMIT -1")).await?;
    busy(&journal, 100).await?;
    load.stop().await?;
    ensure!(journal.refused() > 0, "nobody was refused while there was no session");
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    database.drop().await?;
    execute(&server, format!("DROP ROLE {role}")).await
}

/// A relay before the server of `url`, and the URL that leads through it.
fn relayed(url: &str) -> Result<(Relay, String)> {
    let (_, after) = url.split_once('@').context("a URL without a user")?;
    let (address, _) = after.split_once('/').context("a URL without a database")?;
    let relay = Relay::start(address.parse()?, "dispatch")?;
    Ok((relay.clone(), url.replace(address, &format!("127.0.0.1:{}", relay.port()))))
}
