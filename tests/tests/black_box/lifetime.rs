//! How a node ends under load, as process 1 of a container does, and how it starts wrongly.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store};
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::{environment, world};
use tokio::time::{Duration, Instant, sleep};
use yiwang_proto::feed::v1::FollowRequest;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;

use crate::ended;

#[tokio::test]
async fn process_1_drains_under_load_and_loses_nothing() -> Result<()> {
    let Some(namespaces) = environment::namespaces()? else { return Ok(()) };
    let Some(database) = Database::create(Store::Sqlite).await? else { return Ok(()) };
    let mut plan = Plan::new(database.url())?;
    let simple = plan.clone();
    let own = ["--pid", "--fork"].map(str::to_owned);
    plan.wrapper = [vec!["unshare".to_owned()], namespaces, own.to_vec()].concat();
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let follow = FollowRequest { service: "dispatch".to_owned(), ..FollowRequest::default() };
    let mut stream = feeds.follow(follow).await?.into_inner();
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 32, Fate::Ends)?;
    busy(&journal, 500).await?;

    // The wrapper is the parent of process 1, which is the one that a container's runtime would signal.
    kill(Pid::from_raw(child_of(node.pid())?), Signal::SIGTERM)?;
    let begun = Instant::now();
    while stream.message().await?.is_some() {}
    let status = node.wait().await?;
    load.stop().await?;
    ensure!(status.success(), "ended with {status}:\n{}", node.log()?);
    ensure!(begun.elapsed() < Duration::from_secs(20), "draining took {:?}", begun.elapsed());

    let node = Node::start(&simple).await?;
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    ended(node, database).await
}

/// Waits until `count` more commands were acknowledged.
pub(crate) async fn busy(journal: &Journal, count: usize) -> Result<()> {
    let goal = journal.acknowledged().await + count;
    let limit = Instant::now() + Duration::from_secs(60);
    while journal.acknowledged().await < goal {
        ensure!(Instant::now() < limit, "{} of {goal}", journal.acknowledged().await);
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn child_of(pid: u32) -> Result<i32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    Ok(children.split_whitespace().next().context("no child")?.parse()?)
}

#[test]
fn a_wrong_configuration_is_one_line_and_64() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = tests::database::sqlite_url(&folder.path().join("data"));
    for arguments in [
        vec!["node", "--database", "mysql://x"],
        vec!["node", "--database", &database, "--listen", "here"],
        vec!["node", "--database", &database, "--listen", "0.0.0.0:7601"],
    ] {
        let output = Command::new(environment::yiwang()?).args(&arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(64),
            "{arguments:?} ended with {}: {said}",
            output.status
        );
        ensure!(said.trim().lines().count() == 1, "{arguments:?} said more than a line: {said}");
    }
    ensure!(!folder.path().join("data").exists(), "a wrong configuration touched the disk");
    Ok(())
}

#[tokio::test]
async fn a_second_process_on_the_same_files_is_refused() -> Result<()> {
    let Some(database) = Database::create(Store::Sqlite).await? else { return Ok(()) };
    let plan = Plan::new(database.url())?;
    let node = Node::start(&plan).await?;
    let mut second = Node::launch(&plan)?;
    let status = second.wait().await?;
    ensure!(!status.success(), "two processes on one SQLite file");
    ensure!(second.log()?.contains("in use by another process"), "{}", second.log()?);
    ended(node, database).await
}
