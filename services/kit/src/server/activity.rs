//! Whether a connection is in use.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

use super::reply::ReplyBody;

/// The calls of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU64,
    in_flight: AtomicUsize,
}

/// A call that is in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Activity);

impl Activity {
    /// Counts the calls of the service; a call lasts until its answer's last byte is out.
    pub(super) fn watch<S>(&self, inner: S) -> Watched<S> {
        Watched { inner, activity: self.clone() }
    }

    fn begin(&self) -> InFlight {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// Waits until there has been no call for the given time, give or take as long again: looking
    /// now and then costs calls nothing.
    pub(super) async fn idle(&self, limit: Duration) {
        let mut before = self.0.begun.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(limit).await;
            let begun = self.0.begun.load(Ordering::Relaxed);
            if begun == before && self.0.in_flight.load(Ordering::Relaxed) == 0 {
                return;
            }
            before = begun;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
pub(super) struct Watched<S> {
    inner: S,
    activity: Activity,
}

impl<S, B> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>, Response = Response<ReplyBody>, Error = Infallible>,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let in_flight = Some(self.activity.begin());
        Answering { future: self.inner.call(request), in_flight }
    }
}

pin_project! {
    pub(super) struct Answering<F> {
        #[pin]
        future: F,
        in_flight: Option<InFlight>,
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response<ReplyBody>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Ok(response) = ready!(this.future.poll(cx));
        let in_flight = this.in_flight.take();
        Poll::Ready(Ok(response.map(|body| body.during(in_flight))))
    }
}
