//! More callers than a node has places: the others are told at once, and its memory stays flat.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::callers::EVERYTHING;
use tests::database::{Database, Store};
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::world;
use tokio::time::{Duration, Instant, sleep};
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;

use crate::case::new_report;
use crate::lifetime::busy;

/// Places of the node.
const PLACES: usize = 16;
/// Memory that a node may take for whatever it still has to warm up, in KiB.
const SLACK: u64 = 24 << 10;

#[tokio::test]
async fn too_many_callers_are_refused_and_memory_stays_flat() -> Result<()> {
    let Some(database) = Database::create(Store::Sqlite).await? else { return Ok(()) };
    let mut plan = Plan::new(database.url())?;
    plan.server = format!("max_concurrency = {PLACES}\n");
    let node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    // As many as there are places, to warm up.
    let load = journal.start(&node, world::GRID, PLACES / 2, Fate::Lives)?;
    busy(&journal, 300).await?;
    load.stop().await?;
    let before = node.resident()?;

    let load = journal.start(&node, world::GRID, PLACES * 16, Fate::Lives)?;
    refused_with_hint(&node).await?;
    let limit = Instant::now() + Duration::from_secs(60);
    let mut highest = before;
    while journal.refused() < 5000 {
        ensure!(Instant::now() < limit, "{} calls were refused", journal.refused());
        highest = highest.max(node.resident()?);
        sleep(Duration::from_millis(20)).await;
    }
    busy(&journal, 100).await?;
    load.stop().await?;
    ensure!(highest < before + SLACK, "memory rose from {before} to {highest} KiB");
    let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
    let answer = client.report_dispute(new_report()?).await;
    ensure!(answer.is_ok(), "the load is gone, and yet: {answer:?}");
    crate::ended(node, database).await
}

/// Calls beside the load until a call is turned away.
async fn refused_with_hint(node: &Node) -> Result<()> {
    let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        ensure!(Instant::now() < limit, "nobody was turned away");
        let Err(status) = client.report_dispute(new_report()?).await else { continue };
        ensure!(status.code() == Code::ResourceExhausted, "{status:?}");
        ensure!(status.get_details_retry_info().is_some(), "no hint: {status:?}");
        let info = status.get_details_error_info().context("no ErrorInfo")?;
        ensure!(!info.reason.is_empty(), "{status:?}");
        return Ok(());
    }
}
