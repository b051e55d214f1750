//! Two processes over one PostgreSQL keep one dense log.

use futures::future::join_all;

use super::pad::{open, postgres};
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
