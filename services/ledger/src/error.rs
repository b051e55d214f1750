//! What can go wrong between a command and its answer.

use std::time::Duration;

use kit::Problem;
use tonic::Code;

/// Trouble with the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached or cannot write; trying again later may help.
    #[error("the database is unavailable while {doing}")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// A value or constraint broke a statement.
    #[error("the database refused the data while {doing}")]
    Data {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The connection was lost during COMMIT: the outcome has to be looked up.
    #[error("the outcome of the commit is unknown")]
    UnknownOutcome {
        /// What the driver said.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// What is stored is not what this release expects.
    #[error("stored data is inconsistent in {place}: {detail}")]
    Inconsistent {
        /// Table or column.
        place: String,
        /// What was found, ids and codes only.
        detail: String,
    },
    /// Other rows were written than a batch meant to write: somebody else writes without the lock.
    #[error("{written} rows were written where {expected} were meant")]
    Miscounted {
        /// Rows written.
        written: u64,
        /// Rows meant.
        expected: u64,
    },
    /// The database cannot be opened as configured.
    #[error("cannot open the database: {0}")]
    Open(String),
}

/// Why a submitted command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError<R: std::error::Error + 'static> {
    /// The service refused it.
    #[error(transparent)]
    Rejected(R),
    /// The request id was used before with another body.
    #[error("the request id was used before with another body")]
    RequestReused,
    /// The request id is a time-ordered one from before the time that answers are kept for.
    #[error("the request id is older than the time answers are kept for")]
    RequestTooOld,
    /// The queue is full.
    #[error("too many commands are waiting")]
    Busy,
    /// The caller's deadline passed before the command was decided; it was not carried out.
    #[error("the deadline passed before the command was decided")]
    TooLate,
    /// The store cannot be reached; nothing of the command was kept, or its answer will be found by a replay.
    #[error("the store is unavailable")]
    Unavailable,
    /// A value of this command breaks the store, or deciding it panicked. A bug.
    #[error("the command could not be carried out")]
    Failed,
}

impl<R> SubmitError<R>
where
    R: std::error::Error + Into<Problem> + 'static,
{
    /// The refusal as the wire shows it, in the service's error domain ("dispatch.yiwang").
    pub fn into_problem(self, domain: &'static str) -> Problem {
        match self {
            SubmitError::Rejected(rejection) => rejection.into(),
            SubmitError::RequestReused => Problem::new(
                Code::InvalidArgument,
                "REQUEST_ID_REUSED",
                domain,
                "this request id was used before with another body; use a new id for a new request",
                "该请求编号已用于另一内容的请求;新的请求请使用新的编号",
            ),
            SubmitError::RequestTooOld => Problem::new(
                Code::InvalidArgument,
                "REQUEST_ID_TOO_OLD",
                domain,
                "this request id is older than the time answers are kept for; use a new id",
                "该请求编号已超过应答保存期限;请使用新的编号",
            ),
            SubmitError::Busy => Problem::new(
                Code::ResourceExhausted,
                "TOO_MANY_COMMANDS",
                domain,
                "too many commands are waiting; try again shortly",
                "等待处理的请求过多,请稍后重试",
            )
            .retry_after(Duration::from_millis(200)),
            SubmitError::TooLate => Problem::new(
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
                domain,
                "the deadline passed before the command was decided; nothing was changed",
                "请求在处理前已超时,未作任何更改",
            ),
            SubmitError::Unavailable => unavailable(domain),
            SubmitError::Failed => Problem::internal(domain),
        }
    }
}

impl DbError {
    /// The trouble as the wire shows it: UNAVAILABLE or INTERNAL, never the driver's text.
    pub fn into_problem(self, domain: &'static str) -> Problem {
        match self {
            DbError::Unavailable { .. } | DbError::UnknownOutcome { .. } => unavailable(domain),
            DbError::Data { .. }
            | DbError::Inconsistent { .. }
            | DbError::Miscounted { .. }
            | DbError::Open(_) => Problem::internal(domain),
        }
    }
}

pub(crate) fn unavailable(domain: &'static str) -> Problem {
    Problem::new(
        Code::Unavailable,
        "STORE_UNAVAILABLE",
        domain,
        "the store cannot be reached; try again shortly",
        "数据库暂时不可用,请稍后重试",
    )
    .retry_after(Duration::from_secs(1))
}
