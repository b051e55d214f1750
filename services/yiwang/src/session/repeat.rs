//! Calls that are made again while the node cannot take them, with the same request id: the node then answers once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use kit::client::{Backoff, Connection, is_unreachable};
use tokio::time::{Instant, sleep};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Beginnings of the names of rpcs that change nothing.
const READS: [&str; 9] =
    ["Get", "List", "Count", "Lookup", "Find", "Pull", "Follow", "Check", "ServerReflection"];

/// A connection that tries again.
#[derive(Debug, Clone)]
pub struct Repeating {
    connection: Connection,
    backoff: Backoff,
    /// How long one call is tried; zero = once.
    patience: Duration,
    /// Set when a change got no answer, so that nobody knows whether it was made.
    doubtful: Arc<AtomicBool>,
}

impl Repeating {
    pub(super) fn new(
        connection: Connection,
        backoff: Backoff,
        patience: Duration,
        doubtful: Arc<AtomicBool>,
    ) -> Repeating {
        Repeating { connection, backoff, patience, doubtful }
    }

    async fn send(mut self, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let deadline = Instant::now() + self.patience;
        let mut failed = 0;
        loop {
            let again = again(&head, body.clone());
            let answer = match ready(&mut self.connection).await {
                Ok(()) => self.connection.call(again).await.map(|answer| answer.map(Body::new)),
                Err(error) => Err(error),
            };
            let (status, answer) = match answer {
                Ok(answer) => match Status::from_header_map(answer.headers()) {
                    Some(status) if passing(&status) => (status, Ok(answer)),
                    Some(_) | None => return Ok(answer),
                },
                Err(error) => {
                    let status = Status::from_error(Box::new(error));
                    (status.clone(), Err(status))
                }
            };
            failed += 1;
            let wish = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
            let pause = self.backoff.pause(failed).max(wish.unwrap_or_default());
            if Instant::now() + pause >= deadline {
                self.doubt(head.uri.path());
                return answer;
            }
            sleep(pause).await;
        }
    }

    fn doubt(&self, path: &str) {
        let method = path.rsplit('/').next().unwrap_or_default();
        if !READS.iter().any(|read| method.starts_with(read)) {
            self.doubtful.store(true, Ordering::Relaxed);
        }
    }
}

async fn ready(connection: &mut Connection) -> Result<(), tonic::transport::Error> {
    std::future::poll_fn(|context| connection.poll_ready(context)).await
}

fn again(head: &http::request::Parts, body: Bytes) -> http::Request<Body> {
    let mut request = http::Request::new(Body::new(Full::new(body)));
    request.method_mut().clone_from(&head.method);
    request.uri_mut().clone_from(&head.uri);
    *request.version_mut() = head.version;
    request.headers_mut().clone_from(&head.headers);
    request.extensions_mut().clone_from(&head.extensions);
    request
}

/// Whether a refusal passes by itself and nothing was done. A quota that is used up for long has another reason.
fn passing(status: &Status) -> bool {
    let full = |reason: &str| matches!(reason, "TOO_MANY_COMMANDS" | "OVERLOADED");
    is_unreachable(status)
        || status.code() == Code::ResourceExhausted
            && status.get_details_error_info().is_some_and(|info| full(&info.reason))
}

impl Service<http::Request<Body>> for Repeating {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}
