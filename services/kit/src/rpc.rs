//! How a handler opens a request: who calls, in which trace, until when.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use prost::Message;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use tonic::{Code, Request, Status};

use crate::caller::Caller;
use crate::status::{DOMAIN, Problem};
use crate::traceparent::TraceParent;

/// What a handler knows of a call besides the message.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// W3C trace context of the server's span, to be stored with what the call causes.
    pub traceparent: String,
    /// The moment after which the caller no longer waits.
    pub deadline: Option<Instant>,
}

impl Call {
    /// Puts the call on a request that does not come through the server's layers: for tests and
    /// calls within the process.
    pub fn attach<T>(self, request: &mut Request<T>) {
        request.extensions_mut().insert(self);
    }
}

/// What the server's layers learn of a call, in a place that costs the call no allocation.
#[derive(Debug)]
pub(crate) struct Serving {
    /// The server's span; what the handler causes names it as parent.
    pub(crate) parent: TraceParent,
    /// Set by the deadline layer.
    pub(crate) deadline: Cell<Option<Instant>>,
    /// Set by the caller layer.
    pub(crate) caller: OnceCell<Arc<Caller>>,
}

impl Serving {
    pub(crate) fn new(parent: TraceParent) -> Self {
        Self { parent, deadline: Cell::new(None), caller: OnceCell::new() }
    }

    fn call(&self) -> Option<Call> {
        Some(Call {
            caller: Caller::clone(self.caller.get()?),
            traceparent: self.parent.to_string(),
            deadline: self.deadline.get(),
        })
    }
}

tokio::task_local! {
    /// Set by the trace layer around each call, until the head of the answer is there.
    pub(crate) static SERVING: Serving;
}

/// Splits a request into its call and its message. A request without a caller is refused.
pub fn open<T>(request: Request<T>) -> Result<(Call, T), Status> {
    let (_, mut extensions, message) = request.into_parts();
    let call = match extensions.remove::<Call>() {
        Some(attached) => Some(attached),
        None => SERVING.try_with(Serving::call).ok().flatten(),
    };
    Ok((call.ok_or_else(unknown_caller)?, message))
}

/// Returns the moment after which nobody waits for the call that is being served by this task.
pub fn current_deadline() -> Option<Instant> {
    SERVING.try_with(|serving| serving.deadline.get()).ok().flatten()
}

/// The answer to a call without a known token.
pub(crate) fn unknown_caller() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "CALLER_UNKNOWN",
        DOMAIN,
        "the call needs the header authorization: Bearer with a known token",
        "调用须在 authorization 请求头中携带已登记的 Bearer 令牌",
    )
}

/// Returns the SHA-256 of the message's encoding, by which a repeated request is recognised.
///
/// Equal messages have equal fingerprints as long as they contain no map fields, whose order on
/// the wire is not fixed.
pub fn fingerprint(message: &impl Message) -> [u8; 32] {
    Sha256::digest(message.encode_to_vec()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Roles;

    #[test]
    fn an_attached_call_is_opened_again() {
        let mut request = Request::new("hello");
        let caller = Caller {
            caller_id: "desk".to_owned(),
            unit_id: "unit".to_owned(),
            area_code: "3703".to_owned(),
            roles: Roles::all(),
        };
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
        Call { caller: caller.clone(), traceparent: traceparent.clone(), deadline: None }
            .attach(&mut request);
        let (call, message) = open(request).unwrap();
        assert_eq!((call.caller, call.traceparent, message), (caller, traceparent, "hello"));
    }

    #[test]
    fn a_request_without_caller_is_refused() {
        let status = open(Request::new(())).unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }

    #[test]
    fn equal_messages_have_equal_fingerprints() {
        let message = |text: &str| prost_types::Duration { seconds: text.len() as i64, nanos: 0 };
        assert_eq!(fingerprint(&message("a")), fingerprint(&message("b")));
        assert_ne!(fingerprint(&message("a")), fingerprint(&message("bb")));
    }
}
