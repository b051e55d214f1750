//! A node that says what a test tells it, and remembers what it was asked.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::client::Backoff;
use kit::{Clock, IdSource, Lifecycle, Problem};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::dispatch::v1::notice_service_server::{NoticeService, NoticeServiceServer};
use yiwang_proto::feed::v1 as feed;
use yiwang_proto::feed::v1::feed_service_server::{FeedService, FeedServiceServer};

use crate::notify::attempt::{Limits, Teller};
use crate::notify::carrier::{Carrier, GatewaySettings, To};
use crate::notify::state::Pending;
use crate::screen::Screen;
use crate::session::Session;

/// What the node was asked, in order.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::notify) enum Asked {
    Open(pb::OpenContactRequest),
    /// With the state file at that moment.
    Report(pb::ReportDeliveryRequest, String),
    Pull,
}

#[derive(Debug, Default)]
struct Kept {
    openings: VecDeque<Result<pb::OpenContactResponse, Status>>,
    reports: VecDeque<Status>,
    asked: Vec<Asked>,
    state: Option<PathBuf>,
}

/// The node.
#[derive(Debug)]
pub(in crate::notify) struct Node {
    pub(in crate::notify) address: String,
    kept: Arc<Mutex<Kept>>,
    life: Lifecycle,
}

#[derive(Debug, Clone)]
struct Scripted(Arc<Mutex<Kept>>);

impl Node {
    /// A node that opens an area's centre and takes every report, unless it is told otherwise.
    pub(in crate::notify) fn start() -> Node {
        let kept = Arc::<Mutex<Kept>>::default();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = format!("http://{}", incoming.local_addr().unwrap());
        let life = Lifecycle::new(Duration::from_secs(5));
        let scripted = Scripted(Arc::clone(&kept));
        let serving = Server::builder()
            .add_service(NoticeServiceServer::new(scripted.clone()))
            .add_service(FeedServiceServer::new(scripted))
            .serve_with_incoming_shutdown(incoming, life.stopping().clone().cancelled_owned());
        life.spawn("a scripted node", serving);
        Node { address, kept, life }
    }

    /// Says this to openings, one after the other.
    pub(in crate::notify) fn opens(&self, answers: Vec<Result<pb::OpenContactResponse, Status>>) {
        self.kept().openings.extend(answers);
    }

    /// Refuses reports like this, one after the other.
    pub(in crate::notify) fn refuses_reports(&self, answers: Vec<Status>) {
        self.kept().reports.extend(answers);
    }

    /// Looks at this file whenever something is reported.
    pub(in crate::notify) fn watches(&self, state: &Path) {
        self.kept().state = Some(state.to_owned());
    }

    /// What it was asked.
    pub(in crate::notify) fn asked(&self) -> Vec<Asked> {
        self.kept().asked.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.life.stop();
    }
}

#[tonic::async_trait]
impl NoticeService for Scripted {
    async fn open_contact(
        &self,
        request: Request<pb::OpenContactRequest>,
    ) -> Result<Response<pb::OpenContactResponse>, Status> {
        let mut kept = self.0.lock().unwrap();
        let request = request.into_inner();
        let notice = pb::PendingNotice {
            position: request.notice_position,
            event_id: request.expected_event_id.clone(),
            template: "CLOSED".to_owned(),
            ..pb::PendingNotice::default()
        };
        kept.asked.push(Asked::Open(request));
        let contact = pb::Contact { area_code: "370306".to_owned(), ..pb::Contact::default() };
        let (notice, contact) = (Some(notice), Some(contact));
        let answer = pb::OpenContactResponse { notice, contact, ..Default::default() };
        kept.openings.pop_front().unwrap_or(Ok(answer)).map(Response::new)
    }

    async fn report_delivery(
        &self,
        request: Request<pb::ReportDeliveryRequest>,
    ) -> Result<Response<pb::ReportDeliveryResponse>, Status> {
        let mut kept = self.0.lock().unwrap();
        let state = kept.state.as_ref().map(|path| std::fs::read_to_string(path).unwrap());
        kept.asked.push(Asked::Report(request.into_inner(), state.unwrap_or_default()));
        match kept.reports.pop_front() {
            Some(refused) => Err(refused),
            None => Ok(Response::new(pb::ReportDeliveryResponse { feed_position: 9 })),
        }
    }

    async fn list_undelivered(
        &self,
        _: Request<pb::ListUndeliveredRequest>,
    ) -> Result<Response<pb::ListUndeliveredResponse>, Status> {
        Err(unscripted())
    }

    async fn retry_notice(
        &self,
        _: Request<pb::RetryNoticeRequest>,
    ) -> Result<Response<pb::RetryNoticeResponse>, Status> {
        Err(unscripted())
    }
}

#[tonic::async_trait]
impl FeedService for Scripted {
    type FollowStream = futures::stream::Empty<Result<feed::FollowResponse, Status>>;

    async fn follow(
        &self,
        _: Request<feed::FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        Err(unscripted())
    }

    /// The log has nothing.
    async fn pull(
        &self,
        _: Request<feed::PullRequest>,
    ) -> Result<Response<feed::PullResponse>, Status> {
        self.0.lock().unwrap().asked.push(Asked::Pull);
        Ok(Response::new(feed::PullResponse { page: Some(feed::Page::default()) }))
    }

    async fn list_logs(
        &self,
        _: Request<feed::ListLogsRequest>,
    ) -> Result<Response<feed::ListLogsResponse>, Status> {
        Err(unscripted())
    }

    async fn list_set_aside(
        &self,
        _: Request<feed::ListSetAsideRequest>,
    ) -> Result<Response<feed::ListSetAsideResponse>, Status> {
        Err(unscripted())
    }

    async fn retry_set_aside(
        &self,
        _: Request<feed::RetrySetAsideRequest>,
    ) -> Result<Response<feed::RetrySetAsideResponse>, Status> {
        Err(unscripted())
    }

    async fn discard_set_aside(
        &self,
        _: Request<feed::DiscardSetAsideRequest>,
    ) -> Result<Response<feed::DiscardSetAsideResponse>, Status> {
        Err(unscripted())
    }
}

fn unscripted() -> Status {
    Status::unimplemented("not scripted")
}

/// A refusal for a reason of the contract.
pub(in crate::notify) fn refusal(code: Code, reason: &'static str) -> Status {
    Problem::new(code, reason, "dispatch.yiwang", "no", "无").into()
}

pub(in crate::notify) fn noon() -> Timestamp {
    "2026-07-01T04:00:00Z".parse().unwrap()
}

/// A notice that nothing was done about.
pub(in crate::notify) fn pending(position: u64) -> Pending {
    Pending::new(format!("e-{position}"), false, noon())
}

/// Who tells into a folder, by a clock that stands at noon.
pub(in crate::notify) fn teller(address: &str, folder: &Path, attempts: u32) -> Teller {
    let settings = GatewaySettings { token: None, ca: None, timeout: Duration::from_secs(5) };
    let clock = Clock::manual(noon());
    let ids = IdSource::system(clock.clone());
    Teller {
        session: Session::to(address, "token", None).unwrap(),
        carrier: Carrier::open(To::Files(folder.to_owned()), &settings).unwrap(),
        limits: Limits { attempts, give_up_after: SignedDuration::from_hours(24) },
        backoff: Backoff::new(Duration::from_secs(30), Duration::from_hours(1), ids),
        clock,
        screen: Screen { json: false },
        opened: Mutex::default(),
    }
}
