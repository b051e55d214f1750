//! Audits of logs that somebody changed in the database.

use super::pad::{Node, Place, open, places};
use crate::audit::{self, Auditor};
use crate::chain::{Broken, Defect};

/// Verifies through the ledger and beside it, and insists that both find the same.
async fn verify(place: &Place, node: &Node) -> Option<Broken> {
    let inside = audit::verify(&node.ledger, |_, _| {}).await.unwrap();
    let auditor = Auditor::open(&place.url, "registry").await.unwrap().unwrap();
    assert_eq!(auditor.log(), node.ledger.log());
    let outside = auditor.verify(|_, _| {}).await.unwrap();
    auditor.close().await;
    assert_eq!(inside, outside);
    inside.broken
}

/// What is done, what is found, what undoes it.
type Case = (&'static str, Broken, &'static str);

const fn case(act: &'static str, position: u64, defect: Defect, undo: &'static str) -> Case {
    (act, Broken { position, defect }, undo)
}

const CASES: [Case; 9] = [
    case(
        "UPDATE event SET salt = payload, payload = salt WHERE position = 3",
        3,
        Defect::Hash,
        "UPDATE event SET salt = payload, payload = salt WHERE position = 3",
    ),
    case(
        "UPDATE event SET commitment = hash WHERE position = 2",
        2,
        Defect::Commitment,
        "UPDATE event SET commitment = NULL WHERE position = 2",
    ),
    case(
        "UPDATE event SET area_code = '3704' WHERE position = 4",
        4,
        Defect::Index,
        "UPDATE event SET area_code = '3703' WHERE position = 4",
    ),
    case(
        "UPDATE event SET subject = 'sum/b' WHERE position = 1",
        1,
        Defect::Index,
        "UPDATE event SET subject = 'sum/a' WHERE position = 1",
    ),
    case(
        "UPDATE event SET type = 'test.Other' WHERE position = 5",
        5,
        Defect::Index,
        "UPDATE event SET type = 'test.Added' WHERE position = 5",
    ),
    case(
        "UPDATE event SET recorded_at = recorded_at + 1 WHERE position = 2",
        2,
        Defect::Index,
        "UPDATE event SET recorded_at = recorded_at - 1 WHERE position = 2",
    ),
    case(
        "UPDATE event SET position = 99 WHERE position = 2",
        2,
        Defect::Gap,
        "UPDATE event SET position = 2 WHERE position = 99",
    ),
    case(
        "UPDATE head SET hash = (SELECT hash FROM event WHERE position = 4)",
        5,
        Defect::Head,
        "UPDATE head SET hash = (SELECT hash FROM event WHERE position = 5)",
    ),
    case("UPDATE head SET position = 3", 4, Defect::Head, "UPDATE head SET position = 5"),
];

#[tokio::test]
async fn an_audit_names_the_first_position_that_was_changed() {
    for place in places().await {
        let node = open(&place, "registry").await;
        for _ in 0..5 {
            node.add("a", 1).await;
        }
        for (act, broken, undo) in CASES {
            assert_eq!(verify(&place, &node).await, None, "before {act}");
            node.execute(act).await;
            assert_eq!(verify(&place, &node).await, Some(broken), "{act}");
            node.execute(undo).await;
        }
        node.execute("DELETE FROM event WHERE position = 5").await;
        let cut = Broken { position: 5, defect: Defect::Gap };
        assert_eq!(verify(&place, &node).await, Some(cut));
    }
}

#[tokio::test]
async fn an_audit_creates_nothing() {
    for place in places().await {
        let node = open(&place, "registry").await;
        assert!(Auditor::open(&place.url, "dispatch").await.unwrap().is_none());
        assert!(Auditor::open(&place.url, "dispatch").await.unwrap().is_none());
        assert_eq!(verify(&place, &node).await, None);
    }
}
