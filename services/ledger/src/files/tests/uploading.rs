//! Uploads that go as they should, and those that are refused.

use bytes::Bytes;
use tonic::Code;

use super::desk::{CHUNK, Desk, MARKER, MAX_BYTES, begin, declared, pdf, read, send, whole};
use crate::files::{Declared, FileError, FileName, MediaType, Refusal, folder};
use crate::{DatabaseUrl, SealError};

fn refused<T: std::fmt::Debug>(result: Result<T, FileError>) -> Refusal {
    match result {
        Err(FileError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_uploaded_is_read() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    for size in [14, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let (name, content) = (desk.name(), pdf(size));
        let finished = desk.upload(&name, &content).await;
        assert_eq!((finished.size, finished.media_type), (size as u64, MediaType::Pdf));
        assert_eq!(whole(&store, &name).await, content);
        assert_eq!(store.verify(&name).await.unwrap(), finished);
        assert!(!desk.upload_path(&name).exists());
        let download = store.read(&name, 3..9).await.unwrap();
        assert_eq!((download.size(), download.offset()), (size as u64, 3));
        assert_eq!(download.media_type(), MediaType::Pdf);
    }
    assert_eq!(store.finished().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_finished_file_is_finished_again_with_the_same_answer() {
    let desk = Desk::new().await;
    let (name, content) = (desk.name(), pdf(CHUNK + 9));
    let finished = desk.upload(&name, &content).await;
    let store = desk.store().await;
    let again = store.begin(&name, declared(&content)).await.unwrap();
    assert_eq!(again.wanted().unwrap(), content.len() as u64);
    assert_eq!(again.durable().unwrap(), content.len() as u64);
    assert_eq!(again.finish().await.unwrap(), finished);
    let other = Declared { digest: None, ..declared(&content) };
    assert_eq!(refused(store.begin(&name, other).await), Refusal::Differs);
}

#[tokio::test]
async fn what_was_taken_once_stays_whatever_is_thought_of_it_later() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(300));
    desk.upload(&desk.name(), &content).await;
    // As if an earlier release had looked less closely.
    let photo = Declared { media_type: MediaType::Jpeg, ..declared(&content) };
    drop(send(store.begin(&name, photo).await.unwrap(), &content, 300).await.unwrap());
    std::fs::create_dir_all(desk.kept_path(&name).parent().unwrap()).unwrap();
    std::fs::rename(desk.upload_path(&name), desk.kept_path(&name)).unwrap();
    begin(&store, &name, photo).await.unwrap().finish().await.unwrap();
    assert_eq!(whole(&store, &name).await, content);
}

#[tokio::test]
async fn offsets_are_kept_to() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(2 * CHUNK);
    let mut upload = store.begin(&desk.name(), declared(&content)).await.unwrap();
    let piece = Bytes::copy_from_slice(&content[..CHUNK + 10]);
    assert_eq!(upload.append(0, piece.clone()).await.unwrap(), CHUNK as u64);
    let wanted = CHUNK as u64 + 10;
    for offset in [0, wanted - 1, wanted + 1, u64::MAX] {
        let wrong = upload.append(offset, piece.clone()).await;
        assert_eq!(refused(wrong), Refusal::WrongOffset { wanted });
    }
    let long = Bytes::copy_from_slice(&content);
    let size = content.len() as u64;
    assert_eq!(refused(upload.append(wanted, long).await), Refusal::TooLong { size });
    assert_eq!(refused(upload.finish().await), Refusal::Incomplete { wanted });
}

#[tokio::test]
async fn what_is_too_large_empty_or_something_else_is_refused() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let name = desk.name();
    let pdf_of = |size| Declared { media_type: MediaType::Pdf, size, digest: None };
    assert_eq!(refused(store.begin(&name, pdf_of(0)).await), Refusal::Empty);
    let too_large = Refusal::TooLarge { max_bytes: MAX_BYTES };
    assert_eq!(refused(store.begin(&name, pdf_of(MAX_BYTES + 1)).await), too_large);

    let content = pdf(CHUNK + 100);
    let photo = Declared { media_type: MediaType::Jpeg, ..declared(&content) };
    let upload = store.begin(&name, photo).await.unwrap();
    assert_eq!(refused(store.begin(&desk.name(), pdf_of(0)).await), Refusal::Empty);
    let finished = send(upload, &content, 50_000).await.unwrap().finish().await;
    let mismatch = Refusal::TypeMismatch { declared: MediaType::Jpeg, found: Some(MediaType::Pdf) };
    assert_eq!(refused(finished), mismatch);
    // Nothing is left of it, and the same name can be used for what it really is.
    assert!(!desk.upload_path(&name).exists() && !desk.has_key(&name).await);

    let wrong = Declared { digest: Some([7; 32]), ..declared(&content) };
    let upload = store.begin(&name, wrong).await.unwrap();
    let finished = send(upload, &content, 50_000).await.unwrap().finish().await;
    assert_eq!(refused(finished), Refusal::DigestMismatch);
    desk.upload(&name, &content).await;
    assert_eq!(whole(&store, &name).await, content);
}

