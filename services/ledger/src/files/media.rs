//! What a file is, judged by its content and never by its name.
//!
//! The check is that of a careful clerk: the first bytes are those of the type, what must be there is there, and the
//! file was not cut off. It is no virus scanner: scripts inside a PDF, pictures that are hostile to a decoder, and bytes
//! behind the end of a picture pass. Nothing on the node ever decodes or runs a file; whoever shows one does so with
//! that in mind.

mod walk;

use std::fmt;
use std::str::FromStr;

use self::walk::Walk;

/// The types that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaType {
    /// A photo, `image/jpeg`.
    Jpeg,
    /// A picture, `image/png`.
    Png,
    /// A picture, `image/webp`.
    Webp,
    /// A photo as newer phones take it, `image/heic`.
    Heic,
    /// A scan, `image/tiff`.
    Tiff,
    /// A document, `application/pdf`.
    Pdf,
}

/// A type that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("files of type {0:?} are not taken")]
pub struct UnknownMediaType(pub String);

impl MediaType {
    /// Every type that is taken.
    pub const ALL: [MediaType; 6] = [
        MediaType::Jpeg,
        MediaType::Png,
        MediaType::Webp,
        MediaType::Heic,
        MediaType::Tiff,
        MediaType::Pdf,
    ];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Webp => "image/webp",
            MediaType::Heic => "image/heic",
            MediaType::Tiff => "image/tiff",
            MediaType::Pdf => "application/pdf",
        }
    }

    /// Its number in a file's header.
    pub(super) fn number(self) -> u8 {
        match self {
            MediaType::Jpeg => 1,
            MediaType::Png => 2,
            MediaType::Webp => 3,
            MediaType::Heic => 4,
            MediaType::Tiff => 5,
            MediaType::Pdf => 6,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        MediaType::ALL.into_iter().find(|media_type| media_type.number() == number)
    }
}

impl FromStr for MediaType {
    type Err = UnknownMediaType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = MediaType::ALL.into_iter().find(|media_type| media_type.as_str() == text);
        found.ok_or_else(|| UnknownMediaType(text.to_owned()))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Bytes at the beginning that tell the type.
const HEAD: usize = 64;
/// Bytes at the end within which a PDF says that it ends.
const TAIL: usize = 1024;

/// Looks at a file's bytes as they pass by.
#[derive(Debug)]
pub(super) struct Inspector {
    declared: MediaType,
    head: Vec<u8>,
    tail: Vec<u8>,
    walk: Option<Walk>,
    size: u64,
}

impl Inspector {
    /// Begins to look at what is declared to be of a type.
    pub(super) fn new(declared: MediaType) -> Self {
        let walk = Walk::of(declared);
        Inspector { declared, head: Vec::new(), tail: Vec::new(), walk, size: 0 }
    }

    /// Looks at the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        let missing = HEAD - self.head.len();
        self.head.extend(bytes.iter().take(missing));
        self.tail.extend(&bytes[bytes.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        if let Some(walk) = &mut self.walk {
            walk.feed(bytes);
        }
    }

    /// Whether all of it was of the declared type; else what it begins like.
    pub(super) fn judge(&self) -> Result<(), Option<MediaType>> {
        let found = sniff(&self.head);
        if found == Some(self.declared) && self.is_whole() { Ok(()) } else { Err(found) }
    }

    fn is_whole(&self) -> bool {
        let walked = self.walk.as_ref().is_none_or(Walk::is_whole);
        let fits = match self.declared {
            MediaType::Jpeg | MediaType::Heic => true,
            MediaType::Png => self.number(16, false) > 0 && self.number(20, false) > 0,
            MediaType::Webp => self.number(4, true) + 8 <= self.size,
            // The first directory lies behind the header and within the file.
            MediaType::Tiff => {
                let directory = self.number(4, self.head.starts_with(b"II"));
                directory >= 8 && directory + 2 <= self.size
            }
            MediaType::Pdf => self.tail.windows(5).any(|window| window == b"%%EOF"),
        };
        walked && fits
    }

    /// The number of four bytes at a place of the head; 0 when there is none.
    fn number(&self, at: usize, little: bool) -> u64 {
        let Some(Ok(bytes)) = self.head.get(at..at + 4).map(<[u8; 4]>::try_from) else { return 0 };
        u64::from(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

/// Brands of HEIC among the files that begin with `ftyp`.
const HEIC: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];

/// The type that a file begins like.
fn sniff(head: &[u8]) -> Option<MediaType> {
    let at =
        |place: usize, text: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(text));
    let any = |place: usize, texts: &[&[u8]]| texts.iter().any(|text| at(place, text));
    if at(0, b"\xFF\xD8\xFF") {
        Some(MediaType::Jpeg)
    } else if at(0, b"\x89PNG\r\n\x1a\n") && at(8, b"\0\0\0\x0dIHDR") {
        Some(MediaType::Png)
    } else if at(0, b"RIFF") && at(8, b"WEBP") && any(12, &[b"VP8 ", b"VP8L", b"VP8X"]) {
        Some(MediaType::Webp)
    } else if at(4, b"ftyp") && any(8, &HEIC) {
        Some(MediaType::Heic)
    } else if at(0, b"II\x2a\0") || at(0, b"MM\0\x2a") {
        Some(MediaType::Tiff)
    } else if at(0, b"%PDF-") {
        Some(MediaType::Pdf)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
