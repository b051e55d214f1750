//! `grpc.health.v1`: serving until the process is asked to stop, then not; watchers are told and
//! let go, so that they do not hold up the drain.

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};

use super::overload::overloaded;

/// Tells whether the path belongs to the health service, which anybody may call at any time.
pub(crate) fn is_health(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/")
}

/// The largest message that the health service takes: a name of a service is much shorter.
pub(crate) const MAX_BYTES: usize = 1024;

/// Makes the service and the switch for it.
pub(super) fn service(stopping: CancellationToken) -> (Switch, HealthServer<DrainingHealth>) {
    let reporter = HealthReporter::new();
    let inner = HealthService::from_health_reporter(reporter.clone());
    let watches = Arc::new(Semaphore::new(WATCHES));
    let service = HealthServer::new(DrainingHealth { inner, stopping, watches });
    (Switch { reporter, names: Vec::new() }, service)
}

/// Says whether the server serves, for the server as a whole and for each of its services.
pub(super) struct Switch {
    reporter: HealthReporter,
    names: Vec<String>,
}

impl Switch {
    pub(super) async fn start(&mut self, names: Vec<String>) {
        self.names = names;
        self.names.push(String::new());
        self.set(ServingStatus::Serving).await;
    }

    pub(super) async fn stop(&self) {
        self.set(ServingStatus::NotServing).await;
    }

    async fn set(&self, status: ServingStatus) {
        for name in &self.names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}

/// How many streams may watch at the same time: anybody may open one, and for ever.
const WATCHES: usize = 64;

#[derive(Debug)]
pub(super) struct DrainingHealth {
    inner: HealthService,
    stopping: CancellationToken,
    watches: Arc<Semaphore>,
}

#[tonic::async_trait]
impl Health for DrainingHealth {
    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.inner.check(request).await
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let Ok(place) = Arc::clone(&self.watches).try_acquire_owned() else {
            return Err(overloaded().into());
        };
        let changes = self.inner.watch(request).await?.into_inner();
        let last = HealthCheckResponse { status: ServingStatus::NotServing as i32 };
        let changes = changes
            .take_until(self.stopping.clone().cancelled_owned())
            .chain(stream::iter([Ok(last)]))
            .inspect(move |_| {
                let _held_to_the_end = &place;
            });
        Ok(Response::new(changes.boxed()))
    }
}
