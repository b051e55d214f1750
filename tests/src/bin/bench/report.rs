//! Reports of disputes: the ceiling, and durable on both databases, at 1, 64 and 512 callers.

use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use kit::{Clock, IdSource};
use sqlx::Connection as _;
use tempfile::TempDir;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, random, session};
use tests::environment;
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
    postgres: Postmaster,
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
        Ok(Servers { ceiling, postgres: Postmaster::find().await?, durable })
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
                    pids.extend(self.postgres.pids()?);
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
            let memory = mebibytes(node.resident()?);
            figures.add(&format!("memory/{name}/after report"), "MiB", memory, None);
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
    let (_, fields) = stat(pid)?;
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(number(9)? + number(10)?)
}

/// The parent of a process, and what the kernel says of it after that.
fn stat(pid: u32) -> Option<(u32, Vec<String>)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may have spaces and parentheses in it: what counts comes after the last one.
    let fields: Vec<String> =
        stat.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect();
    Some((fields.get(1)?.parse().ok()?, fields.get(2..)?.to_vec()))
}

/// The first process of the PostgreSQL that the bench runs on.
struct Postmaster(u32);

impl Postmaster {
    async fn find() -> Result<Self> {
        let url = environment::postgres()?.context("needs TEST_POSTGRES_URL")?;
        let mut session = session(&url).await?;
        let own: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut session).await?;
        let (parent, _) = stat(u32::try_from(own)?).context("PostgreSQL is on another machine")?;
        session.close().await?;
        Ok(Postmaster(parent))
    }

    /// The process and its children: those of this server and of no other.
    fn pids(&self) -> Result<Vec<u32>> {
        let mut pids = vec![self.0];
        for entry in std::fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if stat(pid).is_some_and(|(parent, _)| parent == self.0) {
                pids.push(pid);
            }
        }
        Ok(pids)
    }
}

/// KiB as MiB.
pub(crate) fn mebibytes(kibibytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "figures of a bench are far below 2^52")]
    let kibibytes = kibibytes as f64;
    kibibytes / 1024.0
}
