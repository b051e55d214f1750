//! Reflection, v1 and v1alpha: what this process serves and nothing else of the contract.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Frame;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_reflection::server::{Builder, Error};
use tower::Service;

/// Adds both versions; their streams end on the token.
pub(super) fn add(
    routes: Routes,
    descriptor_sets: &[Vec<u8>],
    names: &[String],
    stopping: &CancellationToken,
) -> Result<Routes, Error> {
    let builder = || {
        let mut builder = Builder::configure()
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .with_service_name("grpc.reflection.v1alpha.ServerReflection");
        for set in descriptor_sets {
            builder = builder.register_encoded_file_descriptor_set(set);
        }
        names.iter().fold(builder, Builder::with_service_name)
    };
    // Each knows its own form only; clients that list methods ask either for both.
    let v1 = builder()
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let v1alpha = builder()
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .build_v1alpha()?;
    Ok(routes
        .add_service(Ending { inner: v1, stopping: stopping.clone() })
        .add_service(Ending { inner: v1alpha, stopping: stopping.clone() }))
}

/// Ends the questions of a stream when the process stops: the answers end after them, in order.
#[derive(Clone)]
struct Ending<S> {
    inner: S,
    stopping: CancellationToken,
}

impl<S: NamedService> NamedService for Ending<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Ending<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let stopping = Box::pin(self.stopping.clone().cancelled_owned());
        let request = request.map(|inner| Body::new(Questions { inner, stopping }));
        Box::pin(self.inner.call(request))
    }
}

struct Questions {
    inner: Body,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl http_body::Body for Questions {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.stopping.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut this.inner).poll_frame(cx).map_err(BoxError::from)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}
