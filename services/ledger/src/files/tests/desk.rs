//! Somebody who uploads and reads files, and what they do it with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use kit::{Clock, IdSource};
use sha2::{Digest as _, Sha256};

use crate::files::{Declared, FileError, FileName, FileStore, Finished, MediaType, Upload};
use crate::{DatabaseUrl, KeyStore, Sealer};

/// Largest file that the desk's store takes.
pub(super) const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Plaintext of a chunk.
pub(super) const CHUNK: usize = crate::files::layout::CHUNK;
/// Stands all over a file's content.
pub(super) const MARKER: &[u8] = b"marker of a file";

/// A folder with keys; stores are opened on it as often as one likes.
pub(super) struct Desk {
    pub(super) folder: PathBuf,
    pub(super) keys: Arc<KeyStore>,
    pub(super) clock: Clock,
    ids: IdSource,
    _folder: Option<tempfile::TempDir>,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::at(folder.path()).await;
        desk._folder = Some(folder);
        desk
    }

    /// A desk on a folder that somebody else owns.
    pub(super) async fn at(folder: &Path) -> Self {
        let url = DatabaseUrl::Sqlite(folder.join("keys"));
        let keys = Arc::new(KeyStore::open(&url, "registry_keys").await.unwrap());
        Desk::with(folder, keys, Clock::manual("2026-02-13T01:00:00Z".parse().unwrap()))
    }

    pub(super) fn with(folder: &Path, keys: Arc<KeyStore>, clock: Clock) -> Self {
        let ids = IdSource::system(clock.clone());
        Desk { folder: folder.join("files"), keys, clock, ids, _folder: None }
    }

    /// A store, as a process that starts opens it.
    pub(super) async fn store(&self) -> FileStore {
        let sealer = Sealer::new(&[9; 32], self.ids.clone());
        let keys = Arc::clone(&self.keys);
        FileStore::open(self.folder.clone(), keys, sealer, self.clock.clone(), MAX_BYTES)
            .await
            .unwrap()
    }

    /// Name of a new file of a case.
    pub(super) fn name(&self) -> FileName {
        FileName::try_new("dispute/one", self.ids.uuid()).unwrap()
    }

    pub(super) async fn has_key(&self, name: &FileName) -> bool {
        self.keys.get(name.subject(), &name.sealed_id()).await.unwrap().is_some()
    }

    /// Uploads all of a file.
    pub(super) async fn upload(&self, name: &FileName, content: &[u8]) -> Finished {
        let store = self.store().await;
        let upload = begin(&store, name, declared(content)).await.unwrap();
        send(upload, content, 100_000).await.unwrap().finish().await.unwrap()
    }

    /// Where an upload lies.
    pub(super) fn upload_path(&self, name: &FileName) -> PathBuf {
        self.folder.join("uploads").join(name.stem())
    }

    /// Where a finished file lies.
    pub(super) fn kept_path(&self, name: &FileName) -> PathBuf {
        let stem = name.stem();
        self.folder.join("kept").join(&stem[stem.len() - 2..]).join(stem)
    }
}

/// A PDF of a size.
pub(super) fn pdf(size: usize) -> Vec<u8> {
    let mut content: Vec<u8> = b"%PDF-1.7\n".to_vec();
    let mut line = 0_u32;
    while content.len() < size - 5 {
        content.extend(MARKER);
        content.extend(line.to_be_bytes());
        line += 1;
    }
    content.truncate(size - 5);
    content.extend(b"%%EOF");
    content
}

pub(super) fn declared(content: &[u8]) -> Declared {
    Declared {
        media_type: MediaType::Pdf,
        size: content.len() as u64,
        digest: Some(Sha256::digest(content).into()),
    }
}

/// Begins an upload as soon as nobody else works on it.
pub(super) async fn begin(
    store: &FileStore,
    name: &FileName,
    declared: Declared,
) -> Result<Upload, FileError> {
    loop {
        match store.begin(name, declared).await {
            Err(FileError::Busy) => tokio::task::yield_now().await,
            begun => return begun,
        }
    }
}

/// Sends what is missing, in pieces.
pub(super) async fn send(
    mut upload: Upload,
    content: &[u8],
    piece: usize,
) -> Result<Upload, FileError> {
    let wanted = usize::try_from(upload.wanted()?).unwrap();
    for part in content[wanted..].chunks(piece) {
        upload.append(upload.wanted()?, Bytes::copy_from_slice(part)).await?;
    }
    Ok(upload)
}

/// Reads a range of a file, as far as it can be read.
pub(super) async fn read(
    store: &FileStore,
    name: &FileName,
    range: std::ops::Range<u64>,
) -> (Vec<u8>, Result<(), FileError>) {
    let mut content = Vec::new();
    let mut download = match store.read(name, range).await {
        Ok(download) => download,
        Err(error) => return (content, Err(error)),
    };
    loop {
        match download.next_chunk().await {
            Ok(Some(text)) => content.extend(text.as_slice()),
            Ok(None) => return (content, Ok(())),
            Err(error) => return (content, Err(error)),
        }
    }
}

/// All of a file.
pub(super) async fn whole(store: &FileStore, name: &FileName) -> Vec<u8> {
    let (content, end) = read(store, name, 0..u64::MAX).await;
    end.unwrap();
    content
}
