//! Bodies of requests: gRPC ones are only measured, the others are converted once complete.
//!
//! Both refuse too large a message with a [`Status`] as the body's error, which tonic hands on to
//! the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use prost_reflect::MessageDescriptor;
use tonic::Status;

use super::contract::from_json;
use super::envelope::{self, HEAD};
use super::{Dialect, Form};
use crate::server::{too_large, undecodable};

type Polled = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

/// A gRPC body whose messages are measured while they pass.
pub(super) struct Sized {
    inner: Incoming,
    max: usize,
    head: [u8; HEAD],
    /// How much of the head is there.
    have: usize,
    /// How much of the message is still to come.
    rest: usize,
}

impl Sized {
    pub(super) fn new(inner: Incoming, max: usize) -> Self {
        Self { inner, max, head: [0; HEAD], have: 0, rest: 0 }
    }

    /// Follows the envelopes; tells whether all messages are small enough so far.
    fn follow(&mut self, mut data: &[u8]) -> bool {
        while !data.is_empty() {
            if self.rest > 0 {
                let passed = self.rest.min(data.len());
                self.rest -= passed;
                data = &data[passed..];
                continue;
            }
            let taken = (HEAD - self.have).min(data.len());
            self.head[self.have..self.have + taken].copy_from_slice(&data[..taken]);
            self.have += taken;
            data = &data[taken..];
            if self.have == HEAD {
                self.have = 0;
                self.rest = envelope::length(&self.head);
                if self.rest > self.max {
                    return false;
                }
            }
        }
        true
    }
}

impl Body for Sized {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && !this.follow(data)
        {
            return Poll::Ready(Some(Err(Status::from(too_large()).into())));
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A Connect body that becomes one gRPC message when it is complete.
pub(super) struct Converted {
    inner: Incoming,
    input: MessageDescriptor,
    dialect: Dialect,
    max: usize,
    received: BytesMut,
    done: bool,
}

impl Converted {
    pub(super) fn new(
        inner: Incoming,
        input: MessageDescriptor,
        dialect: Dialect,
        max: usize,
    ) -> Self {
        Self { inner, input, dialect, max, received: BytesMut::new(), done: false }
    }

    fn receive(&mut self, frame: Frame<Bytes>) -> Result<(), BoxError> {
        let Ok(data) = frame.into_data() else { return Ok(()) };
        let limit = if self.dialect.streaming { self.max.saturating_add(HEAD) } else { self.max };
        if self.received.len() + data.len() > limit {
            return Err(Status::from(too_large()).into());
        }
        self.received.extend_from_slice(&data);
        Ok(())
    }

    fn convert(&mut self) -> Result<Bytes, Status> {
        let mut received = std::mem::take(&mut self.received);
        let message = if self.dialect.streaming {
            match envelope::open(&mut received) {
                Some((0, message)) if received.is_empty() => message,
                Some(_) | None => {
                    let why = "expected exactly one uncompressed message in an envelope";
                    return Err(undecodable(why).into());
                }
            }
        } else {
            received.freeze()
        };
        Ok(match self.dialect.form {
            Form::Json => envelope::seal(0, &from_json(&self.input, &message)?),
            Form::Proto => envelope::seal(0, &message),
        })
    }
}

impl Body for Converted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        while !this.done {
            match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Err(refusal) = this.receive(frame) {
                        this.done = true;
                        return Poll::Ready(Some(Err(refusal)));
                    }
                }
                Some(Err(error)) => {
                    this.done = true;
                    return Poll::Ready(Some(Err(error.into())));
                }
                None => {
                    this.done = true;
                    let converted = this.convert().map(Frame::data);
                    return Poll::Ready(Some(converted.map_err(BoxError::from)));
                }
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.done
    }
}
