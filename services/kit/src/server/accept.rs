//! Connections: accept, agree on TLS, serve HTTP/1.1 or HTTP/2, and let go of them in order.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::activity::Activity;
use super::greeting::Greeted;
use super::reply::ReplyBody;
use crate::clock::IdSource;
use crate::lifecycle::Lifecycle;

/// The largest head of a request, all headers together.
const MAX_HEADERS: u32 = 16 * 1024;
/// A connection of HTTP/2 that is silent for so long is asked whether it is still there; one of
/// HTTP/1.1 is closed when its next request does not come in time…
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// …and one that is asked is given up when it does not answer within this time.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long calls in flight may go on over a connection that is too old. A feed's stream is cut
/// then, and its follower resumes over a new connection.
const AGE_GRACE: Duration = Duration::from_secs(60);
/// How much of a stream, and of a connection, a caller may send ahead.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// The pause after a failure to accept, which lasts until a connection ends (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) handshake: Duration,
    pub(super) max_streams: u32,
    pub(super) max_connections: usize,
    pub(super) idle: Duration,
    pub(super) age: Duration,
}

pub(super) struct Connections {
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    pub(super) life: Lifecycle,
    pub(super) ids: IdSource,
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
    /// what it had begun. `local` gives the connections from within the process.
    pub(super) async fn serve(
        &self,
        listener: TcpListener,
        mut local: mpsc::Receiver<DuplexStream>,
        stack: impl Stack,
    ) {
        let http = self.http();
        let open = TaskTracker::new();
        let places = Arc::new(Semaphore::new(self.limits.max_connections));
        loop {
            let connection = Connection {
                limits: Limits { age: self.age(), ..self.limits },
                life: self.life.clone(),
                http: http.clone(),
                stack: stack.clone(),
            };
            tokio::select! {
                () = self.life.stopping().cancelled() => break,
                Some(stream) = local.recv() => {
                    let serving = connection.serve_local(stream);
                    self.life.connections().spawn(open.track_future(serving));
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                            // Closed at once, so that nobody waits for an answer that never comes.
                            tracing::debug!("a connection too many");
                            continue;
                        };
                        let serving = connection.serve(stream, self.tls.clone(), place);
                        self.life.connections().spawn(open.track_future(serving));
                    }
                    Err(error) => pause_after(&error).await,
                },
            }
        }
        drop((listener, local));
        open.close();
        tokio::select! {
            () = open.wait() => {}
            () = self.life.aborting().cancelled() => {}
        }
    }

    /// Ages differ a little, so that connections that began together do not end together.
    fn age(&self) -> Duration {
        let mut random = [0; 1];
        self.ids.fill_id(&mut random);
        self.limits.age.mul_f64(0.9 + f64::from(random[0]) / f64::from(u8::MAX) / 5.0)
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

struct Connection<S> {
    limits: Limits,
    life: Lifecycle,
    http: auto::Builder<Tracked>,
    stack: S,
}

impl<S: Stack> Connection<S> {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>, place: OwnedSemaphorePermit) {
        // Answers are small and somebody waits for each.
        stream.set_nodelay(true).ok();
        let stopping = self.life.stopping().clone();
        let activity = Activity::default();
        let retired = {
            let (activity, limits) = (activity.clone(), self.limits);
            async move {
                tokio::select! {
                    () = tokio::time::sleep(limits.age) => AGE_GRACE,
                    // Nothing is in flight; a call that comes just now need not be long.
                    () = activity.idle(limits.idle) => limits.handshake,
                }
            }
        };
        match tls {
            Some(tls) => {
                let greeted = tokio::time::timeout(self.limits.handshake, tls.accept(stream));
                match stopping.run_until_cancelled(greeted).await {
                    Some(Ok(Ok(stream))) => self.speak(stream, activity, retired).await,
                    Some(Ok(Err(error))) => tracing::debug!(%error, "TLS handshake failed"),
                    Some(Err(_)) | None => {}
                }
            }
            None => self.speak(stream, activity, retired).await,
        }
        drop(place);
    }

    /// A connection from within the process is trusted to be in use for as long as it is open.
    async fn serve_local(self, stream: DuplexStream) {
        self.speak(stream, Activity::default(), std::future::pending()).await;
    }

    /// Serves calls until the other side ends, or until it is time to let go: then the caller is
    /// told to begin nothing new here, and what is in flight may finish.
    async fn speak<I>(self, stream: I, activity: Activity, retired: impl Future<Output = Duration>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(activity.watch(self.stack));
        let stream = TokioIo::new(Greeted::new(stream, self.limits.handshake));
        let mut connection = std::pin::pin!(self.http.serve_connection(stream, service));
        let grace = tokio::select! {
            ended = connection.as_mut() => return note(ended),
            () = self.life.stopping().cancelled() => Duration::MAX,
            grace = retired => grace,
        };
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection.as_mut() => note(ended),
            () = out_of_patience(&self.life, grace) => {}
        }
    }
}

fn note(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

/// A connection that was told to end has a time of its own, unless the process ends: then what
/// counts is how long the whole process may take.
async fn out_of_patience(life: &Lifecycle, grace: Duration) {
    let own = life.stopping().run_until_cancelled(tokio::time::sleep(grace));
    if own.await.is_none() {
        life.aborting().cancelled().await;
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
