//! Data keys: durable before the commit, gone after an erasure.

use futures::future::join_all;

use super::pad::{Command, Node, Place, open, places, postgres, released, until};
use crate::error::SubmitError;
use crate::keystore::holds_keys;
use crate::{DatabaseUrl, Db, Sealed, Sealer};

fn sealer(node: &Node) -> Sealer {
    Sealer::new(&[9; 32], node.ledger.ids().clone())
}

fn keep(sealed: &Sealed) -> Command {
    Command::Keep { id: sealed.key.subject.clone(), key: sealed.key.clone() }
}

fn erase(sealed: &Sealed) -> Command {
    Command::Erase { id: sealed.key.subject.clone(), sealed: vec![sealed.sealed_id.clone()] }
}

async fn has_key(node: &Node, sealed: &Sealed) -> bool {
    node.ledger.keys().get(&sealed.key.subject, &sealed.sealed_id).await.unwrap().is_some()
}

async fn gone(node: &Node, sealed: &Sealed) {
    until("the key is destroyed", async || !has_key(node, sealed).await).await;
    let open = "SELECT id FROM erasure WHERE done = 0";
    until("the erasure is done", async || {
        node.ledger.db().rows("reading", open, vec![]).await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn erasing_destroys_the_keys_of_what_was_erased_and_no_other() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let sealer = sealer(&node);
        let (one, two) = (sealer.seal("one", b"1"), sealer.seal("two", b"2"));
        assert!(!holds_keys(&place.url, None, "registry").await.unwrap());
        for sealed in [&one, &two] {
            node.submit(keep(sealed)).await.unwrap();
        }
        assert!(holds_keys(&place.url, None, "registry").await.unwrap());
        let key = node.ledger.keys().get("one", &one.sealed_id).await.unwrap().unwrap();
        assert_eq!(sealer.open("one", &one.ciphertext, &key).unwrap().as_slice(), b"1");

        // A note on the same subject in the same batch came after the erasure and stays readable.
        let note = sealer.seal("one", b"note");
        let (erased, noted) = tokio::join!(node.submit(erase(&one)), node.submit(keep(&note)));
        assert!(erased.is_ok() && noted.is_ok());
        gone(&node, &one).await;
        assert!(has_key(&node, &note).await && has_key(&node, &two).await);
        node.submit(erase(&one)).await.unwrap();
    }
}

#[tokio::test]
async fn sealed_commands_beside_a_poisoned_one_stand() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let sealer = sealer(&node);
        let sealed: Vec<Sealed> =
            (0..16).map(|index| sealer.seal(&format!("s{index}"), b"text")).collect();
        let poison = Command::Add { id: "big".to_owned(), amount: 2_000_000 };
        let keeps = join_all(sealed.iter().map(|sealed| node.submit(keep(sealed))));
        let (kept, poisoned) = tokio::join!(keeps, node.submit(poison));
        assert!(matches!(poisoned, Err(SubmitError::Failed)));
        for (sealed, kept) in sealed.iter().zip(kept) {
            assert!(kept.is_ok(), "{kept:?}");
            assert!(has_key(&node, sealed).await);
        }
    }
}

const HIDE: &str = "ALTER TABLE data_key RENAME TO hidden";
const SHOW: &str = "ALTER TABLE hidden RENAME TO data_key";

async fn execute(db: &Db, sql: &'static str) {
    db.session().await.unwrap().rows(sql, vec![]).await.unwrap();
}

#[tokio::test]
async fn an_erasure_waits_for_the_key_store_and_commands_do_not() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let sealer = sealer(&node);
        let (one, two) = (sealer.seal("one", b"1"), sealer.seal("one", b"2"));
        node.submit(keep(&one)).await.unwrap();
        execute(node.ledger.keys().db(), HIDE).await;
        node.submit(erase(&one)).await.unwrap();
        node.add("a", 1).await;
        execute(node.ledger.keys().db(), SHOW).await;
        node.submit(keep(&two)).await.unwrap();
        gone(&node, &one).await;
        assert!(has_key(&node, &two).await);
    }
}

#[tokio::test]
async fn an_erasure_is_carried_out_by_the_next_process() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let one = sealer(&node).seal("one", b"1");
        node.submit(keep(&one)).await.unwrap();
        execute(node.ledger.keys().db(), HIDE).await;
        node.submit(erase(&one)).await.unwrap();
        drop(node);
        released(&place, "registry").await;
        let keys = keys(&place).await;
        execute(&keys, SHOW).await;
        keys.close().await;
        drop(keys);

        let node = open(&place, "registry").await;
        gone(&node, &one).await;
    }
}

// Waits until each of them is gone.
const END_ALL_SESSIONS: &str = "
    SELECT pg_terminate_backend(pid, 5000)::text
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn sessions_that_ended_while_nobody_called_are_replaced_and_nobody_is_refused() {
    let Some(place) = postgres().await else { return };
    let node = open(&place, "registry").await;
    let sealer = sealer(&node);
    for subject in ["one", "two", "three"] {
        let sealed = sealer.seal(subject, b"text");
        node.submit(keep(&sealed)).await.unwrap();
        execute(node.ledger.db(), END_ALL_SESSIONS).await;
    }
}

/// The key store while no process uses it.
async fn keys(place: &Place) -> Db {
    let url = match &place.url {
        DatabaseUrl::Sqlite(folder) => DatabaseUrl::Sqlite(folder.join("keys")),
        shared @ DatabaseUrl::Postgres(_) => shared.clone(),
    };
    Db::open(&url, "registry_keys", &[]).await.unwrap()
}
