//! TLS: one certificate, TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ResolvesServerCert;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::config::TlsConfig;

/// What is wrong with a certificate or a key; displays with the file that it is about.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{}: {reason}", file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// What is wrong, in short.
        reason: String,
    },
    /// The two do not belong together or cannot be used.
    #[error("{}: {reason}", file.display())]
    Pair {
        /// The key's file.
        file: PathBuf,
        /// What is wrong, in short.
        reason: String,
    },
}

/// Reads certificate and key and checks that they belong together.
pub(crate) fn read_certificate(config: &TlsConfig) -> Result<CertifiedKey, TlsError> {
    let chain = CertificateDer::pem_file_iter(&config.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&config.certificate, &error))?;
    if chain.is_empty() {
        return Err(unreadable(&config.certificate, &pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|error| unreadable(&config.key, &error))?;
    let pair = |error: rustls::Error| TlsError::Pair {
        file: config.key.clone(),
        reason: error.to_string(),
    };
    let certified = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(pair)?;
    certified.keys_match().map_err(pair)?;
    Ok(certified)
}

fn unreadable(file: &Path, error: &pem::Error) -> TlsError {
    let reason = if let pem::Error::Io(error) = error {
        error.to_string()
    } else {
        format!("not the expected PEM: {error}")
    };
    TlsError::Pem { file: file.to_owned(), reason }
}

pub(super) fn acceptor(config: &TlsConfig) -> Result<TlsAcceptor, TlsError> {
    let certified = read_certificate(config)?;
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(certified));
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Pair { file: config.key.clone(), reason: error.to_string() })?;
    let mut server = builder.with_no_client_auth().with_cert_resolver(resolver);
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}
