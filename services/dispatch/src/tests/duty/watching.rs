//! The stream of what teams are asked for: cut anywhere, resumed, compared with the log.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use tonic::{Code, Streaming};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::watch_assignments_response::News;

use super::{accept, arrive, call, case, on, reason, withdraw};
use crate::api::happenings;
use crate::domain::assignment;
use crate::domain::event::Happening;
use crate::tests::node::Node;

/// What a watcher has been told, over all of its streams.
#[derive(Default)]
struct Watcher {
    cursor: Option<pb::AssignmentCursor>,
    /// What was open at the beginning, and where in the log that was.
    open: Vec<pb::Assignment>,
    begun_at: u64,
    /// Positions of changes, in the order in which they were told.
    told: Vec<u64>,
}

impl Watcher {
    /// Opens a stream, reads so many messages, and drops it.
    async fn listen(&mut self, node: &Node, messages: usize) {
        let mut stream = self.stream(node).await;
        for _ in 0..messages {
            let Some(message) = stream.message().await.unwrap() else { return };
            self.take(message);
        }
    }

    async fn stream(&self, node: &Node) -> Streaming<pb::WatchAssignmentsResponse> {
        let request = pb::WatchAssignmentsRequest {
            team_ids: Vec::new(),
            cursor: self.cursor.clone(),
            heartbeat: Some(prost_types::Duration { seconds: 0, nanos: 100_000_000 }),
        };
        node.duties("desk").watch_assignments(request).await.unwrap().into_inner()
    }

    fn take(&mut self, message: pb::WatchAssignmentsResponse) {
        match message.news {
            Some(News::Open(open)) => {
                assert_eq!(self.cursor, None, "only before everything else");
                self.open.extend(open.assignments);
                self.begun_at = message.cursor.as_ref().map_or(0, |cursor| cursor.position);
            }
            Some(News::Change(change)) => {
                let cursor = message.cursor.as_ref().map(|cursor| cursor.position);
                assert_eq!(cursor, Some(change.position));
                self.told.push(change.position);
            }
            None => assert!(message.cursor.is_some(), "a sign of life says where it stands"),
        }
        self.cursor = message.cursor.or(self.cursor.take());
    }

    fn position(&self) -> u64 {
        self.cursor.as_ref().map_or(0, |cursor| cursor.position)
    }
}

/// Positions of what the log says of teams after a position.
async fn in_the_log(node: &Node, after: u64) -> Vec<u64> {
    let mut found = Vec::new();
    for record in node.service.ledger().records(after, 100_000).await.unwrap() {
        let header = <yiwang_proto::feed::v1::Header as prost::Message>::decode(&*record.header);
        let header = header.unwrap();
        let any = <prost_types::Any as prost::Message>::decode(&*record.payload).unwrap();
        if let Some(Happening::Dispute(event)) = happenings::recognise(&header.r#type, &any.value)
            && assignment::turn(&event.fact).is_some()
        {
            found.push(header.position);
        }
    }
    found
}

/// A case from report to its end.
async fn life(node: &Node) {
    let id = case(node).await;
    let Some(team) = call(node, &id).await else { return };
    accept(node, &id, &team).await;
    arrive(node, &id, &team).await;
    withdraw(node, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_anywhere_loses_nothing_and_repeats_nothing() {
    for node in Node::everywhere().await {
        on(&node, "near", 20).await;
        on(&node, "far", 20).await;
        let waits = case(&node).await;
        call(&node, &waits).await;
        let mut watcher = Watcher::default();
        watcher.listen(&node, 1).await;
        let storm = join_all((0..12).map(|_| life(&node)));
        let cuts = async {
            let mut dice = 7_usize;
            for _ in 0..200 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_041);
                watcher.listen(&node, 1 + (dice >> 33) % 7).await;
                if watcher.told.len() >= 4 * 12 {
                    break;
                }
            }
            watcher
        };
        let (_, mut watcher) = futures::join!(storm, cuts);
        while watcher.position() < node.service.ledger().head() {
            watcher.listen(&node, 1).await;
        }
        assert_eq!(watcher.told, in_the_log(&node, watcher.begun_at).await);
        assert!(watcher.told.len() >= 4 * 12, "{}", watcher.told.len());

        // Who begins anew is told what is open, and from where on.
        let mut late = Watcher::default();
        late.listen(&node, 1).await;
        assert_eq!(late.position(), node.service.ledger().head());
        let open: BTreeSet<_> = late.open.iter().map(|offer| offer.dispute_id.clone()).collect();
        assert_eq!(open, BTreeSet::from([waits]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_history_or_of_other_teams_is_refused() {
    let node = Node::start().await;
    let id = case(&node).await;
    call(&node, &id).await;
    let mut watcher = Watcher::default();
    watcher.listen(&node, 1).await;
    let cursor = watcher.cursor.unwrap();
    let with = |cursor: pb::AssignmentCursor, teams: &[&str]| pb::WatchAssignmentsRequest {
        team_ids: teams.iter().map(|team| (*team).to_owned()).collect(),
        cursor: Some(cursor),
        heartbeat: None,
    };
    let other = |change: fn(&mut pb::AssignmentCursor)| {
        let mut cursor = cursor.clone();
        change(&mut cursor);
        cursor
    };
    let table = [
        (with(other(|cursor| cursor.incarnation = 2), &[]), "CURSOR_DIVERGED"),
        (with(other(|cursor| cursor.hash[0] ^= 1), &[]), "CURSOR_DIVERGED"),
        (with(other(|cursor| "else".clone_into(&mut cursor.node)), &[]), "CURSOR_DIVERGED"),
        (with(other(|cursor| cursor.position += 1_000), &[]), "CURSOR_AHEAD"),
        (with(cursor.clone(), &["near"]), "CURSOR_OF_OTHER_FILTER"),
    ];
    for (request, expected) in table {
        let refused = node.duties("desk").watch_assignments(request).await.unwrap_err();
        assert_eq!(reason(&refused), expected);
    }
    let refused = node.duties("elsewhere").watch_assignments(with(cursor, &[])).await.unwrap_err();
    assert_eq!(reason(&refused), "CURSOR_OF_OTHER_FILTER");
    let silent = Some(prost_types::Duration { seconds: 61, nanos: 0 });
    let request = pb::WatchAssignmentsRequest { heartbeat: silent, ..Default::default() };
    let refused = node.duties("desk").watch_assignments(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_teams_and_the_area_of_the_watcher_and_it_ends_with_the_process() {
    let node = Node::start().await;
    let id = case(&node).await;
    assert_eq!(call(&node, &id).await.as_deref(), Some("near"));
    let of = |team: &str| pb::WatchAssignmentsRequest {
        team_ids: vec![team.to_owned()],
        ..Default::default()
    };
    for (caller, team, count) in [("desk", "near", 1), ("desk", "far", 0), ("elsewhere", "near", 0)]
    {
        let mut stream =
            node.duties(caller).watch_assignments(of(team)).await.unwrap().into_inner();
        let first = stream.message().await.unwrap().unwrap();
        let Some(News::Open(open)) = first.news else { panic!("{first:?}") };
        assert_eq!(open.assignments.len(), count, "{caller} {team}");
    }
    let mut stream = node.duties("desk").watch_assignments(of("far")).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    node.stop();
    let end = tokio::time::timeout(Duration::from_secs(10), async {
        while let Ok(Some(_)) = stream.message().await {}
    });
    end.await.expect("the stream ends");
}
