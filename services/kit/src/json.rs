//! Plain JSON for every method, on the same port, by the Connect protocol.
//!
//! `curl -H 'content-type: application/json' -d '{…}' http://…/package.Service/Method` is a call.
//! A request is turned into a gRPC request before the layers see it, and the answer back, so that
//! limits, identity and errors are the same on both sides. The body is converted only when the
//! service reads it: a call that is refused before costs no parsing.

mod contract;
mod envelope;
mod error;
mod reply;
mod request;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use futures::future::Either;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue,
};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tonic::{Code, Status};
use tower::{Layer, Service, ServiceExt as _};

use crate::server::{ReplyBody, unknown_compression, unknown_method};
use crate::status::{DOMAIN, Problem};

pub(crate) use contract::Contract;
use contract::Rpc;
use error::refuse;
pub(crate) use request::Limits;

const CONNECT_ENCODING: HeaderName = HeaderName::from_static("connect-content-encoding");
const CONNECT_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("connect-accept-encoding");

/// How the messages of a call are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Proto,
}

/// How a call is written: its messages, and whether they stand in envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dialect {
    form: Form,
    streaming: bool,
}

impl Dialect {
    fn of(content_type: &str) -> Option<Self> {
        let (form, streaming) = match content_type {
            "application/json" => (Form::Json, false),
            "application/proto" => (Form::Proto, false),
            "application/connect+json" => (Form::Json, true),
            "application/connect+proto" => (Form::Proto, true),
            _ => return None,
        };
        Some(Self { form, streaming })
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match (self.form, self.streaming) {
            (Form::Json, false) => "application/json",
            (Form::Proto, false) => "application/proto",
            (Form::Json, true) => "application/connect+json",
            (Form::Proto, true) => "application/connect+proto",
        })
    }
}

#[derive(Clone)]
pub(crate) struct JsonLayer {
    contract: Contract,
    limits: Limits,
}

impl JsonLayer {
    pub(crate) fn new(contract: Contract, limits: Limits) -> Self {
        Self { contract, limits }
    }
}

impl<S> Layer<S> for JsonLayer {
    type Service = Json<S>;

    fn layer(&self, inner: S) -> Json<S> {
        Json { inner, contract: self.contract.clone(), limits: self.limits.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct Json<S> {
    inner: S,
    contract: Contract,
    limits: Limits,
}

type Answer = Result<Response<ReplyBody>, Infallible>;

impl<S> Service<Request<Incoming>> for Json<S>
where
    S: Service<Request<Body>, Response = Response<ReplyBody>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Either<S::Future, Pin<Box<dyn Future<Output = Answer> + Send>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        if is_grpc(request.headers()) {
            let limits = self.limits.of(request.uri().path());
            let request = request.map(|body| Body::new(request::Sized::new(body, limits)));
            return Either::Left(self.inner.call(request));
        }
        match self.understand(&request) {
            Ok((rpc, dialect)) => {
                let request = self.to_grpc(request, &rpc, dialect);
                let (inner, contract) = (self.inner.clone(), self.contract.clone());
                Either::Right(Box::pin(async move {
                    let Ok(response) = inner.oneshot(request).await;
                    Ok(if dialect.streaming {
                        reply::stream(response, &rpc, dialect, contract)
                    } else {
                        reply::unary(response, &rpc, dialect, &contract).await
                    })
                }))
            }
            Err(refusal) => {
                let response = refusal.answer(&self.contract);
                Either::Right(Box::pin(std::future::ready(Ok(response))))
            }
        }
    }
}

impl<S> Json<S> {
    /// Finds out which method is called in which dialect.
    fn understand(&self, request: &Request<Incoming>) -> Result<(Rpc, Dialect), Refusal> {
        let Some(rpc) = self.contract.find(request.uri().path()) else {
            return Err(Refusal::new(StatusCode::NOT_FOUND, unknown_method()));
        };
        if request.method() != Method::POST {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, only_post()));
        }
        let content_type = media_type(request.headers());
        let Some(dialect) = Dialect::of(content_type).filter(|d| d.streaming == rpc.streams_out)
        else {
            let problem = wrong_content_type(rpc.streams_out);
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        };
        if rpc.streams_in {
            return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, only_grpc()));
        }
        match check_headers(request.headers(), dialect) {
            Ok(()) => Ok((rpc.clone(), dialect)),
            Err(refusal) => Err(Refusal { dialect: Some(dialect), ..refusal }),
        }
    }

    fn to_grpc(&self, request: Request<Incoming>, rpc: &Rpc, dialect: Dialect) -> Request<Body> {
        let (mut head, body) = request.into_parts();
        let headers = &mut head.headers;
        // The length and the encodings are those of the JSON, not of what the service sees.
        headers.remove(CONTENT_LENGTH);
        headers.remove(ACCEPT_ENCODING);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        if let Some(timeout) = headers.remove("connect-timeout-ms").and_then(|v| grpc_timeout(&v)) {
            headers.insert("grpc-timeout", timeout);
        }
        let limits = self.limits.of(head.uri.path());
        let body = request::Converted::new(body, rpc.input.clone(), dialect, limits);
        Request::from_parts(head, Body::new(body))
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let rest = value.as_bytes().strip_prefix(b"application/grpc");
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
    })
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim()
}

