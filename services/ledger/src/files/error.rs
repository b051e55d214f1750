//! What can go wrong with a file, and how the wire shows it.

use std::io;
use std::time::Duration;

use kit::Problem;
use tonic::Code;

use super::media::MediaType;
use crate::error::{DbError, unavailable};
use crate::seal::SealError;

/// Trouble with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What was asked cannot be, whoever tries again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else is uploading this file right now.
    #[error("another upload of this file is under way")]
    Busy,
    /// There is no key: the file was erased, or never was.
    #[error("the file has no key")]
    Gone,
    /// There is a key, and no file.
    #[error("the file is not in the store")]
    Missing,
    /// The file was changed, cut or exchanged on disk.
    #[error("the file is damaged: {0}")]
    Damaged(Damage),
    /// The work on an upload was broken off: what is durable is durable, and [`begin`](super::FileStore::begin) goes on.
    #[error("the work on the file was broken off")]
    Interrupted,
    /// The disk is full, cannot be written or cannot be read; trying again later may help.
    #[error("the file store is unavailable while {doing}")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The node's key does not open the file's key.
    #[error("the file's key cannot be opened")]
    Key(#[source] SealError),
    /// Trouble with the key store.
    #[error(transparent)]
    Keys(#[from] DbError),
    /// A subject that no file can be named after. A bug of the caller.
    #[error("{0:?} cannot be part of a file's name")]
    Name(String),
}

/// The part of a file that cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The header, with which everything else is gone, too.
    #[error("its header")]
    Header,
    /// The file is longer or shorter than its header says.
    #[error("its length")]
    Length,
    /// A chunk, counted from zero.
    #[error("chunk {0}")]
    Chunk(u64),
}

/// Why a file is not taken, or not handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A file without a byte.
    #[error("the file is empty")]
    Empty,
    /// More bytes than are allowed.
    #[error("the file is larger than {max_bytes} bytes")]
    TooLarge {
        /// How many are allowed.
        max_bytes: u64,
    },
    /// The content is not what was declared.
    #[error("the content is not of type {declared}")]
    TypeMismatch {
        /// What was declared.
        declared: MediaType,
        /// What it looks like.
        found: Option<MediaType>,
    },
    /// The content has another SHA-256 than was declared.
    #[error("the content has another digest than was declared")]
    DigestMismatch,
    /// Bytes were sent for another offset than the next one.
    #[error("the next byte wanted is at {wanted}")]
    WrongOffset {
        /// Where to go on.
        wanted: u64,
    },
    /// More bytes were sent than were declared.
    #[error("more than the declared {size} bytes were sent")]
    TooLong {
        /// What was declared.
        size: u64,
    },
    /// Bytes are missing.
    #[error("the upload is not complete: the next byte wanted is at {wanted}")]
    Incomplete {
        /// Where to go on.
        wanted: u64,
    },
    /// An upload of the same id was begun with another type, size or digest.
    #[error("this file was begun with another type, size or digest")]
    Differs,
    /// The upload took longer than the day that it may take, or was finished and not recorded for almost another.
    #[error("the upload was begun too long ago")]
    Expired,
    /// The subject has as many uploads that are begun and not finished as it can have.
    #[error("too many uploads of this subject are begun and not finished")]
    TooManyBegun,
    /// A range that begins behind the end.
    #[error("the file ends at {size}")]
    OutOfRange {
        /// Where it ends.
        size: u64,
    },
}

impl FileError {
    /// The trouble as the wire shows it, in the service's error domain ("dispatch.yiwang").
    pub fn into_problem(self, domain: &'static str) -> Problem {
        match self {
            FileError::Refused(refusal) => refusal.into_problem(domain),
            FileError::Busy | FileError::Interrupted => Problem::new(
                Code::Unavailable,
                "UPLOAD_IN_PROGRESS",
                domain,
                "another upload of this file is under way; try again shortly",
                "该文件正在由另一请求上传,请稍后重试",
            )
            .retry_after(Duration::from_secs(1)),
            FileError::Gone => Problem::new(
                Code::NotFound,
                "FILE_NOT_FOUND",
                domain,
                "there is no such file, or it was erased",
                "文件不存在或已清除",
            ),
            FileError::Missing | FileError::Damaged(_) => Problem::new(
                Code::DataLoss,
                "FILE_DAMAGED",
                domain,
                "the stored file is damaged and cannot be shown; restore it from a backup",
                "存储的文件已损坏,无法读取;请从备份恢复",
            ),
            FileError::Unavailable { .. } => unavailable(domain),
            FileError::Keys(error) => error.into_problem(domain),
            FileError::Key(_) | FileError::Name(_) => Problem::internal(domain),
        }
    }

