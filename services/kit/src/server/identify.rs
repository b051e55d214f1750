//! Who calls: every method but those of the health service needs a known token.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use futures::future::Either;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use tonic::Status;
use tower::{Layer, Service};

use super::health;
use crate::caller::{Caller, Callers};
use crate::rpc::{SERVING, unknown_caller};

#[derive(Clone)]
pub(super) struct IdentifyLayer {
    callers: Callers,
}

impl IdentifyLayer {
    pub(super) fn new(callers: Callers) -> Self {
        Self { callers }
    }
}

impl<S> Layer<S> for IdentifyLayer {
    type Service = Identify<S>;

    fn layer(&self, inner: S) -> Identify<S> {
        Identify { inner, callers: self.callers.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Identify<S> {
    inner: S,
    callers: Callers,
}

impl<S> Identify<S> {
    fn caller(&self, request: &Request<Body>) -> Option<&Arc<Caller>> {
        let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| self.callers.find(token.trim())).flatten()
    }
}

impl<S> Service<Request<Body>> for Identify<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response<Body>, Infallible>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.caller(&request) {
            Some(caller) => {
                SERVING.try_with(|serving| serving.caller.set(Arc::clone(caller))).ok();
            }
            None if health::is_health(request.uri().path()) => {}
            None => return Either::Left(ready(Ok(Status::from(unknown_caller()).into_http()))),
        }
        Either::Right(self.inner.call(request))
    }
}
