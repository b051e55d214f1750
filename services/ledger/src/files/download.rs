//! A file on its way to a reader.

use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::error::{FileError, Refusal};
use super::layout::Layout;
use super::media::MediaType;
use super::sealed::SealedFile;
use super::store::blocking;

/// Hands a file out, chunk by chunk, each verified before a byte of it leaves.
///
/// It holds the file's key until it is dropped: an erasure meanwhile does not break it off.
#[derive(Debug)]
pub struct Download {
    sealed: Arc<SealedFile>,
    next: u64,
    end: u64,
}

impl Download {
    pub(super) fn new(sealed: SealedFile, range: Range<u64>) -> Result<Self, FileError> {
        sealed.check_length()?;
        let size = sealed.layout.size();
        if range.start > size {
            return Err(Refusal::OutOfRange { size }.into());
        }
        Ok(Download { sealed: Arc::new(sealed), next: range.start, end: range.end.min(size) })
    }

    /// Size of the whole file.
    pub fn size(&self) -> u64 {
        self.sealed.layout.size()
    }

    /// What the file is.
    pub fn media_type(&self) -> MediaType {
        self.sealed.header.declared.media_type
    }

    /// Offset of the next byte: where another download goes on when this one breaks off.
    pub fn offset(&self) -> u64 {
        self.next
    }

    /// The next bytes, at most a chunk; nothing at the end. A damaged chunk is an error, and no byte of it is given.
    pub async fn next_chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
        if self.next >= self.end {
            return Ok(None);
        }
        let chunk = Layout::chunk_of(self.next);
        let sealed = Arc::clone(&self.sealed);
        let text = blocking(move || sealed.read_chunk(chunk)).await??;
        let start = self.sealed.layout.start(chunk);
        let end = self.end.min(self.sealed.layout.start(chunk + 1));
        let place = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX);
        let (first, last) = (place(self.next), place(end));
        self.next = end;
        if first == 0 && last == text.len() {
            return Ok(Some(text));
        }
        Ok(text.get(first..last).map(|part| Zeroizing::new(part.to_vec())))
    }
}
