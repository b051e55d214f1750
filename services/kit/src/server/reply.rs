//! The body of an answer, which knows how its call ended.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::{Code, Status};

use super::activity::InFlight;
use super::trace::Ending;
use crate::status::{DOMAIN, Problem};

/// A body that passes through untouched, and tells the trace when and how it ended.
pub(crate) struct ReplyBody {
    inner: Body,
    ending: Option<Ending>,
    _in_flight: Option<InFlight>,
}

impl ReplyBody {
    /// A body whose call is over already.
    pub(crate) fn ended(inner: impl Into<Body>) -> Self {
        Self { inner: inner.into(), ending: None, _in_flight: None }
    }

    pub(super) fn tracked(inner: Body, ending: Ending) -> Self {
        Self { inner, ending: Some(ending), _in_flight: None }
    }

    /// The call is in flight for as long as the body lives.
    pub(super) fn during(self, in_flight: Option<InFlight>) -> Self {
        Self { _in_flight: in_flight, ..self }
    }

    fn end(&mut self, code: Code) {
        if let Some(ending) = self.ending.take() {
            ending.with(code);
        }
    }

    /// A stream that panics ends like a call that panics.
    fn end_after_panic(&mut self) -> Frame<Bytes> {
        self.inner = Body::empty();
        let mut trailers = HeaderMap::new();
        let status = match self.ending.take() {
            Some(ending) => ending.with_panic(),
            None => Status::from(Problem::internal(DOMAIN)),
        };
        status.add_header(&mut trailers).ok();
        Frame::trailers(trailers)
    }
}

impl http_body::Body for ReplyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let inner = &mut this.inner;
        let mut poll = || Pin::new(&mut *inner).poll_frame(cx);
        // What a stream logs, and what it fails with, names the trace as a unary call's does.
        let poll = AssertUnwindSafe(|| match &this.ending {
            Some(ending) => ending.within(poll),
            None => poll(),
        });
        let polled = std::panic::catch_unwind(poll);
        let Ok(polled) = polled else {
            return Poll::Ready(Some(Ok(this.end_after_panic())));
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.end(code_of(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(_)) | None) => this.end(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Reads the gRPC code from headers or trailers, if it is there.
pub(super) fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}
