//! Where the chunks of a file lie: arithmetic only.

use crate::seal::OVERHEAD;

/// Plaintext of every chunk but the last.
pub(super) const CHUNK: usize = 256 * 1024;
/// Plaintext of the header: see [`super::sealed::Header`].
pub(super) const HEADER_TEXT: usize = 67;
/// The sealed header, before the first chunk.
pub(super) const HEADER: usize = HEADER_TEXT + OVERHEAD;

/// Cuts a file of `size` bytes into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    size: u64,
}

impl Layout {
    pub(super) fn new(size: u64) -> Self {
        Layout { size }
    }

    pub(super) fn size(self) -> u64 {
        self.size
    }

    /// How many chunks there are.
    pub(super) fn chunks(self) -> u64 {
        self.size.div_ceil(CHUNK as u64)
    }

    /// The chunk that holds the byte at `offset`.
    pub(super) fn chunk_of(offset: u64) -> u64 {
        offset / CHUNK as u64
    }

    pub(super) fn is_last(self, chunk: u64) -> bool {
        chunk + 1 == self.chunks()
    }

    /// Offset of the chunk's first byte in the plaintext; behind the last chunk, the size.
    pub(super) fn start(self, chunk: u64) -> u64 {
        chunk.saturating_mul(CHUNK as u64).min(self.size)
    }

    /// Bytes of plaintext in the chunk.
    pub(super) fn text_length(self, chunk: u64) -> usize {
        usize::try_from(self.start(chunk + 1) - self.start(chunk)).unwrap_or(CHUNK)
    }

    /// Bytes that the sealed chunk takes on disk.
    pub(super) fn sealed_length(self, chunk: u64) -> usize {
        self.text_length(chunk) + OVERHEAD
    }

    /// Where the sealed chunk begins on disk; behind the last chunk, the length of the whole file.
    pub(super) fn at(self, chunk: u64) -> u64 {
        let before = chunk.min(self.chunks());
        HEADER as u64 + self.start(before) + before * OVERHEAD as u64
    }

    /// Length of the whole file on disk.
    pub(super) fn length(self) -> u64 {
        self.at(self.chunks())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_tile_the_file(size in 1_u64..(9 * CHUNK as u64)) {
            let layout = Layout::new(size);
            let (mut text, mut disk) = (0, HEADER as u64);
            for chunk in 0..layout.chunks() {
                prop_assert_eq!((layout.start(chunk), layout.at(chunk)), (text, disk));
                prop_assert!(layout.text_length(chunk) > 0);
                prop_assert_eq!(layout.is_last(chunk), chunk == Layout::chunk_of(size - 1));
                text += layout.text_length(chunk) as u64;
                disk += layout.sealed_length(chunk) as u64;
            }
            prop_assert_eq!((text, disk), (size, layout.length()));
        }
    }
}
