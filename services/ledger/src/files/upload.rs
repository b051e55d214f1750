//! An upload under way.
//!
//! Bytes come in any sizes. As soon as a chunk is full it is sealed and written; when [`Upload::append`] returns, every
//! full chunk is on disk for good. What is left over waits in memory, and is sent again after a restart: it never
//! touches the disk in the clear.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use kit::IdSource;
use zeroize::{Zeroize as _, Zeroizing};

use super::error::{Damage, FileError, Refusal};
use super::layout::CHUNK;
use super::media::MediaType;
use super::name::FileName;
use super::sealed::{Content, Declared, Header, SealedFile};
use super::store::{Shared, blocking, is_past};
use crate::seal::{DataKey, WrappedKey};

/// How long after the day of its upload a finished file may still be recorded: less than the day after which
/// [`discard`](super::FileStore::discard) destroys it, by far more than a commit takes.
const UNRECORDED: Duration = Duration::from_secs(23 * 3600);

/// An upload that nobody else can work on until it is dropped.
#[derive(Debug)]
pub struct Upload {
    pub(super) shared: Arc<Shared>,
    pub(super) name: FileName,
    pub(super) key: WrappedKey,
    /// Away while a call works on it; a call that was broken off does not bring it back.
    pub(super) partial: Option<Partial>,
}

/// A file that is whole and in its place: what a commit needs to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its name.
    pub name: FileName,
    /// What it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// SHA-256 of the secret salt and the content.
    pub digest: [u8; 32],
    /// The key that opens it, in the key store since the upload began.
    pub key: WrappedKey,
}

impl Upload {
    /// The offset of the next byte.
    pub fn wanted(&self) -> Result<u64, FileError> {
        self.partial.as_ref().map(Partial::wanted).ok_or(FileError::Interrupted)
    }

    /// The offset up to which everything is on disk: where the upload goes on after a crash.
    pub fn durable(&self) -> Result<u64, FileError> {
        self.partial.as_ref().map(Partial::durable).ok_or(FileError::Interrupted)
    }

    /// Takes the bytes at `offset`, which has to be the next one wanted; returns up to where all is on disk.
    ///
    /// A call that was broken off, or failed, may have kept some of it: an upload begun anew tells how much.
    pub async fn append(&mut self, offset: u64, bytes: Bytes) -> Result<u64, FileError> {
        let mut partial = self.partial.take().ok_or(FileError::Interrupted)?;
        let ids = self.shared.sealer.ids().clone();
        let (partial, durable) = blocking(move || {
            let durable = partial.append(offset, &bytes, &ids);
            (partial, durable)
        })
        .await?;
        self.partial = Some(partial);
        durable
    }

    /// Reads what was written once more, and moves it to its place if it is what was declared; else destroys it.
    ///
    /// Doing it again, also after a restart, gives the same answer.
    pub async fn finish(mut self) -> Result<Finished, FileError> {
        let partial = self.partial.take().ok_or(FileError::Interrupted)?;
        partial.may_finish(self.shared.clock.now())?;
        let (partial, content) = blocking(move || {
            let content = partial.sealed.read_whole();
            (partial, content)
        })
        .await?;
        let Content { salted, refusal } = content?;
        // One that was taken stays, whatever a later release would say to it.
        if let Some(refusal) = refusal
            && !partial.kept
        {
            self.shared.destroy(&[&self.name]).await?;
            let (shared, name) = (Arc::clone(&self.shared), self.name.clone());
            let removed = move || {
                let removed = shared.disk.remove_upload(&name);
                // Only now may somebody else claim it.
                drop(partial);
                removed
            };
            blocking(removed).await??;
            return Err(refusal.into());
        }
        let declared = partial.sealed.header.declared;
        if !partial.kept {
            let (shared, name) = (Arc::clone(&self.shared), self.name.clone());
            blocking(move || shared.disk.keep(&name).map(|()| partial)).await??;
        }
        Ok(Finished {
            name: self.name,
            media_type: declared.media_type,
            size: declared.size,
            digest: salted,
            key: self.key,
        })
    }
}

/// What there is of an upload.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) sealed: SealedFile,
    /// Chunks that are on disk for good.
    synced: u64,
    /// Chunks that are written.
    written: u64,
    /// The beginning of the next chunk.
    rest: Zeroizing<Vec<u8>>,
    /// It is finished already, and only asked for again.
    kept: bool,
}

impl Partial {
    /// A file that is finished already.
    pub(super) fn of_kept(sealed: SealedFile, declared: Declared) -> Result<Self, FileError> {
        sealed.check_length()?;
        let chunks = sealed.layout.chunks();
        Partial::new(sealed, chunks, true).declared_as(declared)
    }

