//! One port for everything: gRPC and plain JSON, HTTP/1.1 and HTTP/2, with or without TLS, and
//! the layers around every call.
//!
//! In reading order: [`Server`] with its list of layers; `accept` (connections), `greeting`,
//! `activity`, `tls`; then the layers from the outside in: `trace`, `panic`, `rewrite`,
//! `overload`, `identify`, `deadline`.

mod accept;
mod activity;
mod deadline;
mod greeting;
mod health;
mod identify;
mod local;
mod overload;
mod panic;
mod reflection;
mod reply;
mod rewrite;
mod tls;
mod trace;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;
use tonic::transport::Channel;
use tower::ServiceBuilder;
use tower::util::MapResponseLayer;

use crate::caller::Callers;
use crate::clock::{Clock, IdSource};
use crate::config::ServerConfig;
use crate::json::{Contract, JsonLayer, Limits};
use crate::lifecycle::Lifecycle;

pub(crate) use health::{MAX_BYTES as HEALTH_MAX_BYTES, is_health};
pub(crate) use overload::overloaded;
pub(crate) use reply::ReplyBody;
pub(crate) use rewrite::{too_large, undecodable, unknown_compression, unknown_method};
pub use tls::TlsError;
pub(crate) use tls::read_certificate;
pub use trace::{CallMeasure, Measure};

