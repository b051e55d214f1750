//! Commands, their answers and their order.

use futures::future::join_all;
use tokio::time::Instant;

use super::pad::{Command, open, places, reopen};
use crate::error::SubmitError;
use crate::{CommandMeta, audit};

#[tokio::test]
async fn commands_that_wait_share_commits_and_positions_stay_dense() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let adds = (0..400_i64).map(|index| {
            let node = &node;
            async move { node.add(&format!("n{}", index % 7), 1).await.position }
        });
        let mut positions = join_all(adds).await;
        positions.sort_unstable();
        assert_eq!(positions, (1..=400).collect::<Vec<u64>>());
        assert_eq!(node.amount("n0").await, 58);

        let audit = audit::verify(&node.ledger, |_, _| {}).await.unwrap();
        assert_eq!((audit.verified, audit.broken), (400, None));
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_another_body_is_refused() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let id = node.ledger.ids().uuid();
        let add = || Command::Add { id: "a".to_owned(), amount: 5 };

        // The repetition may come into the same batch.
        let (first, second) = tokio::join!(
            node.ledger.submit(add(), node.meta(id, 1)),
            node.ledger.submit(add(), node.meta(id, 1)),
        );
        let third = node.ledger.submit(add(), node.meta(id, 1)).await.unwrap();
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!((first.answer, second.answer, third.answer), (5, 5, 5));
        assert_eq!((first.position, second.position, third.position), (1, 1, 1));
        assert!(!first.replayed && second.replayed && third.replayed);
        assert_eq!(node.amount("a").await, 5);

        let other = node.ledger.submit(add(), node.meta(id, 2)).await;
        assert!(matches!(other, Err(SubmitError::RequestReused)));
    }
}

#[tokio::test]
async fn a_poisoned_command_fails_alone() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let commands = (0..64_i64).map(|index| {
            let command = match index {
                // Breaks the table's check.
                20 => Command::Add { id: "big".to_owned(), amount: 2_000_000 },
                30 => Command::Panic { id: "p".to_owned() },
                40 => Command::Refuse,
                _ => Command::Add { id: format!("n{index}"), amount: 1 },
            };
            node.submit(command)
        });
        let results = join_all(commands).await;
        for (index, result) in results.into_iter().enumerate() {
            match index {
                20 | 30 => assert!(matches!(result, Err(SubmitError::Failed)), "{index}"),
                40 => assert!(matches!(result, Err(SubmitError::Rejected(_)))),
                _ => assert_eq!(result.unwrap().answer, 1, "{index}"),
            }
        }
        assert_eq!(node.amount("big").await, 0);
        assert_eq!(node.ledger.head(), 61);
        assert_eq!(audit::verify(&node.ledger, |_, _| {}).await.unwrap().broken, None);
    }
}

#[tokio::test]
async fn a_refusal_can_be_a_fact() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let refused = node.submit(Command::Ask { id: "a".to_owned() }).await;
        assert!(matches!(refused, Err(SubmitError::Rejected(_))));
        let history = node.ledger.history("sum/a", 0, 10).await.unwrap();
        assert_eq!(history.len(), 1);
        assert_eq!(history[0].header.actor.as_ref().unwrap().caller_id, "desk");
    }
}

#[tokio::test]
async fn who_gave_up_is_dropped_before_the_decision() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let mut meta = node.meta(node.ledger.ids().uuid(), 0);
        meta.deadline = Some(Instant::now());
        let add = || Command::Add { id: "a".to_owned(), amount: 1 };
        let late = node.ledger.submit(add(), meta.clone()).await;
        assert!(matches!(late, Err(SubmitError::TooLate)));
        assert_eq!(node.ledger.head(), 0);
        // What was carried out is never said not to have been.
        let in_time = CommandMeta { deadline: None, ..meta.clone() };
        node.ledger.submit(add(), in_time).await.unwrap();
        let repeated = node.ledger.submit(add(), meta).await.unwrap();
        assert!(repeated.replayed && node.ledger.head() == 1);
    }
}