#[tokio::test]
async fn a_case_has_only_so_many_uploads_that_nobody_finished() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(CHUNK + 5);
    let names: Vec<_> = (0..21).map(|_| desk.name()).collect();
    let (last, begun) = names.split_last().unwrap();
    for name in begun {
        store.begin(name, declared(&content)).await.unwrap();
    }
    assert_eq!(refused(store.begin(last, declared(&content)).await), Refusal::TooManyBegun);
    // One that was begun goes on, and once it is finished there is room for another.
    desk.upload(&begun[0], &content).await;
    store.begin(last, declared(&content)).await.unwrap();
}

#[tokio::test]
async fn one_of_two_uploads_of_a_file_wins() {
    let desk = Desk::new().await;
    let (one, two) = (desk.store().await, desk.store().await);
    let (name, content) = (desk.name(), pdf(CHUNK + 5));
    let (first, second) =
        tokio::join!(one.begin(&name, declared(&content)), two.begin(&name, declared(&content)));
    let (winner, loser) = if first.is_ok() { (first, second) } else { (second, first) };
    assert!(matches!(loser, Err(FileError::Busy)), "{loser:?}");
    let other = Declared { size: 99, ..declared(&content) };
    let upload = send(winner.unwrap(), &content, 70_000).await.unwrap();
    assert!(matches!(two.begin(&name, other).await, Err(FileError::Busy)));
    let finished = upload.finish().await.unwrap();
    let again = begin(&two, &name, declared(&content)).await.unwrap();
    assert_eq!(again.finish().await.unwrap(), finished);
}

#[tokio::test]
async fn many_who_upload_the_same_file_agree() {
    let desk = Desk::new().await;
    let (name, content) = (desk.name(), pdf(3 * CHUNK + 5));
    let uploads = (0..8).map(|_| desk.upload(&name, &content));
    let finished = futures::future::join_all(uploads).await;
    assert!(finished.iter().all(|one| *one == finished[0]));
    assert_eq!(whole(&desk.store().await, &name).await, content);
}

#[tokio::test]
async fn nothing_readable_touches_the_disk() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(2 * CHUNK + 500);
    let upload = store.begin(&desk.name(), declared(&content)).await.unwrap();
    let begun = send(upload, &content[..CHUNK + 400], 9_000).await.unwrap();
    desk.upload(&desk.name(), &content).await;
    let digest = declared(&content).digest.unwrap();
    let root = desk.folder.parent().unwrap();
    let (mut folders, mut files) = (vec![root.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            files += 1;
            for secret in [MARKER, b"%PDF-", b"%%EOF", &digest] {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{} can be read", path.display());
            }
        }
    }
    assert!(files >= 4, "{files}");
    drop(begun);
}

#[tokio::test]
async fn files_and_folders_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new().await;
    let name = desk.name();
    desk.upload(&name, &pdf(20)).await;
    let kept = desk.kept_path(&name);
    let folders = [desk.folder.join("uploads"), desk.folder.join("kept"), desk.folder.clone()];
    for path in folders.iter().chain([&kept]) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[tokio::test]
async fn a_range_is_read_and_none_behind_the_end() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(2 * CHUNK + 50));
    desk.upload(&name, &content).await;
    let size = content.len() as u64;
    let (nothing, end) = read(&store, &name, size..u64::MAX).await;
    assert!(nothing.is_empty() && end.is_ok());
    let behind = store.read(&name, size + 1..u64::MAX).await;
    assert_eq!(refused(behind), Refusal::OutOfRange { size });
}

#[test]
fn files_lie_beside_a_sqlite_database_or_where_they_should() {
    let database = DatabaseUrl::Sqlite("data".into());
    let elsewhere = DatabaseUrl::Postgres("postgres://host/yiwang".to_owned());
    let place = |database, configured: Option<&str>| {
        folder(database, configured.map(std::path::Path::new), "dispatch")
    };
    assert_eq!(place(&database, None), Some("data/files/dispatch".into()));
    assert_eq!(place(&database, Some("big")), Some("big/dispatch".into()));
    assert_eq!(place(&elsewhere, Some("big")), Some("big/dispatch".into()));
    assert_eq!(place(&elsewhere, None), None);
}

#[test]
fn the_wire_tells_whose_fault_it_is() {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    for (error, code) in [
        (Refusal::WrongOffset { wanted: 5 }.into(), Code::OutOfRange),
        (Refusal::Expired.into(), Code::FailedPrecondition),
        (FileError::Busy, Code::Unavailable),
        (FileError::Gone, Code::NotFound),
        (FileError::Missing, Code::DataLoss),
        (FileError::during("writing")(full), Code::Unavailable),
        (FileError::Key(SealError::Opening), Code::Internal),
        (FileName::try_new("..", uuid::Uuid::nil()).unwrap_err(), Code::Internal),
    ] {
        assert_eq!(error.into_problem("test.yiwang").code, code);
    }
    let declared = MediaType::Jpeg;
    let mismatch = Refusal::TypeMismatch { declared, found: None };
    let problem = FileError::from(mismatch).into_problem("test.yiwang");
    assert_eq!((problem.reason, problem.metadata["found"].as_str()), ("TYPE_MISMATCH", "unknown"));
}
