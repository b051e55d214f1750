//! One port for everything: gRPC and plain JSON, HTTP/1.1 and HTTP/2, with or without TLS, and
//! the layers around every call.
//!
//! In reading order: [`Server`] with its list of layers; `accept` (connections), `tls`; then the
//! layers from the outside in: `trace`, `panic`, `rewrite`, `overload`, `deadline`, `identify`.

mod accept;
mod deadline;
mod health;
mod identify;
mod overload;
mod panic;
mod reply;
mod rewrite;
mod tls;
mod trace;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;
use tower::ServiceBuilder;
use tower::util::MapResponseLayer;

use crate::caller::Callers;
use crate::clock::{Clock, IdSource};
use crate::config::ServerConfig;
use crate::json::{Contract, JsonLayer};
use crate::lifecycle::Lifecycle;

pub(crate) use reply::ReplyBody;
pub(crate) use rewrite::{too_large, undecodable, unknown_method};
pub use tls::TlsError;
pub(crate) use tls::read_certificate;
pub use trace::{CallMeasure, Measure};

/// A server that is being put together: services are added, then it binds, then it serves.
pub struct Server {
    config: ServerConfig,
    callers: Callers,
    contract: Contract,
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
        let mut v1 = tonic_reflection::server::Builder::configure();
        let mut v1alpha = tonic_reflection::server::Builder::configure();
        for set in descriptor_sets.iter().chain([&tonic_health::pb::FILE_DESCRIPTOR_SET]) {
            v1 = v1.register_encoded_file_descriptor_set(set);
            v1alpha = v1alpha.register_encoded_file_descriptor_set(set);
        }
        let routes = Routes::default()
            .add_service(v1.build_v1().map_err(ServerError::Reflection)?)
            .add_service(v1alpha.build_v1alpha().map_err(ServerError::Reflection)?);
        Ok(Self { config, callers, contract, routes, measure: None, tls })
    }

    /// Adds services.
    #[must_use]
    pub fn add_routes(self, routes: Routes) -> Self {
        // Both sides answer unknown methods; a router has room for one such answer.
        let router = routes.into_axum_router().reset_fallback();
        Self { routes: self.routes.into_axum_router().merge(router).into(), ..self }
    }

    /// Hands the figures of every call to the given function, which must be quick.
    #[must_use]
    pub fn measure(self, measure: Measure) -> Self {
        Self { measure: Some(measure), ..self }
    }

    /// Binds the configured address; port 0 takes any free port.
    pub async fn bind(self) -> Result<BoundServer, ServerError> {
        let address = self.config.listen;
        let bound = TcpListener::bind(address).await.and_then(|listener| {
            let address = listener.local_addr()?;
            Ok(BoundServer { server: self, listener, address })
        });
        bound.map_err(|source| ServerError::Bind { address, source })
    }

    /// Serves on a listener until the process is asked to stop, then drains.
    pub fn serve(self, life: &Lifecycle, listener: TcpListener) {
        let names = self.contract.service_names();
        let (mut health, health_service) = health::service(life.stopping().clone());
        let routes = self.routes.add_service(health_service).prepare().into_axum_router();
        let ids = IdSource::system(Clock::system());
        let stack = ServiceBuilder::new()
            // JSON speaks the Connect protocol to the outside; below it every call is gRPC. Message
            // sizes are checked here too, while the bytes arrive.
            .layer(JsonLayer::new(self.contract, self.config.max_request_bytes))
            // Tracing sees every gRPC call and its final code, refused ones too. Its measure is the
            // metrics hook, called when the last byte of the answer is out.
            .layer(trace::TraceLayer::new(ids, self.measure))
            // A panic below becomes INTERNAL and is traced like any other answer.
            .layer(panic::PanicLayer)
            // What tonic itself answers gets the same details as what services answer.
            .layer(MapResponseLayer::new(rewrite::rewrite as rewrite::Rewrite))
            // Too much work is refused before anything is spent on it; health is never refused.
            .layer(overload::OverloadLayer::new(self.config.max_concurrency))
            // The caller is known before its message is read; health and nothing else needs none.
            .layer(identify::IdentifyLayer::new(self.callers))
            // The time limit covers what the services do, from reading the message on.
            .layer(deadline::DeadlineLayer::new(self.config.request_timeout))
            .service(routes);
        let limits = accept::Limits {
            handshake: self.config.handshake_timeout,
            max_streams: self.config.max_streams,
        };
        let connections = accept::Connections { tls: self.tls, limits, life: life.clone() };
        life.spawn_server("server", async move {
            health.start(names).await;
            let stopping = connections.life.stopping().clone();
            let report = async {
                stopping.cancelled().await;
                health.stop().await;
            };
            let serve = async { tokio::join!(connections.serve(listener, stack), report) };
            tokio::select! {
                _ = serve => {}
                () = deadline::tick() => {}
            }
        });
    }
}

/// A server that holds its address and waits to serve.
pub struct BoundServer {
    server: Server,
    listener: TcpListener,
    address: SocketAddr,
}

impl BoundServer {
    /// Returns the address with the port that was really taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is asked to stop, then drains.
    pub fn serve(self, life: &Lifecycle) {
        tracing::info!(server.address = %self.address, "serving");
        self.server.serve(life, self.listener);
    }
}

#[cfg(test)]
mod tests;