#[tokio::test]
async fn an_old_time_ordered_request_id_is_refused() {
    let places = places().await;
    let node = open(&places[0], "registry").await;
    let old = node.ledger.ids().uuid();
    node.clock.advance(std::time::Duration::from_secs(31 * 86_400));
    let command = Command::Add { id: "a".to_owned(), amount: 1 };
    let refused = node.ledger.submit(command, node.meta(old, 0)).await;
    assert!(matches!(refused, Err(SubmitError::RequestTooOld)));
}

#[tokio::test]
async fn answers_are_swept_out_once_nobody_may_ask_for_them() {
    for place in places().await {
        let node = open(&place, "registry").await;
        node.add("a", 1).await;
        node.clock.advance(std::time::Duration::from_secs(32 * 86_400));
        node.add("a", 1).await; // The sweep comes after this commit,
        node.add("a", 1).await; // and is over when this one is answered.
        let count = "SELECT count(*) FROM request";
        let rows = node.ledger.db().rows("counting answers", count, vec![]).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 2);
    }
}

#[tokio::test]
async fn validate_only_decides_and_changes_nothing() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let meta = node.meta(node.ledger.ids().uuid(), 0);
        let add = Command::Add { id: "a".to_owned(), amount: 1 };
        assert!(node.ledger.preview(&add, &meta).await.is_ok());
        let refused = node.ledger.preview(&Command::Refuse, &meta).await;
        assert!(matches!(refused, Err(SubmitError::Rejected(_))));
        assert_eq!(node.ledger.head(), 0);
    }
}

#[tokio::test]
async fn time_never_goes_back_in_a_log() {
    for place in places().await {
        let node = open(&place, "registry").await;
        node.clock.advance(std::time::Duration::from_secs(3600));
        node.add("a", 1).await;
        drop(node);
        // The clock of the next process stands an hour earlier.
        let node = reopen(&place, "registry").await;
        node.add("a", 1).await;
        let history = node.ledger.history("sum/a", 0, 10).await.unwrap();
        let times: Vec<i64> =
            history.iter().map(|event| event.header.record_time.unwrap().seconds).collect();
        assert_eq!(times[0], times[1]);
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let id = node.ledger.ids().uuid();
        let add = || Command::Add { id: "a".to_owned(), amount: 3 };
        node.ledger.submit(add(), node.meta(id, 1)).await.unwrap();
        drop(node);

        let node = reopen(&place, "registry").await;
        assert_eq!((node.ledger.head(), node.amount("a").await), (1, 3));
        let again = node.ledger.submit(add(), node.meta(id, 1)).await.unwrap();
        assert!(again.replayed && again.answer == 3);
    }
}

#[tokio::test]
async fn a_second_process_is_refused_on_sqlite() {
    let places = places().await;
    let node = open(&places[0], "registry").await;
    let second = crate::Db::open(&places[0].url, "registry", &[]).await.unwrap_err().to_string();
    assert!(second.contains("in use by another process"), "{second}");
    drop(node);
}

#[tokio::test]
async fn every_statement_prepares() {
    for place in places().await {
        let node = open(&place, "registry").await;
        node.ledger.db().prepare(&crate::statements()).await.unwrap();
        let keys = node.ledger.keys().db();
        keys.prepare(crate::keystore::STATEMENTS).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_queued_is_committed_before_the_process_ends() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let adds = join_all(
            (0..50_i64).map(|_| node.submit(Command::Add { id: "a".to_owned(), amount: 1 })),
        );
        let (results, ()) = tokio::join!(adds, async {
            tokio::task::yield_now().await;
            node.lifecycle.served().cancel();
        });
        assert!(results.iter().all(Result::is_ok));
        // The committer may take a little more before it sees that it is over; then it refuses.
        let mut sum = 50;
        let refused = loop {
            match node.submit(Command::Add { id: "a".to_owned(), amount: 1 }).await {
                Ok(_) => sum += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, SubmitError::Unavailable));
        assert_eq!(node.amount("a").await, sum);
    }
}
