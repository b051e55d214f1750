//! Connections: accept, agree on TLS, serve HTTP/1.1 or HTTP/2, and let go of them in order.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::reply::ReplyBody;
use crate::lifecycle::Lifecycle;

/// The largest head of a request, all headers together.
const MAX_HEADERS: u32 = 16 * 1024;
/// A connection that is silent for so long is asked whether it is still there…
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// …and is given up when it does not answer within this time.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How much of a stream, and of a connection, a caller may send ahead.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// The pause after a failure to accept, which lasts until a connection ends (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Limits {
    pub(super) handshake: Duration,
    pub(super) max_streams: u32,
}

pub(super) struct Connections {
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    pub(super) life: Lifecycle,
}

/// What every connection serves: the whole stack of layers.
pub(super) trait Stack:
    Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Stack for S where
    S: Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

impl Connections {
    /// Accepts until the process is asked to stop, then waits until every connection has finished
    /// what it had begun.
    pub(super) async fn serve(&self, listener: TcpListener, stack: impl Stack) {
        let http = self.http();
        let graceful = GracefulShutdown::new();
        loop {
            let stream = tokio::select! {
                () = self.life.stopping().cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        pause_after(&error).await;
                        continue;
                    }
                },
            };
            let connection = Connection {
                tls: self.tls.clone(),
                handshake: self.limits.handshake,
                life: self.life.clone(),
                http: http.clone(),
                watcher: graceful.watcher(),
            };
            self.life.connections().spawn(connection.serve(stream, stack.clone()));
        }
        drop(listener);
        tokio::select! {
            () = graceful.shutdown() => {}
            () = self.life.aborting().cancelled() => {}
        }
    }

    fn http(&self) -> auto::Builder<Tracked> {
        let mut http = auto::Builder::new(Tracked(self.life.connections().clone()));
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.handshake)
            .max_buf_size(64 * 1024)
            .keep_alive(true);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .max_concurrent_streams(self.limits.max_streams)
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        http
    }
}

async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    // The caller went away before we came; the next one is not affected.
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "cannot accept connections for a moment");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

struct Connection {
    tls: Option<TlsAcceptor>,
    handshake: Duration,
    life: Lifecycle,
    http: auto::Builder<Tracked>,
    watcher: Watcher,
}

impl Connection {
    async fn serve(self, stream: TcpStream, stack: impl Stack) {
        // Answers are small and somebody waits for each.
        stream.set_nodelay(true).ok();
        let stopping = self.life.stopping().clone();
        match self.tls.clone() {
            Some(tls) => {
                let greeted = tokio::time::timeout(self.handshake, tls.accept(stream));
                match stopping.run_until_cancelled(greeted).await {
                    Some(Ok(Ok(stream))) => self.speak(stream, stack).await,
                    Some(Ok(Err(error))) => tracing::debug!(%error, "TLS handshake failed"),
                    Some(Err(_)) | None => {}
                }
            }
            None => {
                // Someone who connects and says nothing does not hold the connection for ever.
                let mut first = [0];
                let greeted = tokio::time::timeout(self.handshake, stream.peek(&mut first));
                if let Some(Ok(Ok(1))) = stopping.run_until_cancelled(greeted).await {
                    self.speak(stream, stack).await;
                }
            }
        }
    }

    async fn speak<I>(self, stream: I, stack: impl Stack)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(stack);
        let connection = self.http.serve_connection(TokioIo::new(stream), service).into_owned();
        tokio::select! {
            ended = self.watcher.watch(connection) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended early");
                }
            }
            () = self.life.aborting().cancelled() => {}
        }
    }
}

/// Runs the calls of HTTP/2 connections as tasks that the process waits for.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> hyper::rt::Executor<F> for Tracked
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, call: F) {
        self.0.spawn(call);
    }
}
