//! How a process of Yiwang lives: what every service needs and none should write twice.
//!
//! Map, in reading order:
//!
//! * [`clock`]: the only places that read time and randomness ([`Clock`], [`IdSource`]).
//! * [`status`]: a refusal or a failure as [`Problem`], turned into google.rpc details.
//! * [`caller`]: who calls ([`Caller`]) and which tokens are known ([`Callers`]).
//! * [`traceparent`]: W3C trace context of the call that is being served.
//! * [`rpc`]: how a handler opens a request.
//! * [`config`]: a file, over it the environment, over it the flags.
//! * [`telemetry`]: logs and traces.
//! * [`lifecycle`]: how a process starts, drains and ends.
//! * [`server`]: one port for gRPC and plain JSON, and the layers around every call.
//! * `json`: plain JSON for every method, by the Connect protocol.
//! * [`client`]: calls to other services: identity, trace, deadline, retries.
//!
//! A program, whole:
//!
//! ```no_run
//! use kit::config::{Layers, ServerConfig};
//! use kit::telemetry::TelemetryConfig;
//!
//! #[derive(Default, serde::Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Config {
//!     server: ServerConfig,
//!     telemetry: TelemetryConfig,
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     let checked = |c: &Config| c.server.check("server").and(c.telemetry.check("telemetry"));
//!     let config = match Layers::read(None, &[]).and_then(|layers| layers.load(checked)) {
//!         Ok(config) => config,
//!         Err(error) => return error.exit(),
//!     };
//!     let grace = config.server.drain_grace;
//!     kit::lifecycle::run_process("echo", &config.telemetry, grace, async |life| {
//!         let callers = config.server.load_callers("demo-token", "3703")?;
//!         let descriptor_sets: &[&[u8]] = &[]; // the contract's
//!         let routes = tonic::service::Routes::builder().routes(); // with the services added
//!         let server = kit::Server::new(config.server, callers, descriptor_sets)?;
//!         server.add_routes("echo.v1", routes).bind().await?.serve(&life)?;
//!         Ok(())
//!     })
//! }
//! ```
//!
//! The crate knows no domain noun, no contract and no storage.
#![warn(missing_docs)]

pub mod caller;
pub mod client;
pub mod clock;
pub mod config;
mod json;
pub mod lifecycle;
pub mod rpc;
pub mod server;
pub mod status;
pub mod telemetry;
pub mod traceparent;

pub use caller::{Caller, Callers, Role, Roles};
pub use clock::{Clock, IdSource};
pub use lifecycle::Lifecycle;
pub use rpc::Call;
pub use server::Server;
pub use status::{Problem, REASONS, Violation, Violations};
pub use traceparent::TraceParent;
