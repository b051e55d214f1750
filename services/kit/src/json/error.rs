//! Errors in Connect's form: code, message, and the details both encoded and readable.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use prost::Message as _;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{StatusExt as _, pb};

use super::contract::Contract;
use crate::server::ReplyBody;

/// Answers a unary call with an error.
pub(super) fn refuse(status: &Status, contract: &Contract) -> Response<ReplyBody> {
    let (http, _) = names(status.code());
    let mut response =
        Response::new(ReplyBody::ended(Body::from(show(status, contract).to_string())));
    *response.status_mut() = http;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status.code() == Code::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(delay) = status.get_details_retry_info().and_then(|retry| retry.retry_delay) {
        let seconds = delay.as_millis().div_ceil(1000).to_string();
        headers.extend(HeaderValue::from_str(&seconds).ok().map(|value| (RETRY_AFTER, value)));
    }
    response
}

/// Shows an error as a JSON object.
pub(super) fn show(status: &Status, contract: &Contract) -> Value {
    let (_, code) = names(status.code());
    let details = pb::Status::decode(status.details()).map(|inner| inner.details);
    let details: Vec<Value> = details
        .unwrap_or_default()
        .into_iter()
        .map(|detail| {
            let name = detail.type_url.rsplit('/').next().unwrap_or_default();
            let mut shown = json!({"type": name, "value": STANDARD_NO_PAD.encode(&detail.value)});
            if let Some(debug) = contract.show(name, &detail.value) {
                shown["debug"] = debug;
            }
            shown
        })
        .collect();
    let mut error = json!({"code": code, "message": status.message()});
    if !details.is_empty() {
        error["details"] = Value::Array(details);
    }
    error
}

/// Connect's HTTP status and name for a code.
fn names(code: Code) -> (StatusCode, &'static str) {
    let (http, name) = match code {
        Code::Ok => (200, "ok"),
        Code::Cancelled => (499, "canceled"),
        Code::Unknown => (500, "unknown"),
        Code::InvalidArgument => (400, "invalid_argument"),
        Code::DeadlineExceeded => (504, "deadline_exceeded"),
        Code::NotFound => (404, "not_found"),
        Code::AlreadyExists => (409, "already_exists"),
        Code::PermissionDenied => (403, "permission_denied"),
        Code::ResourceExhausted => (429, "resource_exhausted"),
        Code::FailedPrecondition => (400, "failed_precondition"),
        Code::Aborted => (409, "aborted"),
        Code::OutOfRange => (400, "out_of_range"),
        Code::Unimplemented => (501, "unimplemented"),
        Code::Internal => (500, "internal"),
        Code::Unavailable => (503, "unavailable"),
        Code::DataLoss => (500, "data_loss"),
        Code::Unauthenticated => (401, "unauthenticated"),
    };
    (StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), name)
}
