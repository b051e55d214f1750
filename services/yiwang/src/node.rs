//! A node: its services, put together in one process or started one by one.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use kit::server::BoundServer;
use kit::{Callers, Clock, IdSource, Lifecycle, Server};
use ledger::{DatabaseUrl, FeedServer, Options, RequestSecret, Sealer};
use tonic::transport::Channel;
use yiwang_proto::feed::v1::feed_service_server::FeedServiceServer;

use crate::settings::Settings;

/// The method that waits until something happened, and the longest time that it may take: the thirty
/// seconds that a caller may ask for, and what reading takes.
const PULL: (&str, Duration) = ("/yiwang.feed.v1.FeedService/Pull", Duration::from_secs(31));

/// Which services a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All services of a node.
    All,
    /// The registry alone.
    Registry,
    /// Disputes alone; the registry is elsewhere.
    Dispatch,
}

/// A node that serves.
#[derive(Debug, Clone)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Token of the demo caller; none when callers were configured.
    pub token: Option<String>,
}

/// Who may call: tokens that exist for the life of the process only, beside those of the callers file.
struct Access {
    callers: Callers,
    /// As which the services of this process call each other.
    internal: String,
    demo: Option<String>,
}

/// Opens the databases, starts the services and serves them; returns when the address is taken and everything runs.
///
/// # Errors
///
/// When a database cannot be opened, the key not be read, or the address not be listened on.
pub async fn start(settings: &Settings, which: Which, life: &Lifecycle) -> anyhow::Result<Running> {
    start_by(settings.clock(), settings, which, life).await
}

/// As [`start`], by a clock that is given: one that somebody else moves, for instance.
///
/// # Errors
///
/// As [`start`].
pub async fn start_by(
    clock: Clock,
    settings: &Settings,
    which: Which,
    life: &Lifecycle,
) -> anyhow::Result<Running> {
    let access = access(settings, &clock)?;
    refuse_lost_key(settings).await?;
    let options = options(settings, clock)?;
    let mut feeds = FeedServer::new(life.stopping().clone()).of_area(&settings.area);
    let descriptors: &[&[u8]] = &[yiwang_proto::DESCRIPTORS];
    let mut server = Server::new(settings.server.clone(), access.callers, descriptors)?;
    if which != Which::Dispatch {
        let registry =
            registry::Service::open(&settings.registry, &settings.area, &options, life).await?;
        feeds = feeds.with(registry.ledger().source());
        server = server.add_routes("yiwang.registry.v1", registry.routes());
    }
    let mut disputes = None;
    if which != Which::Registry {
        let sealer = Sealer::from_file(&settings.key_path()?, options.ids.clone())?;
        let dispatch = dispatch::Service::open(&settings.dispatch, &options, sealer, life).await?;
        feeds = feeds.with(dispatch.ledger().source());
        server = server.add_routes("yiwang.dispatch.v1", dispatch.routes());
        disputes = Some(dispatch);
    }
    let feed = tonic::service::Routes::new(FeedServiceServer::new(feeds));
    server = server.add_routes("yiwang.feed.v1", feed).may_wait(PULL.0, PULL.1);
    let bound = server.bind().await?;
    let address = bound.address();
    if let Some(dispatch) = disputes {
        let (channel, token) = to_registry(settings, which, &bound, access.internal)?;
        dispatch.follow_registry(channel, token, life);
    }
    bound.serve(life)?;
    Ok(Running { address, token: access.demo })
}

fn access(settings: &Settings, clock: &Clock) -> anyhow::Result<Access> {
    let ids = IdSource::system(clock.clone());
    let (internal, demo) = (ids.token(), ids.token());
    let callers = settings
        .server
        .load_callers(&demo, &settings.area)
        .context("the callers file cannot be read")?
        // The province's two digits, so that nothing of another service's log stays hidden from its neighbour.
        .with_internal(&internal, &settings.area[..2]);
    let demo = settings.server.callers.is_none().then_some(demo);
    Ok(Access { callers, internal, demo })
}

/// A key file that is missing is made, but never beside keys that only the lost one could open.
async fn refuse_lost_key(settings: &Settings) -> anyhow::Result<()> {
    let file = settings.key_path()?;
    if file.exists() {
        return Ok(());
    }
    let (database, keys) = (settings.database_url()?, keys_url(settings)?);
    for service in ["registry", "dispatch"] {
        if ledger::keystore::holds_keys(&database, keys.as_ref(), service).await? {
            anyhow::bail!(
                "key file {} is missing, but {service} holds keys that only it can open; put it \
                 back in its place",
                file.display()
            );
        }
    }
    Ok(())
}

fn keys_url(settings: &Settings) -> anyhow::Result<Option<DatabaseUrl>> {
    settings.keys.as_ref().map(|keys| keys.parse()).transpose().map_err(anyhow::Error::msg)
}

/// What every ledger of the node is opened with.
///
/// # Errors
///
/// When an address of a database cannot be.
pub fn options(settings: &Settings, clock: Clock) -> anyhow::Result<Options> {
    let ids = IdSource::system(clock.clone());
    Ok(Options {
        database: settings.database_url()?,
        keys: keys_url(settings)?,
        node: settings.node.clone(),
        secret: RequestSecret::from_file(&settings.key_path()?, &ids)?,
        ids,
        clock,
    })
}

/// Services of one process still talk through their contracts: as anybody else, except that nothing
/// of it leaves the process.
fn to_registry(
    settings: &Settings,
    which: Which,
    own: &BoundServer,
    internal: String,
) -> anyhow::Result<(Channel, String)> {
    let peer = &settings.follow.registry;
    let Some(address) = &peer.address else {
        anyhow::ensure!(which != Which::Dispatch, "follow.registry.address is wanted (--registry)");
        return Ok((own.local_channel(), internal));
    };
    let ca = peer.ca.as_ref().map(std::fs::read).transpose();
    let ca = ca.context("the CA certificate of follow.registry cannot be read")?;
    let channel = kit::client::channel(address, ca.as_deref()).context("follow.registry")?;
    Ok((channel, peer.token.clone().unwrap_or_default()))
}
