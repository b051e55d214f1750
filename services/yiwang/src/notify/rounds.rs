//! The loop: whose turn it is, is tried; then the feed is read on; then nothing happens until one of both changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt as _;
use kit::Lifecycle;
use tonic::Status;
use yiwang_proto::feed::v1::{
    Cursor, Envelope, Filter, ListLogsRequest, Page, PullRequest, RecordView,
};

use super::attempt::Teller;
use super::refusal::{Trouble, trouble};
use super::state::State;
use super::{DUE, SERVICE};
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// How many notices are tried at the same time.
const AT_ONCE: usize = 8;
/// Notices that wait to be tried again; with more of them the feed is not read on.
const MOST_PENDING: usize = 1_000;
/// Notices that are read at a time.
const PAGE: u32 = 100;
/// How long the feed is asked to wait for something new.
const WAIT: Duration = Duration::from_secs(10);

/// Tells people until it is stopped.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) teller: Teller,
    pub(crate) path: PathBuf,
    pub(crate) state: State,
    /// Whether it ends where the log ended.
    pub(crate) once: bool,
    pub(crate) life: Lifecycle,
}

impl Rounds {
    /// Works until it is stopped or, if it is to work once, until the feed was read to its end and nobody's turn is now.
    pub(crate) async fn run(mut self) -> Result<(), Failure> {
        let mut failed = 0;
        let mut at_head = false;
        while !self.life.stopping().is_cancelled() {
            if self.round().await? {
                continue;
            }
            if self.once && at_head {
                break;
            }
            if self.state.pending.len() >= MOST_PENDING {
                self.rest(self.quiet().unwrap_or(WAIT)).await;
                continue;
            }
            match self.read_on().await {
                Ok(head) => (at_head, failed) = (head, 0),
                Err(status) if self.once || trouble(&status) != Trouble::Passing => {
                    return Err(status.into());
                }
                Err(_) => {
                    failed += 1;
                    self.rest(self.teller.backoff.pause(failed).min(WAIT)).await;
                }
            }
        }
        Ok(())
    }

    /// Tries those whose turn it is; tells whether there were any. What became of each is kept at once.
    async fn round(&mut self) -> Result<bool, Failure> {
        let Rounds { teller, state, path, .. } = self;
        let due = state.due(teller.clock.now(), AT_ONCE);
        let work: Vec<_> = due
            .into_iter()
            .filter_map(|position| Some((position, state.pending.get(&position)?.clone())))
            .collect();
        let any = !work.is_empty();
        let teller = &*teller;
        let attempts = work.into_iter().map(|(position, pending)| async move {
            (position, teller.attempt(position, pending).await)
        });
        let mut attempts = futures::stream::iter(attempts).buffer_unordered(AT_ONCE);
        let mut wrong = None;
        while let Some((position, left)) = attempts.next().await {
            match left {
                Ok(Some(pending)) => {
                    state.pending.insert(position, pending);
                }
                Ok(None) => {
                    state.pending.remove(&position);
                }
                Err(failure) => {
                    wrong = Some(failure);
                    continue;
                }
            }
            state.save(path)?;
        }
        wrong.map_or(Ok(any), Err)
    }

    /// Reads a page of the feed and takes its notices on; tells whether that was the end of the log.
    async fn read_on(&mut self) -> Result<bool, Status> {
        let wait = match self.quiet() {
            _ if self.once => Duration::ZERO,
            Some(quiet) => quiet.min(WAIT),
            None => WAIT,
        };
        let (cursor, session) = (self.state.cursor(), self.teller.session.clone());
        let stopping = self.life.stopping().clone();
        let page = pull(&session, cursor.clone(), wait);
        let Some(page) = stopping.run_until_cancelled(page).await else { return Ok(false) };
        let page = page?;
        let now = self.teller.clock.now();
        for position in page.envelopes.iter().filter_map(position) {
            self.state.take_on(position, now);
        }
        if let Some(next) = page.next.filter(|next| cursor.as_ref() != Some(next)) {
            self.state.go_on(&next);
            let saved = self.state.save(&self.path);
            saved.map_err(|failure| Status::data_loss(failure.to_string()))?;
        }
        Ok(page.upto >= page.head)
    }

    fn quiet(&self) -> Option<Duration> {
        let quiet = self.state.quiet(self.teller.clock.now())?;
        Some(Duration::try_from(quiet).unwrap_or_default())
    }

    async fn rest(&self, time: Duration) {
        self.life.stopping().run_until_cancelled(tokio::time::sleep(time)).await;
    }
}

/// A page of the notices after a cursor.
pub(super) async fn pull(
    session: &Session,
    cursor: Option<Cursor>,
    wait: Duration,
) -> Result<Page, Status> {
    let wait = prost_types::Duration::try_from(wait).unwrap_or_default();
    let request = PullRequest {
        service: SERVICE.to_owned(),
        cursor,
        filter: Some(Filter { types: vec![DUE.to_owned()], ..Filter::default() }),
        view: RecordView::Decoded.into(),
        wait: Some(wait),
        page_size: PAGE,
    };
    Ok(session.feeds().pull(request).await?.into_inner().page.unwrap_or_default())
}

fn position(envelope: &Envelope) -> Option<u64> {
    envelope.header.as_ref().map(|header| header.position)
}

/// The state to go on with. Without a file it begins at the end of the log, so that nobody is told of what lies behind, or
/// where the log begins.
pub(crate) async fn begin(
    session: &Session,
    path: &Path,
    (from_the_beginning, screen): (bool, Screen),
) -> Result<State, Failure> {
    if let Some(state) = State::load(path)? {
        return Ok(state);
    }
    let mut cursor = None;
    if !from_the_beginning {
        let logs = session.feeds().list_logs(ListLogsRequest {}).await?.into_inner().logs;
        let is_own = |log: &yiwang_proto::feed::v1::LogId| log.service == SERVICE;
        let head = logs.into_iter().find(|head| head.log.as_ref().is_some_and(is_own));
        let head = head.filter(|head| head.position > 0);
        let at = head.as_ref().map_or(0, |head| head.position);
        screen.note(format!(
            "begins after position {at} of the log; --from-beginning tells of what lies behind as well\n\
             自日志位置 {at} 之后开始；加上 --from-beginning 则从头开始"
        ));
        cursor = head.map(|head| Cursor {
            log: head.log,
            position: head.position,
            hash: head.hash,
            filter: Vec::new(),
        });
    }
    let state = State::beginning(cursor.as_ref());
    state.save(path)?;
    Ok(state)
}
