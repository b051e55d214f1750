//! A connection to a node, as a command line user or the demo has it.

mod repeat;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use kit::client::{Backoff, Connection, connect};
use kit::{Clock, IdSource};
use yiwang_proto::dispatch::v1::attachment_service_client::AttachmentServiceClient;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::document_service_client::DocumentServiceClient;
use yiwang_proto::dispatch::v1::duty_service_client::DutyServiceClient;
use yiwang_proto::dispatch::v1::ledger_import_service_client::LedgerImportServiceClient;
use yiwang_proto::dispatch::v1::notice_service_client::NoticeServiceClient;
use yiwang_proto::dispatch::v1::party_service_client::PartyServiceClient;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::registry::v1::area_service_client::AreaServiceClient;
use yiwang_proto::registry::v1::catalogue_service_client::CatalogueServiceClient;
use yiwang_proto::registry::v1::grid_service_client::GridServiceClient;
use yiwang_proto::registry::v1::import_service_client::ImportServiceClient;
use yiwang_proto::registry::v1::team_service_client::TeamServiceClient;
use yiwang_proto::registry::v1::unit_service_client::UnitServiceClient;
use yiwang_proto::registry::v1::worker_service_client::WorkerServiceClient;

use crate::failure::Failure;

pub use repeat::Repeating;

/// Environment variables of the client; the node's configuration leaves them alone.
pub const VARIABLES: &[&str] = &["YIWANG_SERVER", "YIWANG_TOKEN", "YIWANG_CA", "YIWANG_RETRY"];

/// Largest answer that is taken: a page of a thousand grids with long outlines.
const ANSWER: usize = 64 << 20;

/// Where the server is and who calls.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Address of the node.
    #[arg(
        long,
        global = true,
        env = "YIWANG_SERVER",
        default_value = "http://127.0.0.1:7600",
        value_name = "URL"
    )]
    pub server: String,
    /// Token of the caller; `yiwang demo` prints one.
    #[arg(
        long,
        global = true,
        env = "YIWANG_TOKEN",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub token: String,
    /// PEM file of the CA that signed the node's certificate; needed with https.
    #[arg(long, global = true, env = "YIWANG_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// How long a call is made again while the node is overloaded or cannot be reached, in seconds.
    #[arg(long, global = true, env = "YIWANG_RETRY", value_name = "SECONDS", default_value_t = 5)]
    pub retry: u64,
    /// Id of the request, a UUID: the same command with the same id again is carried out once.
    #[arg(long, global = true, value_name = "UUID")]
    pub request_id: Option<uuid::Uuid>,
}

/// The request ids of a command: the first one, and those that count up from it.
#[derive(Debug, Clone)]
pub struct Requests {
    first: uuid::Uuid,
    given: Arc<AtomicU64>,
    doubtful: Arc<AtomicBool>,
}

impl Requests {
    /// Begins with an id, or with a new one.
    #[must_use]
    pub fn new(first: Option<uuid::Uuid>) -> Requests {
        // Random rather than time-ordered: a node whose clock is set ahead would find an id of this machine's time too old.
        let first = first.unwrap_or_else(|| {
            let mut random = [0; 16];
            IdSource::system(Clock::system()).fill_id(&mut random);
            uuid::Builder::from_random_bytes(random).into_uuid()
        });
        Requests { first, given: Arc::default(), doubtful: Arc::default() }
    }

    /// The next id. A command that is repeated with the same first id asks for the same ids in the same order.
    fn next(&self) -> uuid::Uuid {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        uuid::Uuid::from_u128(self.first.as_u128().wrapping_add(u128::from(number)))
    }

    /// The first id, when a change got no answer and nobody knows whether it was made.
    #[must_use]
    pub fn doubtful(&self) -> Option<uuid::Uuid> {
        self.doubtful.load(Ordering::Relaxed).then_some(self.first)
    }
}

/// A connection to a node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    connection: Repeating,
    /// For calls that stream to the node: those cannot be made again from the beginning.
    once: Connection,
    patience: Duration,
    requests: Requests,
}

macro_rules! clients {
    ($($name:ident: $client:ident, $what:literal;)*) => {
        impl Session {
            $(
                #[doc = concat!("Returns a client of ", $what, ".")]
                #[must_use]
                pub fn $name(&self) -> $client<Repeating> {
                    $client::new(self.connection.clone()).max_decoding_message_size(ANSWER)
                }
            )*
        }
    };
}

clients! {
    areas: AreaServiceClient, "areas";
    grids: GridServiceClient, "grids";
    workers: WorkerServiceClient, "workers";
    units: UnitServiceClient, "units";
    teams: TeamServiceClient, "teams";
    catalogue: CatalogueServiceClient, "the catalogue";
    imports: ImportServiceClient, "imports";
    disputes: DisputeServiceClient, "disputes";
    duties: DutyServiceClient, "teams on duty";
    attachments: AttachmentServiceClient, "the files of disputes";
    documents: DocumentServiceClient, "the papers of disputes";
    parties: PartyServiceClient, "what parties ask";
    ledger_imports: LedgerImportServiceClient, "ledgers of paper";
    notices: NoticeServiceClient, "notices";
    feeds: FeedServiceClient, "feeds";
}

impl Session {
    /// Prepares a connection; it is made when it is first used.
    ///
    /// # Errors
    ///
    /// [`Failure::Wrong`] when the address, the CA or the token cannot be.
    pub fn open(args: &ServerArgs, requests: Requests) -> Result<Session, Failure> {
        let ca = read_ca(args)?;
        let patience = Duration::from_secs(args.retry);
        Session::patient(&args.server, &args.token, ca.as_deref(), requests, patience)
    }

    /// As [`Session::open`], with the parts given; every call is made once.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub fn to(address: &str, token: &str, ca: Option<&[u8]>) -> Result<Session, Failure> {
        Session::patient(address, token, ca, Requests::new(None), Duration::ZERO)
    }

    fn patient(
        address: &str,
        token: &str,
        ca: Option<&[u8]>,
        requests: Requests,
        patience: Duration,
    ) -> Result<Session, Failure> {
        let connection = connect(address, token, ca)
            .map_err(|error| Failure::wrong(error.to_string(), "服务器地址、CA 证书或令牌有误"))?;
        let ids = IdSource::system(Clock::system());
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2), ids);
        let doubtful = Arc::clone(&requests.doubtful);
        let once = connection.clone();
        let connection = Repeating::new(connection, backoff, patience, doubtful);
        Ok(Session { connection, once, patience, requests })
    }

    /// Returns a client that uploads files; its calls are made once.
    #[must_use]
    pub fn uploads(&self) -> AttachmentServiceClient<Connection> {
        AttachmentServiceClient::new(self.once.clone())
    }

    /// Returns how long a call is tried.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Remembers that the same command with the same ids is worth to be tried again.
    pub(crate) fn doubt(&self) {
        self.requests.doubtful.store(true, Ordering::Relaxed);
    }

    /// Returns a new request id.
    #[must_use]
    pub fn request_id(&self) -> String {
        self.requests.next().to_string()
    }
}

/// Reads the CA file, if one is named.
///
/// # Errors
///
/// [`Failure::Wrong`] when it cannot be read.
pub(crate) fn read_ca(args: &ServerArgs) -> Result<Option<Vec<u8>>, Failure> {
    args.ca.as_ref().map(std::fs::read).transpose().map_err(|error| {
        Failure::wrong(format!("the CA file cannot be read: {error}"), "无法读取 CA 证书文件")
    })
}
