//! Files and the ledger that records them: one key store, one erasure.

use std::sync::Arc;

use bytes::Bytes;

use super::pad::{Command, open, places, until};
use crate::Sealer;
use crate::files::{Declared, FileError, FileName, FileStore, MAX_BYTES, MediaType};

#[tokio::test]
async fn a_file_goes_with_the_keys_of_its_case() {
    for place in places().await {
        let node = open(&place, "registry").await;
        let folder = tempfile::tempdir().unwrap();
        let (keys, clock) = (Arc::clone(node.ledger.keys()), node.clock.clone());
        let sealer = Sealer::new(&[9; 32], node.ledger.ids().clone());
        let root = folder.path().to_owned();
        let store = FileStore::open(root, keys, sealer, clock, MAX_BYTES).await.unwrap();
        let name = FileName::try_new("one", node.ledger.ids().uuid()).unwrap();
        let content = Bytes::from_static(b"%PDF-1.7 a scan %%EOF");
        let size = content.len() as u64;
        let declared = Declared { media_type: MediaType::Pdf, size, digest: None };
        let mut upload = store.begin(&name, declared).await.unwrap();
        upload.append(0, content.clone()).await.unwrap();
        let finished = upload.finish().await.unwrap();
        // The commit brings the key that the upload made: it is the same.
        let keep = Command::Keep { id: "one".to_owned(), key: finished.key.clone() };
        node.submit(keep).await.unwrap();
        let text = store.read(&name, 0..size).await.unwrap().next_chunk().await.unwrap();
        assert_eq!(text.as_deref(), Some(&content.to_vec()));

        let erase = Command::Erase { id: "one".to_owned(), sealed: vec![name.sealed_id()] };
        node.submit(erase).await.unwrap();
        until("the key is destroyed", async || {
            matches!(store.read(&name, 0..size).await, Err(FileError::Gone))
        })
        .await;
        assert_eq!(store.finished().await.unwrap().len(), 1);
        assert_eq!(store.sweep(std::slice::from_ref(&name)).await.unwrap(), 0);
        assert!(store.finished().await.unwrap().is_empty());
    }
}
