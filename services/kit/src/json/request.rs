//! Bodies of requests: gRPC ones are only measured, the others are converted once complete.
//!
//! Both refuse too large a message with a [`Status`] as the body's error, which tonic hands on to
//! the caller.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use prost_reflect::MessageDescriptor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::contract::from_json;
use super::envelope::{self, HEAD};
use super::{Dialect, Form};
use crate::server::{HEALTH_MAX_BYTES, is_health, overloaded, too_large, undecodable};

type Polled = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

/// How large messages may be, and how much of them may be in memory at the same time.
#[derive(Clone)]
pub(crate) struct Limits {
    max_bytes: usize,
    memory: Arc<Semaphore>,
}

impl Limits {
    pub(crate) fn new(max_bytes: usize, buffered: usize) -> Self {
        let memory = Arc::new(Semaphore::new(buffered.min(Semaphore::MAX_PERMITS)));
        Self { max_bytes, memory }
    }

    /// The limits of the method.
    pub(super) fn of(&self, path: &str) -> Self {
        let mut limits = self.clone();
        if is_health(path) {
            limits.max_bytes = limits.max_bytes.min(HEALTH_MAX_BYTES);
        }
        limits
    }

    /// Takes memory for as many bytes, given back when dropped.
    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        let Ok(bytes) = u32::try_from(bytes) else { return Err(too_large().into()) };
        let taken = Arc::clone(&self.memory).try_acquire_many_owned(bytes);
        taken.map_err(|_| overloaded().into())
    }
}

/// The body broke off: nobody waits for the answer, and the fault is not ours.
fn gone(_: hyper::Error) -> BoxError {
    Status::cancelled("the caller went away").into()
}

/// A gRPC body whose messages are measured while they pass.
pub(super) struct Sized {
    inner: Incoming,
    limits: Limits,
    memory: Option<OwnedSemaphorePermit>,
    head: [u8; HEAD],
    /// How much of the head is there.
    have: usize,
    /// How much of the message is still to come.
    rest: usize,
}

impl Sized {
    pub(super) fn new(inner: Incoming, limits: Limits) -> Self {
        Self { inner, limits, memory: None, head: [0; HEAD], have: 0, rest: 0 }
    }

    /// Follows the envelopes: every message has to be small enough, and memory is taken for the
    /// last one.
    fn follow(&mut self, mut data: &[u8]) -> Result<(), Status> {
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
                if self.rest > self.limits.max_bytes {
                    return Err(too_large().into());
                }
                self.memory = None;
                self.memory = Some(self.limits.take(self.rest)?);
            }
        }
        Ok(())
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
            && let Err(refusal) = this.follow(data)
        {
            return Poll::Ready(Some(Err(refusal.into())));
        }
        Poll::Ready(frame.map(|frame| frame.map_err(gone)))
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
    limits: Limits,
    memory: Vec<OwnedSemaphorePermit>,
    received: BytesMut,
    done: bool,
}

impl Converted {
    pub(super) fn new(
        inner: Incoming,
        input: MessageDescriptor,
        dialect: Dialect,
        limits: Limits,
    ) -> Self {
        let (memory, received) = (Vec::new(), BytesMut::new());
        Self { inner, input, dialect, limits, memory, received, done: false }
    }

    fn receive(&mut self, frame: Frame<Bytes>) -> Result<(), BoxError> {
        let Ok(data) = frame.into_data() else { return Ok(()) };
        let max = self.limits.max_bytes;
        let limit = if self.dialect.streaming { max.saturating_add(HEAD) } else { max };
        if self.received.len() + data.len() > limit {
            return Err(Status::from(too_large()).into());
        }
        self.memory.push(self.limits.take(data.len())?);
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
                    return Poll::Ready(Some(Err(gone(error))));
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
