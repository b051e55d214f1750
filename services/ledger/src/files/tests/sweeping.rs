//! What is removed, and what is not.

use std::time::Duration;

use super::desk::{CHUNK, Desk, begin, declared, pdf, send, whole};
use crate::files::{FileError, Refusal, UPLOAD_LIFETIME};
use crate::own::Erasure;

#[tokio::test]
async fn an_upload_has_a_day() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(CHUNK + 1);
    let [old, young, held, empty] = std::array::from_fn(|_| desk.name());
    drop(begin(&store, &old, declared(&content)).await.unwrap());
    let upload = begin(&store, &held, declared(&content)).await.unwrap();
    let upload = send(upload, &content, 70_000).await.unwrap();
    // A process that ended before it had made a key, and one that ended before there was a header.
    std::fs::write(desk.upload_path(&empty), b"").unwrap();
    assert_eq!(store.sweep_uploads().await.unwrap(), 1);
    drop(begin(&store, &empty, declared(&content)).await.unwrap());
    std::fs::write(desk.upload_path(&empty), b"torn").unwrap();
    assert_eq!(store.sweep_uploads().await.unwrap(), 1);
    assert!(!desk.has_key(&empty).await);

    desk.clock.advance(UPLOAD_LIFETIME - Duration::from_secs(1));
    drop(begin(&store, &young, declared(&content)).await.unwrap());
    assert_eq!(store.sweep_uploads().await.unwrap(), 0);
    desk.clock.advance(Duration::from_secs(1));
    assert_eq!(store.sweep_uploads().await.unwrap(), 1);
    assert!(!desk.upload_path(&old).exists() && !desk.has_key(&old).await);
    assert!(desk.upload_path(&young).exists() && desk.has_key(&young).await);

    // Whoever still holds one is too late, and what is left of it is swept.
    let late = upload.finish().await;
    assert!(matches!(late, Err(FileError::Refused(Refusal::Expired))), "{late:?}");
    assert_eq!(store.sweep_uploads().await.unwrap(), 1);
    assert!(!desk.upload_path(&held).exists() && !desk.has_key(&held).await);
}

#[tokio::test]
async fn an_upload_begun_anew_after_a_day_starts_over() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(2 * CHUNK));
    let upload = begin(&store, &name, declared(&content)).await.unwrap();
    drop(send(upload, &content[..CHUNK], CHUNK).await.unwrap());
    desk.clock.advance(UPLOAD_LIFETIME);
    let other = pdf(CHUNK + 3);
    let upload = begin(&store, &name, declared(&other)).await.unwrap();
    assert_eq!(upload.wanted().unwrap(), 0);
    send(upload, &other, 90_000).await.unwrap().finish().await.unwrap();
    assert!(whole(&store, &name).await == other);
}

#[tokio::test]
async fn erased_files_are_removed_once_their_keys_are_gone() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(500);
    let (one, two) = (desk.name(), desk.name());
    desk.upload(&one, &content).await;
    desk.upload(&two, &content).await;
    let erased = [one.clone()];
    assert_eq!(store.sweep(&erased).await.unwrap(), 1);
    assert!(desk.kept_path(&one).exists());
    let erasure =
        Erasure { subject: one.subject().to_owned(), sealed: vec![one.sealed_id()], done: false };
    desk.keys.destroy(&[erasure]).await.unwrap();
    assert!(matches!(store.read(&one, 0..9).await, Err(FileError::Gone)));
    assert!(matches!(store.begin(&one, declared(&content)).await, Err(FileError::Gone)));
    for _ in 0..2 {
        assert_eq!(store.sweep(&erased).await.unwrap(), 0);
        assert!(!desk.kept_path(&one).exists() && desk.kept_path(&two).exists());
    }
    assert_eq!(store.finished().await.unwrap(), [two]);
}

#[tokio::test]
async fn what_no_record_names_goes_when_nobody_can_be_about_to_record_it() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let [old, keyless, young] = std::array::from_fn(|_| desk.name());
    desk.upload(&old, &pdf(100)).await;
    desk.upload(&keyless, &pdf(100)).await;
    let shared = [keyless.clone()];
    let gone = Erasure {
        subject: keyless.subject().to_owned(),
        sealed: vec![keyless.sealed_id()],
        done: false,
    };
    desk.keys.destroy(&[gone]).await.unwrap();
    desk.clock.advance(UPLOAD_LIFETIME);
    desk.upload(&young, &pdf(100)).await;
    assert_eq!(store.discard(&shared).await.unwrap(), 1);
    let unknown = [old.clone(), young.clone(), desk.name()];
    assert_eq!(store.discard(&unknown[..2]).await.unwrap(), 0);
    desk.clock.advance(UPLOAD_LIFETIME);
    assert_eq!(store.discard(&unknown[..2]).await.unwrap(), 1);
    assert!(!desk.kept_path(&old).exists() && !desk.has_key(&old).await);
    assert_eq!(store.finished().await.unwrap(), [young]);
}
