//! The store: begins uploads, hands files out, and removes what nobody needs or may read any more.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kit::Clock;

use super::disk::{Claim, Disk};
use super::download::Download;
use super::error::{FileError, Refusal};
use super::name::FileName;
use super::sealed::{Declared, Header, SealedFile};
use super::upload::{Finished, Partial, Upload};
use crate::db::DatabaseUrl;
use crate::error::DbError;
use crate::keystore::KeyStore;
use crate::own::Erasure;
use crate::seal::{DataKey, Sealer, WrappedKey};

/// How long an upload may take.
pub const UPLOAD_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Largest file, unless it is configured.
pub const MAX_BYTES: u64 = 20 * 1024 * 1024;

/// The files of one service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FileStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) disk: Disk,
    pub(super) sealer: Sealer,
    pub(super) clock: Clock,
    keys: Arc<KeyStore>,
    max_bytes: u64,
}

/// Where the files of `service` lie: where the configuration says, else beside the database. A database elsewhere has
/// no folder: without a configured one there are no files.
pub fn folder(database: &DatabaseUrl, configured: Option<&Path>, service: &str) -> Option<PathBuf> {
    match (configured, database) {
        (Some(folder), _) => Some(folder.join(service)),
        (None, DatabaseUrl::Sqlite(folder)) => Some(folder.join("files").join(service)),
        (None, DatabaseUrl::Postgres(_)) => None,
    }
}

impl FileStore {
    /// Opens the store in `folder`, with the keys of the service that it belongs to.
    pub async fn open(
        folder: PathBuf,
        keys: Arc<KeyStore>,
        sealer: Sealer,
        clock: Clock,
        max_bytes: u64,
    ) -> Result<Self, FileError> {
        let disk = blocking(move || Disk::open(&folder)).await??;
        Ok(FileStore { shared: Arc::new(Shared { disk, sealer, clock, keys, max_bytes }) })
    }

    /// Begins an upload, or goes on with one: [`Upload::wanted`] says where. A file that is finished wants no more
    /// bytes and can be finished again, so that an answer that was lost is given again.
    pub async fn begin(&self, name: &FileName, declared: Declared) -> Result<Upload, FileError> {
        let max_bytes = self.shared.max_bytes;
        if declared.size == 0 {
            return Err(Refusal::Empty.into());
        }
        if declared.size > max_bytes {
            return Err(Refusal::TooLarge { max_bytes }.into());
        }
        let (shared, claimed) = (Arc::clone(&self.shared), name.clone());
        let claim = blocking(move || shared.disk.claim(&claimed)).await??;
        // The name of an upload is on disk before its key is made: the sweep finds every key by it.
        let (key, data_key) = match claim {
            Claim::Kept(_) => self.shared.key(name).await?,
            Claim::Upload(_) => self.shared.key_or_new(name).await?,
        };
        let (shared, of) = (Arc::clone(&self.shared), name.clone());
        let partial = blocking(move || match claim {
            Claim::Kept(file) => Partial::of_kept(opened(file, &of, data_key)?, declared),
            Claim::Upload(file) => {
                let (now, ids) = (shared.clock.now(), shared.sealer.ids());
                Partial::resume(file, &of, data_key, declared, now, ids)
            }
        });
        let partial = Some(partial.await??);
        Ok(Upload { shared: Arc::clone(&self.shared), name: name.clone(), key, partial })
    }

    /// Opens a finished file at a range of it; the range may reach beyond the end, but not begin there.
    pub async fn read(&self, name: &FileName, range: Range<u64>) -> Result<Download, FileError> {
        let (sealed, _) = self.kept(name).await?;
        blocking(move || Download::new(sealed, range)).await?
    }

    /// Reads all of a finished file and says what it is: for an audit, to be compared with the event.
    pub async fn verify(&self, name: &FileName) -> Result<Finished, FileError> {
        let (sealed, key) = self.kept(name).await?;
        let declared = sealed.header.declared;
        let content = blocking(move || sealed.read_whole()).await??;
        Ok(Finished {
            name: name.clone(),
            media_type: declared.media_type,
            size: declared.size,
            digest: content.salted,
            key,
        })
    }

    /// Removes those of `erased` whose keys are destroyed; returns how many still have theirs, to be tried again.
    pub async fn sweep(&self, erased: &[FileName]) -> Result<usize, FileError> {
        let mut waiting = 0;
        for name in erased {
            if self.shared.find_key(name).await?.is_some() {
                waiting += 1;
                continue;
            }
            let (shared, name) = (Arc::clone(&self.shared), name.clone());
            blocking(move || shared.disk.remove_kept(&name)).await??;
        }
        Ok(waiting)
    }