/// A server that is being put together: services are added, then it binds, then it serves.
pub struct Server {
    config: ServerConfig,
    callers: Callers,
    contract: Contract,
    descriptor_sets: Vec<Vec<u8>>,
    packages: Vec<&'static str>,
    waiting: deadline::Waiting,
    routes: Routes,
    measure: Option<Measure>,
    tls: Option<TlsAcceptor>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The descriptors cannot be read: a build that went wrong.
    #[error("the contract's descriptors cannot be read")]
    Descriptors(#[source] prost_reflect::DescriptorError),
    /// The reflection service cannot be built from the descriptors.
    #[error("the reflection service cannot be built")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// Certificate or key cannot be used.
    #[error("certificate and key cannot be used")]
    Tls(#[source] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Server {
    /// Starts with health and reflection only. The descriptor sets are those of the services that
    /// will be added: they make plain JSON and reflection possible.
    pub fn new(
        config: ServerConfig,
        callers: Callers,
        descriptor_sets: &[&[u8]],
    ) -> Result<Self, ServerError> {
        let contract = Contract::decode(descriptor_sets).map_err(ServerError::Descriptors)?;
        let tls = config.tls.as_ref().map(tls::acceptor).transpose().map_err(ServerError::Tls)?;
        Ok(Self {
            config,
            callers,
            contract,
            descriptor_sets: descriptor_sets.iter().map(|set| set.to_vec()).collect(),
            packages: Vec::new(),
            waiting: deadline::Waiting::default(),
            routes: Routes::default(),
            measure: None,
            tls,
        })
    }

    /// Adds the services of a package. Health, reflection and JSON tell of the packages that were
    /// added, whatever else the descriptors know.
    #[must_use]
    pub fn add_routes(mut self, package: &'static str, routes: Routes) -> Self {
        self.packages.push(package);
        // Both sides answer unknown methods; a router has room for one such answer.
        let router = routes.into_axum_router().reset_fallback();
        Self { routes: self.routes.into_axum_router().merge(router).into(), ..self }
    }

    /// Lets a method wait for something to happen: it may take that long, and as long as it waits
    /// it takes no place from calls that are worked on.
    #[must_use]
    pub fn may_wait(mut self, path: &str, longest: Duration) -> Self {
        self.waiting.add(path, longest);
        self
    }

    /// Hands the figures of every call to the given function, which must be quick.
    #[must_use]
    pub fn measure(self, measure: Measure) -> Self {
        Self { measure: Some(measure), ..self }
    }

    /// Binds the configured address; port 0 takes any free port.
    pub async fn bind(mut self) -> Result<BoundServer, ServerError> {
        self.contract = self.contract.only(&self.packages);
        let address = self.config.listen;
        let bound = TcpListener::bind(address).await.and_then(|listener| {
            let address = listener.local_addr()?;
            let (connect, local) = mpsc::channel(LOCAL_BACKLOG);
            Ok(BoundServer { server: self, listener, address, connect, local })
        });
        bound.map_err(|source| ServerError::Bind { address, source })
    }

    /// The layers, from the outside in, around the services.
    fn stack(self, routes: axum::Router) -> impl accept::Stack {
        let ids = IdSource::system(Clock::system());
        let limits = Limits::new(self.config.max_request_bytes, self.config.max_buffered_bytes);
        ServiceBuilder::new()
            // JSON speaks the Connect protocol to the outside; below it every call is gRPC. Message
            // sizes are checked here too, while the bytes arrive.
            .layer(JsonLayer::new(self.contract, limits))
            // Tracing sees every gRPC call and its final code, refused ones too. Its measure is the
            // metrics hook, called when the last byte of the answer is out.
            .layer(trace::TraceLayer::new(ids, self.measure))
            // A panic below becomes INTERNAL and is traced like any other answer.
            .layer(panic::PanicLayer)
            // What tonic itself answers gets the same details as what services answer.
            .layer(MapResponseLayer::new(rewrite::rewrite as rewrite::Rewrite))
            // Too much work is refused before anything is spent on it; health has its own places.
            .layer(overload::OverloadLayer::new(self.config.max_concurrency, self.waiting.clone()))
            // The caller is known before its message is read; health and nothing else needs none.
            .layer(identify::IdentifyLayer::new(self.callers))
            // The time limit covers what the services do, from reading the message on.
            .layer(deadline::DeadlineLayer::new(self.config.request_timeout, self.waiting))
            .service(routes)
    }
}

/// How many connections from within the process may wait to be served.
const LOCAL_BACKLOG: usize = 8;

/// A server that holds its address and waits to serve.
pub struct BoundServer {
    server: Server,
    listener: TcpListener,
    address: SocketAddr,
    connect: mpsc::Sender<DuplexStream>,
    local: mpsc::Receiver<DuplexStream>,
}

impl BoundServer {
    /// Returns the address with the port that was really taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a channel from within the process: the same services behind the same layers, without
    /// network or TLS, whatever the certificate is made out for.
    pub fn local_channel(&self) -> Channel {
        local::channel(self.connect.clone())
    }

    /// Serves until the process is asked to stop, then drains.
    pub fn serve(self, life: &Lifecycle) -> Result<(), ServerError> {
        let Self { mut server, listener, address, local, .. } = self;
        let names = server.contract.service_names();
        let stopping = life.stopping().clone();
        let (mut health, health_service) = health::service(stopping.clone());
        let routes = std::mem::take(&mut server.routes).add_service(health_service);
        let routes = reflection::add(routes, &server.descriptor_sets, &names, &stopping)
            .map_err(ServerError::Reflection)?;
        let config = &server.config;
        let limits = accept::Limits {
            handshake: config.handshake_timeout,
            max_streams: config.max_streams,
            max_connections: config.max_connections,
            idle: config.idle_timeout,
            age: config.max_connection_age,
        };
        let (tls, ids) = (server.tls.take(), IdSource::system(Clock::system()));
        let connections = accept::Connections { tls, limits, life: life.clone(), ids };
        let stack = server.stack(routes.prepare().into_axum_router());
        tracing::info!(server.address = %address, "serving");
        life.spawn_server("server", async move {
            health.start(names).await;
            let report = async {
                stopping.cancelled().await;
                health.stop().await;
            };
            let serve = async { tokio::join!(connections.serve(listener, local, stack), report) };
            tokio::select! {
                _ = serve => {}
                () = deadline::tick() => {}
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
