//! Whoever can write in the store's folder can destroy files, and nothing else.

use std::path::Path;

use super::desk::{CHUNK, Desk, begin, declared, pdf, read, send, whole};
use crate::files::layout::{HEADER, Layout};
use crate::files::{Damage, FileError, FileName, FileStore};

const SIZE: usize = 3 * CHUNK + 1000;

/// Changes the file and tells what is wrong with it; what was read before that was right.
async fn damage(
    store: &FileStore,
    name: &FileName,
    content: &[u8],
    path: &Path,
    change: impl FnOnce(&mut Vec<u8>),
) -> Damage {
    let before = std::fs::read(path).unwrap();
    let mut changed = before.clone();
    change(&mut changed);
    assert!(before != changed, "nothing was changed");
    std::fs::write(path, &changed).unwrap();
    let (text, end) = read(store, name, 0..u64::MAX).await;
    let verified = store.verify(name).await;
    std::fs::write(path, &before).unwrap();
    assert!(content.starts_with(&text) && text.len() < content.len());
    assert!(matches!(verified, Err(FileError::Damaged(_))), "{verified:?}");
    match end {
        Err(FileError::Damaged(damage)) => {
            if let Damage::Chunk(chunk) = damage {
                assert_eq!(text.len() as u64, Layout::new(SIZE as u64).start(chunk));
            }
            damage
        }
        other => panic!("{other:?}"),
    }
}

/// Where the sealed chunk lies.
fn place(chunk: u64) -> std::ops::Range<usize> {
    let layout = Layout::new(SIZE as u64);
    let at = usize::try_from(layout.at(chunk)).unwrap();
    at..at + layout.sealed_length(chunk)
}

#[tokio::test]
async fn a_changed_bit_is_found_wherever_it_is() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(SIZE));
    desk.upload(&name, &content).await;
    let path = desk.kept_path(&name);
    for at in [0, 1, 13, HEADER - 1] {
        let found = damage(&store, &name, &content, &path, |file| file[at] ^= 1).await;
        assert_eq!(found, Damage::Header, "{at}");
    }
    for chunk in 0..4 {
        let place = place(chunk);
        for at in [place.start, place.start + 5, place.start + 500, place.end - 1] {
            let found = damage(&store, &name, &content, &path, |file| file[at] ^= 0x80).await;
            assert_eq!(found, Damage::Chunk(chunk), "{at}");
        }
    }
    // The chunks behind a damaged one can still be read.
    let mut file = std::fs::read(&path).unwrap();
    file[place(1).start + 40] ^= 4;
    std::fs::write(&path, file).unwrap();
    let behind = 2 * CHUNK + 3;
    let (text, end) = read(&store, &name, behind as u64..u64::MAX).await;
    assert!(end.is_ok() && text == content[behind..]);
    assert!(whole_or_nothing(&store, &name).await.is_empty());
}

/// What is given of a chunk that is damaged.
async fn whole_or_nothing(store: &FileStore, name: &FileName) -> Vec<u8> {
    let (text, end) = read(store, name, CHUNK as u64..2 * CHUNK as u64).await;
    assert!(matches!(end, Err(FileError::Damaged(Damage::Chunk(1)))));
    text
}

#[tokio::test]
async fn what_is_cut_lengthened_or_exchanged_is_found_out() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(SIZE));
    desk.upload(&name, &content).await;
    let path = desk.kept_path(&name);
    let length = std::fs::metadata(&path).unwrap().len();
    let cuts = [1, 16, 28, 29, 1000, place(3).len(), place(3).len() + 1, 3 * CHUNK];
    for cut in cuts {
        let left = usize::try_from(length).unwrap() - cut;
        let found = damage(&store, &name, &content, &path, |file| file.truncate(left)).await;
        assert_eq!(found, Damage::Length, "{cut}");
    }
    let found = damage(&store, &name, &content, &path, |file| file.push(0)).await;
    assert_eq!(found, Damage::Length);
    let found = damage(&store, &name, &content, &path, Vec::clear).await;
    assert_eq!(found, Damage::Header);
    let swapped = damage(&store, &name, &content, &path, |file| {
        let (one, two) = file.split_at_mut(place(1).start);
        one[place(0)].swap_with_slice(&mut two[..place(0).len()]);
    });
    assert_eq!(swapped.await, Damage::Chunk(0));
    let twice =
        damage(&store, &name, &content, &path, |file| file.copy_within(place(1), place(2).start));
    assert_eq!(twice.await, Damage::Chunk(2));
}

#[tokio::test]
async fn files_cannot_take_each_others_place() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let content = pdf(SIZE);
    let one = desk.name();
    let two = FileName::try_new("dispute/two", one.file_id()).unwrap();
    let three = desk.name();
    for name in [&one, &two, &three] {
        desk.upload(name, &content).await;
    }
    let path = desk.kept_path(&one);
    for other in [&two, &three] {
        let other = std::fs::read(desk.kept_path(other)).unwrap();
        let found = damage(&store, &one, &content, &path, |file| file.clone_from(&other)).await;
        assert_eq!(found, Damage::Header);
        for chunk in 0..4 {
            let place = place(chunk);
            let part = &other[place.clone()];
            let spliced = damage(&store, &one, &content, &path, |file| {
                file[place].copy_from_slice(part);
            });
            assert_eq!(spliced.await, Damage::Chunk(chunk));
        }
    }
    std::fs::remove_file(&path).unwrap();
    let (nothing, end) = read(&store, &one, 0..9).await;
    assert!(nothing.is_empty() && matches!(end, Err(FileError::Missing)));
}

#[tokio::test]
async fn chunks_of_an_earlier_attempt_do_not_fit() {
    let desk = Desk::new().await;
    let store = desk.store().await;
    let (name, content) = (desk.name(), pdf(2 * CHUNK));
    let path = desk.upload_path(&name);
    let first = store.begin(&name, declared(&content)).await.unwrap();
    drop(send(first, &content[..CHUNK], CHUNK).await.unwrap());
    let before = std::fs::read(&path).unwrap();
    // A day later the same name and key begin anew.
    desk.clock.advance(crate::files::UPLOAD_LIFETIME);
    let second = begin(&store, &name, declared(&content)).await.unwrap();
    assert_eq!(second.wanted().unwrap(), 0);
    drop(send(second, &content[..CHUNK], CHUNK).await.unwrap());
    let mut file = std::fs::read(&path).unwrap();
    file[HEADER..].copy_from_slice(&before[HEADER..]);
    std::fs::write(&path, file).unwrap();
    let third = begin(&store, &name, declared(&content)).await.unwrap();
    assert_eq!(third.wanted().unwrap(), 0);
    send(third, &content, 99_999).await.unwrap().finish().await.unwrap();
    assert!(whole(&store, &name).await == content);
}
