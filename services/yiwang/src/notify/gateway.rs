//! Notices by HTTP: each is posted as JSON, over a connection of its own, with the id of its event as `Idempotency-Key`.

mod answer;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::carrier::Verdict;
use super::message::Message;
use crate::failure::Failure;

/// How a gateway is called.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// File with the bearer token.
    pub(crate) token: Option<PathBuf>,
    /// PEM file of the CA that signed the gateway's certificate.
    pub(crate) ca: Option<PathBuf>,
    /// How long a call may take in all.
    pub(crate) timeout: Duration,
}

/// A gateway.
#[derive(Clone)]
pub(crate) struct Gateway {
    uri: http::Uri,
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    token: Option<HeaderValue>,
    timeout: Duration,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Gateway({}:{})", self.host, self.port)
    }
}

/// What a gateway said of a notice.
struct Answer {
    status: StatusCode,
    retry_after: Option<HeaderValue>,
}

impl Gateway {
    pub(super) fn open(uri: http::Uri, settings: &Settings) -> Result<Gateway, Failure> {
        let host = uri.host().unwrap_or_default().to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let tls = match (is_tls, &settings.ca) {
            (false, None) => None,
            (true, Some(ca)) => Some((connector(ca)?, server_name(&host)?)),
            (_, _) => {
                let en = "a gateway with https needs --gateway-ca, one with http takes none";
                return Err(Failure::wrong(en, "https 网关须提供 --gateway-ca，http 网关不得提供"));
            }
        };
        let token = settings.token.as_deref().map(read_token).transpose()?;
        Ok(Gateway { uri, host, port, tls, token, timeout: settings.timeout })
    }

    /// Posts a notice; whatever happens on the way is a verdict.
    pub(super) async fn post(&self, message: &Message) -> Verdict {
        match tokio::time::timeout(self.timeout, self.exchange(message)).await {
            Ok(Ok(answer)) => answer::verdict(
                answer.status,
                answer.retry_after.as_ref(),
                kit::Clock::system().now(),
            ),
            Ok(Err(why)) => Verdict::Later { why, after: None },
            Err(_) => Verdict::Later { why: "no answer in time".to_owned(), after: None },
        }
    }

    async fn exchange(&self, message: &Message) -> Result<Answer, String> {
        // What a library says of a failure may repeat what was sent; of the kinds of failure nothing does.
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, self.port)).await;
        let stream = stream.map_err(|error| format!("no connection: {}", error.kind()))?;
        match &self.tls {
            None => self.send(stream, message).await,
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                let stream = stream.map_err(|error| format!("no TLS: {}", error.kind()))?;
                self.send(stream, message).await
            }
        }
    }

    async fn send<S>(&self, stream: S, message: &Message) -> Result<Answer, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let broken = |_| "the connection broke".to_owned();
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let request = self.request(message).map_err(|_| "no request can be made".to_owned())?;
        let (mut connection, mut answer) = (pin!(connection), pin!(sender.send_request(request)));
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            // What came before the end is still there.
            _ = &mut connection => answer.await,
        };
        let (head, _) = answer.map_err(broken)?.into_parts();
        let retry_after = HeaderMap::get(&head.headers, RETRY_AFTER).cloned();
        Ok(Answer { status: head.status, retry_after })
    }

    fn request(&self, message: &Message) -> Result<Request<Full<Bytes>>, http::Error> {
        let path = self.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let authority = self.uri.authority().map_or("", http::uri::Authority::as_str);
        let mut request = Request::post(path)
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &message.event_id);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        request.body(Full::new(Bytes::from(message.body.clone())))
    }
}

fn connector(ca: &Path) -> Result<TlsConnector, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        let en = format!("{}: the CA cannot be used: {error}", ca.display());
        Failure::wrong(en, "网关的 CA 证书无法使用")
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|error| wrong(&error))? {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"no certificate in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn server_name(host: &str) -> Result<ServerName<'static>, Failure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(bare).map_err(|_| {
        Failure::wrong(format!("{host} is no name of a server"), "网关地址中的主机名有误")
    })
}

/// The header of the token in a file, without the end of its line.
fn read_token(path: &Path) -> Result<HeaderValue, Failure> {
    let wrong = |en: String| Failure::wrong(en, "网关令牌文件无法使用");
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(format!("{}: the token cannot be read: {error}", path.display())))?;
    let mut header = HeaderValue::try_from(format!("Bearer {}", text.trim()))
        .map_err(|_| wrong(format!("{}: the token cannot stand in a header", path.display())))?;
    header.set_sensitive(true);
    Ok(header)
}
