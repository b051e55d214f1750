//! The `[server]` part of a configuration, and which addresses may be served how.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::Wrong;
use crate::caller::Callers;

/// What every service decodes at most.
const MAX_REQUEST_BYTES: usize = 4 << 20;

/// How a server listens and what it bears.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The address to listen on. Default: `127.0.0.1:7600`.
    pub listen: SocketAddr,
    /// Certificate and key; needed on every address but the loopback. Default: none.
    pub tls: Option<TlsConfig>,
    /// The callers file; needed on every address but the loopback. Default: none, which means
    /// one demo caller.
    pub callers: Option<PathBuf>,
    /// How many calls may wait for their answer at the same time, in the whole server; more are
    /// refused at once. Streams count until they begin. Default: 1024.
    pub max_concurrency: usize,
    /// How long an answer, or the beginning of a stream, may take if the caller does not ask for
    /// less. Default: 10 s.
    #[serde(with = "super::duration")]
    pub request_timeout: Duration,
    /// The largest message that is accepted, up to 4 MiB, which is the default.
    pub max_request_bytes: usize,
    /// How many bytes of requests may be in memory at the same time, in the whole server; calls
    /// beyond are refused. Default: 64 MiB.
    pub max_buffered_bytes: usize,
    /// How many connections may be open; more are closed at once. Default: 4096.
    pub max_connections: usize,
    /// How long a connection may be without a call before it is closed. Default: 10 min.
    #[serde(with = "super::duration")]
    pub idle_timeout: Duration,
    /// How long a connection may be used before its caller has to make a new one, which may lead
    /// to another replica. Default: 1 h.
    #[serde(with = "super::duration")]
    pub max_connection_age: Duration,
    /// How many calls one connection may have open. Default: 1024.
    pub max_streams: u32,
    /// How long a connection may take to say its first words. Default: 10 s.
    #[serde(with = "super::duration")]
    pub handshake_timeout: Duration,
    /// How long work in flight may take once the process is asked to stop. Default: 20 s.
    #[serde(with = "super::duration")]
    pub drain_grace: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7600)),
            tls: None,
            callers: None,
            max_concurrency: 1024,
            request_timeout: Duration::from_secs(10),
            max_request_bytes: MAX_REQUEST_BYTES,
            max_buffered_bytes: 64 << 20,
            max_connections: 4096,
            idle_timeout: Duration::from_secs(10 * 60),
            max_connection_age: Duration::from_secs(60 * 60),
            max_streams: 1024,
            handshake_timeout: Duration::from_secs(10),
            drain_grace: Duration::from_secs(20),
        }
    }
}

/// Who a server is, to its callers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate chain, the server's own first.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

impl ServerConfig {
    /// Checks what can be checked before anything binds; `prefix` is where the part stands in the
    /// whole configuration, usually `server`.
    ///
    /// The address policy: whoever can reach the server from outside must be known and must know
    /// the server, so any address but the loopback needs both a callers file and TLS.
    pub fn check(&self, prefix: &str) -> Result<(), Wrong> {
        let wrong = |key: &str, what: &str| Err(Wrong::new(format!("{prefix}.{key}"), what));
        let outside = !self.listen.ip().is_loopback();
        if outside && self.callers.is_none() {
            return wrong("listen", "an address other than the loopback needs server.callers");
        }
        if outside && self.tls.is_none() {
            return wrong("listen", "an address other than the loopback needs server.tls");
        }
        for (key, number) in [
            ("max_concurrency", self.max_concurrency),
            ("max_connections", self.max_connections),
            ("max_streams", self.max_streams as usize),
        ] {
            if number == 0 {
                return wrong(key, "must be at least 1");
            }
        }
        if !(1024..=MAX_REQUEST_BYTES).contains(&self.max_request_bytes) {
            return wrong("max_request_bytes", "must be 1024 to 4194304 (4 MiB)");
        }
        if self.max_buffered_bytes < self.max_request_bytes {
            return wrong("max_buffered_bytes", "must hold at least one request");
        }
        for (key, time) in [
            ("request_timeout", self.request_timeout),
            ("handshake_timeout", self.handshake_timeout),
            ("idle_timeout", self.idle_timeout),
            ("max_connection_age", self.max_connection_age),
        ] {
            if time.is_zero() {
                return wrong(key, "must be longer than nothing");
            }
        }
        if let Some(tls) = &self.tls {
            crate::server::read_certificate(tls)
                .map_err(|error| Wrong::new(format!("{prefix}.tls"), error.to_string()))?;
        }
        self.check_callers(prefix)
    }

    fn check_callers(&self, prefix: &str) -> Result<(), Wrong> {
        let Some(path) = &self.callers else { return Ok(()) };
        Callers::load(path).map(|_| ()).map_err(|error| {
            let more = error.mistakes.len() - 1;
            let first = error.mistakes.into_iter().next().unwrap_or_default();
            let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            Wrong::new(format!("{prefix}.callers"), format!("{first}{rest}"))
        })
    }

    /// Loads the callers file; without one, knows the demo caller only.
    pub fn load_callers(
        &self,
        demo_token: &str,
        demo_area: &str,
    ) -> Result<Callers, crate::caller::CallersError> {
        match &self.callers {
            Some(path) => Callers::load(Path::new(path)),
            None => Ok(Callers::demo(demo_token, demo_area)),
        }
    }
}
