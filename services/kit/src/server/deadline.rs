//! A limit on the time to the head of an answer: the caller's `grpc-timeout` or the server's own,
//! whichever is shorter; a method that may wait has a time of its own. The body of a stream may take as long as it likes.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, Response};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Timeout, timeout_at};
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::rpc::SERVING;
use crate::status::{DOMAIN, Problem};

/// How near: less than any usual time limit.
const TICK: Duration = Duration::from_millis(200);

/// The methods that may wait for something to happen, each with its own longest time.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<Vec<(String, Duration)>>);

impl Waiting {
    pub(super) fn add(&mut self, path: &str, longest: Duration) {
        Arc::make_mut(&mut self.0).push((path.to_owned(), longest));
    }

    /// The longest time of the method, if it may wait.
    pub(super) fn limit(&self, path: &str) -> Option<Duration> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, longest)| *longest)
    }
}

#[derive(Clone)]
pub(super) struct DeadlineLayer {
    limit: Duration,
    waiting: Waiting,
}

impl DeadlineLayer {
    pub(super) fn new(limit: Duration, waiting: Waiting) -> Self {
        Self { limit, waiting }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner, shared: self.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Deadline<S> {
    inner: S,
    shared: DeadlineLayer,
}

impl<S> Service<Request<Body>> for Deadline<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Timed<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Timed<S::Future> {
        let shared = &self.shared;
        let own = shared.waiting.limit(request.uri().path());
        let longest = own.map_or(shared.limit, |own| own.max(shared.limit));
        let limit = grpc_timeout(request.headers()).map_or(longest, |asked| asked.min(longest));
        let deadline = Instant::now() + limit;
        SERVING.try_with(|serving| serving.deadline.set(Some(deadline))).ok();
        Timed { future: timeout_at(deadline, self.inner.call(request)) }
    }
}

/// Keeps a timer near, for ever.
///
/// tokio wakes a sleeping worker whenever a timer is set that is due before all others. With only
/// far timers around, that would be the case for almost every call; a near one prevents it.
pub(super) async fn tick() {
    loop {
        tokio::time::sleep(TICK).await;
    }
}

pin_project! {
    pub(super) struct Timed<F> {
        #[pin]
        future: Timeout<F>,
    }
}

impl<F> Future for Timed<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        Poll::Ready(ready!(self.project().future.poll(cx)).unwrap_or_else(|_elapsed| {
            Ok(Status::from(Problem::new(
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
                DOMAIN,
                "the time for the answer is over; the call may or may not have taken effect",
                "处理超时；本次调用可能已生效，也可能未生效",
            ))
            .into_http())
        }))
    }
}

/// Reads the caller's limit; one that cannot be read is no limit.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_and_nothing_else() {
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                http::HeaderValue::from_static(value),
            )]);
            grpc_timeout(&headers)
        };
        assert_eq!(read("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(read("3M"), Some(Duration::from_secs(180)));
        assert_eq!(read("4S"), Some(Duration::from_secs(4)));
        assert_eq!(read("5m"), Some(Duration::from_millis(5)));
        assert_eq!(read("6u"), Some(Duration::from_micros(6)));
        assert_eq!(read("7n"), Some(Duration::from_nanos(7)));
        for wrong in ["", "m", "5", "5s", "-5S", "123456789S"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
