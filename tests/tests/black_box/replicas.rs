//! Two replicas of a node over one PostgreSQL keep one dense log.

use std::sync::Arc;

use anyhow::{Result, ensure};
use sqlx::Connection as _;
use tests::database::{Database, Store, session};
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::world::{self, request_id};
use tokio::time::{Duration, sleep};
use tonic::Code;
use yiwang_proto::dispatch::v1::AcceptDisputeRequest;

use crate::case::{client, reported};
use crate::lifetime::busy;

#[tokio::test]
async fn two_replicas_keep_one_log() -> Result<()> {
    let Some(database) = Database::create(Store::Postgres).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let mut first = Node::start(&plan).await?;
    world::settle(&first).await?;
    let mut second = Node::start(&plan).await?;
    world::heard(&second).await?;
    let journal = Arc::new(Journal::default());
    let loads = [
        journal.start(&first, world::GRID, 16, Fate::Lives)?,
        journal.start(&second, world::GRID, 16, Fate::Lives)?,
    ];
    busy(&journal, 1000).await?;
    for load in loads {
        load.stop().await?;
    }
    // What one replica acknowledged is replayed by the other.
    journal.replay(&second, world::GRID).await?;
    journal.check(&first).await?;
    ensure!(first.stop().await?.success() && second.stop().await?.success());
    database.drop().await
}

/// Both replicas wait on the head row while the test holds it; then both change the same case with the same etag, and
/// exactly one may.
#[tokio::test]
async fn a_replica_that_waited_on_the_lock_decides_on_what_is_true_then() -> Result<()> {
    let Some(database) = Database::create(Store::Postgres).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let mut nodes = [Node::start(&plan).await?, Node::start(&plan).await?];
    world::settle(&nodes[0]).await?;
    world::heard(&nodes[1]).await?;
    for _ in 0..5 {
        let dispute = reported(&mut client(&nodes[0])?).await?;
        let mut holder = session(&database.url()).await?;
        let mut held = holder.begin().await?;
        sqlx::query("SELECT id FROM dispatch.head FOR UPDATE").execute(&mut *held).await?;
        let accept = |request_id| AcceptDisputeRequest {
            request_id,
            dispute_id: dispute.dispute_id.clone(),
            etag: dispute.etag.clone(),
        };
        let (mut one, mut other) = (client(&nodes[0])?, client(&nodes[1])?);
        let (mine, yours) = (accept(request_id()?), accept(request_id()?));
        let release = async {
            waiting(&database.url()).await?;
            held.rollback().await?;
            anyhow::Ok(())
        };
        let (a, b, released) =
            tokio::join!(one.accept_dispute(mine), other.accept_dispute(yours), release);
        released?;
        let (good, bad): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
        ensure!(good.len() == 1 && bad.len() == 1, "both or none were accepted");
        let status = bad.into_iter().find_map(Result::err).map(|status| status.code());
        ensure!(matches!(status, Some(Code::Aborted | Code::FailedPrecondition)), "{status:?}");
        holder.close().await?;
    }
    for node in &mut nodes {
        ensure!(node.stop().await?.success(), "{}", node.log()?);
    }
    database.drop().await
}

const WAITING: &str = "
    SELECT COUNT(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Waits until both replicas wait for the lock.
async fn waiting(url: &str) -> Result<()> {
    let mut watcher = session(url).await?;
    for _ in 0..1000 {
        let count: i64 = sqlx::query_scalar(WAITING).fetch_one(&mut watcher).await?;
        if count >= 2 {
            return Ok(watcher.close().await?);
        }
        sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("the replicas never waited")
}

/// Both replicas follow the registry's log at once: each of its events is applied once, by whichever was first.
#[tokio::test]
async fn two_replicas_follow_one_log_once() -> Result<()> {
    let Some(database) = Database::create(Store::Postgres).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let mut nodes = [Node::start(&plan).await?, Node::start(&plan).await?];
    world::settle(&nodes[0]).await?;
    for number in 2..40 {
        let grid = format!("370306004001{number:03}");
        world::ensure_grid(&nodes[number % 2], &grid).await?;
    }
    for node in &nodes {
        world::heard_of(node, "370306004001039").await?;
    }
    let mut watcher = session(&database.url()).await?;
    let waiting: i64 = sqlx::query_scalar(SET_ASIDE).fetch_one(&mut watcher).await?;
    ensure!(waiting == 0, "{waiting} events were set aside");
    // Every grid was made by one event and taken in once: its row is of the first version.
    let twice: i64 = sqlx::query_scalar(AGAIN).fetch_one(&mut watcher).await?;
    let grids: i64 = sqlx::query_scalar(GRIDS).fetch_one(&mut watcher).await?;
    ensure!(grids == 39 && twice == 0, "{grids} grids, {twice} of them taken in twice");
    watcher.close().await?;
    for node in &mut nodes {
        ensure!(node.stop().await?.success(), "{}", node.log()?);
    }
    database.drop().await
}

const SET_ASIDE: &str = "SELECT COUNT(*) FROM dispatch.set_aside";
const GRIDS: &str = "SELECT COUNT(*) FROM dispatch.grid";
const AGAIN: &str = "SELECT COUNT(*) FROM dispatch.grid WHERE version <> 1";
