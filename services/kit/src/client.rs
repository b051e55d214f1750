//! Calls to other services: who we are, in which trace, until when, and when to try again.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::clock::IdSource;
use crate::rpc::current_deadline;
use crate::traceparent::{self, TraceParent};

/// What generated clients are built on: `FeedServiceClient::new(connection)`.
pub type Connection = InterceptedService<Channel, Outgoing>;

/// Why a connection cannot be set up. That the other side is down is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none.
    #[error("{address} is not an address like https://node:7600")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        #[source]
        source: tonic::transport::Error,
    },
    /// The address and the CA do not fit each other.
    #[error("{address}: https needs a CA certificate, http takes none")]
    Ca {
        /// The address.
        address: String,
    },
    /// The CA certificate cannot be used.
    #[error("the CA certificate cannot be used")]
    Tls(#[source] tonic::transport::Error),
    /// The token cannot stand in a header.
    #[error("the token has characters that no header may have")]
    Token,
}

/// Sets up a connection to a service; it connects when it is first used and again whenever it was
/// lost, so the other side may start later.
///
/// Must be called within a tokio runtime. `ca_pem` is the certificate that has signed the
/// server's.
pub fn connect(
    address: &str,
    token: &str,
    ca_pem: Option<&[u8]>,
) -> Result<Connection, ClientError> {
    Ok(InterceptedService::new(channel(address, ca_pem)?, Outgoing::new(token)?))
}

/// As [`connect`], for those who call as nobody, or say on each call who they are.
pub fn channel(address: &str, ca_pem: Option<&[u8]>) -> Result<Channel, ClientError> {
    let owned = || address.to_owned();
    let mut endpoint = Endpoint::from_shared(owned())
        .map_err(|source| ClientError::Address { address: owned(), source })?
        .connect_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20);
    match (endpoint.uri().scheme_str(), ca_pem) {
        (Some("http"), None) => {}
        (Some("https"), Some(pem)) => {
            let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
            endpoint = endpoint.tls_config(tls).map_err(ClientError::Tls)?;
        }
        (Some(_) | None, _) => return Err(ClientError::Ca { address: owned() }),
    }
    Ok(endpoint.connect_lazy())
}

/// Puts our identity on every call, and the trace and the deadline of the call that we serve.
#[derive(Clone, Debug)]
pub struct Outgoing {
    authorization: MetadataValue<Ascii>,
}

impl Outgoing {
    /// Calls with the given token.
    pub fn new(token: &str) -> Result<Self, ClientError> {
        let mut authorization: MetadataValue<Ascii> =
            format!("Bearer {token}").parse().map_err(|_| ClientError::Token)?;
        authorization.set_sensitive(true);
        Ok(Self { authorization })
    }
}

impl Interceptor for Outgoing {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let left = current_deadline().map(|deadline| deadline - Instant::now());
        if let Some(left) = left
            && !request.metadata().contains_key("grpc-timeout")
        {
            request.set_timeout(left);
        }
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        if !metadata.contains_key(TraceParent::HEADER)
            && let Some(parent) = traceparent::current()
            && let Ok(value) = parent.to_string().parse()
        {
            metadata.insert(TraceParent::HEADER, value);
        }
        Ok(request)
    }
}

/// How long to wait between attempts: twice as long each time, up to a limit, and each time a
/// random part of that, so that many callers do not come back together.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    limit: Duration,
    ids: IdSource,
}

impl Backoff {
    /// Waits about `first` before the second attempt, and never much longer than `limit`.
    pub fn new(first: Duration, limit: Duration, ids: IdSource) -> Self {
        Self { first, limit, ids }
    }

    /// Returns the pause after the given number of failed attempts: between half and the whole
    /// of its turn.
    pub fn pause(&self, failed: u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)));
        let whole = doubled.min(self.limit);
        let mut random = [0; 4];
        self.ids.fill_id(&mut random);
        let part = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        whole.mul_f64(0.5 + part / 2.0)
    }
}

