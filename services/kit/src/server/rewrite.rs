//! Gives the answers of tonic itself the details that all answers have.
//!
//! Only errors that are told in the head of an answer are looked at; everything else, streams
//! above all, passes through untouched.

use axum::body::Body;
use http::{HeaderMap, Response};
use tonic::{Code, Status};

use super::reply::code_of;
use crate::status::{DOMAIN, Problem};

/// The longest text of somebody else's that is passed on, in bytes.
const MAX_TEXT: usize = 200;

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
        Code::Internal if is_undecodable(message) => undecodable(bounded(message)),
        Code::OutOfRange if message.contains("message length too large") => too_large(),
        Code::Unimplemented if message.contains("compressed with") => unknown_compression(),
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
            Problem::new(code, reason(code), DOMAIN, bounded(message), chinese(code))
        }
    }
}

/// The beginning of a text; nothing that is told is longer.
fn bounded(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_TEXT)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// What tonic says of bytes that are no message: by its codec, then by its framing.
fn is_undecodable(message: &str) -> bool {
    const FRAMING: [&str; 3] =
        ["protocol error: received message with", "Unexpected EOF", "Missing request message"];
    message.starts_with("failed to decode Protobuf message")
        || FRAMING.iter().any(|start| message.starts_with(start))
}

/// The bytes of the request are not the message that the method takes. `why` names fields of the
/// contract and never repeats what was sent.
pub(crate) fn undecodable(why: &str) -> Problem {
    Problem::new(
        Code::InvalidArgument,
        "UNDECODABLE_REQUEST",
        DOMAIN,
        format!("the request cannot be read: {why}"),
        "无法解析请求",
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

/// The request is compressed.
pub(crate) fn unknown_compression() -> Problem {
    Problem::new(
        Code::Unimplemented,
        "COMPRESSION_UNSUPPORTED",
        DOMAIN,
        "the server does not read this compression; send without it (supported: identity)",
        "不支持该压缩方式，请以不压缩方式（identity）发送",
    )
    .with("supported", "identity")
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

/// A code in Chinese, where nothing more is known.
fn chinese(code: Code) -> &'static str {
    match code {
        Code::Ok => "成功",
        Code::Cancelled => "调用已取消",
        Code::Unknown => "未知错误",
        Code::InvalidArgument => "请求参数有误",
        Code::DeadlineExceeded => "处理超时",
        Code::NotFound => "未找到",
        Code::AlreadyExists => "已存在",
        Code::PermissionDenied => "没有权限",
        Code::ResourceExhausted => "资源不足，请稍后重试",
        Code::FailedPrecondition => "当前状态不允许该操作",
        Code::Aborted => "操作因冲突而中止",
        Code::OutOfRange => "超出允许范围",
        Code::Unimplemented => "不支持该操作",
        Code::Internal => "内部错误",
        Code::Unavailable => "服务暂不可用，请稍后重试",
        Code::DataLoss => "数据丢失或损坏",
        Code::Unauthenticated => "未通过身份验证",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;

    #[test]
    fn every_code_is_told_in_chinese_and_bounded() {
        for number in 1..=16 {
            let said = Status::new(Code::from(number), "长".repeat(500));
            let told = Status::from_header_map(rewrite(said.into_http()).headers()).unwrap();
            let chinese = told.get_details_localized_message().unwrap().message;
            assert!(chinese.chars().all(|c| !c.is_ascii_alphabetic()), "{number}: {chinese}");
            assert!(told.message().len() <= MAX_TEXT, "{number}");
        }
    }
}
