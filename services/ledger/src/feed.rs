//! The feed server: hands the logs of this process to whoever may read them.

mod checks;
mod reading;
mod watching;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use kit::{Problem, Violations};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use yiwang_proto::feed::v1::feed_service_server::FeedService;
use yiwang_proto::feed::v1::{
    DiscardSetAsideRequest, DiscardSetAsideResponse, FollowRequest, FollowResponse,
    ListLogsRequest, ListLogsResponse, ListSetAsideRequest, ListSetAsideResponse, LogHead, LogId,
    PullRequest, PullResponse, RecordView, RetrySetAsideRequest, RetrySetAsideResponse,
    SetAsideEvent,
};

use crate::authority::{Actor, Authority};
use crate::committer::Head;
use crate::db::Db;
use crate::ledger::Ledger;
use crate::page;
use crate::records::{self, Selection};
use crate::submit::{AsideOrder, WaitingEvent};

use checks::{area_not_yours, duration, log_not_found, page_problem, page_size, problem};
pub use watching::{Watched, WatchedPage, Watching};

use reading::{Reading, Wish, follow_stream};

/// Error domain of the feed.
const DOMAIN: &str = "feed.yiwang";
const HEARTBEAT: (Duration, Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(10), Duration::from_secs(60));
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// What is left of a caller's time for the way back of an empty page.
const LAST_MOMENT: Duration = Duration::from_millis(200);
const FOLLOW_PAGE: u32 = 500;
const PULL_PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// Serves the logs of the services that run in this process.
#[derive(Debug, Clone)]
pub struct FeedServer {
    logs: BTreeMap<String, Source>,
    /// Area of the node: who looks after its followers has to see all of it.
    area_code: String,
    stopping: CancellationToken,
}

/// A log that can be read.
#[derive(Debug, Clone)]
pub struct Source {
    log: LogId,
    db: Db,
    head: watch::Receiver<Head>,
    follower: Arc<dyn Follower>,
}

/// What an operator may do with the events that a service set aside.
#[tonic::async_trait]
trait Follower: std::fmt::Debug + Send + Sync {
    async fn waiting(&self, after: &str, limit: u32) -> Result<Vec<WaitingEvent>, Problem>;

    async fn order(
        &self,
        source: &str,
        subject: &str,
        order: AsideOrder,
        actor: Actor,
    ) -> Result<u64, Problem>;
}

#[tonic::async_trait]
impl<A: Authority> Follower for Ledger<A>
where
    A::Rejection: Into<Problem>,
{
    async fn waiting(&self, after: &str, limit: u32) -> Result<Vec<WaitingEvent>, Problem> {
        self.set_aside(after, limit).await.map_err(|error| error.into_problem(DOMAIN))
    }

    async fn order(
        &self,
        source: &str,
        subject: &str,
        order: AsideOrder,
        actor: Actor,
    ) -> Result<u64, Problem> {
        let done = self.order_aside(source, subject, order, actor).await;
        done.map_err(|error| error.into_problem(DOMAIN))
    }
}

impl<A: Authority> Ledger<A>
where
    A::Rejection: Into<Problem>,
{
    /// This ledger's log, for a [`FeedServer`].
    pub fn source(&self) -> Source {
        Source {
            log: self.log().clone(),
            db: self.db().clone(),
            head: self.watch_head(),
            follower: Arc::new(self.clone()),
        }
    }
}

impl FeedServer {
    /// Serves nothing yet; its streams end when `stopping` is cancelled.
    pub fn new(stopping: CancellationToken) -> Self {
        FeedServer { logs: BTreeMap::new(), area_code: String::new(), stopping }
    }

    /// Says which area the node serves; before that nobody may look after events that were set aside.
    pub fn of_area(mut self, area_code: impl Into<String>) -> Self {
        self.area_code = area_code.into();
        self
    }

    /// Adds a log.
    pub fn with(mut self, source: Source) -> Self {
        self.logs.insert(source.log.service.clone(), source);
        self
    }
}

#[tonic::async_trait]
impl FeedService for FeedServer {
    type FollowStream = Pin<Box<dyn Stream<Item = Result<FollowResponse, Status>> + Send>>;

