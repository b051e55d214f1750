//! A span around every call, one log line at its end, and the metrics hook.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use http::uri::PathAndQuery;
use http::{Request, Response};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tokio::time::Instant;
use tonic::{Code, Status};
use tower::util::Oneshot;
use tower::{Layer, Service, ServiceExt as _};
use tracing::Span;
use tracing::instrument::{Instrument as _, Instrumented};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::reply::{ReplyBody, code_of};
use crate::caller::Caller;
use crate::clock::IdSource;
use crate::rpc::{SERVING, Serving};
use crate::status::{DOMAIN, Problem};
use crate::telemetry;
use crate::traceparent::TraceParent;

/// Takes the figures of a finished call.
pub type Measure = Arc<dyn Fn(&CallMeasure<'_>) + Send + Sync>;

/// The figures of a finished call.
#[derive(Clone, Copy, Debug)]
pub struct CallMeasure<'a> {
    /// The path that was called; anything, when the code is `Unimplemented`.
    pub method: &'a str,
    /// How the call ended; `Cancelled` when the caller went away.
    pub code: Code,
    /// From the head of the request to the last byte of the answer.
    pub latency: Duration,
    /// Who called, if that became known.
    pub caller_id: Option<&'a str>,
}

#[derive(Clone)]
pub(super) struct TraceLayer {
    ids: IdSource,
    measure: Option<Measure>,
}

impl TraceLayer {
    pub(super) fn new(ids: IdSource, measure: Option<Measure>) -> Self {
        Self { ids, measure }
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace { inner, shared: self.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Trace<S> {
    inner: S,
    shared: TraceLayer,
}

impl<S> Service<Request<Body>> for Trace<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Traced<Oneshot<S, Request<Body>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let started = Instant::now();
        let remote = request.headers().get(TraceParent::HEADER);
        let remote = remote.and_then(|value| value.to_str().ok()?.parse().ok());
        let method = request.uri().path_and_query().cloned();
        let method = method.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let (span, parent) = self.shared.span(method.path(), remote);
        // The inner layers note what they learn as soon as they are called, so they are called
        // within the scope.
        let future = self.inner.clone().oneshot(request);
        let future = SERVING.scope(Serving::new(parent), future).instrument(span.clone());
        let measure = self.shared.measure.clone();
        let ending = Ending(Some(End { span, parent, method, started, caller: None, measure }));
        Traced { future, ending: Some(ending) }
    }
}

impl TraceLayer {
    /// Opens the call's span and names it for those whom the call will call.
    fn span(&self, method: &str, remote: Option<TraceParent>) -> (Span, TraceParent) {
        if telemetry::exporting() {
            let span = tracing::info_span!(
                target: "rpc",
                "rpc",
                otel.name = method,
                otel.kind = "server",
                rpc.method = method,
                trace_id = tracing::field::Empty,
            );
            if let Some(remote) = remote {
                let context = opentelemetry::Context::new().with_remote_span_context(told(remote));
                span.set_parent(context).ok();
            }
            let context = span.context();
            let own = context.span().span_context().clone();
            if own.is_valid() {
                let parent = TraceParent {
                    trace_id: own.trace_id().to_bytes(),
                    span_id: own.span_id().to_bytes(),
                    sampled: own.is_sampled(),
                };
                span.record("trace_id", tracing::field::display(own.trace_id()));
                return (span, parent);
            }
        }
        let mut fresh = [0; 24];
        self.ids.fill_id(&mut fresh);
        let (mut trace_id, mut span_id) = ([0; 16], [0; 8]);
        trace_id.copy_from_slice(&fresh[..16]);
        span_id.copy_from_slice(&fresh[16..]);
        let (trace_id, sampled) = remote.map_or((trace_id, false), |r| (r.trace_id, r.sampled));
        let parent = TraceParent { trace_id, span_id, sampled };
        let trace_id = tracing::field::display(Hex(parent.trace_id));
        (tracing::info_span!(target: "rpc", "rpc", rpc.method = method, trace_id), parent)
    }
}

fn told(remote: TraceParent) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(remote.trace_id),
        SpanId::from_bytes(remote.span_id),
        TraceFlags::default().with_sampled(remote.sampled),
        true,
        TraceState::default(),
    )
}

struct Hex([u8; 16]);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

pin_project! {
    /// A call until the head of its answer is there.
    pub(super) struct Traced<F> {
        #[pin]
        future: Instrumented<TaskLocalFuture<Serving, F>>,
        ending: Option<Ending>,
    }
}

impl<F> Future for Traced<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<ReplyBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Ok(response) = ready!(this.future.as_mut().poll(cx));
        let serving = this.future.inner_pin_mut().take_value();
        let Some(mut ending) = this.ending.take() else {
            return Poll::Ready(Ok(response.map(ReplyBody::ended)));
        };
        ending.set_caller(serving.and_then(|serving| serving.caller.into_inner()));
        Poll::Ready(Ok(match code_of(response.headers()) {
            // The head says it all: there is no body to wait for.
            Some(code) => {
                ending.with(code);
                response.map(ReplyBody::ended)
            }
            None => response.map(|body| ReplyBody::tracked(body, ending)),
        }))
    }
}

/// What is told when the call is over; a call that is dropped before was cancelled.
pub(super) struct Ending(Option<End>);

struct End {
    span: Span,
    parent: TraceParent,
    method: PathAndQuery,
    started: Instant,
    caller: Option<Arc<Caller>>,
    measure: Option<Measure>,
}

impl Ending {
    fn set_caller(&mut self, caller: Option<Arc<Caller>>) {
        if let Some(end) = &mut self.0 {
            end.caller = caller;
        }
    }

    pub(super) fn with(mut self, code: Code) {
        if let Some(end) = self.0.take() {
            end.tell(code);
        }
    }

    /// Does something as a part of the call.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(end) => SERVING.sync_scope(Serving::new(end.parent), || end.span.in_scope(work)),
            None => work(),
        }
    }

    /// The status of a stream that panicked, made within the call so that it names the trace.
    pub(super) fn with_panic(mut self) -> Status {
        let Some(end) = self.0.take() else { return Problem::internal(DOMAIN).into() };
        let serving = Serving::new(end.parent);
        end.tell(Code::Internal);
        SERVING.sync_scope(serving, || Problem::internal(DOMAIN).into())
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end.tell(Code::Cancelled);
        }
    }
}

impl End {
    fn tell(self, code: Code) {
        let latency = self.started.elapsed();
        let caller_id = self.caller.as_deref().map(|caller| caller.caller_id.as_str());
        let method = self.method.path();
        if let Some(measure) = &self.measure {
            measure(&CallMeasure { method, code, latency, caller_id });
        }
        self.span.in_scope(|| log(code, latency, caller_id.unwrap_or_default()));
    }
}

/// The level says who acts: nobody on success and on what callers do wrong.
fn log(code: Code, latency: Duration, caller_id: &str) {
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "rpc",
                code = ?code,
                latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
                caller.id = caller_id,
                "call ended"
            )
        };
    }
    match code {
        Code::Internal | Code::Unknown | Code::DataLoss => line!(error),
        Code::Unavailable | Code::DeadlineExceeded => line!(warn),
        Code::PermissionDenied | Code::Unauthenticated => line!(info),
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented => line!(debug),
    }
}
