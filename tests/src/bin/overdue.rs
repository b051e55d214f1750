//! Ten thousand limits that are over at once, two replicas, and a kill in the middle: each case is raised once, in the
//! order in which its limit ended, while new reports keep their latency.
//!
//! The limit to acceptance is set to a few seconds. Cases are reported, both replicas are stopped until all limits are
//! over, and both are started again at once under the load of new reports; one of them is killed as `kill -9` does when
//! half of the cases were raised, and started again. Then the log is read from outside.
#![expect(clippy::print_stdout, reason = "a report for people")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use prost::Message as _;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, random_id};
use tests::feed;
use tests::node::{Node, Plan};
use tests::world;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    Card, CardShown, Channel, ClockKind, GetTimersRequest, ReportDisputeRequest, Scale,
};

/// Makes many limits end at once.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many cases are overdue.
    #[arg(long, default_value_t = 10_000)]
    cases: usize,
    /// sqlite (one process, killed and started again) or postgres (two replicas).
    #[arg(long)]
    database: Store,
    /// Callers that report while the overdue cases are raised.
    #[arg(long, default_value_t = 8)]
    callers: usize,
    /// Seconds to acceptance: long enough to report all cases and to measure without any of them being due.
    #[arg(long, default_value_t = 40)]
    limit: u64,
    /// Most that the p99 of a report may be, as a multiple of what it was before; 0 = only told.
    #[arg(long, default_value_t = 0.0)]
    most: f64,
}

type Client = DisputeServiceClient<kit::client::Connection>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let database = Database::create(arguments.database).await?.context("no such database here")?;
    let limits = format!(
        "[dispatch.limits]\naccept = {{ limit = \"{}s\", source = \"overdue\" }}\n",
        arguments.limit
    );
    let mut plan = Plan::new(database.url())?;
    plan.settings = limits;
    let mut nodes = start(&plan, arguments.database).await?;
    world::settle(&nodes[0]).await?;

    let begun = Instant::now();
    let cases = report_many(&nodes, arguments.cases).await?;
    let span = begun.elapsed();
    let before = measured(&nodes, arguments.callers, Duration::from_secs(8)).await?;
    let limit = Duration::from_secs(arguments.limit);
    ensure!(begun.elapsed() < limit, "--limit is too short: {:?}", begun.elapsed());
    for node in &mut nodes {
        node.kill()?;
    }
    drop(nodes);
    sleep((limit + Duration::from_secs(9)).saturating_sub(begun.elapsed())).await;

    let mut nodes = start(&plan, arguments.database).await?;
    let raising = Instant::now();
    let load = Load::start(&nodes, arguments.callers)?;
    kill_in_the_middle(&plan, &mut nodes, span).await?;
    until_quiet(&nodes).await?;
    let took = raising.elapsed();
    let meanwhile = p99(load.stop().await?);
    let (raised, at_once) = check(&nodes[0], &cases).await?;
    let ratio = meanwhile.as_secs_f64() / before.as_secs_f64();
    println!(
        "{:?}: {raised} cases raised once each, in due order, {at_once} at most in one commit, in {:.1} s with a kill -9 in \
         the middle; p99 of ReportDispute {:.1} ms before, {:.1} ms meanwhile ({ratio:.2} times)",
        arguments.database,
        took.as_secs_f64(),
        before.as_secs_f64() * 1e3,
        meanwhile.as_secs_f64() * 1e3,
    );
    ensure!(arguments.most == 0.0 || ratio <= arguments.most, "more than {} times", arguments.most);
    for node in &mut nodes {
        ensure!(node.stop().await?.success(), "{}", node.log()?);
    }
    database.drop().await
}

/// Two replicas; on SQLite one process, since its file belongs to one.
async fn start(plan: &Plan, store: Store) -> Result<Vec<Node>> {
    let mut nodes = vec![Node::start(plan).await?];
    if store == Store::Postgres {
        nodes.push(Node::start(plan).await?);
    }
    Ok(nodes)
}

fn client(node: &Node) -> Result<Client> {
    Ok(DisputeServiceClient::new(node.connect(&EVERYTHING)?))
}

fn report() -> Result<ReportDisputeRequest> {
    Ok(ReportDisputeRequest {
        request_id: random_id()?.to_string(),
        grid_code: world::GRID.to_owned(),
        type_code: "0201".to_owned(),
        scale: Scale::Individual.into(),
        channel: Channel::GridWorker.into(),
        without_pin: true,
        ..ReportDisputeRequest::default()
    })
}

/// Reports cases; returns their ids.
async fn report_many(nodes: &[Node], count: usize) -> Result<Vec<String>> {
    let mut tasks = JoinSet::new();
    for caller in 0..64 {
        let mut client = client(&nodes[caller % nodes.len()])?;
        let share = count / 64 + usize::from(caller < count % 64);
        tasks.spawn(async move {
            let mut ids = Vec::with_capacity(share);
            for _ in 0..share {
                let dispute = client.report_dispute(report()?).await?.into_inner().dispute;
                ids.push(dispute.context("an answer without a dispute")?.dispute_id);
            }
            anyhow::Ok(ids)
        });
    }
    let mut ids = Vec::with_capacity(count);
    while let Some(some) = tasks.join_next().await {
        ids.extend(some??);
    }
    Ok(ids)
}

