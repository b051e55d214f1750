//! The loop: some of those whose turn it is are tried; then a page of the feed is read, which waits when nobody's turn is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use kit::Lifecycle;
use prost::Message as _;
use tonic::Status;
use yiwang_proto::dispatch::v1::NoticeDue;
use yiwang_proto::feed::v1::{
    Cursor, Envelope, Filter, ListLogsRequest, Page, PullRequest, RecordView,
};

use super::attempt::{Left, Teller};
use super::refusal::{Trouble, trouble};
use super::state::{Pending, State};
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
/// What asks a team to come: it has minutes to answer.
const OFFER: &str = "OFFER";

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
            self.teller.forget();
            let any = self.round().await?;
            if self.once && at_head && !any {
                break;
            }
            if self.state.pending.len() >= MOST_PENDING {
                self.rest(self.quiet().unwrap_or(WAIT).min(WAIT)).await;
                continue;
            }
            // Between two rounds, however slow a gateway is: what is urgent must not wait for the rest.
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

    /// Does the next step of some whose turn it is, and reports of those that are settled by it; tells whether there were
    /// any. What comes of each step is written down before anything else is done about the notice.
    async fn round(&mut self) -> Result<bool, Failure> {
        let Rounds { teller, state, path, .. } = self;
        let teller = &*teller;
        let step = |position: u64, pending: Pending| async move {
            (position, teller.step(position, pending).await)
        };
        let due = state.due(teller.clock.now(), AT_ONCE).into_iter();
        let work = due.filter_map(|at| Some(step(at, state.pending.get(&at)?.clone())));
        let mut steps: FuturesUnordered<_> = work.collect();
        let any = !steps.is_empty();
        let mut wrong = None;
        while let Some((position, left)) = steps.next().await {
            let mut settled = None;
            match left {
                Ok(Left::Nothing) => {
                    state.pending.remove(&position);
                }
                Ok(Left::Unreported(unreported)) => state.give_up(position, unreported),
                Ok(Left::Later(pending)) => {
                    state.pending.insert(position, pending);
                }
                Ok(Left::Report(pending)) => {
                    state.pending.insert(position, pending.clone());
                    settled = Some(pending);
                }
                Err(failure) => {
                    wrong = Some(failure);
                    continue;
                }
            }
            state.save(path)?;
            if let Some(pending) = settled {
                steps.push(step(position, pending));
            }
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
        for envelope in &page.envelopes {
            let Some(header) = &envelope.header else { continue };
            let urgent = due(envelope).is_some_and(|notice| notice.template == OFFER);
            let pending = Pending::new(header.event_id.clone(), urgent, now);
            self.state.pending.insert(header.position, pending);
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

/// What an event of the feed says of a notice.
pub(super) fn due(envelope: &Envelope) -> Option<NoticeDue> {
    NoticeDue::decode(envelope.payload.as_ref()?.value.as_slice()).ok()
}

/// The state to go on with. Without a file it begins at the end of the log, so that nobody is told of what lies behind, or
/// where the log begins.
pub(crate) async fn begin(
    session: &Session,
    path: &Path,
    (from_the_beginning, screen): (bool, Screen),
) -> Result<State, Failure> {
    if let Some(state) = State::load(path)? {
        let kept = state.unreported.len();
        if kept > 0 {
            screen.note(format!(
                "dispatch took no report of {kept} notices; --dry-run lists them, and so does the state file\n\
                 有 {kept} 项告知未能回报；可用 --dry-run 或在状态文件中查看"
            ));
        }
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

#[cfg(test)]
mod tests;
