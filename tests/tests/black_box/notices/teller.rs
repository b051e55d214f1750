//! The program that tells people, as a process.

use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use tests::callers::NOTIFIER;
use tests::environment;
use tests::node::Node;
use tokio::time::{Instant, sleep};

/// How long it may take to end.
const ENDED: Duration = Duration::from_secs(60);

/// A teller with its state: whoever runs it again goes on.
pub(super) struct Teller {
    room: TempDir,
    server: String,
    to: String,
}

/// A teller that runs.
pub(super) struct Running {
    child: Child,
    output: std::path::PathBuf,
}

impl Teller {
    pub(super) fn new(node: &Node, to: &str) -> Result<Teller> {
        let room = tempfile::tempdir()?;
        fs::write(room.path().join("token"), "gateway-token\n")?;
        Ok(Teller { room, server: node.address(), to: to.to_owned() })
    }

    /// Tells everything that is to be told now, from the beginning of the log; returns what it said.
    pub(super) fn once(&self, arguments: &[&str]) -> Result<String> {
        self.run(&[&["--once", "--from-beginning"], arguments].concat())
    }

    /// Runs it to its end, which has to be a good one; returns what it said.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments)?.output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {}\n{said}", output.status);
        Ok(said)
    }

    /// Lets it follow the log from its beginning.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Running> {
        let output = self.room.path().join("output");
        let (file, twin) = (File::create(&output)?, File::options().append(true).open(&output)?);
        let mut command = self.command(&[&["--from-beginning"], arguments].concat())?;
        let child = command.stdout(file).stderr(twin).spawn()?;
        Ok(Running { child, output })
    }

    /// What it remembers.
    pub(super) fn state(&self) -> Result<String> {
        Ok(fs::read_to_string(self.room.path().join("state.json"))?)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(environment::yiwang()?);
        command
            .args(["notify", "--to", &self.to, "--pause", "1ms", "--state"])
            .arg(self.room.path().join("state.json"))
            .arg("--gateway-token-file")
            .arg(self.room.path().join("token"))
            .args(arguments)
            .env("YIWANG_SERVER", &self.server)
            .env("YIWANG_TOKEN", NOTIFIER.token)
            .stdin(Stdio::null());
        Ok(command)
    }
}

impl Running {
    /// Ends it as `kill -9` does.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends a signal and waits until it has ended.
    pub(super) async fn ends_at(&mut self, signal: Signal) -> Result<ExitStatus> {
        super::signal(self.child.id(), signal)?;
        let limit = Instant::now() + ENDED;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < limit, "it still runs: {}", self.said()?);
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// What it said so far.
    pub(super) fn said(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.output)?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
