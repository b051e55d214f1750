//! Kills a node in the middle of load, again and again, and checks each time that nothing it acknowledged is lost.
//!
//! Each round: start the node on the store of the round before, let callers report disputes, accept them and put notes to
//! them, end it as `kill -9` does at a random moment, start it again, send every request once more (what was acknowledged
//! must be answered as it was), read the whole log from outside (positions dense, chain whole, every request in it exactly
//! once) and open the details of some disputes. In every third round the node is also killed while an import of grids is
//! activated and dispatch follows it. In the end the program verifies its own chain.
#![expect(clippy::print_stdout, reason = "a report for people")]

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use tests::bulk;
use tests::callers::EVERYTHING;
use tests::database::{Database, Store, random};
use tests::load::{Fate, Journal};
use tests::node::{Node, Plan};
use tests::world;
use tokio::time::{Instant, sleep};
use yiwang_proto::feed::v1::ListSetAsideRequest;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;

/// Kills a node under load, again and again.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often the node is killed.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// sqlite or postgres.
    #[arg(long)]
    database: Store,
    /// Callers at the same time.
    #[arg(long, default_value_t = 32)]
    callers: usize,
    /// Longest time from the beginning of the load to the kill, in milliseconds.
    #[arg(long, default_value_t = 1500)]
    longest: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let begun = Instant::now();
    let database = Database::create(arguments.database).await?.context("no such database here")?;
    let plan = Plan::new(database.url())?;
    let journal = Arc::new(Journal::mixed());
    let mut node = Node::start(&plan).await?;
    world::settle(&node).await?;
    for round in 1..=arguments.rounds {
        node = kill_once(&plan, &journal, node, &arguments).await?;
        if round % 3 == 0 {
            node = kill_following(&plan, node, round, &arguments).await?;
        }
        println!(
            "round {round} of {}: {} requests, all there once; chain whole",
            arguments.rounds,
            journal.sent().await,
        );
    }
    node.stop().await?;
    drop(node);
    let verified = plan.run(&["audit", "verify"])?;
    println!("{}", verified.trim());
    database.drop().await?;
    println!(
        "{} rounds of kill -9 on {:?}: {} commands, 0 lost, 0 doubled, {} s",
        arguments.rounds,
        arguments.database,
        journal.sent().await,
        begun.elapsed().as_secs(),
    );
    Ok(())
}

async fn kill_once(
    plan: &Plan,
    journal: &Arc<Journal>,
    mut node: Node,
    arguments: &Arguments,
) -> Result<Node> {
    let before = journal.acknowledged().await;
    let load = journal.start(&node, world::GRID, arguments.callers, Fate::Killed)?;
    let limit = Instant::now() + Duration::from_secs(60);
    // Killing a node that has not yet done anything would prove nothing.
    while journal.acknowledged().await == before {
        anyhow::ensure!(Instant::now() < limit, "the node does nothing:\n{}", node.log()?);
        sleep(Duration::from_millis(5)).await;
    }
    let moment = u64::try_from(random()? % u128::from(arguments.longest.max(1)))?;
    sleep(Duration::from_millis(moment)).await;
    node.kill()?;
    load.stop().await?;
    drop(node);
    let node = Node::start(plan).await.context("starting again after kill -9")?;
    journal.replay(&node, world::GRID).await?;
    journal.check(&node).await?;
    journal.open_some(&node, 5).await?;
    Ok(node)
}

/// Kills the node while it activates an import, or while dispatch takes in what the import brought.
async fn kill_following(
    plan: &Plan,
    mut node: Node,
    round: u32,
    arguments: &Arguments,
) -> Result<Node> {
    let staged = bulk::stage(&node, round + 1).await?;
    let connection = node.connect(&EVERYTHING)?;
    let moment = u64::try_from(random()? % u128::from(arguments.longest.max(1)))?;
    // Whether the activation is answered before the kill is left to the moment.
    let activated =
        tokio::time::timeout(Duration::from_millis(moment), staged.activate(connection));
    if let Ok(Err(error)) = activated.await {
        anyhow::bail!("the node lives, and yet: {error:#}");
    }
    node.kill()?;
    drop(node);
    let node = Node::start(plan).await.context("starting again after kill -9")?;
    staged.activate(node.connect(&EVERYTHING)?).await?;
    world::heard_of(&node, &staged.last).await?;
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let waiting =
        ListSetAsideRequest { service: "dispatch".to_owned(), ..ListSetAsideRequest::default() };
    let waiting = feeds.list_set_aside(waiting).await?.into_inner().events;
    anyhow::ensure!(waiting.is_empty(), "set aside after kill -9: {waiting:?}");
    Ok(node)
}
