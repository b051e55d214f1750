//! Two processes over one PostgreSQL keep one dense log.

use futures::future::join_all;

use super::pad::{open, postgres, until};
use crate::audit;

#[tokio::test]
async fn a_replica_that_waits_decides_on_what_the_other_changed() {
    let Some(place) = postgres().await else { return };
    let (one, two) = (open(&place, "registry").await, open(&place, "registry").await);
    let adds = (0..200_i64).map(|index| {
        let node = if index % 2 == 0 { &one } else { &two };
        async move { node.add("shared", 1).await.answer }
    });
    let mut answers = join_all(adds).await;
    answers.sort_unstable();
    // Each decision saw all before it: no sum was given twice.
    assert_eq!(answers, (1..=200).collect::<Vec<i64>>());
    assert_eq!(one.amount("shared").await, 200);
    let audit = audit::verify(&two.ledger, |_, _| {}).await.unwrap();
    assert_eq!((audit.verified, audit.broken), (200, None));
}

#[tokio::test]
async fn replicas_that_start_together_on_an_empty_database_both_start() {
    for _ in 0..8 {
        let Some(place) = postgres().await else { return };
        let nodes = join_all((0..4).map(|_| open(&place, "registry"))).await;
        for node in &nodes {
            node.add("a", 1).await;
        }
        assert_eq!(nodes[0].amount("a").await, 4);
        // Each of them hears of what the others wrote.
        until("the heads agree", async || nodes.iter().all(|node| node.ledger.head() == 4)).await;
    }
}
