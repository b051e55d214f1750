//! A node under test: the real program in a process of its own, on a port of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::callers::{self, Caller};
use crate::environment;

/// How long a node may take to be ready, on a machine with much else to do.
const READY: Duration = Duration::from_secs(60);
/// How long a node may take to end once it was asked to.
const ENDED: Duration = Duration::from_secs(40);

/// How a node is started.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The command and its own arguments: `node`, or `serve dispatch …`.
    pub command: Vec<String>,
    /// What `--database` gets.
    pub database: String,
    /// Lines of `yiwang.toml` beside those of the harness, whole tables.
    pub settings: String,
    /// More lines of its table `server`.
    pub server: String,
    /// More lines before the first table.
    pub top: String,
    /// The node's key; none = one that is made with the plan.
    pub key: Option<PathBuf>,
    /// Program and arguments before the program under test, e.g. `unshare --pid --fork`.
    pub wrapper: Vec<String>,
    /// The port; 0 = any free one.
    pub port: u16,
    /// What the node's log tells.
    pub log: String,
    /// Where the node sends its traces.
    pub otlp: Option<String>,
    /// Where the node's key lies, for as long as the plan is kept.
    room: Arc<TempDir>,
}

impl Plan {
    /// A node on a database, with nothing else said.
    pub fn new(database: impl Into<String>) -> Result<Self> {
        Ok(Plan {
            command: vec!["node".to_owned()],
            database: database.into(),
            settings: String::new(),
            server: String::new(),
            top: String::new(),
            key: None,
            wrapper: Vec::new(),
            port: 0,
            log: "info".to_owned(),
            otlp: None,
            room: Arc::new(tempfile::tempdir()?),
        })
    }
}

impl Plan {
    /// Where the node's key lies.
    fn key(&self) -> PathBuf {
        self.key.clone().unwrap_or_else(|| self.room.path().join("node.key"))
    }

    /// Runs another command of the program on the same database, and returns what it wrote when it ended well.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let (status, said) = self.try_run(arguments)?;
        ensure!(status.success(), "{arguments:?} ended with {status}:\n{said}");
        Ok(said)
    }

    /// As [`Plan::run`], however it ended; returns everything that it wrote.
    pub fn try_run(&self, arguments: &[&str]) -> Result<(ExitStatus, String)> {
        let output = Command::new(environment::yiwang()?)
            .args(arguments)
            .args(["--database", &self.database])
            .env("YIWANG_KEY_FILE", self.key())
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status, said + &String::from_utf8_lossy(&output.stderr)))
    }
}

/// A running node. Killed when dropped.
#[derive(Debug)]
pub struct Node {
    child: Child,
    home: TempDir,
    port: u16,
}

impl Node {
    /// Starts a node and waits until it serves.
    pub async fn start(plan: &Plan) -> Result<Node> {
        let mut node = Node::launch(plan)?;
        node.wait_ready().await?;
        Ok(node)
    }

    /// Starts a node without waiting for it.
    pub fn launch(plan: &Plan) -> Result<Node> {
        let home = tempfile::tempdir()?;
        let port = if plan.port == 0 { free_port()? } else { plan.port };
        fs::write(home.path().join("callers.toml"), callers::file())?;
        fs::write(home.path().join("yiwang.toml"), settings(plan, home.path(), port))?;
        let program = environment::yiwang()?;
        let mut command = match plan.wrapper.split_first() {
            Some((wrapper, arguments)) => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(program);
                command
            }
            None => Command::new(program),
        };
        let child = command
            .args(&plan.command)
            .args(["--database", &plan.database, "--config"])
            .arg(home.path().join("yiwang.toml"))
            .stdin(Stdio::null())
            .stdout(File::create(home.path().join("output"))?)
            .stderr(File::create(home.path().join("log"))?)
            .spawn()
            .context("starting the program")?;
        Ok(Node { child, home, port })
    }

    /// Waits until the node says that it serves everything.
    pub async fn wait_ready(&mut self) -> Result<()> {
        let limit = Instant::now() + READY;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the node ended with {status}:\n{}", self.log()?);
            }
            if self.serves().await {
                return Ok(());
            }
            if Instant::now() > limit {
                bail!("the node is not ready after {READY:?}:\n{}", self.log()?);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn serves(&self) -> bool {
        let Ok(endpoint) = tonic::transport::Endpoint::from_shared(self.address()) else {
            return false;
        };
        let Ok(channel) = endpoint.connect().await else { return false };
        let request = HealthCheckRequest { service: String::new() };
        match HealthClient::new(channel).check(request).await {
            Ok(answer) => answer.into_inner().status() == ServingStatus::Serving,
            Err(_) => false,
        }
    }

    /// Where the node listens: `http://127.0.0.1:…`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A connection for generated clients, as `caller`.
    pub fn connect(&self, caller: &Caller) -> Result<kit::client::Connection> {
        Ok(kit::client::connect(&self.address(), caller.token, None)?)
    }

    /// Everything the node has logged so far.
    pub fn log(&self) -> Result<String> {
        let output = fs::read_to_string(self.home.path().join("output"))?;
        Ok(output + &fs::read_to_string(self.home.path().join("log"))?)
    }

    /// Folder with the node's configuration and logs.
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Id of the process that was started (the wrapper, when there is one).
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the node as `kill -9` does.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Resident memory of the process that was started, in KiB.
    pub fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
    }

    /// Sends the node a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(Pid::from_raw(i32::try_from(self.child.id())?), signal)?)
    }

    /// Asks the node to end and waits until it has.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait().await
    }

    /// Waits until the node has ended.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        let limit = Instant::now() + ENDED;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < limit, "still running after {ENDED:?}:\n{}", self.log()?);
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(plan: &Plan, home: &Path, port: u16) -> String {
    let key = plan.key();
    let callers = home.join("callers.toml");
    let traces =
        plan.otlp.as_ref().map(|to| format!("otlp_endpoint = \"{to}\"\n")).unwrap_or_default();
    [
        format!("key_file = \"{}\"\n{}", key.display(), plan.top),
        format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\ncallers = \"{}\"\n{}",
            callers.display(),
            plan.server
        ),
        format!("[telemetry]\nlog = \"{}\"\n{traces}", plan.log),
        plan.settings.clone(),
    ]
    .join("\n")
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
