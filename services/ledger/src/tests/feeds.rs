//! The feed and its followers.

use std::time::Duration;

use kit::rpc::Call;
use kit::{Caller, Role};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Request};
use yiwang_proto::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use yiwang_proto::feed::v1::{Cursor, Filter, PullRequest, RecordView};

use super::pad::{Node, open, places, until};
use crate::{FeedServer, FollowSettings, follow};

pub(super) fn call(area_code: &str) -> Call {
    let caller = Caller {
        caller_id: "desk".to_owned(),
        unit_id: "unit".to_owned(),
        area_code: area_code.to_owned(),
        roles: kit::caller::Roles::default().with(Role::Operate),
    };
    Call { caller, traceparent: String::new(), deadline: None }
}

fn pull(area_code: &str, body: PullRequest) -> Request<PullRequest> {
    let mut request = Request::new(body);
    call(area_code).attach(&mut request);
    request
}

fn of_registry(cursor: Option<Cursor>) -> PullRequest {
    PullRequest { service: "registry".to_owned(), cursor, page_size: 3, ..PullRequest::default() }
}

pub(super) fn server(node: &Node) -> FeedServer {
    FeedServer::new(CancellationToken::new()).of_area("3703").with(node.ledger.source())
}

#[tokio::test]
async fn pages_cover_the_log_without_gaps() {
    for place in places().await {
        let node = open(&place, "registry").await;
        for index in 0..8 {
            node.add(&format!("n{}", index % 2), 1).await;
        }
        let feed = server(&node);
        let (mut cursor, mut after, mut seen) = (None, 0, Vec::new());
        loop {
            let page = feed.pull(pull("3703", of_registry(cursor))).await.unwrap().into_inner();
            let page = page.page.unwrap();
            assert_eq!(page.after, after);
            seen.push(page.records.len());
            (after, cursor) = (page.upto, page.next);
            if page.upto == page.head {
                break;
            }
        }
        assert_eq!(seen, [3, 3, 2]);

        let filter = Filter { subject: "sum/n1".to_owned(), ..Filter::default() };
        let body = PullRequest { filter: Some(filter), ..of_registry(None) };
        let page = feed.pull(pull("3703", body)).await.unwrap().into_inner().page.unwrap();
        assert_eq!((page.records.len(), page.after, page.upto), (3, 0, 6));
    }
}

#[tokio::test]
async fn a_page_of_large_events_ends_early_and_loses_none() {
    for place in places().await {
        let node = open(&place, "registry").await;
        for index in 0..10 {
            node.add(&format!("large{index}"), 1).await; // 300 kB each
        }
        let feed = server(&node);
        let (mut cursor, mut seen) = (None, Vec::new());
        while seen.iter().sum::<usize>() < 10 {
            let body = PullRequest { page_size: 100, ..of_registry(cursor) };
            let page = feed.pull(pull("3703", body)).await.unwrap().into_inner().page.unwrap();
            let bytes: usize = page.records.iter().map(|record| record.payload.len()).sum();
            assert!(bytes < 2 << 20, "{bytes}");
            seen.push(page.records.len());
            cursor = page.next;
        }
        assert_eq!(seen, [4, 4, 2]);
    }
}

#[tokio::test]
async fn a_foreign_cursor_is_found_out() {
    for place in places().await {
        let node = open(&place, "registry").await;
        node.add("a", 1).await;
        let feed = server(&node);
        let cursor =
            |position, hash: &[u8]| Cursor { position, hash: hash.to_vec(), ..Cursor::default() };
        let cases =
            [(cursor(1, b"other"), Code::FailedPrecondition), (cursor(2, b""), Code::OutOfRange)];
        for (cursor, code) in cases {
            let refused = feed.pull(pull("3703", of_registry(Some(cursor)))).await.unwrap_err();
            assert_eq!(refused.code(), code);
        }
        let foreign_area = feed.pull(pull("3702", of_registry(None))).await.unwrap();
        assert!(foreign_area.into_inner().page.unwrap().records.is_empty());
        let filter = Filter { area_code: "37".to_owned(), ..Filter::default() };
        let body = PullRequest { filter: Some(filter), ..of_registry(None) };
        let refused = feed.pull(pull("3703", body)).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        let unknown = PullRequest { service: "nobody".to_owned(), ..PullRequest::default() };
        let refused = feed.pull(pull("3703", unknown)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
}

#[tokio::test]
async fn a_reader_that_waits_is_woken_by_a_commit() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let feed = server(&node);
        let wait = Some(prost_types::Duration { seconds: 20, nanos: 0 });
        let view = RecordView::Decoded.into();
        let body = PullRequest { wait, view, ..of_registry(None) };
        let (page, _) = tokio::join!(feed.pull(pull("3703", body)), async {
            tokio::task::yield_now().await;
            node.add("a", 4).await
        });
        let page = page.unwrap().into_inner().page.unwrap();
        assert_eq!(page.envelopes.len(), 1);
        let payload = page.envelopes[0].payload.as_ref().unwrap();
        assert_eq!(payload.type_url, "type.googleapis.com/test.Added");
    }
}

