//! A file as it lies on disk: a sealed header and sealed chunks, each bound to its place.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use kit::IdSource;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::error::{Damage, FileError, Refusal};
use super::layout::{HEADER, HEADER_TEXT, Layout};
use super::media::{Inspector, MediaType};
use super::name::FileName;
use crate::seal::{DataKey, SealError, associated};

/// The form of header and chunks; another one gets another number.
const FORM: u8 = 1;

/// What is declared of a file before its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// What it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// SHA-256 of its bytes, when the sender knows it.
    pub digest: Option<[u8; 32]>,
}

/// What is known of a file before its first chunk. Nothing of it is readable without the key: a plain digest would tell
/// whoever holds a copy of the file that this is it.
#[derive(Debug)]
pub(super) struct Header {
    /// Salt of the digest, and what the chunks are bound to.
    pub(super) salt: Zeroizing<[u8; 16]>,
    pub(super) declared: Declared,
    /// When the upload began, microseconds UTC.
    pub(super) started_at: i64,
}

impl Header {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(HEADER_TEXT));
        text.push(FORM);
        text.extend(self.salt.as_slice());
        text.extend(self.declared.size.to_be_bytes());
        text.push(self.declared.media_type.number());
        text.push(u8::from(self.declared.digest.is_some()));
        text.extend(self.declared.digest.unwrap_or_default());
        text.extend(self.started_at.to_be_bytes());
        text
    }

    fn decode(text: &[u8]) -> Option<Self> {
        let (form, rest) = text.split_first()?;
        let (salt, rest) = rest.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        let ([media_type, has_digest], rest) = rest.split_first_chunk()?;
        let (digest, started_at) = rest.split_first_chunk()?;
        if *form != FORM {
            return None;
        }
        let declared = Declared {
            media_type: MediaType::from_number(*media_type)?,
            size: u64::from_be_bytes(*size),
            digest: (*has_digest == 1).then_some(*digest),
        };
        let started_at = i64::from_be_bytes(started_at.try_into().ok()?);
        Some(Header { salt: Zeroizing::new(*salt), declared, started_at })
    }
}

/// A file that is open, with the key to it.
#[derive(Debug)]
pub(super) struct SealedFile {
    pub(super) file: File,
    pub(super) header: Header,
    pub(super) layout: Layout,
    pub(super) key: DataKey,
    /// What every chunk is bound to: subject, file, and the header's salt, so that chunks of an earlier attempt under
    /// the same name and key do not fit.
    bound: Vec<u8>,
}

/// What the whole of a file says.
#[derive(Debug)]
pub(super) struct Content {
    /// SHA-256 of salt and content.
    pub(super) salted: [u8; 32],
    /// What speaks against taking it.
    pub(super) refusal: Option<Refusal>,
}

impl SealedFile {
    /// Begins a file with its header, durably.
    pub(super) fn create(
        file: File,
        name: &FileName,
        key: DataKey,
        header: Header,
        ids: &IdSource,
    ) -> Result<Self, FileError> {
        let sealed = key.seal(ids, &header.encode(), &header_bound(name));
        let written = file.set_len(0).and_then(|()| file.write_all_at(&sealed, 0));
        written.and_then(|()| file.sync_data()).map_err(FileError::during("beginning a file"))?;
        Ok(SealedFile::new(file, name, key, header))
    }

    /// Opens a file by its header.
    pub(super) fn open(
        file: File,
        name: &FileName,
        key: DataKey,
    ) -> Result<Self, (FileError, File, DataKey)> {
        match read_header(&file, name, &key) {
            Ok(header) => Ok(SealedFile::new(file, name, key, header)),
            Err(error) => Err((error, file, key)),
        }
    }

    fn new(file: File, name: &FileName, key: DataKey, header: Header) -> Self {
        let layout = Layout::new(header.declared.size);
        let named = associated(name.subject(), &name.sealed_id());
        let bound = [named.as_slice(), b"\0file chunk\0", header.salt.as_slice()].concat();
        SealedFile { file, header, layout, key, bound }
    }

    /// Fails when the file is not as long as its header says.
    pub(super) fn check_length(&self) -> Result<(), FileError> {
        let metadata = self.file.metadata().map_err(FileError::during("reading a file"))?;
        if metadata.len() == self.layout.length() {
            return Ok(());
        }
        Err(FileError::Damaged(Damage::Length))
    }

    /// Reads a chunk: all of it, or nothing.
    pub(super) fn read_chunk(&self, chunk: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let mut sealed = vec![0; self.layout.sealed_length(chunk)];
        let damaged = FileError::Damaged(Damage::Chunk(chunk));
        match self.file.read_exact_at(&mut sealed, self.layout.at(chunk)) {
            Ok(()) => self.key.open(&sealed, &self.place(chunk)).map_err(|_| damaged),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(damaged),
            Err(error) => Err(FileError::during("reading a file")(error)),
        }
    }

    /// Writes a chunk; durable after the next synchronisation.
    pub(super) fn write_chunk(&self, chunk: u64, text: &[u8], ids: &IdSource) -> io::Result<()> {
        let sealed = self.key.seal(ids, text, &self.place(chunk));
        self.file.write_all_at(&sealed, self.layout.at(chunk))
    }

    /// Reads all of it: what its digest is, and whether it is what was declared.
    pub(super) fn read_whole(&self) -> Result<Content, FileError> {
        self.check_length()?;
        let declared = self.header.declared;
        let mut salted = Sha256::new_with_prefix(self.header.salt.as_slice());
        let mut plain = Sha256::new();
        let mut inspector = Inspector::new(declared.media_type);
        for chunk in 0..self.layout.chunks() {
            let text = self.read_chunk(chunk)?;
            salted.update(text.as_slice());
            plain.update(text.as_slice());
            inspector.feed(&text);
        }
        let plain: [u8; 32] = plain.finalize().into();
        let refusal = if declared.digest.is_some_and(|declared| declared != plain) {
            Some(Refusal::DigestMismatch)
        } else {
            let mismatch = |found| Refusal::TypeMismatch { declared: declared.media_type, found };
            inspector.judge().err().map(mismatch)
        };
        Ok(Content { salted: salted.finalize().into(), refusal })
    }

    /// What a chunk is bound to: its file, its number, and whether it is the last.
    fn place(&self, chunk: u64) -> Vec<u8> {
        let last = u8::from(self.layout.is_last(chunk));
        [self.bound.as_slice(), &chunk.to_be_bytes(), &[last]].concat()
    }
}

fn header_bound(name: &FileName) -> Vec<u8> {
    [associated(name.subject(), &name.sealed_id()).as_slice(), b"\0file header"].concat()
}

fn read_header(file: &File, name: &FileName, key: &DataKey) -> Result<Header, FileError> {
    let mut sealed = [0; HEADER];
    match file.read_exact_at(&mut sealed, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(FileError::Damaged(Damage::Header));
        }
        Err(error) => return Err(FileError::during("reading a file")(error)),
    }
    match key.open(&sealed, &header_bound(name)) {
        Ok(text) => Header::decode(&text).ok_or(FileError::Damaged(Damage::Header)),
        Err(SealError::Opening | SealError::UnknownSuite(_) | SealError::KeyFile { .. }) => {
            Err(FileError::Damaged(Damage::Header))
        }
    }
}
