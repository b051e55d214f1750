//! A collector of traces that keeps every byte it is sent.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use anyhow::Result;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// A running collector.
#[derive(Clone, Debug)]
pub struct Collector {
    received: Arc<Mutex<Vec<u8>>>,
    port: u16,
    /// Ends with the last clone.
    _tasks: Arc<JoinSet<Result<(), tonic::transport::Error>>>,
}

impl Collector {
    /// Starts a collector on a free port; it runs until the last clone is dropped.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let received = Arc::default();
        let sink = Sink { received: Arc::clone(&received) };
        let server = Server::builder().add_service(sink);
        let serving = server.serve_with_incoming(TcpIncoming::from(listener));
        let mut tasks = JoinSet::new();
        tasks.spawn(serving);
        Ok(Collector { received, port, _tasks: Arc::new(tasks) })
    }

    /// What `telemetry.otlp_endpoint` takes.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that was received so far.
    pub fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes every call of the trace service, whatever is in it, and answers with an empty message.
#[derive(Clone, Debug)]
struct Sink {
    received: Arc<Mutex<Vec<u8>>>,
}

impl NamedService for Sink {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tower::Service<http::Request<Body>> for Sink {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let received = Arc::clone(&self.received);
        Box::pin(async move {
            if let Ok(body) = request.into_body().collect().await {
                let mut all = received.lock().unwrap_or_else(PoisonError::into_inner);
                all.extend_from_slice(&body.to_bytes());
            }
            // An empty message: not compressed, of length 0.
            let message = http_body_util::Full::from(&[0_u8; 5][..]);
            let trailers = http::HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-status"),
                http::HeaderValue::from_static("0"),
            )]);
            let body = message.with_trailers(std::future::ready(Some(Ok(trailers))));
            let mut response = http::Response::new(Body::new(body));
            let kind = http::HeaderValue::from_static("application/grpc");
            response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
            Ok(response)
        })
    }
}
