//! Two processes, `yiwang serve registry` and `yiwang serve dispatch`: disputes go on while the registry is down.

use anyhow::{Context as _, Result, ensure};
use tests::callers::EVERYTHING;
use tests::database::{Database, Store};
use tests::node::{Node, Plan, free_port};
use tests::world;
use tests::{feed, load};
use tokio::time::{Duration, Instant, sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{ListLogsRequest, ListSetAsideRequest};

use crate::case::{Disputes, client, reported, walk};

/// The second grid of the community, which the registry gets while disputes cannot hear of it.
const LATER: &str = "370306004001002";

#[tokio::test]
async fn disputes_go_on_while_the_registry_is_down_on_sqlite() -> Result<()> {
    registry_is_down(Store::Sqlite).await
}

#[tokio::test]
async fn disputes_go_on_while_the_registry_is_down_on_postgres() -> Result<()> {
    registry_is_down(Store::Postgres).await
}

async fn registry_is_down(store: Store) -> Result<()> {
    let Some(database) = Database::create(store).await? else { return Ok(()) };
    let (for_registry, for_disputes) = plans(&database)?;
    let mut registry = Node::start(&for_registry).await?;
    let mut disputes = Node::start(&for_disputes).await?;
    world::settle_apart(&registry, &disputes).await?;
    registry.kill()?;

    let mut client = client(&disputes)?;
    let dispute = reported(&mut client).await?;
    walk(&mut client, &dispute.dispute_id).await?;
    let status = unknown_grid(&mut client).await?;
    let reason = status.get_details_error_info().context("no ErrorInfo")?.reason;
    ensure!(reason == "REGISTRY_NOT_CAUGHT_UP", "{status:?}");
    ensure!(status.get_details_retry_info().is_some(), "no hint when to try again: {status:?}");

    // Disputes end, too, and know what they knew.
    disputes.kill()?;
    disputes = Node::start(&for_disputes).await?;
    reported(&mut crate::case::client(&disputes)?).await?;

    registry = Node::start(&for_registry).await?;
    world::ensure_grid(&registry, LATER).await?;
    world::heard_of(&disputes, LATER).await?;
    let late = load::report(tests::database::random_id()?, LATER);
    crate::case::client(&disputes)?.report_dispute(late).await?;
    exactly_once(&registry, &disputes, 3).await?;
    ensure!(registry.stop().await?.success() && disputes.stop().await?.success());
    drop((registry, disputes));
    database.drop().await
}

fn plans(database: &Database) -> Result<(Plan, Plan)> {
    let mut registry = Plan::new(database.url())?;
    registry.command = ["serve", "registry"].map(str::to_owned).to_vec();
    registry.port = free_port()?;
    let mut disputes = registry.clone();
    let address = format!("http://127.0.0.1:{}", registry.port);
    disputes.command = ["serve", "dispatch", "--registry", &address].map(str::to_owned).to_vec();
    disputes.port = 0;
    disputes.settings = format!("[follow.registry]\ntoken = \"{}\"\n", EVERYTHING.token);
    Ok((registry, disputes))
}

/// Reports in a grid that nobody has heard of until the node has noticed that it may not know everything.
async fn unknown_grid(client: &mut Disputes) -> Result<Status> {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let request = load::report(tests::database::random_id()?, LATER);
        let status = client.report_dispute(request).await.err().context("an unknown grid")?;
        if status.code() == Code::Unavailable {
            return Ok(status);
        }
        ensure!(Instant::now() < limit, "the registry is down, and yet: {status:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Everything of the registry's log was taken, nothing is set aside, and every report is there once.
async fn exactly_once(registry: &Node, disputes: &Node, reports: usize) -> Result<()> {
    let mut feeds = FeedServiceClient::new(registry.connect(&EVERYTHING)?);
    let logs = feeds.list_logs(ListLogsRequest {}).await?.into_inner().logs;
    let head = logs.first().context("no log")?.position;
    let mut feeds = FeedServiceClient::new(disputes.connect(&EVERYTHING)?);
    let waiting =
        ListSetAsideRequest { service: "dispatch".to_owned(), ..ListSetAsideRequest::default() };
    let waiting = feeds.list_set_aside(waiting).await?.into_inner().events;
    ensure!(waiting.is_empty(), "set aside: {waiting:?}");
    let events = feed::whole_log(disputes, &EVERYTHING, "dispatch").await?;
    feed::dense(&events)?;
    let of = |name: &str| events.iter().filter(|event| event.header.r#type.ends_with(name)).count();
    ensure!(of(".DisputeReported") == reports && of(".DisputeClosed") == 1, "{events:#?}");
    let known = events.last().and_then(|event| event.header.references.first());
    let known = known.context("the last event rests on nothing")?.position;
    ensure!(known == head, "decided on {known} of registry's {head} events");
    Ok(())
}
