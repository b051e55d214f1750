//! Answers: a gRPC answer becomes one JSON document, or a stream of them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Response};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use prost_reflect::MessageDescriptor;
use serde_json::Value;
use tonic::{Code, Status};

use super::contract::{Contract, Rpc, to_json};
use super::envelope::{self, END_OF_STREAM};
use super::error::{refuse, show};
use super::{Dialect, Form};
use crate::server::ReplyBody;
use crate::status::{DOMAIN, Problem};

/// Turns the answer of a unary call.
pub(super) async fn unary(
    response: Response<ReplyBody>,
    rpc: &Rpc,
    dialect: Dialect,
    contract: &Contract,
) -> Response<ReplyBody> {
    let (head, body) = response.into_parts();
    let (answer, trailers) = match Status::from_header_map(&head.headers) {
        Some(status) if status.code() != Code::Ok => (Err(status), HeaderMap::new()),
        Some(_) | None => collect(body).await,
    };
    let answer = answer.and_then(|message| convert(&rpc.output, dialect.form, message));
    let mut response = match answer {
        Ok(message) => {
            let mut response = Response::new(ReplyBody::ended(Body::from(message)));
            response.headers_mut().insert(CONTENT_TYPE, dialect.content_type());
            response
        }
        Err(status) => refuse(&status, contract),
    };
    for (name, value) in own(&trailers) {
        if let Ok(name) = HeaderName::try_from(format!("trailer-{name}")) {
            response.headers_mut().append(name, value.clone());
        }
    }
    for (name, value) in own(&head.headers) {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

/// Collects the one message of a unary answer, and what came after it.
async fn collect(body: ReplyBody) -> (Result<Bytes, Status>, HeaderMap) {
    let Ok(collected) = body.collect().await else {
        return (Err(broken_off()), HeaderMap::new());
    };
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let answer = match Status::from_header_map(&trailers) {
        Some(status) if status.code() != Code::Ok => Err(status),
        None => Err(broken_off()),
        Some(_) => match envelope::open(&mut BytesMut::from(collected.to_bytes())) {
            Some((0, message)) => Ok(message),
            Some(_) | None => Err(unreadable("no message")),
        },
    };
    (answer, trailers)
}

/// Refuses a streaming call before any service is asked: an answer like every stream's, and the
/// error at its end.
pub(super) fn refuse_stream(
    status: &Status,
    dialect: Dialect,
    contract: &Contract,
) -> Response<ReplyBody> {
    let last = last(status, &HeaderMap::new(), contract);
    let mut response = Response::new(ReplyBody::ended(Body::from(last)));
    response.headers_mut().insert(CONTENT_TYPE, dialect.content_type());
    response
}

/// The last envelope of a stream: the error, if there is one, and the metadata that came after it.
fn last(status: &Status, trailers: &HeaderMap, contract: &Contract) -> Bytes {
    let mut last = serde_json::Map::new();
    if status.code() != Code::Ok {
        last.insert("error".to_owned(), show(status, contract));
    }
    let mut metadata = serde_json::Map::new();
    for (name, value) in own(trailers) {
        let values = metadata.entry(name.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        if let (Value::Array(values), Ok(value)) = (values, value.to_str()) {
            values.push(value.into());
        }
    }
    if !metadata.is_empty() {
        last.insert("metadata".to_owned(), Value::Object(metadata));
    }
    envelope::seal(END_OF_STREAM, Value::Object(last).to_string().as_bytes())
}

/// Turns the answer of a streaming call; errors come at the end of the stream.
pub(super) fn stream(
    response: Response<ReplyBody>,
    rpc: &Rpc,
    dialect: Dialect,
    contract: Contract,
) -> Response<ReplyBody> {
    let (head, inner) = response.into_parts();
    let documents = Documents {
        inner,
        output: rpc.output.clone(),
        form: dialect.form,
        contract,
        received: BytesMut::new(),
        refused: Status::from_header_map(&head.headers),
        ended: false,
    };
    let mut response = Response::new(ReplyBody::ended(Body::new(documents)));
    response.headers_mut().insert(CONTENT_TYPE, dialect.content_type());
    for (name, value) in own(&head.headers) {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

/// The headers that are the service's own and not gRPC's.
fn own(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &http::HeaderValue)> {
    headers.iter().filter(|(name, _)| {
        !name.as_str().starts_with("grpc-") && *name != CONTENT_TYPE && *name != CONTENT_LENGTH
    })
}

fn convert(output: &MessageDescriptor, form: Form, message: Bytes) -> Result<Bytes, Status> {
    match form {
        Form::Proto => Ok(message),
        Form::Json => to_json(output, message)
            .map(Bytes::from)
            .map_err(|error| unreadable(&error.to_string())),
    }
}

fn unreadable(why: &str) -> Status {
    tracing::error!(error = why, "the service's answer cannot be shown as JSON");
    Problem::internal(DOMAIN).into()
}

fn broken_off() -> Status {
    Problem::new(Code::Unavailable, "BROKEN_OFF", DOMAIN, "the answer broke off", "响应中断").into()
}

/// A stream of documents in envelopes, the last of which says how the stream ended.
struct Documents {
    inner: ReplyBody,
    output: MessageDescriptor,
    form: Form,
    contract: Contract,
    received: BytesMut,
    /// What the head of the answer said already.
    refused: Option<Status>,
    ended: bool,
}

impl Documents {
    fn end(&mut self, status: &Status, trailers: &HeaderMap) -> Bytes {
        self.ended = true;
        last(status, trailers, &self.contract)
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let none = HeaderMap::new();
        if let Some(status) = self.refused.take() {
            return Poll::Ready(self.end(&status, &none));
        }
        loop {
            if let Some((_, message)) = envelope::open(&mut self.received) {
                return Poll::Ready(match convert(&self.output, self.form, message) {
                    Ok(document) => envelope::seal(0, &document),
                    Err(status) => self.end(&status, &none),
                });
            }
            let trailers = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.received.extend_from_slice(&data);
                        continue;
                    }
                    Err(frame) => frame.into_trailers().unwrap_or_default(),
                },
                Some(Err(_)) | None => HeaderMap::new(),
            };
            let status = Status::from_header_map(&trailers).unwrap_or_else(broken_off);
            return Poll::Ready(self.end(&status, &trailers));
        }
    }
}

impl http_body::Body for Documents {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        this.next(cx).map(|bytes| Some(Ok(Frame::data(bytes))))
    }
}
