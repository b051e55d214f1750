//! A limit on the calls that wait for their answer; whoever comes on top is refused at once.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use futures::future::Either;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tonic::{Code, Status};
use tower::{Layer, Service};

use super::deadline::Waiting;
use super::health;
use crate::status::{DOMAIN, Problem};

/// What a refused caller should wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many calls of the health service may be answered at the same time: they come from anybody
/// and take no time.
const HEALTH: usize = 64;

#[derive(Clone)]
pub(super) struct OverloadLayer {
    places: Arc<Rooms>,
}

impl OverloadLayer {
    /// As many calls as `limit` may be worked on, and as many again may wait.
    pub(super) fn new(limit: usize, waiting: Waiting) -> Self {
        let work = Places::new(limit);
        let (wait, health) = (Places::new(limit), Places::new(HEALTH));
        Self { places: Arc::new(Rooms { work, wait, health, waiting }) }
    }
}

/// The places, apart for what must not take each other's: calls that are worked on, calls that wait
/// for something to happen, and health.
struct Rooms {
    work: Arc<Places>,
    wait: Arc<Places>,
    health: Arc<Places>,
    waiting: Waiting,
}

impl Rooms {
    fn take(&self, path: &str) -> Option<Place> {
        if health::is_health(path) {
            self.health.take()
        } else if self.waiting.limit(path).is_some() {
            self.wait.take()
        } else {
            self.work.take()
        }
    }
}

/// Some of the places of the whole server. Nobody queues for one, so a count is enough.
struct Places {
    limit: usize,
    taken: AtomicUsize,
}

/// A taken place, given back when dropped.
pub(super) struct Place(Arc<Places>);

impl Places {
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: AtomicUsize::new(0) })
    }

    fn take(self: &Arc<Self>) -> Option<Place> {
        let place = Place(Arc::clone(self));
        let before = self.taken.fetch_add(1, Ordering::AcqRel);
        // Dropping the place undoes the addition.
        (before < self.limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<S> Layer<S> for OverloadLayer {
    type Service = Overload<S>;

    fn layer(&self, inner: S) -> Overload<S> {
        Overload { inner, places: Arc::clone(&self.places) }
    }
}

#[derive(Clone)]
pub(super) struct Overload<S> {
    inner: S,
    places: Arc<Rooms>,
}

impl<S> Service<Request<Body>> for Overload<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, Holding<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(place) = self.places.take(request.uri().path()) else {
            return Either::Left(ready(Ok(Status::from(overloaded()).into_http())));
        };
        Either::Right(Holding { future: self.inner.call(request), _place: place })
    }
}

/// The server bears no more.
pub(crate) fn overloaded() -> Problem {
    Problem::new(
        Code::ResourceExhausted,
        "OVERLOADED",
        DOMAIN,
        "the server has too many calls in flight; try again later",
        "服务繁忙，请稍后重试",
    )
    .retry_after(RETRY_AFTER)
}

pin_project! {
    /// A call that holds its place until the head of its answer is there.
    pub(super) struct Holding<F> {
        #[pin]
        future: F,
        _place: Place,
    }
}

impl<F: Future> Future for Holding<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}
