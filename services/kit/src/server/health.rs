//! `grpc.health.v1`: serving until the process is asked to stop, then not; watchers are told and
//! let go, so that they do not hold up the drain.

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::{HealthReporter, HealthService};

/// Tells whether the path belongs to the health service, which anybody may call at any time.
pub(super) fn is_health(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/")
}

/// Makes the service and the switch for it.
pub(super) fn service(stopping: CancellationToken) -> (Switch, HealthServer<DrainingHealth>) {
    let reporter = HealthReporter::new();
    let inner = HealthService::from_health_reporter(reporter.clone());
    (Switch { reporter, names: Vec::new() }, HealthServer::new(DrainingHealth { inner, stopping }))
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

#[derive(Debug)]
pub(super) struct DrainingHealth {
    inner: HealthService,
    stopping: CancellationToken,
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
        let changes = self.inner.watch(request).await?.into_inner();
        let last = HealthCheckResponse { status: ServingStatus::NotServing as i32 };
        let changes = changes
            .take_until(self.stopping.clone().cancelled_owned())
            .chain(stream::iter([Ok(last)]));
        Ok(Response::new(changes.boxed()))
    }
}
