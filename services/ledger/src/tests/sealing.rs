//! Data keys: durable before the commit, gone after an erasure.

use super::pad::{Command, open, places};
use crate::Sealer;

#[tokio::test]
async fn erasing_a_subject_destroys_its_keys_and_no_other() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let sealer = Sealer::new(&[9; 32], node.ledger.ids().clone());
        let (one, two) = (sealer.seal("one", b"1"), sealer.seal("two", b"2"));
        for sealed in [&one, &two] {
            let id = sealed.key.subject.clone();
            node.submit(Command::Keep { id, key: sealed.key.clone() }).await.unwrap();
        }
        let key = node.ledger.keys().get("one", &one.sealed_id).await.unwrap().unwrap();
        assert_eq!(sealer.open("one", &one.ciphertext, &key).unwrap().as_slice(), b"1");

        node.submit(Command::Erase { id: "one".to_owned() }).await.unwrap();
        // The keys go after the commit; the next command's answer comes after that.
        node.add("three", 1).await;
        assert_eq!(node.ledger.keys().get("one", &one.sealed_id).await.unwrap(), None);
        assert_eq!(node.ledger.keys().of_subject("two").await.unwrap().len(), 1);
        node.submit(Command::Erase { id: "one".to_owned() }).await.unwrap();
    }
}
