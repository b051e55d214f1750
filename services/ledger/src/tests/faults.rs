//! What goes wrong: services that panic, stored states that cannot be read, callers that leave, a queue that is full.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::pad::{Command, Node, open, places};
use crate::dialect::Session;
use crate::error::SubmitError;

fn add(id: &str, amount: i64) -> Command {
    Command::Add { id: id.to_owned(), amount }
}

/// Holds the head row, as another process would in the middle of a commit.
async fn hold_head(node: &Node) -> Session {
    let mut session = node.ledger.db().session().await.unwrap();
    session.begin_with_head().await.unwrap();
    session
}

#[tokio::test]
async fn a_service_that_panics_or_stores_nonsense_fails_one_command_only() {
    for place in places().await {
        let node = open(&place, "registry").await;
        for id in ["undecodable", "loads"] {
            node.add(id, 1).await;
        }
        node.execute("UPDATE sum SET body = 'no state' WHERE id = 'undecodable'").await;
        node.execute("UPDATE sum SET body = 'panic' WHERE id = 'loads'").await;
        let bad = ["undecodable", "loads", "reads", "stores", "columnless", "kindless"];
        let submits = bad.iter().map(|id| node.submit(add(id, 1)));
        let good = (0..20).map(|_| node.submit(add("good", 1)));
        let results = join_all(submits.chain(good)).await;
        for (index, result) in results.into_iter().enumerate() {
            match bad.get(index) {
                Some(id) => assert!(matches!(result, Err(SubmitError::Failed)), "{id}: {result:?}"),
                None => assert!(result.is_ok(), "{index}: {result:?}"),
            }
        }
        assert_eq!(node.amount("good").await, 20);
    }
}

#[tokio::test]
async fn a_refusal_that_is_a_fact_is_recorded_once_per_request() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let id = node.ledger.ids().uuid();
        for _ in 0..3 {
            let ask = Command::Ask { id: "a".to_owned() };
            let refused = node.ledger.submit(ask, node.meta(id, 1)).await;
            assert!(matches!(refused, Err(SubmitError::Rejected(_))));
        }
        assert_eq!(node.ledger.head(), 1);
        let other = node.ledger.submit(Command::Refuse, node.meta(id, 2)).await;
        assert!(matches!(other, Err(SubmitError::RequestReused)));
        // What is refused no more is carried out, and from then on its answer stands.
        for _ in 0..2 {
            let done = node.ledger.submit(add("a", 1), node.meta(id, 1)).await.unwrap();
            assert_eq!((done.answer, done.position), (1, 2));
        }
    }
}

#[tokio::test]
async fn a_caller_that_left_is_dropped_before_the_decision() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let mut held = hold_head(&node).await;
        let left = timeout(Duration::from_millis(100), node.submit(add("a", 1))).await;
        assert!(left.is_err());
        held.rollback().await.unwrap();
        assert_eq!(node.add("a", 5).await.answer, 5);
        assert_eq!(node.ledger.head(), 1);
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_what_it_took_is_carried_out() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let mut held = hold_head(&node).await;
        let submits = join_all((0..6000_i64).map(|_| node.submit(add("a", 1))));
        let (results, ()) = tokio::join!(submits, async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            held.rollback().await.unwrap();
        });
        let mut carried_out = 0_usize;
        for result in results {
            match result {
                Ok(_) => carried_out += 1,
                Err(SubmitError::Busy) => {}
                Err(error) => panic!("{error}"),
            }
        }
        // What waits is bounded: the queue, and the batch that the committer holds.
        let most = crate::ledger::QUEUE + crate::committer::MAX_BATCH;
        assert!((crate::ledger::QUEUE..=most).contains(&carried_out), "{carried_out}");
        assert_eq!(node.amount("a").await, i64::try_from(carried_out).unwrap());

        let problem = SubmitError::<super::pad::No>::Busy.into_problem("test.yiwang");
        let status = tonic::Status::from(problem);
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        let retry = b"google.rpc.RetryInfo";
        assert!(status.details().windows(retry.len()).any(|window| window == retry));
    }
}

#[tokio::test]
async fn what_is_stored_of_a_request_does_not_tell_its_body() {
    for place in places().await {
        let node = open(&place, "registry").await;
        node.ledger.submit(add("a", 1), node.meta(node.ledger.ids().uuid(), 7)).await.unwrap();
        let rows = node.ledger.db().rows("reading", "SELECT body FROM request", vec![]).await;
        let body = rows.unwrap()[0].text(0).unwrap().to_owned();
        assert!(body.contains("fingerprint") && !body.contains(&hex::encode([7; 32])), "{body}");
    }
}

#[tokio::test]
async fn files_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let places = places().await;
    let node = open(&places[0], "registry").await;
    node.add("a", 1).await;
    let crate::DatabaseUrl::Sqlite(folder) = &places[0].url else { panic!("SQLite comes first") };
    let folders = [folder.clone(), folder.join("keys")];
    let mut files = 0;
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let entry = entry.unwrap();
        let meta = entry.metadata().unwrap();
        if meta.is_file() {
            files += 1;
            assert_eq!(meta.permissions().mode() & 0o077, 0, "{:?}", entry.path());
        }
    }
    assert!(files >= 4, "{files}");
}
