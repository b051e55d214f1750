//! TLS on the same port.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;
use crate::config::TlsConfig;

/// Writes a server certificate and key; returns the CA that signed it.
pub(super) fn certificate(folder: &Path) -> (TlsConfig, String) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = params.signed_by(&key, &ca).unwrap();
    let config = TlsConfig { certificate: folder.join("node.pem"), key: folder.join("node.key") };
    std::fs::write(&config.certificate, signed.pem()).unwrap();
    std::fs::write(&config.key, key.serialize_pem()).unwrap();
    (config, ca.pem())
}

/// A client that trusts the CA and speaks the protocol.
pub(super) fn trusting(ca: &str, protocol: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn both_protocols_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path());
    let server = start(ServerConfig { tls: Some(tls), ..config() }).await;
    let address = format!("https://localhost:{}", server.address.port());
    let connection = client::connect(&address, TOKEN, Some(ca.as_bytes())).unwrap();
    assert_eq!(EchoClient::new(connection).say("sealed").await.unwrap().text, "sealed");

    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = trusting(&ca, b"http/1.1").connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let request = post("Say").header("content-type", "application/json");
    let answer = http_over(stream, request, r#"{"text": "sealed"}"#).await;
    assert_eq!(answer.value()["text"], "sealed");
}

#[test]
fn a_key_of_another_certificate_is_found_before_anything_binds() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut config, _) = certificate(one.path());
    assert!(read_certificate(&config).is_ok());
    config.key = certificate(two.path()).0.key;
    let error = read_certificate(&config).err().unwrap().to_string();
    assert!(error.starts_with(&config.key.display().to_string()), "{error}");
}