    /// Destroys uploads that were not finished within a day; returns how many.
    pub async fn sweep_uploads(&self) -> Result<usize, FileError> {
        let shared = Arc::clone(&self.shared);
        let mut stale = Vec::new();
        for name in blocking(move || shared.disk.all_uploads()).await?? {
            let (shared, begun) = (Arc::clone(&self.shared), name.clone());
            let file = match blocking(move || shared.disk.claim_begun(&begun)).await? {
                Ok(Some(file)) => file,
                Ok(None) | Err(FileError::Busy) => continue,
                Err(error) => return Err(error),
            };
            let file = match self.shared.find_key(&name).await? {
                // Without a key nobody can go on with it.
                None => file,
                Some(key) => {
                    let now = self.shared.clock.now();
                    let data_key = self.shared.unwrap(&name, &key)?;
                    let of = name.clone();
                    let Some(file) = blocking(move || past(file, &of, data_key, now)).await??
                    else {
                        continue;
                    };
                    file
                }
            };
            stale.push((name, file));
        }
        let names: Vec<&FileName> = stale.iter().map(|(name, _)| name).collect();
        self.shared.destroy(&names).await?;
        let (shared, count) = (Arc::clone(&self.shared), stale.len());
        // Every file is locked until it is removed.
        let removed = move || {
            stale.iter().try_for_each(|(name, _)| shared.disk.remove_upload(name).map(drop))
        };
        blocking(removed).await??;
        Ok(count)
    }

    /// Names of all finished files, in no order. The caller looks up which of them its records know.
    pub async fn finished(&self) -> Result<Vec<FileName>, FileError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.disk.all_kept()).await?
    }

    /// Destroys those of `unknown`, which no record names, that nobody can be about to record: finished files whose
    /// upload began two days ago, a day for the upload and one for the commit. Returns how many.
    pub async fn discard(&self, unknown: &[FileName]) -> Result<usize, FileError> {
        let limit = self.shared.clock.now() - UPLOAD_LIFETIME;
        let mut names = Vec::new();
        for name in unknown {
            match self.kept(name).await {
                Ok((sealed, _)) if !is_past(&sealed.header, limit) => {}
                Ok(_) | Err(FileError::Gone | FileError::Damaged(_)) => names.push(name),
                Err(FileError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        self.shared.destroy(&names).await?;
        for name in &names {
            let (shared, name) = (Arc::clone(&self.shared), (*name).clone());
            blocking(move || shared.disk.remove_kept(&name)).await??;
        }
        Ok(names.len())
    }

    async fn kept(&self, name: &FileName) -> Result<(SealedFile, WrappedKey), FileError> {
        let (key, data_key) = self.shared.key(name).await?;
        let (shared, name) = (Arc::clone(&self.shared), name.clone());
        let sealed = blocking(move || {
            let file = shared.disk.kept(&name)?.ok_or(FileError::Missing)?;
            opened(file, &name, data_key)
        });
        Ok((sealed.await??, key))
    }
}

impl Shared {
    /// Destroys keys, and only then may their files be removed: whatever happens in between, what is left is found by
    /// its name and cannot be read.
    pub(super) async fn destroy(&self, names: &[&FileName]) -> Result<(), FileError> {
        let erasure = |name: &&FileName| Erasure {
            subject: name.subject().to_owned(),
            sealed: vec![name.sealed_id()],
            done: false,
        };
        let erasures: Vec<Erasure> = names.iter().map(erasure).collect();
        if !erasures.is_empty() {
            self.keys.destroy(&erasures).await?;
        }
        Ok(())
    }

    async fn find_key(&self, name: &FileName) -> Result<Option<WrappedKey>, DbError> {
        self.keys.get(name.subject(), &name.sealed_id()).await
    }

    async fn key(&self, name: &FileName) -> Result<(WrappedKey, DataKey), FileError> {
        let key = self.find_key(name).await?.ok_or(FileError::Gone)?;
        let data_key = self.unwrap(name, &key)?;
        Ok((key, data_key))
    }

    /// The key of an upload. The one in the key store counts: another node of the same key store may have been faster.
    async fn key_or_new(&self, name: &FileName) -> Result<(WrappedKey, DataKey), FileError> {
        if self.find_key(name).await?.is_none() {
            let key = self.sealer.new_key(name.subject(), &name.sealed_id());
            self.keys.insert(vec![key]).await?;
        }
        self.key(name).await
    }

    fn unwrap(&self, name: &FileName, key: &WrappedKey) -> Result<DataKey, FileError> {
        self.sealer.unwrap(name.subject(), key).map_err(FileError::Key)
    }
}

fn opened(
    file: std::fs::File,
    name: &FileName,
    data_key: DataKey,
) -> Result<SealedFile, FileError> {
    SealedFile::open(file, name, data_key).map_err(|(error, _, _)| error)
}

/// The file, if its upload has no more time; one without a readable header cannot go on either.
fn past(
    file: std::fs::File,
    name: &FileName,
    data_key: DataKey,
    now: Timestamp,
) -> Result<Option<std::fs::File>, FileError> {
    match SealedFile::open(file, name, data_key) {
        Ok(sealed) => Ok(is_past(&sealed.header, now).then_some(sealed.file)),
        Err((FileError::Damaged(_), file, _)) => Ok(Some(file)),
        Err((error, _, _)) => Err(error),
    }
}

/// Whether the time of an upload is over.
pub(super) fn is_past(header: &Header, now: Timestamp) -> bool {
    let lifetime = i64::try_from(UPLOAD_LIFETIME.as_micros()).unwrap_or(i64::MAX);
    now.as_microsecond().saturating_sub(header.started_at) >= lifetime
}

/// Does work on the disk, or with keys, where it holds up nobody. It is carried through even when nobody waits for it
/// any more.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, FileError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(FileError::Interrupted),
    }
}
