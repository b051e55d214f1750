//! How a process starts, drains and ends.
//!
//! The end comes in four steps. The first SIGTERM or SIGINT makes [`Lifecycle::stopping`] fire:
//! servers report `NOT_SERVING`, accept nothing new and finish what they have; feed streams end.
//! When every server is done, [`Lifecycle::served`] fires: what requests needed (a committer) may
//! end now. When every task is done, the process ends. A second signal, or the end of the grace
//! period, makes [`Lifecycle::aborting`] fire and cuts the rest off.
//!
//! Signal handlers are installed explicitly, so all this holds for process 1 of a container too,
//! for which the kernel's defaults do not.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use futures::{FutureExt as _, Stream, StreamExt as _};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::telemetry::{self, TelemetryConfig};

/// The process ended in order.
pub const EXIT_OK: u8 = 0;
/// The configuration is wrong; nothing was started.
pub const EXIT_CONFIGURATION: u8 = 64;
/// The process could not start, or could not go on serving.
pub const EXIT_UNAVAILABLE: u8 = 69;
/// A task panicked: a bug.
pub const EXIT_PANIC: u8 = 70;
/// The process was stopped before its work was finished.
pub const EXIT_UNFINISHED: u8 = 75;

/// After the hard stop, how long tasks may take to notice it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long sending the last traces may take.
const FLUSH: Duration = Duration::from_secs(5);

/// The life of this process, shared by everything that runs in it.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stopping: CancellationToken,
    served: CancellationToken,
    aborting: CancellationToken,
    servers: TaskTracker,
    tasks: TaskTracker,
    exit: AtomicU8,
    grace: Duration,
}

impl Lifecycle {
    /// Starts a life that has the given time to finish its work once it is asked to stop.
    pub fn new(grace: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                stopping: CancellationToken::new(),
                served: CancellationToken::new(),
                aborting: CancellationToken::new(),
                servers: TaskTracker::new(),
                tasks: TaskTracker::new(),
                exit: AtomicU8::new(EXIT_OK),
                grace,
            }),
        }
    }

    /// Fires when the process is asked to stop: every stream and follower ends on it.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// Fires when no request is being served any more: what requests need ends on it.
    pub fn served(&self) -> &CancellationToken {
        &self.inner.served
    }

    /// Fires when patience is over: whatever still runs is cut off.
    pub fn aborting(&self) -> &CancellationToken {
        &self.inner.aborting
    }

    /// Asks the process to stop, as the first signal does.
    pub fn stop(&self) {
        self.inner.stopping.cancel();
    }

    /// Asks the process to stop because something it cannot live without has failed.
    pub fn fail(&self, what: &str, error: &dyn std::error::Error) {
        tracing::error!(task = what, error = %chain(error), "stopping after a failure");
        self.end_with(EXIT_UNAVAILABLE);
    }

    /// Starts a task. A process waits for its tasks before it ends, and a task that panics stops
    /// the process with exit code 70.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let life = self.clone();
        self.inner.tasks.spawn(async move {
            match AssertUnwindSafe(task).catch_unwind().await {
                Ok(output) => output,
                Err(panic) => {
                    tracing::error!(task = name, "stopping after a panic");
                    life.end_with(EXIT_PANIC);
                    std::panic::resume_unwind(panic)
                }
            }
        })
    }

    /// Starts a task that serves requests; [`Lifecycle::served`] waits for it.
    pub(crate) fn spawn_server<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.spawn(name, self.inner.servers.track_future(task));
    }

    /// The tasks of single connections, which panic alone.
    pub(crate) fn connections(&self) -> &TaskTracker {
        &self.inner.tasks
    }

    fn end_with(&self, code: u8) {
        let exit = &self.inner.exit;
        // The first reason is the one that matters, except that a panic outranks all.
        if code == EXIT_PANIC {
            exit.store(code, Ordering::SeqCst);
        } else {
            exit.compare_exchange(EXIT_OK, code, Ordering::SeqCst, Ordering::SeqCst).ok();
        }
        self.stop();
    }

    /// Waits for a signal (or a stop from within), drains, and returns the exit code.
    pub async fn run(&self) -> u8 {
        match Signals::install() {
            Ok(signals) => self.run_until(signals.stream()).await,
            Err(error) => {
                self.fail("signals", &error);
                self.run_until(futures::stream::pending()).await
            }
        }
    }

    /// As [`Lifecycle::run`], with the signals given: each item is one.
    pub async fn run_until(&self, signals: impl Stream<Item = ()>) -> u8 {
        let mut signals = std::pin::pin!(signals.fuse());
        tokio::select! {
            () = self.inner.stopping.cancelled() => {}
            () = next(&mut signals) => tracing::info!("stopping after a signal"),
        }
        self.stop();
        let cause = tokio::select! {
            () = self.drain() => None,
            () = next(&mut signals) => Some("a second signal"),
            () = tokio::time::sleep(self.inner.grace) => Some("the end of the grace period"),
        };
        if let Some(cause) = cause {
            tracing::warn!(
                tasks = self.inner.tasks.len(),
                "aborting unfinished work after {cause}"
            );
            self.inner.aborting.cancel();
            self.inner.served.cancel();
            self.end_with(EXIT_UNFINISHED);
            tokio::time::timeout(LAST_WORDS, self.inner.tasks.wait()).await.ok();
        }
        self.inner.exit.load(Ordering::SeqCst)
    }

    async fn drain(&self) {
        self.inner.servers.close();
        self.inner.servers.wait().await;
        self.inner.served.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }
}

