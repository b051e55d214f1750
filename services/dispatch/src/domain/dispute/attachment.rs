//! Files of a dispute. Their bytes lie elsewhere, sealed; a dispute keeps what a list of them shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Dispute;

/// What a file is to its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A photo.
    Photo,
    /// A scan of something on paper.
    Scan,
    /// A document.
    Document,
}

/// The types of files that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileType {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/webp`.
    Webp,
    /// `image/heic`.
    Heic,
    /// `image/tiff`.
    Tiff,
    /// `application/pdf`.
    Pdf,
}

/// A file of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: Uuid,
    /// What it is to the case.
    pub kind: FileKind,
    /// What it is.
    pub file_type: FileType,
    /// How many bytes it has.
    pub size: u64,
    /// When it was attached.
    pub at: Timestamp,
    /// Its sealed caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Uuid>,
}

impl FileType {
    /// Every type.
    pub const ALL: [FileType; 6] = [
        FileType::Jpeg,
        FileType::Png,
        FileType::Webp,
        FileType::Heic,
        FileType::Tiff,
        FileType::Pdf,
    ];

    /// Its media type.
    pub fn as_str(self) -> &'static str {
        match self {
            FileType::Jpeg => "image/jpeg",
            FileType::Png => "image/png",
            FileType::Webp => "image/webp",
            FileType::Heic => "image/heic",
            FileType::Tiff => "image/tiff",
            FileType::Pdf => "application/pdf",
        }
    }

    /// The type of a media type.
    pub fn parse(text: &str) -> Option<Self> {
        FileType::ALL.into_iter().find(|file_type| file_type.as_str() == text)
    }
}

impl Dispute {
    /// A file of the case.
    pub fn file(&self, id: Uuid) -> Option<&Attachment> {
        self.files.iter().find(|file| file.id == id)
    }

    /// The case without a file and its caption; the id is not free again.
    pub fn without_file(&mut self, id: Uuid) {
        let caption = self.file(id).and_then(|file| file.caption);
        self.sealed.retain(|piece| Some(piece.id) != caption);
        self.files.retain(|file| file.id != id);
        self.erased_files.push(id);
    }
}
