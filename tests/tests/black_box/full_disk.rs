//! The disk is full: a clear answer, nothing lost, and the node goes on when there is room again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::database::sqlite_url;
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::{environment, world};
use tokio::time::{Duration, Instant, sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::case::{Disputes, client, new_report};
use crate::lifetime::busy;

/// Mounts a file system of a few megabytes in memory on the folder that follows, and becomes the program after it.
const ON_SMALL_DISK: &str = "mount -t tmpfs -o size=32m tmpfs \"$0\" && exec \"$@\"";

#[tokio::test]
async fn a_full_disk_is_survived() -> Result<()> {
    let Some(namespaces) = environment::namespaces()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let mut plan = Plan::new(sqlite_url(&folder.path().join("data")))?;
    let place = folder.path().display().to_string();
    let script = ["--mount", "sh", "-c", ON_SMALL_DISK, &place].map(str::to_owned);
    plan.wrapper = [vec!["unshare".to_owned()], namespaces, script.to_vec()].concat();
    let mut node = Node::start(&plan).await?;
    // The disk is in the node's own view of the file system; without a fork in between the wrapper has become the node.
    let disk = PathBuf::from(format!("/proc/{}/root{place}", node.pid()));
    ensure!(disk.join("data/dispatch.db").exists(), "the small disk is not where it should be");
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8, Fate::Lives)?;
    busy(&journal, 200).await?;

    let filler = fill(&disk)?;
    let status = refused(&mut client(&node)?).await?;
    ensure!(status.code() == Code::Unavailable, "{status:?}");
    let reason = status.get_details_error_info().context("no ErrorInfo")?.reason;
    ensure!(reason == "STORE_UNAVAILABLE", "{status:?}");
    ensure!(status.get_details_retry_info().is_some(), "no hint when to try again: {status:?}");
    let before = journal.refused();
    let limit = Instant::now() + Duration::from_secs(60);
    while journal.refused() < before + 20 {
        ensure!(Instant::now() < limit, "the disk is full and nobody was told");
        sleep(Duration::from_millis(10)).await;
    }
    std::fs::remove_file(filler)?;
    busy(&journal, 50).await?;
    load.stop().await?;
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    // The disk goes with the node: a copy of its files is verified.
    let copy = tempfile::tempdir()?;
    let status = Command::new("cp").arg("-r").arg(disk.join("data")).arg(copy.path()).status()?;
    ensure!(status.success(), "copying the files");
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    drop(node);
    plan.database = sqlite_url(&copy.path().join("data"));
    ensure!(plan.run(&["audit", "verify"])?.contains("dispatch"));
    Ok(())
}

/// Takes all the room that is left.
fn fill(disk: &Path) -> Result<PathBuf> {
    let file = disk.join("filler");
    let script = format!("cat /dev/zero > {}", file.display());
    let output = Command::new("sh").args(["-c", &script]).output()?;
    ensure!(!output.status.success(), "the disk does not get full");
    Ok(file)
}

/// Reports until the node refuses: files that have room of their own take a little more.
async fn refused(disputes: &mut Disputes) -> Result<Status> {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        match disputes.report_dispute(new_report()?).await {
            Err(status) => return Ok(status),
            Ok(_) => ensure!(Instant::now() < limit, "the disk is full and nobody was told"),
        }
    }
}