    /// Goes on with what the file holds, or begins it.
    pub(super) fn resume(
        file: std::fs::File,
        name: &FileName,
        key: DataKey,
        declared: Declared,
        now: Timestamp,
        ids: &IdSource,
    ) -> Result<Self, FileError> {
        let (file, key) = match SealedFile::open(file, name, key) {
            Ok(sealed) if is_past(&sealed.header, now) => (sealed.file, sealed.key),
            Ok(sealed) => return Partial::recover(sealed)?.declared_as(declared),
            // New, cut off before its header was durable, or spoilt: nothing in it can be used.
            Err((FileError::Damaged(Damage::Header), file, key)) => (file, key),
            Err((error, _, _)) => return Err(error),
        };
        let mut salt = Zeroizing::new([0; 16]);
        ids.fill(salt.as_mut_slice());
        let header = Header { salt, declared, started_at: now.as_microsecond() };
        let sealed = SealedFile::create(file, name, key, header, ids)?;
        Ok(Partial::new(sealed, 0, false))
    }

    fn new(sealed: SealedFile, chunks: u64, kept: bool) -> Self {
        let rest = Zeroizing::new(Vec::new());
        Partial { sealed, synced: chunks, written: chunks, rest, kept }
    }

    /// Finds how far the file is good. Every chunk is opened: after a power cut any that was not yet durable may hold
    /// anything.
    fn recover(sealed: SealedFile) -> Result<Self, FileError> {
        let mut good = 0;
        while good < sealed.layout.chunks() {
            match sealed.read_chunk(good) {
                Ok(_) => good += 1,
                Err(FileError::Damaged(_)) => break,
                Err(error) => return Err(error),
            }
        }
        let cut = sealed.file.set_len(sealed.layout.at(good));
        let synced = cut.and_then(|()| sealed.file.sync_data());
        synced.map_err(FileError::during("resuming an upload"))?;
        Ok(Partial::new(sealed, good, false))
    }

    fn declared_as(self, declared: Declared) -> Result<Self, FileError> {
        if self.sealed.header.declared == declared {
            return Ok(self);
        }
        Err(Refusal::Differs.into())
    }

    fn wanted(&self) -> u64 {
        self.sealed.layout.start(self.written) + self.rest.len() as u64
    }

    fn durable(&self) -> u64 {
        self.sealed.layout.start(self.synced)
    }

    fn append(&mut self, offset: u64, bytes: &[u8], ids: &IdSource) -> Result<u64, FileError> {
        let (wanted, size) = (self.wanted(), self.sealed.layout.size());
        if offset != wanted {
            return Err(Refusal::WrongOffset { wanted }.into());
        }
        if bytes.len() as u64 > size - wanted {
            return Err(Refusal::TooLong { size }.into());
        }
        let taken = self.take(bytes, ids);
        if taken.is_err() {
            self.fall_back();
        }
        taken.map_err(FileError::during("writing an upload"))?;
        Ok(self.durable())
    }

    fn take(&mut self, mut bytes: &[u8], ids: &IdSource) -> std::io::Result<()> {
        while !bytes.is_empty() {
            let whole = self.sealed.layout.text_length(self.written);
            // All at once: a buffer that grows leaves copies behind.
            let held = self.rest.len();
            self.rest.reserve_exact(CHUNK - held);
            let taken = (whole - held).min(bytes.len());
            self.rest.extend(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.rest.len() == whole {
                self.sealed.write_chunk(self.written, &self.rest, ids)?;
                self.rest.zeroize();
                self.written += 1;
            }
        }
        if self.written > self.synced {
            self.sealed.file.sync_data()?;
            self.synced = self.written;
        }
        Ok(())
    }

    /// Forgets what is not durable. After a synchronisation that failed the system may take lost bytes for written
    /// ones: they are cut off, so that nobody else does.
    fn fall_back(&mut self) {
        self.rest.zeroize();
        self.written = self.synced;
        if let Err(error) = self.sealed.file.set_len(self.sealed.layout.at(self.synced)) {
            tracing::warn!(%error, "an upload could not be cut back to what is durable");
        }
    }

    fn may_finish(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.wanted() < self.sealed.layout.size() {
            return Err(Refusal::Incomplete { wanted: self.wanted() });
        }
        // A finished file that nobody recorded is destroyed two days after its beginning: nobody may be about to then.
        let limit = if self.kept { now - UNRECORDED } else { now };
        if is_past(&self.sealed.header, limit) {
            return Err(Refusal::Expired);
        }
        Ok(())
    }
}
