//! A node under test: dispatch, and a scripted registry whose feed it follows, behind one port.

use std::path::PathBuf;
use std::time::Duration;

use kit::{Call, Caller, Clock, IdSource, Lifecycle, Role};
use ledger::{Actor, CommandMeta, DatabaseUrl, FeedServer, Ledger, Options, Sealer};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::InterceptorLayer;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Server};
use tonic::{Request, Status};
use yiwang_proto::dispatch::v1::attachment_service_client::AttachmentServiceClient;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::duty_service_client::DutyServiceClient;
use yiwang_proto::dispatch::v1::notice_service_client::NoticeServiceClient;
use yiwang_proto::dispatch::v1::party_service_client::PartyServiceClient;
use yiwang_proto::feed::v1::feed_service_server::FeedServiceServer;

use super::scripted::{Scripted, place};
use crate::domain::case_code::NodeNumber;
use crate::{Config, Service};

pub(super) const GRID: &str = "370306001002003";

pub(super) struct Node {
    pub(super) service: Service,
    channel: Channel,
    place: Place,
    lifecycle: Lifecycle,
}

/// A database of its own.
pub(super) struct Place {
    url: DatabaseUrl,
    /// Where it is, on SQLite.
    folder: Option<tempfile::TempDir>,
    /// Where the files of cases are, on PostgreSQL.
    files: Option<tempfile::TempDir>,
}