/// Waits for the next signal; an ended stream has none to come.
async fn next(signals: &mut (impl Stream<Item = ()> + Unpin)) {
    if signals.next().await.is_none() {
        std::future::pending::<()>().await;
    }
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn install() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    fn stream(mut self) -> impl Stream<Item = ()> {
        futures::stream::poll_fn(move |cx| {
            self.terminate
                .poll_recv(cx)
                .is_ready()
                .then_some(std::task::Poll::Ready(Some(())))
                .or_else(|| {
                    self.interrupt
                        .poll_recv(cx)
                        .is_ready()
                        .then_some(std::task::Poll::Ready(Some(())))
                })
                .unwrap_or(std::task::Poll::Pending)
        })
    }
}

/// Runs a whole process: a runtime, telemetry, the given start, then [`Lifecycle::run`].
///
/// `start` opens what the process needs and spawns its servers and tasks; it returns when all of
/// them run. An error from it ends the process with exit code 69.
pub fn run_process<S, F>(
    service: &str,
    telemetry: &TelemetryConfig,
    grace: Duration,
    start: S,
) -> ExitCode
where
    S: FnOnce(Lifecycle) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say(EXIT_UNAVAILABLE, &chain(&error)),
    };
    let code = runtime.block_on(async {
        let telemetry = match telemetry::start(service, telemetry) {
            Ok(telemetry) => telemetry,
            Err(error) => return say(EXIT_CONFIGURATION, &chain(&error)),
        };
        let life = Lifecycle::new(grace);
        let start = async {
            // A process that is asked to stop while it starts need not finish starting.
            let started = life.stopping().run_until_cancelled(start(life.clone())).await;
            if let Some(Err(error)) = started {
                life.fail("start", error.as_ref());
            }
        };
        let ((), code) = tokio::join!(start, life.run());
        tracing::info!(code, "stopped");
        flush(telemetry, code).await;
        ExitCode::from(code)
    });
    runtime.shutdown_timeout(LAST_WORDS);
    code
}

/// Sends the last traces, unless somebody is in a hurry: a process that was cut off does not wait
/// for its collector, and neither does one that gets another signal meanwhile.
async fn flush(telemetry: telemetry::Telemetry, code: u8) {
    let limit = if code == EXIT_UNFINISHED { LAST_WORDS } else { FLUSH };
    let signal = async {
        match Signals::install() {
            Ok(signals) => next(&mut std::pin::pin!(signals.stream())).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(limit, telemetry.flush()) => {}
        () = signal => {}
    }
}

/// Ends a process that cannot even log: says one line on stderr.
pub(crate) fn say(code: u8, line: &str) -> ExitCode {
    #[expect(clippy::print_stderr, reason = "there is no log yet")]
    {
        eprintln!("{line}");
    }
    ExitCode::from(code)
}

/// Writes an error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    fn life() -> Lifecycle {
        Lifecycle::new(Duration::from_secs(60))
    }

    #[tokio::test]
    async fn a_signal_ends_tasks_in_order_servers_first() {
        let life = life();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let (stopping, served) = (life.stopping().clone(), life.served().clone());
        let order = tell.clone();
        life.spawn("committer", async move {
            served.cancelled().await;
            order.send("committer").ok();
        });
        life.spawn_server("server", async move {
            stopping.cancelled().await;
            tokio::task::yield_now().await;
            tell.send("server").ok();
        });
        assert_eq!(life.run_until(stream::iter([()])).await, EXIT_OK);
        assert_eq!((told.recv().await, told.recv().await), (Some("server"), Some("committer")));
    }

    #[tokio::test]
    async fn a_second_signal_aborts_at_once() {
        let life = life();
        let aborting = life.aborting().clone();
        life.spawn("stubborn", async move { aborting.cancelled().await });
        assert_eq!(life.run_until(stream::iter([(), ()])).await, EXIT_UNFINISHED);
    }

    #[tokio::test]
    async fn the_grace_period_is_a_limit() {
        let life = Lifecycle::new(Duration::from_millis(1));
        life.spawn("deaf", std::future::pending::<()>());
        assert_eq!(life.run_until(stream::iter([()])).await, EXIT_UNFINISHED);
    }

    #[tokio::test]
    async fn a_panicking_task_stops_the_process() {
        let life = life();
        let stopping = life.stopping().clone();
        life.spawn("sound", async move { stopping.cancelled().await });
        life.spawn("broken", async { panic!("a bug, on purpose") });
        assert_eq!(life.run_until(stream::pending()).await, EXIT_PANIC);
    }

    #[tokio::test]
    async fn a_failure_stops_the_process() {
        let life = life();
        life.fail("store", &std::io::Error::other("disk is gone"));
        assert_eq!(life.run_until(stream::pending()).await, EXIT_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_task_gives_its_output() {
        assert_eq!(life().spawn("sum", async { 1 + 1 }).await.unwrap(), 2);
    }
}
