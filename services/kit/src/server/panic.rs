//! A handler that panics fails its own call and no other.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use futures::FutureExt as _;
use futures::future::CatchUnwind;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tonic::Status;
use tower::{Layer, Service};

use crate::status::{DOMAIN, Problem};

#[derive(Clone, Copy)]
pub(super) struct PanicLayer;

impl<S> Layer<S> for PanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> CatchPanic<S> {
        CatchPanic { inner }
    }
}

#[derive(Clone)]
pub(super) struct CatchPanic<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for CatchPanic<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Caught<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Caught<S::Future> {
        Caught { future: AssertUnwindSafe(self.inner.call(request)).catch_unwind() }
    }
}

pin_project! {
    pub(super) struct Caught<F> {
        #[pin]
        future: CatchUnwind<AssertUnwindSafe<F>>,
    }
}

impl<F> Future for Caught<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // The hook that telemetry installs has told place and trace.
        Poll::Ready(
            ready!(self.project().future.poll(cx))
                .unwrap_or_else(|_panic| Ok(Status::from(Problem::internal(DOMAIN)).into_http())),
        )
    }
}
