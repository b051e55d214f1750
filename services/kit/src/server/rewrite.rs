//! Gives the answers of tonic itself the details that all answers have.
//!
//! Only errors that are told in the head of an answer are looked at; everything else, streams
//! above all, passes through untouched.

use axum::body::Body;
use http::{HeaderMap, Response};
use tonic::{Code, Status};

use super::reply::code_of;
use crate::status::{DOMAIN, Problem};

pub(super) type Rewrite = fn(Response<Body>) -> Response<Body>;

pub(super) fn rewrite(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers();
    let bare = code_of(headers).filter(|code| *code != Code::Ok);
    if let Some(code) = bare
        && !headers.contains_key("grpc-status-details-bin")
    {
        let said = Status::from_header_map(headers);
        let message = said.as_ref().map_or("", |status| status.message());
        replace(response.headers_mut(), explain(code, message));
    }
    response
}

fn replace(headers: &mut HeaderMap, problem: Problem) {
    headers.remove("grpc-message");
    // Adding fails on messages that are no header values, which percent-encoded text always is.
    Status::from(problem).add_header(headers).ok();
}

fn explain(code: Code, message: &str) -> Problem {
    match code {
        Code::Internal if is_undecodable(message) => undecodable(message),
        Code::OutOfRange if message.contains("message length too large") => too_large(),
        Code::Unimplemented if message.contains("compressed with") => Problem::new(
            code,
            "COMPRESSION_UNSUPPORTED",
            DOMAIN,
            "the server does not read this compression; send without it",
            "不支持该压缩方式，请以不压缩方式发送",
        ),
        Code::Unimplemented => unknown_method(),
        // A service that forgot to map its error: its text may say too much.
        Code::Internal | Code::Unknown => Problem::internal(DOMAIN),
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => {
            Problem::new(code, reason(code), DOMAIN, message, code.description())
        }
    }
}

/// What tonic says of bytes that are no message: by its codec, then by its framing.
fn is_undecodable(message: &str) -> bool {
    const FRAMING: [&str; 3] =
        ["protocol error: received message with", "Unexpected EOF", "Missing request message"];
    message.starts_with("failed to decode Protobuf message")
        || FRAMING.iter().any(|start| message.starts_with(start))
}

/// The bytes of the request are not the message that the method takes.
pub(crate) fn undecodable(why: &str) -> Problem {
    Problem::new(
        Code::InvalidArgument,
        "UNDECODABLE_REQUEST",
        DOMAIN,
        format!("the request cannot be read: {why}"),
        format!("无法解析请求：{why}"),
    )
    .with("cause", why)
}

/// The message is larger than this server accepts.
pub(crate) fn too_large() -> Problem {
    Problem::new(
        Code::InvalidArgument,
        "REQUEST_TOO_LARGE",
        DOMAIN,
        "the request is larger than the server accepts",
        "请求超过允许的大小",
    )
}

/// No such method here.
pub(crate) fn unknown_method() -> Problem {
    Problem::new(
        Code::Unimplemented,
        "METHOD_UNKNOWN",
        DOMAIN,
        "the server has no such method",
        "服务器没有该方法",
    )
}

/// The reason for a code about which nothing more is known.
fn reason(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
