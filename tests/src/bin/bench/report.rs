//! Reports of disputes: the ceiling, and durable on both databases, at 1, 64 and 512 callers.

use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use kit::{Clock, IdSource};
use tempfile::TempDir;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, random};
use tests::load::report;
use tests::node::{Node, Plan, free_port};
use tests::world;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;

use crate::figures::Figures;

const CONNECTIONS: usize = 4;

/// The three servers that are compared.
pub(crate) struct Servers {
    ceiling: Ceiling,
    durable: Vec<(&'static str, Node, Database)>,
}

struct Ceiling {
    child: Child,
    port: u16,
    _room: TempDir,
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a measurement found.
struct Found {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

impl Servers {
    pub(crate) async fn start() -> Result<Self> {
        let ceiling = start_ceiling().await?;
        let mut durable = Vec::new();
        for (name, store) in [("sqlite", Store::Sqlite), ("postgres", Store::Postgres)] {
            let database = Database::create(store).await?.context("no such database")?;
            let node = Node::start(&Plan::new(database.url())?).await?;
            world::settle(&node).await?;
            durable.push((name, node, database));
        }
        Ok(Servers { ceiling, durable })
    }

    pub(crate) async fn measure(
        &self,
        callers: &[usize],
        seconds: u64,
        figures: &mut Figures,
    ) -> Result<()> {
        for &callers in callers {
            let port = self.ceiling.port;
            let found = measure(port, &[self.ceiling.child.id()], callers, seconds).await?;
            found.note("ceiling", callers, None, figures);
            for (name, node, _) in &self.durable {
                let mut pids = vec![node.pid()];
                if *name == "postgres" {
                    pids.extend(postgres_pids()?);
                }
                let found = measure(node.port(), &pids, callers, seconds).await?;
                found.note(name, callers, Some("ceiling"), figures);
            }
        }
        Ok(())
    }

    /// Resident memory of the nodes after the bench.
    pub(crate) fn memory(&self, figures: &mut Figures) -> Result<()> {
        for (name, node, _) in &self.durable {
            let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid()))?;
            let line =
                status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
            let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
            figures.add(&format!("memory/{name}"), "MiB", kib / 1024.0, None);
        }
        Ok(())
    }

    pub(crate) async fn stop(self) -> Result<()> {
        for (_, mut node, database) in self.durable {
            node.stop().await?;
            drop(node);
            database.drop().await?;
        }
        Ok(())
    }
}

impl Found {
    fn note(&self, server: &str, callers: usize, to: Option<&str>, figures: &mut Figures) {
        let name = |what: &str| format!("report/{server}/{callers}/{what}");
        let other = |what: &str| to.map(|to| format!("report/{to}/{callers}/{what}"));
        if let (Some(_), 1) = (to, callers) {
            let bare = format!("bare/{server}/1/p50");
            figures.add(&format!("report/{server}/1/p50 to bare"), "ms", self.p50, Some(&bare));
        }
        if let (Some(_), 512) = (to, callers) {
            let name = format!("report/{server}/512/rate to pgbench");
            figures.add(&name, "/s", self.rate, Some("pgbench/32/rate"));
        }
        for (what, unit, value) in [
            ("rate", "/s", self.rate),
            ("p50", "ms", self.p50),
            ("p99", "ms", self.p99),
            ("cpu", "µs", self.cpu),
        ] {
            figures.add(&name(what), unit, value, other(what).as_deref());
        }
    }
}

/// Fills a node, ends it, and serves its data without a store.
async fn start_ceiling() -> Result<Ceiling> {
    let room = tempfile::tempdir()?;
    let data = room.path().join("data");
    let mut node = Node::start(&Plan::new(tests::database::sqlite_url(&data))?).await?;
    world::settle(&node).await?;
    let mut client = DisputeServiceClient::new(node.connect(&EVERYTHING)?);
    // The first report gives the node its counter of case codes.
    client.report_dispute(report(Uuid::from_u128(random()?), world::GRID)).await?;
    node.stop().await?;
    let port = free_port()?;
    let child = Command::new(std::env::current_exe()?)
        .args(["--serve-ceiling", &port.to_string(), "--data"])
        .arg(&data)
        .spawn()?;
    let ceiling = Ceiling { child, port, _room: room };
    let limit = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(Instant::now() < limit, "the ceiling does not serve");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(ceiling)
}

async fn measure(port: u16, pids: &[u32], callers: usize, seconds: u64) -> Result<Found> {
    let address = format!("http://127.0.0.1:{port}");
    let connections: Vec<_> = (0..CONNECTIONS.min(callers))
        .map(|_| Ok(kit::client::connect(&address, EVERYTHING.token, None)?))
        .collect::<Result<_>>()?;
    let warm = Instant::now() + Duration::from_millis(300);
    let end = warm + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    for number in 0..callers {
        let client = DisputeServiceClient::new(connections[number % connections.len()].clone());
        tasks.spawn(caller(client, warm, end));
    }
    tokio::time::sleep_until(warm).await;
    let before = cpu(pids);
    tokio::time::sleep_until(end).await;
    let spent = cpu(pids) - before;
    let mut all = Histogram::<u64>::new(3)?;
    while let Some(one) = tasks.join_next().await {
        all.add(one??)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "figures of a bench are far below 2^52")]
    let (count, p50, p99, seconds) = (
        all.len() as f64,
        all.value_at_quantile(0.5) as f64,
        all.value_at_quantile(0.99) as f64,
        seconds as f64,
    );
    ensure!(count > 0.0, "nothing was carried out");
    Ok(Found { rate: count / seconds, p50: p50 / 1e3, p99: p99 / 1e3, cpu: spent * 1e6 / count })
}

/// One caller after another; returns how long each report took, in microseconds.
async fn caller(
    mut client: DisputeServiceClient<kit::client::Connection>,
    warm: Instant,
    end: Instant,
) -> Result<Histogram<u64>> {
    let mut times = Histogram::<u64>::new(3)?;
    // Time-ordered, as the contract recommends and as the command line does.
    let ids = IdSource::system(Clock::system());
    loop {
        let begun = Instant::now();
        if begun >= end {
            return Ok(times);
        }
        client.report_dispute(report(ids.uuid(), world::GRID)).await?;
        if begun >= warm {
            times.record(u64::try_from(begun.elapsed().as_micros())?)?;
        }
    }
}

/// Seconds of processor time that processes have used so far.
fn cpu(pids: &[u32]) -> f64 {
    let ticks: u64 = pids.iter().filter_map(|pid| ticks(*pid)).sum();
    // USER_HZ is 100 on every Linux that this runs on.
    std::time::Duration::from_millis(ticks * 10).as_secs_f64()
}

fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(number(11)? + number(12)?)
}

/// Processes of PostgreSQL; on a machine with several servers, of all of them.
fn postgres_pids() -> Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if name.trim() == "postgres" {
            pids.push(pid);
        }
    }
    Ok(pids)
}
