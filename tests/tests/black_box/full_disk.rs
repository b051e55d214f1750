//! The disk is full: a clear answer, nothing lost, and the node goes on when there is room again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tests::database::sqlite_url;
use tests::load::Journal;
use tests::node::{Node, Plan};
use tests::{environment, world};
use tokio::time::{Duration, Instant, sleep};

use crate::lifetime::busy;

/// A file system of a few megabytes, in memory.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"])
            .arg(folder.path())
            .status()?;
        ensure!(status.success(), "mounting a small disk");
        Ok(SmallDisk { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) -> Result<PathBuf> {
        let file = self.path().join("filler");
        let script = format!("cat /dev/zero > {}", file.display());
        Command::new("sh").args(["-c", &script]).output()?;
        Ok(file)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_survived() -> Result<()> {
    if environment::root()?.is_none() {
        return Ok(());
    }
    let disk = SmallDisk::mount()?;
    let plan = Plan::new(sqlite_url(&disk.path().join("data")))?;
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8)?;
    busy(&journal, 200).await?;

    let filler = disk.fill()?;
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
    ensure!(node.stop().await?.success(), "{}", node.log()?);
    drop(node);
    ensure!(plan.run(&["audit", "verify"])?.contains("dispatch"));
    Ok(())
}