    async fn follow(
        &self,
        request: Request<FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let mut violations = Violations::new();
        let heartbeat = duration(body.heartbeat, "heartbeat", HEARTBEAT, &mut violations);
        let limit = page_size(body.page_size, FOLLOW_PAGE, &mut violations);
        let wish = Wish {
            service: body.service,
            cursor: body.cursor,
            filter: body.filter,
            view: body.view,
            limit,
        };
        let reading = self.open_reading(&call.caller, wish, violations).await?;
        let stream = follow_stream(reading, heartbeat, self.stopping.clone());
        Ok(Response::new(Box::pin(stream)))
    }

    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let mut violations = Violations::new();
        let wait = duration(
            body.wait,
            "wait",
            (Duration::ZERO, Duration::ZERO, LONGEST_WAIT),
            &mut violations,
        );
        let limit = page_size(body.page_size, PULL_PAGE, &mut violations);
        let wish = Wish {
            service: body.service,
            cursor: body.cursor,
            filter: body.filter,
            view: body.view,
            limit,
        };
        let mut reading = self.open_reading(&call.caller, wish, violations).await?;
        // An empty page while the caller still listens is worth more to it than a deadline that passed.
        let listens = call.deadline.and_then(|deadline| deadline.checked_sub(LAST_MOMENT));
        let deadline = listens.into_iter().fold(Instant::now() + wait, Instant::min);
        loop {
            let page = reading.next_page().await?;
            let empty = page.records.is_empty() && page.envelopes.is_empty();
            // A window without a match is no end: the reader is told to go on rather than kept waiting.
            let finished = !empty || page.upto < page.head || Instant::now() >= deadline;
            if finished || !reading.wait_for_more(deadline, &self.stopping).await {
                return Ok(Response::new(PullResponse { page: Some(page) }));
            }
        }
    }

    async fn list_logs(
        &self,
        request: Request<ListLogsRequest>,
    ) -> Result<Response<ListLogsResponse>, Status> {
        kit::rpc::open(request)?;
        let mut logs = Vec::with_capacity(self.logs.len());
        for source in self.logs.values() {
            let head = records::head(&source.db).await.map_err(problem)?;
            logs.push(LogHead {
                log: Some(source.log.clone()),
                position: head.as_ref().map_or(0, |head| head.position),
                hash: head.as_ref().map(|head| head.hash.clone()).unwrap_or_default(),
                record_time: head.filter(|head| head.position > 0).map(|head| {
                    prost_types::Timestamp {
                        seconds: head.recorded_at.div_euclid(1_000_000),
                        nanos: i32::try_from(head.recorded_at.rem_euclid(1_000_000) * 1_000)
                            .unwrap_or(0),
                    }
                }),
            });
        }
        Ok(Response::new(ListLogsResponse { logs }))
    }

    async fn list_set_aside(
        &self,
        request: Request<ListSetAsideRequest>,
    ) -> Result<Response<ListSetAsideResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (follower, _) = self.operator(&call, &body.service)?;
        let limit = page::size(body.page_size).map_err(page_problem)?;
        let filter = format!("ListSetAside\0{}", body.service);
        let after = page::decode(&body.page_token, filter.as_bytes()).map_err(page_problem)?;
        let mut waiting = follower.waiting(&after.unwrap_or_default(), limit + 1).await?;
        let more = waiting.len() > limit as usize;
        waiting.truncate(limit as usize);
        let last = waiting.last().filter(|_| more);
        let next_page_token =
            last.map(|event| page::encode(filter.as_bytes(), &event.key())).unwrap_or_default();
        let events = waiting.into_iter().map(set_aside_event).collect();
        Ok(Response::new(ListSetAsideResponse { events, next_page_token }))
    }

    async fn retry_set_aside(
        &self,
        request: Request<RetrySetAsideRequest>,
    ) -> Result<Response<RetrySetAsideResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (follower, actor) = self.operator(&call, &body.service)?;
        let order = AsideOrder::Retry;
        let applied = follower.order(&body.source_service, &body.subject, order, actor).await?;
        Ok(Response::new(RetrySetAsideResponse { applied }))
    }

    async fn discard_set_aside(
        &self,
        request: Request<DiscardSetAsideRequest>,
    ) -> Result<Response<DiscardSetAsideResponse>, Status> {
        let (call, body) = kit::rpc::open(request)?;
        let (follower, actor) = self.operator(&call, &body.service)?;
        let order = AsideOrder::Discard(body.position);
        let discarded = follower.order(&body.source_service, &body.subject, order, actor).await?;
        Ok(Response::new(DiscardSetAsideResponse { discarded }))
    }
}

fn set_aside_event(event: WaitingEvent) -> SetAsideEvent {
    SetAsideEvent {
        source_service: event.service,
        subject: event.subject,
        position: event.position,
        reason: event.reason,
        detail: event.detail,
    }
}

impl FeedServer {
    /// The service that an operator wants to look after.
    fn operator(
        &self,
        call: &kit::rpc::Call,
        service: &str,
    ) -> Result<(Arc<dyn Follower>, Actor), Status> {
        call.caller.require(kit::Role::Operate, DOMAIN)?;
        if !call.caller.sees(&self.area_code) {
            return Err(area_not_yours().into());
        }
        let source = self.logs.get(service).ok_or_else(log_not_found)?;
        let actor = Actor {
            caller_id: call.caller.caller_id.clone(),
            unit_id: call.caller.unit_id.clone(),
        };
        Ok((Arc::clone(&source.follower), actor))
    }

    async fn open_reading(
        &self,
        caller: &kit::Caller,
        wish: Wish,
        mut violations: Violations,
    ) -> Result<Reading, Status> {
        let filter = wish.filter.unwrap_or_default();
        let view = RecordView::try_from(wish.view).unwrap_or_else(|_| {
            violations.add("view", "UNKNOWN_ENUM_VALUE", "no such view", "没有这种视图");
            RecordView::Unspecified
        });
        if wish.service.is_empty() {
            violations.add("service", "REQUIRED", "service is required", "必须填写服务名");
        }
        let digits = filter.area_code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || filter.area_code.len() > 15 {
            violations.add(
                "filter.area_code",
                "MALFORMED",
                "an area code has 2 to 15 digits",
                "区域代码应为 2 至 15 位数字",
            );
        }
        violations.finish(DOMAIN)?;
        let area_code =
            if filter.area_code.is_empty() { caller.area_code.clone() } else { filter.area_code };
        if !caller.sees(&area_code) {
            return Err(area_not_yours().into());
        }
        let source = self.logs.get(&wish.service).cloned().ok_or_else(log_not_found)?;
        let types = if filter.types.is_empty() {
            String::new()
        } else {
            let types: BTreeSet<String> = filter.types.into_iter().collect();
            format!(",{},", Vec::from_iter(types).join(","))
        };
        let selection = Selection { area_code, types, subject: filter.subject };
        let after = source.check(wish.cursor.unwrap_or_default(), &selection.mark()).await?;
        Ok(Reading { source, selection, view, limit: wish.limit, after })
    }
}
