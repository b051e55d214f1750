//! A connection to a node, as a command line user or the demo has it.

use std::path::PathBuf;

use kit::client::{Connection, connect};
use kit::{Clock, IdSource};
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::feed::v1::feed_service_client::FeedServiceClient;
use yiwang_proto::registry::v1::area_service_client::AreaServiceClient;
use yiwang_proto::registry::v1::grid_service_client::GridServiceClient;
use yiwang_proto::registry::v1::import_service_client::ImportServiceClient;
use yiwang_proto::registry::v1::team_service_client::TeamServiceClient;
use yiwang_proto::registry::v1::unit_service_client::UnitServiceClient;
use yiwang_proto::registry::v1::worker_service_client::WorkerServiceClient;

use crate::failure::Failure;

/// Environment variables of the client; the node's configuration leaves them alone.
pub const VARIABLES: &[&str] = &["YIWANG_SERVER", "YIWANG_TOKEN", "YIWANG_CA"];

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
}

/// A connection to a node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    connection: Connection,
    ids: IdSource,
}

macro_rules! clients {
    ($($name:ident: $client:ident, $what:literal;)*) => {
        impl Session {
            $(
                #[doc = concat!("Returns a client of ", $what, ".")]
                #[must_use]
                pub fn $name(&self) -> $client<Connection> {
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
    imports: ImportServiceClient, "imports";
    disputes: DisputeServiceClient, "disputes";
    feeds: FeedServiceClient, "feeds";
}

impl Session {
    /// Prepares a connection; it is made when it is first used.
    ///
    /// # Errors
    ///
    /// [`Failure::Wrong`] when the address, the CA or the token cannot be.
    pub fn open(args: &ServerArgs) -> Result<Session, Failure> {
        let ca = read_ca(args)?;
        Session::to(&args.server, &args.token, ca.as_deref())
    }

    /// As [`Session::open`], with the parts given.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub fn to(address: &str, token: &str, ca: Option<&[u8]>) -> Result<Session, Failure> {
        let connection = connect(address, token, ca)
            .map_err(|error| Failure::wrong(error.to_string(), "服务器地址、CA 证书或令牌有误"))?;
        Ok(Session { connection, ids: IdSource::system(Clock::system()) })
    }

    /// Returns a new request id.
    #[must_use]
    pub fn request_id(&self) -> String {
        self.ids.uuid().to_string()
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