impl Place {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().to_owned());
        Place { url, folder: Some(folder), files: None }
    }

    /// The databases that a test runs on: PostgreSQL as well, when a server is given.
    pub(super) async fn all() -> Vec<Place> {
        let mut places = vec![Place::sqlite()];
        if let Some(server) = server() {
            let name = format!("dispatch_{}", fresh().replace('-', ""));
            let options: sqlx::postgres::PgConnectOptions = server.parse().unwrap();
            let mut session = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
            sqlx::Executor::execute(&mut session, create).await.unwrap();
            let (base, _) = server.rsplit_once('/').unwrap();
            let url = DatabaseUrl::Postgres(format!("{base}/{name}"));
            places.push(Place { url, folder: None, files: Some(tempfile::tempdir().unwrap()) });
        }
        places
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

impl Drop for Node {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

/// Disputes alone, on the data of a node that was stopped.
pub(super) struct Reopened {
    pub(super) service: Service,
    _place: Place,
}

fn options(place: &Place, clock: Clock) -> Options {
    Options {
        database: place.url.clone(),
        keys: None,
        node: "zibo".to_owned(),
        secret: ledger::RequestSecret::new(&[9; 32]),
        ids: IdSource::system(clock.clone()),
        clock,
    }
}

async fn open(config: &Config, options: &Options, lifecycle: &Lifecycle) -> Service {
    let sealer = Sealer::new(&[9; 32], options.ids.clone());
    Service::open(config, options, sealer, lifecycle).await.unwrap()
}

/// Says who calls.
type As = fn(Request<()>) -> Result<Request<()>, Status>;

/// A new request id.
pub(super) fn fresh() -> String {
    IdSource::system(Clock::system()).uuid().to_string()
}

/// Request id, dispute id and etag of a command.
pub(super) fn head(dispute_id: &str) -> (String, String, String) {
    (fresh(), dispute_id.to_owned(), String::new())
}

impl Node {
    /// A node that has read registry's feed.
    pub(super) async fn start() -> Self {
        Node::start_on(Place::sqlite()).await
    }

    /// A node by another clock that has read registry's feed.
    pub(super) async fn start_at(clock: Clock) -> Self {
        Node::follow(Node::alone_on(Place::sqlite(), &Config::default(), clock).await).await
    }

    /// A node on each database.
    pub(super) async fn everywhere() -> Vec<Self> {
        let mut nodes = Vec::new();
        for place in Place::all().await {
            nodes.push(Node::start_on(place).await);
        }
        nodes
    }

    /// A node on each database, by the same clock.
    pub(super) async fn everywhere_at(clock: &Clock) -> Vec<Self> {
        let mut nodes = Vec::new();
        for place in Place::all().await {
            let node = Node::alone_on(place, &Config::default(), clock.clone()).await;
            nodes.push(Node::follow(node).await);
        }
        nodes
    }

    /// Another process on the data of this one; none on SQLite, where there can be one only.
    pub(super) async fn replica(&self) -> Option<Service> {
        if self.place.folder.is_some() {
            return None;
        }
        let options = options(&self.place, Clock::system());
        Some(open(&Config::default(), &options, &self.lifecycle).await)
    }

    /// The same node after a restart under another number.
    pub(super) async fn restarted_as(self, number: u16) -> Self {
        let place = self.ended().await;
        let node_number = NodeNumber::try_new(number).unwrap();
        let config = Config { node_number, ..Config::default() };
        Node::follow(Node::alone_on(place, &config, Clock::system()).await).await
    }

    /// The same node after a restart.
    pub(super) async fn restarted(self) -> Self {
        Node::start_on(self.ended().await).await
    }

    /// A node on every database that has no folder for files.
    pub(super) async fn without_folder() -> Vec<Self> {
        let mut nodes = Vec::new();
        for place in Place::all().await.into_iter().filter(|place| place.folder.is_none()) {
            nodes.push(Node::start_on(Place { files: None, ..place }).await);
        }
        nodes
    }

    /// Stops the node and leaves its data.
    async fn ended(mut self) -> Place {
        let (folder, files) = (self.place.folder.take(), self.place.files.take());
        let place = Place { url: self.place.url.clone(), folder, files };
        let lifecycle = self.lifecycle.clone();
        drop(self);
        assert_eq!(lifecycle.run_until(tokio_stream::pending()).await, 0);
        place
    }

    async fn start_on(place: Place) -> Self {
        Node::follow(Node::alone_on(place, &Config::default(), Clock::system()).await).await
    }

    async fn follow(node: Node) -> Self {
        node.service.follow_registry(node.channel.clone(), "feed".to_owned(), &node.lifecycle);
        for _ in 0..500 {
            let logs = node.service.ledger().references().await.unwrap();
            if logs.iter().any(|log| log.caught_up && log.position >= 10) {
                return node;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the feed was not read: {:?}", node.service.ledger().set_aside("", 10).await);
    }

    /// A node that has read nothing of registry.
    pub(super) async fn alone() -> Self {
        Node::alone_on(Place::sqlite(), &Config::default(), Clock::system()).await
    }

    async fn alone_on(on: Place, config: &Config, clock: Clock) -> Self {
        let lifecycle = Lifecycle::new(Duration::from_secs(30));
        let options = options(&on, clock);
        let files = on.files.as_ref().map(|files| files.path().to_owned());
        let config = Config { files, ..config.clone() };
        let service = open(&config, &options, &lifecycle).await;
        let registry = Ledger::open(Scripted, &[], &options, &lifecycle).await.unwrap();
        let meta = CommandMeta {
            request: None,
            actor: Actor::default(),
            traceparent: String::new(),
            deadline: None,
        };
        registry.submit(place(), meta).await.unwrap();

        let feed = FeedServer::new(lifecycle.stopping().clone()).with(registry.source());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let identify: As = identify;
        let serving = Server::builder()
            .layer(InterceptorLayer::new(identify))
            .add_routes(service.routes().add_service(FeedServiceServer::new(feed)))
            .serve_with_incoming_shutdown(
                TcpListenerStream::new(listener),
                lifecycle.stopping().clone().cancelled_owned(),
            );
        lifecycle.spawn("server", serving);
        let channel =
            Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Node { service, channel, place: on, lifecycle }
    }

    /// Stops the node, and opens disputes again on its data with another configuration.
    pub(super) async fn reopen(self, config: &Config, clock: Clock) -> Reopened {
        let place = self.ended().await;
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let service = open(config, &options(&place, clock), &lifecycle).await;
        Reopened { service, _place: place }
    }

    /// A client of one of the callers of [`caller`].
    pub(super) fn client(
        &self,
        name: &'static str,
    ) -> DisputeServiceClient<InterceptedService<Channel, Bearer>> {
        DisputeServiceClient::new(self.connection(name))
    }

    /// A connection as somebody.
    pub(super) fn connection(&self, name: &'static str) -> InterceptedService<Channel, Bearer> {
        InterceptedService::new(self.channel.clone(), Bearer(name))
    }

    /// A client of the files of disputes.
    pub(super) fn attachments(
        &self,
        name: &'static str,
    ) -> AttachmentServiceClient<InterceptedService<Channel, Bearer>> {
        AttachmentServiceClient::with_interceptor(self.channel.clone(), Bearer(name))
    }

    /// Files of cases, as they lie on disk.
    pub(super) fn sealed_files(&self) -> Vec<PathBuf> {
        let folder = match (&self.place.files, &self.place.folder) {
            (Some(files), _) => files.path().to_owned(),
            (None, Some(folder)) => folder.path().join("files"),
            (None, None) => return Vec::new(),
        };
        below(folder)
    }

    /// A client of teams on duty.
    pub(super) fn duties(
        &self,
        name: &'static str,
    ) -> DutyServiceClient<InterceptedService<Channel, Bearer>> {
        DutyServiceClient::with_interceptor(self.channel.clone(), Bearer(name))
    }

    /// Where the database is.
    pub(super) fn database(&self) -> DatabaseUrl {
        self.place.url.clone()
    }

    /// Files of the database, where it has files of its own.
    pub(super) fn database_files(&self) -> Vec<PathBuf> {
        self.place.folder.as_ref().map(|folder| below(folder.path().to_owned())).unwrap_or_default()
    }

    /// Deletes positions that are over, as is done once a minute.
    pub(super) async fn sweep_positions(&self) {
        self.service.whereabouts.sweep(self.service.ledger()).await.unwrap();
    }

    /// Asks the node to stop.
    pub(super) fn stop(&self) {
        self.lifecycle.stop();
    }

    /// A client of what parties ask.
    pub(super) fn party(
        &self,
        name: &'static str,
    ) -> PartyServiceClient<InterceptedService<Channel, Bearer>> {
        PartyServiceClient::with_interceptor(self.channel.clone(), Bearer(name))
    }

    /// A client of notices.
    pub(super) fn notices(
        &self,
        name: &'static str,
    ) -> NoticeServiceClient<InterceptedService<Channel, Bearer>> {
        NoticeServiceClient::with_interceptor(self.channel.clone(), Bearer(name))
    }

    /// Files of the node.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        below(self.place.folder.as_ref().expect("files are looked at on SQLite").path().to_owned())
    }
}

fn below(folder: PathBuf) -> Vec<PathBuf> {
    let mut folders = vec![folder];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let list = if path.is_dir() { &mut folders } else { &mut files };
            list.push(path);
        }
    }
    files
}

#[derive(Clone)]
pub(super) struct Bearer(&'static str);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = format!("Bearer {}", self.0).parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form of an interceptor")]
fn identify(mut request: Request<()>) -> Result<Request<()>, Status> {
    let name = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    let caller = caller(name.unwrap_or_default().trim_start_matches("Bearer "));
    Call { caller, traceparent: String::new(), deadline: None }.attach(&mut request);
    Ok(request)
}

pub(super) fn caller(name: &str) -> Caller {
    let (area_code, roles) = match name {
        "desk" | "feed" => ("3703", Role::ALL.to_vec()),
        "kiosk" => ("3703", vec![Role::PartyDesk]),
        "teller" => ("3703", vec![Role::Notify]),
        "far teller" => ("370303", vec![Role::Notify]),
        "far kiosk" => ("370303", vec![Role::PartyDesk]),
        "blind" => ("3703", vec![Role::Report, Role::Handle]),
        "elsewhere" => ("370303", Role::ALL.to_vec()),
        _ => ("3703", Vec::new()),
    };
    Caller {
        caller_id: name.to_owned(),
        unit_id: "u-1".to_owned(),
        area_code: area_code.to_owned(),
        roles: roles.into_iter().collect(),
    }
}
