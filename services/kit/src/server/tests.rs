//! The server as its callers see it: a small service behind the whole stack, over real sockets.

mod connections;
mod drain;
mod echo;
mod grpc;
mod json;
mod overload;
mod refusals;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::*;
use crate::client::{self, Connection};
use echo::{Echo, EchoClient};

const TOKEN: &str = "the-token";

/// A running server with its service's handles.
struct Running {
    address: SocketAddr,
    life: Lifecycle,
    echo: Echo,
    within: Channel,
}

fn config() -> ServerConfig {
    ServerConfig { listen: ([127, 0, 0, 1], 0).into(), ..ServerConfig::default() }
}

async fn start(config: ServerConfig) -> Running {
    start_with(config, |server| server).await
}

async fn start_with(config: ServerConfig, more: impl FnOnce(Server) -> Server) -> Running {
    let life = Lifecycle::new(Duration::from_secs(20));
    let echo = Echo::new(life.stopping().clone());
    let callers = Callers::demo(TOKEN, "3703");
    let set = echo::descriptor_set();
    let server = Server::new(config, callers, &[set.as_slice()]).unwrap();
    let routes = Routes::new(echo.clone());
    let bound = more(server.add_routes("kit.test.v1", routes)).bind().await.unwrap();
    let (address, within) = (bound.address(), bound.local_channel());
    bound.serve(&life).unwrap();
    Running { address, life, echo, within }
}

impl Running {
    fn connect(&self, token: &str) -> Connection {
        client::connect(&format!("http://{}", self.address), token, None).unwrap()
    }

    fn client(&self) -> EchoClient {
        EchoClient::new(self.connect(TOKEN))
    }

    /// Calls by HTTP/1.1, as curl does; returns status, headers and body.
    async fn http(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        http_over(stream, request, body).await
    }

    async fn json(&self, method: &str, body: impl Into<Bytes>) -> Answer {
        let request = post(method).header("content-type", "application/json");
        self.http(request, body).await
    }
}

async fn http_over<I>(stream: I, request: http::request::Builder, body: impl Into<Bytes>) -> Answer
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let request = request.header("host", "test").body(Full::new(body.into())).unwrap();
    let call = async {
        let response = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer { head, body: body.collect().await.unwrap().to_bytes() }
    };
    tokio::select! {
        answer = call => answer,
        _ = async { connection.await.ok(); std::future::pending::<()>().await } => unreachable!(),
    }
}

fn post(method: &str) -> http::request::Builder {
    http::Request::post(format!("/kit.test.v1.EchoService/{method}"))
        .header("authorization", format!("Bearer {TOKEN}"))
}

/// An answer to plain HTTP.
struct Answer {
    head: http::response::Parts,
    body: Bytes,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{:?}", self.body))
    }

    /// The readable form of the detail of the given type.
    fn detail(&self, name: &str) -> serde_json::Value {
        let value = self.value();
        let details = value["details"].as_array().unwrap_or_else(|| panic!("{value}"));
        let wanted = format!("google.rpc.{name}");
        let detail = details.iter().find(|detail| detail["type"] == wanted.as_str());
        detail.unwrap_or_else(|| panic!("no {name} in {value}"))["debug"].clone()
    }

    fn reason(&self) -> String {
        self.detail("ErrorInfo")["reason"].as_str().unwrap().to_owned()
    }
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap_or_else(|| panic!("{status:?}")).reason
}
