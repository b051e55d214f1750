//! Feeds: they resume, keep to their area, and notice another history.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::callers::{EVERYTHING, HANDLER, NEIGHBOUR};
use tests::database::Store;
use tests::load::Journal;
use tests::{feed, world};
use tokio::time::{Duration, timeout};
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Cursor, FollowRequest, PullRequest};

use crate::case::{client, reported};
use crate::{ended, settled};

#[tokio::test]
async fn a_feed_resumes_and_notices_another_history() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let mut disputes = client(&node)?;
    for _ in 0..5 {
        reported(&mut disputes).await?;
    }
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let pull = |cursor: Option<Cursor>, page_size| PullRequest {
        service: "dispatch".to_owned(),
        cursor,
        page_size,
        ..PullRequest::default()
    };
    let first = feeds.pull(pull(None, 2)).await?.into_inner().page.context("no page")?;
    ensure!((first.after, first.upto, first.records.len()) == (0, 2, 2));
    let rest =
        feeds.pull(pull(first.next.clone(), 100)).await?.into_inner().page.context("no page")?;
    ensure!((rest.after, rest.upto, rest.records.len()) == (2, 5, 3));

    let cursor = first.next.context("no cursor")?;
    let mut forged = cursor.clone();
    forged.hash[0] ^= 1;
    let mut restored = cursor.clone();
    if let Some(log) = restored.log.as_mut() {
        log.incarnation += 1;
    }
    for wrong in [forged, restored] {
        let status = feeds.pull(pull(Some(wrong), 1)).await.err().context("taken")?;
        let reason = status.get_details_error_info().context("no reason")?.reason;
        ensure!(
            status.code() == Code::FailedPrecondition && reason == "CURSOR_DIVERGED",
            "{status}"
        );
    }
    let ahead = Cursor { position: 99, ..cursor };
    let status = feeds.pull(pull(Some(ahead), 1)).await.err().context("taken")?;
    ensure!(status.code() == Code::OutOfRange, "{status}");

    let own = FeedServiceClient::new(node.connect(&HANDLER)?).pull(pull(None, 9)).await?;
    ensure!(own.into_inner().page.context("no page")?.records.len() == 5);
    let foreign = FeedServiceClient::new(node.connect(&NEIGHBOUR)?).pull(pull(None, 9)).await?;
    let foreign = foreign.into_inner().page.context("no page")?;
    ensure!(foreign.records.is_empty() && foreign.upto == 5, "another district's events");
    ended(node, database).await
}

#[tokio::test]
async fn a_stream_goes_on_with_new_events_on_postgres() -> Result<()> {
    let Some((database, node)) = settled(Store::Postgres).await? else { return Ok(()) };
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let follow = FollowRequest { service: "dispatch".to_owned(), ..FollowRequest::default() };
    let mut stream = feeds.follow(follow).await?.into_inner();
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8)?;
    let mut seen = 0;
    while seen < 500 {
        let response = timeout(Duration::from_secs(30), stream.message())
            .await??
            .context("the stream ended")?;
        let page = response.page.context("no page")?;
        ensure!(page.after == seen, "a page after {} when {seen} were seen", page.after);
        seen = page.upto;
    }
    load.stop().await?;
    let events = feed::whole_log(&node, &EVERYTHING, "dispatch").await?;
    feed::dense(&events)?;
    ended(node, database).await
}
