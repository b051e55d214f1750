//! Walks through formats made of blocks that say how long they are: JPEG, PNG, and the boxes of HEIC.

use super::MediaType;

/// How far the blocks of a file were followed, in whatever pieces it came.
#[derive(Debug)]
pub(super) struct Walk {
    format: Format,
    /// Bytes of the block that need not be looked at.
    skip: u64,
    /// Bytes of a block's header that have come.
    held: Vec<u8>,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Jpeg,
    Png,
    Boxes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first block.
    Beginning,
    /// Between blocks.
    Blocks,
    /// In the pixels of a JPEG, where nothing but an end looks like an end.
    Pixels {
        /// The byte before was 0xFF.
        marked: bool,
    },
    /// Behind the last block.
    Ended,
    /// Where no block can be.
    Lost,
}

impl Walk {
    /// The walk through a type, if it is made of blocks.
    pub(super) fn of(media_type: MediaType) -> Option<Self> {
        let format = match media_type {
            MediaType::Jpeg => Format::Jpeg,
            MediaType::Png => Format::Png,
            MediaType::Heic => Format::Boxes,
            MediaType::Webp | MediaType::Tiff | MediaType::Pdf => return None,
        };
        Some(Walk { format, skip: 0, held: Vec::new(), place: Place::Beginning })
    }

    /// Follows the next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= skipped as u64;
            bytes = &bytes[skipped..];
            match self.place {
                Place::Ended | Place::Lost => return,
                Place::Pixels { marked } => bytes = self.pixels(bytes, marked),
                Place::Beginning | Place::Blocks => {
                    let taken = (self.needed() - self.held.len()).min(bytes.len());
                    self.held.extend(&bytes[..taken]);
                    bytes = &bytes[taken..];
                    if self.held.len() == self.needed() {
                        self.place = self.step();
                    }
                }
            }
        }
    }

    /// Whether the last block has ended.
    pub(super) fn is_whole(&self) -> bool {
        let between = self.place == Place::Blocks && self.held.is_empty();
        let may_end = matches!(self.format, Format::Boxes) && between;
        self.skip == 0 && (self.place == Place::Ended || may_end)
    }

    fn pixels<'a>(&mut self, bytes: &'a [u8], mut marked: bool) -> &'a [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            if marked && *byte == 0xD9 {
                self.place = Place::Ended;
                return &bytes[at + 1..];
            }
            marked = *byte == 0xFF;
        }
        self.place = Place::Pixels { marked };
        &[]
    }

    /// How long the header of the block is, as far as it has come.
    fn needed(&self) -> usize {
        match (self.format, self.place) {
            (Format::Jpeg, Place::Beginning) => 2,
            (Format::Jpeg, _) => 4,
            (Format::Png, _) => 8,
            (Format::Boxes, _) if self.held.len() >= 8 && self.held.starts_with(&[0, 0, 0, 1]) => {
                16
            }
            (Format::Boxes, _) => 8,
        }
    }

    /// Reads the header of a block; says where the walk is now.
    fn step(&mut self) -> Place {
        let held = std::mem::take(&mut self.held);
        match (self.format, self.place) {
            (Format::Jpeg, Place::Beginning) | (Format::Png, Place::Beginning)
                if matches!(held.as_slice(), [0xFF, 0xD8] | b"\x89PNG\r\n\x1a\n") =>
            {
                Place::Blocks
            }
            (Format::Boxes, Place::Beginning | Place::Blocks) => self.step_box(&held),
            (Format::Jpeg, Place::Blocks) => self.segment(held),
            (Format::Png, Place::Blocks) => self.chunk(&held),
            (Format::Jpeg | Format::Png | Format::Boxes, _) => Place::Lost,
        }
    }

    /// A segment: 0xFF, marker, length with itself.
    fn segment(&mut self, mut held: Vec<u8>) -> Place {
        let length = u64::from(number(&held[2..]));
        match held[..2] {
            // Any number of 0xFF may stand before a marker.
            [0xFF, 0xFF] => {
                held.remove(0);
                self.held = held;
                Place::Blocks
            }
            [0xFF, marker] if marker >= 0xC0 && !(0xD0..=0xD9).contains(&marker) && length >= 2 => {
                self.skip = length - 2;
                if marker == 0xDA { Place::Pixels { marked: false } } else { Place::Blocks }
            }
            _ => Place::Lost,
        }
    }

    /// A chunk: length, name; a check sum follows.
    fn chunk(&mut self, held: &[u8]) -> Place {
        if !held[4..].iter().all(u8::is_ascii_alphabetic) {
            return Place::Lost;
        }
        self.skip = u64::from(number(&held[..4])) + 4;
        if &held[4..] == b"IEND" { Place::Ended } else { Place::Blocks }
    }

    /// A box: length with its header, name; 1 = the length follows, 0 = the rest of the file.
    fn step_box(&mut self, held: &[u8]) -> Place {
        let length = match number(&held[..4]) {
            0 => return Place::Ended,
            1 => held[8..].iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte)),
            length => u64::from(length),
        };
        let Some(rest) = length.checked_sub(held.len() as u64) else { return Place::Lost };
        self.skip = rest;
        Place::Blocks
    }
}

/// A number, most significant byte first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