/// Callers that report one case after the other and remember how long each took.
struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<Result<Vec<Duration>>>,
}

impl Load {
    fn start(nodes: &[Node], callers: usize) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            // The first replica is the one that lives.
            let (mut client, stop) = (client(&nodes[0])?, Arc::clone(&stop));
            tasks.spawn(async move {
                let mut took = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let begun = Instant::now();
                    match client.report_dispute(report()?).await {
                        Ok(_) => took.push(begun.elapsed()),
                        // On SQLite the one process is killed.
                        Err(_) => sleep(Duration::from_millis(20)).await,
                    }
                    sleep(Duration::from_millis(5)).await;
                }
                anyhow::Ok(took)
            });
        }
        Ok(Load { stop, callers: tasks })
    }

    async fn stop(mut self) -> Result<Vec<Duration>> {
        self.stop.store(true, Ordering::SeqCst);
        let mut took = Vec::new();
        while let Some(some) = self.callers.join_next().await {
            took.extend(some??);
        }
        Ok(took)
    }
}

async fn measured(nodes: &[Node], callers: usize, time: Duration) -> Result<Duration> {
    let load = Load::start(nodes, callers)?;
    sleep(time).await;
    Ok(p99(load.stop().await?))
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() * 99 / 100).copied().unwrap_or_default()
}

/// Waits until about half of the cases were raised, and kills the last node. They were reported over `span`, so half of
/// them are raised when what is due next was reported in its second half.
async fn kill_in_the_middle(plan: &Plan, nodes: &mut Vec<Node>, span: Duration) -> Result<()> {
    let mut client = client(&nodes[0])?;
    let limit = Instant::now() + Duration::from_secs(300);
    let mut first = None;
    loop {
        let timers = client.get_timers(GetTimersRequest {}).await?.into_inner();
        let due = timers
            .due_since_time
            .map(|time| time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000);
        let half = i64::try_from(span.as_millis() / 2)?;
        match (first, due) {
            (None, Some(_)) => first = due,
            (Some(first), Some(due)) if due >= first + half => break,
            (Some(_), None) => break,
            _ => {}
        }
        ensure!(Instant::now() < limit, "nothing is raised:\n{}", nodes[0].log()?);
        sleep(Duration::from_millis(2)).await;
    }
    let mut killed = nodes.pop().context("a node")?;
    killed.kill()?;
    drop(killed);
    nodes.push(Node::start(plan).await.context("starting again after kill -9")?);
    Ok(())
}

/// Waits until nothing has been due for longer than a moment.
async fn until_quiet(nodes: &[Node]) -> Result<()> {
    let mut client = client(&nodes[0])?;
    let limit = Instant::now() + Duration::from_secs(300);
    loop {
        let timers = client.get_timers(GetTimersRequest {}).await?.into_inner();
        let now = timers.now_time.map_or(0, |time| time.seconds);
        if timers.due_since_time.is_none_or(|since| now - since.seconds < 3) {
            return Ok(());
        }
        ensure!(Instant::now() < limit, "not everything is done: {timers:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Reads the log: each case was raised once, in the order in which the limits ended.
async fn check(node: &Node, cases: &[String]) -> Result<(usize, usize)> {
    let events = feed::whole_log(node, &EVERYTHING, "dispatch").await?;
    feed::dense(&events)?;
    let mut raised: BTreeMap<&str, u32> = cases.iter().map(|id| (id.as_str(), 0)).collect();
    let (mut last, mut commits) = (None, BTreeMap::<i64, usize>::new());
    for event in events.iter().filter(|event| event.header.r#type.ends_with(".CardShown")) {
        let shown = CardShown::decode(event.payload.as_slice())?;
        ensure!((shown.clock(), shown.card()) == (ClockKind::Accept, Card::Red), "{shown:?}");
        let Some(times) = raised.get_mut(shown.dispute_id.as_str()) else { continue };
        *times += 1;
        let due = shown.due_time.map(|time| (time.seconds, time.nanos));
        ensure!(last <= due, "{} was raised before one that was due earlier", shown.dispute_id);
        last = due;
        let at = event.header.record_time.unwrap_or_default();
        *commits.entry(at.seconds * 1_000_000_000 + i64::from(at.nanos)).or_default() += 1;
    }
    let wrong: Vec<_> = raised.iter().filter(|(_, times)| **times != 1).take(5).collect();
    ensure!(wrong.is_empty(), "not raised exactly once: {wrong:?}");
    Ok((raised.len(), commits.values().copied().max().unwrap_or(0)))
}
