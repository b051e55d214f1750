//! Uploads that break off: wherever that was, they go on where the disk says, and the whole is what was meant.

use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tonic::Code;

use super::desk::{CHUNK, Desk, begin, declared, pdf, read, send, whole};
use crate::files::FileError;

/// What happens to an upload after some bytes.
#[derive(Debug, Clone)]
enum Fate {
    GoesOn,
    /// The connection breaks: what waits in memory is lost.
    Breaks,
    /// The process is killed or the power fails: bytes at the end are lost.
    Loses(usize),
    /// Something else is at the end instead.
    Garbles(usize, Vec<u8>),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::GoesOn),
        2 => Just(Fate::Breaks),
        2 => (0_usize..700_000).prop_map(Fate::Loses),
        1 => (0_usize..300_000, prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(lost, noise)| Fate::Garbles(lost, noise)),
    ]
}

async fn live(
    desk: &Desk,
    size: usize,
    steps: &[(usize, Fate)],
    range: (usize, usize),
) -> Result<(), TestCaseError> {
    let (name, content) = (desk.name(), pdf(size));
    let mut upload = desk.store().await.begin(&name, declared(&content)).await.unwrap();
    for (piece, fate) in steps {
        let wanted = usize::try_from(upload.wanted().unwrap()).unwrap();
        let part = Bytes::copy_from_slice(&content[wanted..(wanted + piece).min(size)]);
        let durable = upload.append(wanted as u64, part).await.unwrap();
        prop_assert!(durable <= upload.wanted().unwrap());
        prop_assert!(durable == size as u64 || durable.is_multiple_of(CHUNK as u64));
        if matches!(fate, Fate::GoesOn) {
            continue;
        }
        drop(upload);
        let path = desk.upload_path(&name);
        let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        let lost = match fate {
            Fate::Loses(lost) | Fate::Garbles(lost, _) => *lost,
            Fate::GoesOn | Fate::Breaks => 0,
        };
        file.set_len(length.saturating_sub(lost) as u64).unwrap();
        if let Fate::Garbles(_, noise) = fate {
            (&file).write_all(noise).unwrap();
        }
        upload = desk.store().await.begin(&name, declared(&content)).await.unwrap();
        let wanted = upload.wanted().unwrap();
        prop_assert_eq!(wanted, upload.durable().unwrap());
        prop_assert!(wanted <= durable);
        // No more is lost than the chunks that were hit.
        let hit = (lost + 2 * CHUNK) as u64;
        prop_assert!(wanted + hit > durable, "{} of {}", wanted, durable);
    }
    let finished = send(upload, &content, 123_457).await.unwrap().finish().await.unwrap();
    let store = desk.store().await;
    prop_assert!(whole(&store, &name).await == content);
    prop_assert_eq!(store.verify(&name).await.unwrap(), finished);
    let (first, last) = (range.0.min(size), range.1.min(size));
    let (part, end) = read(&store, &name, first as u64..last as u64).await;
    prop_assert!(end.is_ok() && part == content[first..last.max(first)]);
    Ok(())
}

#[test]
fn a_resumed_upload_is_the_whole() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::new());
    let lives = (
        prop_oneof![14_usize..2000, 14_usize..1_400_000],
        prop::collection::vec((1_usize..400_000, fate()), 0..12),
        (0_usize..1_400_000, 0_usize..1_500_000),
    );
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() };
    TestRunner::new(config)
        .run(&lives, |(size, steps, range)| runtime.block_on(live(&desk, size, &steps, range)))
        .unwrap();
}

/// Drives a future for a number of polls; then drops it where it stands.
async fn for_polls<T>(mut polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        Pin::new(&mut future).poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn an_upload_dropped_at_any_await_goes_on() {
    let desk = Desk::new().await;
    let content = pdf(2 * CHUNK + 77);
    let mut cut_off = 0;
    for polls in 0.. {
        let name = desk.name();
        let upload = async {
            let store = desk.store().await;
            let upload = begin(&store, &name, declared(&content)).await.unwrap();
            send(upload, &content, 200_000).await.unwrap().finish().await.unwrap()
        };
        let done = for_polls(polls, upload).await;
        let store = desk.store().await;
        let again = begin(&store, &name, declared(&content)).await.unwrap();
        let finished = send(again, &content, 200_000).await.unwrap().finish().await.unwrap();
        assert!(whole(&store, &name).await == content, "after {polls} polls");
        if let Some(done) = done {
            assert_eq!(done, finished);
            break;
        }
        cut_off += 1;
    }
    assert!(cut_off > 8, "{cut_off}");
}

#[tokio::test]
async fn a_call_that_was_broken_off_ends_its_upload_and_not_the_next() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(3 * CHUNK));
    let mut upload = store.begin(&name, declared(&content)).await.unwrap();
    let append = upload.append(0, Bytes::copy_from_slice(&content));
    assert!(for_polls(1, append).await.is_none());
    assert!(matches!(upload.wanted(), Err(FileError::Interrupted)));
    let broken = upload.append(0, Bytes::new()).await;
    assert!(matches!(broken, Err(FileError::Interrupted)));
    drop(upload);
    let again = begin(&store, &name, declared(&content)).await.unwrap();
    // The disk was not told to stop.
    assert_eq!(again.wanted().unwrap(), content.len() as u64);
    again.finish().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_upload_goes_on_when_there_is_room() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(3 * CHUNK));
    let upload = store.begin(&name, declared(&content)).await.unwrap();
    let mut upload = send(upload, &content[..CHUNK + 10], 50_000).await.unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let partial = upload.partial.as_mut().unwrap();
    let disk = std::mem::replace(&mut partial.sealed.file, full);
    let rest = Bytes::copy_from_slice(&content[CHUNK + 10..]);
    let error = upload.append(CHUNK as u64 + 10, rest.clone()).await.unwrap_err();
    let FileError::Unavailable { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    let problem = error.into_problem("test.yiwang");
    assert_eq!((problem.code, problem.reason), (Code::Unavailable, "STORE_UNAVAILABLE"));
    assert!(problem.retry_after.is_some());

    // What waited in memory is asked for again.
    assert_eq!(upload.wanted().unwrap(), CHUNK as u64);
    upload.partial.as_mut().unwrap().sealed.file = disk;
    send(upload, &content, 50_000).await.unwrap().finish().await.unwrap();
    assert!(whole(&store, &name).await == content);
}