/// Whether the status was made on this side because the connection failed, whatever its code: a
/// server that ends in order closes connections, and a call that was just being sent over one is
/// INTERNAL to the library.
pub fn is_of_the_connection(status: &Status) -> bool {
    std::error::Error::source(status).is_some_and(|cause| cause.is::<tonic::transport::Error>())
}

/// Whether nothing is known of the call but that the other side cannot be reached just now.
pub fn is_unreachable(status: &Status) -> bool {
    status.code() == Code::Unavailable || is_of_the_connection(status)
}

/// Calls until the answer is something else than UNAVAILABLE or a broken connection, or until the deadline leaves no
/// room for another attempt; then gives the last answer.
///
/// Every other code is an answer that asking again does not change. UNAVAILABLE does not say that
/// nothing was done: the connection may have broken after the call took effect. So what is called
/// must be a reading, or carry a request id by which the other side recognises the repetition. The
/// other side's wish for a longer pause is respected.
pub async fn retry<T, F>(
    backoff: &Backoff,
    deadline: Instant,
    mut call: impl FnMut() -> F,
) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    let mut failed = 0;
    loop {
        let status = match call().await {
            Err(status) if is_unreachable(&status) => status,
            answer => return answer,
        };
        failed += 1;
        let wish = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
        let pause = backoff.pause(failed).max(wish.unwrap_or_default());
        if Instant::now() + pause >= deadline {
            return Err(status);
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::cell::Cell;

    fn backoff(first: Duration) -> Backoff {
        Backoff::new(first, first * 4, IdSource::system(Clock::system()))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[test]
    fn pauses_grow_to_the_limit() {
        let backoff = backoff(Duration::from_millis(100));
        for (failed, whole) in [(1, 100), (2, 200), (3, 400), (4, 400), (40, 400)] {
            let pause = backoff.pause(failed).as_millis();
            assert!((whole / 2..=whole).contains(&pause), "{failed}: {pause}");
        }
    }

    #[tokio::test]
    async fn only_unavailable_is_tried_again() {
        let calls = Cell::new(0);
        let backoff = backoff(Duration::from_micros(10));
        let answer = retry(&backoff, soon(), || {
            calls.set(calls.get() + 1);
            let code = if calls.get() < 3 { Code::Unavailable } else { Code::Aborted };
            async move { Err::<(), _>(Status::new(code, "no")) }
        });
        assert_eq!(answer.await.unwrap_err().code(), Code::Aborted);
        assert_eq!(calls.get(), 3);
    }

    #[tokio::test]
    async fn the_deadline_leaves_no_room_for_a_pause_beyond_it() {
        let calls = Cell::new(0);
        let backoff = backoff(Duration::from_secs(3600));
        let answer = retry(&backoff, soon(), || {
            calls.set(calls.get() + 1);
            async { Err::<(), _>(Status::unavailable("down")) }
        });
        assert_eq!(answer.await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(calls.get(), 1);
    }

    #[tokio::test]
    async fn addresses_and_tokens_are_checked() {
        assert!(connect("http://127.0.0.1:1", "t", None).is_ok());
        let wrong = |address, token, ca| connect(address, token, ca).err().unwrap().to_string();
        assert!(wrong("https://node", "t", None).contains("needs a CA"));
        assert!(wrong("http://node", "t", Some(b"x")).contains("http takes none"));
        assert!(wrong("no address", "t", None).contains("is not an address"));
        assert!(wrong("http://node", "a\nb", None).contains("token"));
    }

    #[tokio::test]
    async fn a_call_hands_on_trace_and_deadline_of_the_call_it_serves() {
        let parent: TraceParent =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let serving = crate::rpc::Serving::new(parent);
        serving.deadline.set(Some(soon()));
        let request = crate::rpc::SERVING
            .scope(serving, async { Outgoing::new("t").unwrap().call(Request::new(())) })
            .await
            .unwrap();
        assert_eq!(request.metadata().get("traceparent").unwrap(), parent.to_string().as_str());
        assert_eq!(request.metadata().get("authorization").unwrap(), "Bearer t");
        assert!(request.metadata().contains_key("grpc-timeout"));
    }
}