/// Serves a node's feed on a free port.
async fn serve(node: &Node, stopping: &CancellationToken) -> Channel {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let with_caller = |mut request: Request<()>| {
        call("3703").attach(&mut request);
        Ok(request)
    };
    let feed = FeedServer::new(stopping.clone()).with(node.ledger.source());
    let service = FeedServiceServer::with_interceptor(feed, with_caller);
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    node.lifecycle.spawn(
        "feed",
        Server::builder()
            .add_service(service)
            .serve_with_incoming_shutdown(incoming, stopping.clone().cancelled_owned()),
    );
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy()
}

fn settings() -> FollowSettings {
    FollowSettings {
        service: "registry",
        token: "t".to_owned(),
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
    }
}

/// Follows until `done` holds.
pub(super) async fn follow_until(
    source: &Node,
    follower: &Node,
    done: impl AsyncFn(&Node) -> bool,
) {
    let stopping = CancellationToken::new();
    let channel = serve(source, &stopping).await;
    let following = follow(follower.ledger.clone(), channel, settings(), stopping.clone());
    let watching = async {
        until("the follower comes so far", async || done(follower).await).await;
        stopping.cancel();
    };
    tokio::join!(following, watching);
}

pub(super) async fn caught_up(node: &Node, position: u64) -> bool {
    let references = node.ledger.references().await.unwrap();
    references.iter().any(|log| log.position == position && log.caught_up)
}

#[tokio::test]
async fn a_follower_applies_everything_once_however_often_it_is_cut_off() {
    for place in places().await {
        let source = open(&place, "registry").await;
        let follower = open(&place, "dispatch").await;
        for round in 1..=4_u64 {
            for _ in 0..25 {
                source.add("a", 1).await;
            }
            follow_until(&source, &follower, async |node| caught_up(node, round * 25).await).await;
            assert_eq!(follower.amount("a").await, i64::try_from(round * 25).unwrap());
            // Without its stream it does not know what it misses, and says so; what it has, it has.
            let references = follower.ledger.references().await.unwrap();
            assert_eq!((references[0].position, references[0].caught_up), (round * 25, false));
        }
    }
}

#[tokio::test]
async fn a_page_of_one_goes_on_where_nothing_matches() {
    for place in places().await {
        let node = open(&place, "registry").await;
        for _ in 0..3 {
            node.add("a", 1).await;
        }
        let filter = Filter { subject: "sum/other".to_owned(), ..Filter::default() };
        let body = PullRequest { filter: Some(filter), page_size: 1, ..of_registry(None) };
        let page = server(&node).pull(pull("3703", body)).await.unwrap();
        let page = page.into_inner().page.unwrap();
        assert_eq!((page.upto, page.head, page.records.len()), (3, 3, 0));
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_filter_and_area() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let feed = server(&node);
        for added in 0..2 {
            // At position 0, too: what a filter hides from the beginning is hidden all the same.
            let page = feed.pull(pull("3703", of_registry(None))).await.unwrap().into_inner();
            let cursor = page.page.unwrap().next;
            assert_eq!(cursor.as_ref().unwrap().position, added);
            let filter = Filter { subject: "sum/a".to_owned(), ..Filter::default() };
            let other = PullRequest { filter: Some(filter), ..of_registry(cursor.clone()) };
            let refused = [
                feed.pull(pull("3703", other)).await.unwrap_err(),
                feed.pull(pull("370303", of_registry(cursor.clone()))).await.unwrap_err(),
            ];
            for status in refused {
                assert_eq!(status.code(), Code::FailedPrecondition);
            }
            feed.pull(pull("3703", of_registry(cursor))).await.unwrap();
            node.add("a", 1).await;
        }
    }
}

#[tokio::test]
async fn a_waiting_reader_gets_its_empty_page_before_it_gives_up() {
    let places = places().await;
    let node = open(&places[0], "registry").await;
    let wait = Some(prost_types::Duration { seconds: 30, nanos: 0 });
    let mut request = Request::new(PullRequest { wait, ..of_registry(None) });
    let begun = Instant::now();
    let deadline = Some(begun + Duration::from_secs(1));
    Call { deadline, ..call("3703") }.attach(&mut request);
    let page = server(&node).pull(request).await.unwrap().into_inner().page.unwrap();
    assert!(page.records.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}
