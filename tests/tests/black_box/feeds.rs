//! Feeds: they resume, keep to their area, and notice another history.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::callers::{EVERYTHING, HANDLER, NEIGHBOUR};
use tests::database::Store;
use tests::load::{Fate, Journal};
use tests::node::Node;
use tests::{feed, world};
use tokio::time::{Duration, timeout};
use tonic::Code;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::AcceptDisputeRequest;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::feed::v1::{Cursor, Filter, FollowRequest, PullRequest, RecordView};

use crate::case::{client, reported};
use crate::{ended, settled};

/// How many events there were before a test begins: its team went on duty.
async fn before(node: &Node) -> Result<u64> {
    Ok(u64::try_from(feed::whole_log(node, &EVERYTHING, "dispatch").await?.len())?)
}

#[tokio::test]
async fn a_feed_resumes_and_notices_another_history() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let before = before(&node).await?;
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
    ensure!(
        (rest.after, rest.upto, rest.records.len())
            == (2, before + 5, usize::try_from(before + 3)?)
    );

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
    ensure!(
        own.into_inner().page.context("no page")?.records.len() == usize::try_from(before + 5)?
    );
    let foreign = FeedServiceClient::new(node.connect(&NEIGHBOUR)?).pull(pull(None, 9)).await?;
    let foreign = foreign.into_inner().page.context("no page")?;
    ensure!(foreign.records.is_empty() && foreign.upto == before + 5, "another district's events");
    ended(node, database).await
}

#[tokio::test]
async fn a_stream_goes_on_with_new_events_on_postgres() -> Result<()> {
    let Some((database, node)) = settled(Store::Postgres).await? else { return Ok(()) };
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let follow = FollowRequest { service: "dispatch".to_owned(), ..FollowRequest::default() };
    let mut stream = feeds.follow(follow).await?.into_inner();
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8, Fate::Lives)?;
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

/// Events of two districts take turns: each page vouches for a whole range, whatever of it passes the filter.
#[tokio::test]
async fn filters_show_what_passes_and_vouch_for_the_rest() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let before = before(&node).await?;
    let mut disputes = client(&node)?;
    let mut accepted = Vec::new();
    for _ in 0..4 {
        let dispute = reported(&mut disputes).await?;
        let request = AcceptDisputeRequest {
            request_id: world::request_id()?,
            dispute_id: dispute.dispute_id.clone(),
            etag: String::new(),
        };
        // The last event says who has to be told of it; the one before is the acceptance.
        let last = disputes.accept_dispute(request).await?.into_inner().feed_position;
        accepted.push(last - 1 - before);
    }
    ensure!(accepted == [2, 5, 8, 11], "{accepted:?}");
    let accepted: Vec<u64> = accepted.into_iter().map(|position| position + before).collect();
    let types = vec!["yiwang.dispatch.v1.DisputeAccepted".to_owned()];
    let filter = Filter { types, ..Filter::default() };
    let found = pulled(&node, "dispatch", &filter, 3).await?;
    ensure!(found == accepted, "{found:?} pass the filter, and {accepted:?} should");
    let nothing = Filter { types: vec!["yiwang.dispatch.v1.Never".to_owned()], ..filter.clone() };
    ensure!(pulled(&node, "dispatch", &nothing, 3).await?.is_empty());
    // The registry's log has events of the whole province and of one district: to its neighbour they are mixed.
    let all = pulled(&node, "registry", &Filter::default(), 100).await?;
    let below = Filter { area_code: "370306".to_owned(), ..Filter::default() };
    let some = pulled(&node, "registry", &below, 1).await?;
    ensure!(!some.is_empty() && some.len() < all.len(), "{some:?} of {all:?}");
    ensure!(some.iter().all(|position| all.contains(position)));
    ended(node, database).await
}

/// Reads a log through a filter in pages of `size`; returns the positions that pass, every range checked.
async fn pulled(node: &Node, service: &str, filter: &Filter, size: u32) -> Result<Vec<u64>> {
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let (mut cursor, mut found) = (None::<Cursor>, Vec::new());
    loop {
        let request = PullRequest {
            service: service.to_owned(),
            cursor: cursor.clone(),
            filter: Some(filter.clone()),
            page_size: size,
            view: RecordView::Decoded.into(),
            ..PullRequest::default()
        };
        let page = feeds.pull(request).await?.into_inner().page.context("no page")?;
        let came_to = cursor.as_ref().map_or(0, |cursor| cursor.position);
        ensure!(page.after == came_to && page.upto >= came_to, "{page:?} after {came_to}");
        for envelope in &page.envelopes {
            let header = envelope.header.as_ref().context("no header")?;
            let inside = header.position > page.after && header.position <= page.upto;
            ensure!(inside, "{} is outside ({}, {}]", header.position, page.after, page.upto);
            let wanted = filter.types.is_empty() || filter.types.contains(&header.r#type);
            ensure!(wanted && header.area_code.starts_with(&filter.area_code), "{header:?}");
            found.push(header.position);
        }
        cursor.clone_from(&page.next);
        if page.upto == page.head {
            return Ok(found);
        }
        ensure!(page.upto > page.after, "a page that leads nowhere: {page:?}");
    }
}

#[tokio::test]
async fn a_silent_stream_beats_and_then_goes_on() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let before = before(&node).await?;
    let mut disputes = client(&node)?;
    reported(&mut disputes).await?;
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let follow = FollowRequest {
        service: "dispatch".to_owned(),
        heartbeat: Some(prost_types::Duration { seconds: 0, nanos: 200_000_000 }),
        ..FollowRequest::default()
    };
    let mut stream = feeds.follow(follow).await?.into_inner();
    let (mut seen, mut beats) = (0, 0);
    while seen < before + 2 {
        let message = timeout(Duration::from_secs(5), stream.message()).await??;
        let page = message.context("the stream ended")?.page.context("no page")?;
        ensure!(page.after == seen, "a page after {} when {seen} were seen", page.after);
        if page.records.is_empty() {
            ensure!(page.upto == seen, "a heartbeat that skips: {page:?}");
            beats += 1;
            if beats == 3 {
                reported(&mut disputes).await?;
            }
        }
        seen = page.upto;
    }
    ensure!(beats >= 3, "{beats} heartbeats");
    ended(node, database).await
}

/// Two readers follow one log while it is written: both see the same bytes in the same order.
#[tokio::test]
async fn two_followers_of_one_log_see_the_same() -> Result<()> {
    let Some((database, node)) = settled(Store::Postgres).await? else { return Ok(()) };
    let journal = Arc::new(Journal::default());
    let load = journal.start(&node, world::GRID, 8, Fate::Lives)?;
    let (one, other) = tokio::try_join!(hashes(&node, 300), hashes(&node, 300))?;
    load.stop().await?;
    ensure!(one == other, "two followers of one log saw different records");
    ended(node, database).await
}

/// Hashes of the first `count` records, as a stream tells them.
async fn hashes(node: &Node, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut feeds = FeedServiceClient::new(node.connect(&EVERYTHING)?);
    let follow = FollowRequest { service: "dispatch".to_owned(), ..FollowRequest::default() };
    let mut stream = feeds.follow(follow).await?.into_inner();
    let mut hashes = Vec::new();
    while hashes.len() < count {
        let message = timeout(Duration::from_secs(30), stream.message()).await??;
        let page = message.context("the stream ended")?.page.context("no page")?;
        hashes.extend(page.records.into_iter().map(|record| record.hash));
    }
    hashes.truncate(count);
    Ok(hashes)
}