fn check_headers(headers: &HeaderMap, dialect: Dialect) -> Result<(), Refusal> {
    let version = headers.get("connect-protocol-version");
    if version.is_some_and(|version| version != "1") {
        let problem = Problem::new(
            Code::InvalidArgument,
            "PROTOCOL_VERSION_UNKNOWN",
            DOMAIN,
            "connect-protocol-version must be 1",
            "connect-protocol-version 须为 1",
        );
        return Err(Refusal::new(StatusCode::BAD_REQUEST, problem));
    }
    // Of a stream the messages are compressed, of anything else the body.
    let name = if dialect.streaming { CONNECT_ENCODING } else { CONTENT_ENCODING };
    if headers.get(name).is_some_and(|value| value != "identity") {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, unknown_compression()));
    }
    Ok(())
}

/// Connect allows ten digits of milliseconds, gRPC eight of any unit.
fn grpc_timeout(value: &HeaderValue) -> Option<HeaderValue> {
    let millis: u64 = value.to_str().ok()?.parse().ok()?;
    let text =
        if millis < 100_000_000 { format!("{millis}m") } else { format!("{}S", millis / 1000) };
    HeaderValue::from_str(&text).ok()
}

/// An answer that is given before any service is asked.
struct Refusal {
    http: StatusCode,
    problem: Problem,
    /// How the call is written, once that is known.
    dialect: Option<Dialect>,
}

impl Refusal {
    fn new(http: StatusCode, problem: Problem) -> Self {
        Self { http, problem, dialect: None }
    }

    fn answer(self, contract: &Contract) -> Response<ReplyBody> {
        let packed = self.problem.reason == "COMPRESSION_UNSUPPORTED";
        let status = Status::from(self.problem);
        let stream = self.dialect.filter(|dialect| dialect.streaming);
        let mut response = match stream {
            Some(dialect) => reply::refuse_stream(&status, dialect, contract),
            None => refuse(&status, contract),
        };
        if stream.is_none() {
            *response.status_mut() = self.http;
        }
        let headers = response.headers_mut();
        if packed {
            let name = if stream.is_some() { CONNECT_ACCEPT_ENCODING } else { ACCEPT_ENCODING };
            headers.insert(name, HeaderValue::from_static("identity"));
        }
        if self.http == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        if self.http == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            let known = "application/json, application/proto, application/connect+json, \
                         application/connect+proto, application/grpc";
            headers.insert("accept-post", HeaderValue::from_static(known));
        }
        response
    }
}

fn only_post() -> Problem {
    let (en, zh) = ("methods are called with POST", "须使用 POST 方法调用");
    Problem::new(Code::Unimplemented, "POST_ONLY", DOMAIN, en, zh)
}

fn only_grpc() -> Problem {
    Problem::new(
        Code::Unimplemented,
        "GRPC_ONLY",
        DOMAIN,
        "this method takes a stream of messages and can be called by gRPC only",
        "该方法接收消息流，只能通过 gRPC 调用",
    )
}

fn wrong_content_type(streams: bool) -> Problem {
    let wanted = if streams { "application/connect+json" } else { "application/json" };
    Problem::new(
        Code::InvalidArgument,
        "CONTENT_TYPE_UNSUPPORTED",
        DOMAIN,
        format!("add the header content-type: {wanted} (with curl: -H 'content-type: {wanted}')"),
        format!("请添加请求头 content-type: {wanted}（curl 用法：-H 'content-type: {wanted}'）"),
    )
    .with("expected", wanted)
}
