//! What the node says when it does not do what was asked.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The reason by which a node tells that it was restored from a backup; the feed tells it by `CURSOR_DIVERGED`.
const DIVERGED: &str = "NOTICE_DIVERGED";

/// What a refusal of the node is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It passes.
    Passing,
    /// Token, role or address are wrong.
    OfTheCaller,
    /// The node was restored from a backup, so that its log is another one than the state file knows.
    OfTheLog,
    /// This notice, and it will be the same the next time.
    OfTheNotice,
}

pub(super) fn trouble(status: &Status) -> Trouble {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented => {
            Trouble::OfTheCaller
        }
        Code::FailedPrecondition if reason(status) == DIVERGED => Trouble::OfTheLog,
        Code::NotFound
        | Code::InvalidArgument
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::DataLoss => Trouble::OfTheNotice,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Internal
        | Code::Unavailable => Trouble::Passing,
    }
}

/// The reason of a refusal, which has nothing of a person.
pub(super) fn reason(status: &Status) -> String {
    status.get_details_error_info().map_or_else(|| status.code().to_string(), |info| info.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_about_the_caller_or_the_notice_or_passes() {
        let of = |code| trouble(&Status::new(code, "no"));
        for code in [Code::Unauthenticated, Code::PermissionDenied] {
            assert_eq!(of(code), Trouble::OfTheCaller, "{code:?}");
        }
        for code in [Code::NotFound, Code::FailedPrecondition, Code::InvalidArgument] {
            assert_eq!(of(code), Trouble::OfTheNotice, "{code:?}");
        }
        for code in [Code::Unavailable, Code::ResourceExhausted, Code::DeadlineExceeded] {
            assert_eq!(of(code), Trouble::Passing, "{code:?}");
        }
    }

    #[test]
    fn a_log_that_was_restored_is_told_from_a_notice_that_is_refused() {
        let of = |reason| {
            let code = Code::FailedPrecondition;
            trouble(&kit::Problem::new(code, reason, "dispatch.yiwang", "no", "无").into())
        };
        assert_eq!(of("NOTICE_DIVERGED"), Trouble::OfTheLog);
        assert_eq!(of("NOT_HOME"), Trouble::OfTheNotice);
    }

    #[test]
    fn a_reason_is_that_of_the_contract_or_the_code() {
        let told = kit::Problem::new(Code::NotFound, "NOTICE_NOT_FOUND", "x.yiwang", "no", "无");
        assert_eq!(reason(&Status::from(told)), "NOTICE_NOT_FOUND");
        assert!(!reason(&Status::unavailable("somewhere")).contains("somewhere"));
    }
}
