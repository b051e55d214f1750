//! A PostgreSQL server of one test, which the test may end and start again.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::repository;

/// A running server; ended when dropped.
#[derive(Debug)]
pub struct Cluster {
    /// URL of its first database.
    pub url: String,
    room: TempDir,
}

impl Cluster {
    /// Creates and starts a server.
    pub fn start() -> Result<Self> {
        let room = tempfile::tempdir()?;
        // The server has a user of its own, who has to get in.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(room.path(), open)?;
        let url = script(&["start", &room.path().join("postgres").display().to_string()])?;
        Ok(Cluster { url: url.trim().to_owned(), room })
    }

    /// Ends the server (`immediate` as a crash would, `fast` in order) and starts it again.
    pub fn restart(&self, how: &str) -> Result<()> {
        let folder = self.folder().display().to_string();
        script(&["stop", &folder, how])?;
        script(&["start", &folder])?;
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.room.path().join("postgres")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = script(&["stop", &self.folder().display().to_string()]);
    }
}

fn script(arguments: &[&str]) -> Result<String> {
    let output =
        Command::new(repository::root().join("tests/postgres")).args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "tests/postgres {arguments:?}: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