    /// Wraps an error of the system.
    pub(super) fn during(doing: &'static str) -> impl Fn(io::Error) -> FileError {
        move |source| FileError::Unavailable { doing, source }
    }
}

impl Refusal {
    /// Code, reason and both messages.
    #[expect(clippy::too_many_lines, reason = "one arm per refusal")]
    fn words(self) -> (Code, &'static str, &'static str, &'static str) {
        match self {
            Refusal::Empty => {
                (Code::InvalidArgument, "FILE_EMPTY", "the file is empty", "文件为空")
            }
            Refusal::TooLarge { .. } => {
                (Code::InvalidArgument, "FILE_TOO_LARGE", "the file is too large", "文件过大")
            }
            Refusal::TooManyBegun => (
                Code::ResourceExhausted,
                "TOO_MANY",
                "the case has as many uploads that are begun and not finished as it can have; finish them, or wait a day",
                "该案件未完成的上传过多,请先完成或一天后再试",
            ),
            Refusal::TypeMismatch { .. } => (
                Code::InvalidArgument,
                "TYPE_MISMATCH",
                "the content is not of the declared type",
                "文件内容与声明的类型不符",
            ),
            Refusal::DigestMismatch => (
                Code::InvalidArgument,
                "DIGEST_MISMATCH",
                "the content has another SHA-256 than was declared",
                "文件内容与声明的摘要不符",
            ),
            Refusal::WrongOffset { .. } => (
                Code::OutOfRange,
                "WRONG_OFFSET",
                "the upload goes on at another offset",
                "上传应从另一位置继续",
            ),
            Refusal::TooLong { .. } => (
                Code::InvalidArgument,
                "FILE_TOO_LONG",
                "more bytes were sent than were declared",
                "发送的字节数超过声明的大小",
            ),
            Refusal::Incomplete { .. } => (
                Code::FailedPrecondition,
                "UPLOAD_INCOMPLETE",
                "bytes are missing; send the rest first",
                "上传尚未完成,请先发送剩余部分",
            ),
            Refusal::Differs => (
                Code::AlreadyExists,
                "UPLOAD_DIFFERS",
                "an upload of this id was begun with another type, size or digest",
                "同一编号的上传已以其他类型、大小或摘要开始",
            ),
            Refusal::Expired => (
                Code::FailedPrecondition,
                "UPLOAD_EXPIRED",
                "the upload was begun too long ago; upload the file again under a new id",
                "上传开始时间过早,请使用新的编号重新上传",
            ),
            Refusal::OutOfRange { .. } => (
                Code::OutOfRange,
                "RANGE_BEYOND_END",
                "the range begins behind the end of the file",
                "读取位置超出文件末尾",
            ),
        }
    }

    fn into_problem(self, domain: &'static str) -> Problem {
        let (code, reason, en, zh) = self.words();
        let problem = Problem::new(code, reason, domain, en, zh);
        match self {
            Refusal::TooLarge { max_bytes } => problem.with("max_bytes", max_bytes.to_string()),
            Refusal::WrongOffset { wanted } | Refusal::Incomplete { wanted } => {
                problem.with("wanted", wanted.to_string())
            }
            Refusal::TooLong { size } | Refusal::OutOfRange { size } => {
                problem.with("size", size.to_string())
            }
            Refusal::TypeMismatch { declared, found } => problem
                .with("declared", declared.as_str())
                .with("found", found.map_or("unknown", MediaType::as_str)),
            Refusal::TooManyBegun => problem.with("what", "uploads"),
            Refusal::Empty | Refusal::DigestMismatch | Refusal::Differs | Refusal::Expired => {
                problem
            }
        }
    }
}
