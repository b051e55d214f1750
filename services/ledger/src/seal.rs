//! Sealing: details of people are encrypted with a key of their own each, and that key is wrapped by the node's key.
//!
//! A sealed text is `suite ‖ nonce ‖ ciphertext ‖ tag`; what is encrypted is `salt ‖ text`, and its digest is
//! SHA-256(salt ‖ text), so that a digest in an event cannot be guessed from a likely text. The subject (the case) is
//! associated data of both layers: a sealed text cannot be moved to another case.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, KeyInit as HmacKeyInit, Mac as _};
use kit::IdSource;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// First byte of everything that AES-256-GCM sealed; another suite gets another number.
const AES_256_GCM: u8 = 1;
const NONCE: usize = 12;
const SALT: usize = 16;

/// Seals and opens with the node's key.
#[derive(Clone)]
pub struct Sealer {
    node_key: Arc<Aes256Gcm>,
    ids: IdSource,
}

/// Keys what requests are recognised by: without it nobody can tell from what is stored whether a guessed body was
/// asked.
#[derive(Clone)]
pub struct RequestSecret(Arc<Zeroizing<[u8; 32]>>);

/// What the secret is derived for; another use of the node's key gets another text.
const REQUESTS: &[u8] = b"yiwang request fingerprints 1";

impl RequestSecret {
    /// Derives it from the 32 bytes of the node's key.
    pub fn new(node_key: &[u8; 32]) -> Self {
        RequestSecret(Arc::new(Zeroizing::new(keyed(node_key, REQUESTS))))
    }

    /// Derives it from the node's key in `file`, which is made when there is none; see [`Sealer::from_file`].
    pub fn from_file(file: &Path, ids: &IdSource) -> Result<Self, SealError> {
        Ok(RequestSecret::new(&*node_key(file, ids)?))
    }

    /// A secret for another use than requests, named by a text that no other use has.
    pub fn derive(&self, used_for: &str) -> [u8; 32] {
        keyed(&self.0, &[used_for.as_bytes(), b" of the node"].concat())
    }

    /// What is stored of a request's fingerprint.
    pub(crate) fn key(&self, fingerprint: &[u8; 32]) -> [u8; 32] {
        keyed(&self.0, fingerprint)
    }
}

impl fmt::Debug for RequestSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestSecret")
    }
}

/// HMAC-SHA256.
fn keyed(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as HmacKeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// A data key, wrapped by the node's key. Lives apart from the database that holds what it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Id of what it opens.
    pub sealed_id: String,
    /// Subject that it belongs to: erasing the subject destroys it.
    pub subject: String,
    /// `suite ‖ nonce ‖ wrapped key ‖ tag`.
    pub wrapped: Vec<u8>,
}

/// A sealed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its id (a time-ordered UUID).
    pub sealed_id: String,
    /// The sealed bytes.
    pub ciphertext: Vec<u8>,
    /// SHA-256 of the secret salt and the text.
    pub digest: [u8; 32],
    /// The key that opens it.
    pub key: WrappedKey,
}

/// A data key in use: it seals the many pieces of one file.
pub(crate) struct DataKey(Box<Aes256Gcm>);

/// How many bytes longer a sealed text is than what is encrypted.
pub(crate) const OVERHEAD: usize = 1 + NONCE + 16;

impl DataKey {
    /// Seals `text` under a fresh random nonce, bound to `bound`.
    pub(crate) fn seal(&self, ids: &IdSource, text: &[u8], bound: &[u8]) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE];
        ids.fill(&mut nonce);
        encrypt(&self.0, &nonce, text, bound)
    }

    /// Opens what was sealed with this key, bound to `bound`.
    pub(crate) fn open(&self, bytes: &[u8], bound: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        decrypt(&self.0, bytes, bound)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DataKey")
    }
}

/// Why something cannot be opened, or the node's key not be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Key, subject or bytes do not belong together, or were changed.
    #[error("the sealed details cannot be opened with this key")]
    Opening,
    /// Sealed by a suite that this release does not know.
    #[error("sealed by unknown suite {0}")]
    UnknownSuite(u8),
    /// The key file is missing, unreadable or not a key.
    #[error("key file {file}: {detail}")]
    KeyFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        detail: String,
    },
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealer")
    }
}

impl Sealer {
    /// Uses the 32 bytes of `key` as the node's key.
    pub fn new(key: &[u8; 32], ids: IdSource) -> Self {
        Sealer { node_key: Arc::new(Aes256Gcm::new(key.into())), ids }
    }

    /// Reads the node's key from `file` (64 hexadecimal digits), creating it, readable by its owner only, when there
    /// is none.
    /// Whoever calls this makes sure that no key store holds keys already: a new node key opens none of them.
    pub fn from_file(file: &Path, ids: IdSource) -> Result<Self, SealError> {
        let key = node_key(file, &ids)?;
        Ok(Sealer::new(&key, ids))
    }

    /// Seals `text` for `subject` with a fresh data key and nonce.
    pub fn seal(&self, subject: &str, text: &[u8]) -> Sealed {
        let sealed_id = self.ids.uuid().to_string();
        let mut random = Zeroizing::new([0_u8; 32 + NONCE + NONCE + SALT]);
        self.ids.fill(random.as_mut_slice());
        let (data_key, rest) = random.split_at(32);
        let (text_nonce, rest) = rest.split_at(NONCE);
        let (key_nonce, salt) = rest.split_at(NONCE);

        let mut salted = Zeroizing::new(Vec::with_capacity(SALT + text.len()));
        salted.extend_from_slice(salt);
        salted.extend_from_slice(text);
        let digest = Sha256::digest(salted.as_slice()).into();

        let cipher = data_cipher(data_key);
        let bound = associated(subject, &sealed_id);
        Sealed {
            ciphertext: encrypt(&cipher, text_nonce, &salted, &bound),
            digest,
            key: WrappedKey {
                sealed_id: sealed_id.clone(),
                subject: subject.to_owned(),
                wrapped: encrypt(&self.node_key, key_nonce, data_key, &bound),
            },
            sealed_id,
        }
    }

    /// Opens what was sealed for `subject`.
    pub fn open(
        &self,
        subject: &str,
        ciphertext: &[u8],
        key: &WrappedKey,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let salted =
            self.unwrap(subject, key)?.open(ciphertext, &associated(subject, &key.sealed_id))?;
        let text = salted.get(SALT..).ok_or(SealError::Opening)?;
        Ok(Zeroizing::new(text.to_vec()))
    }

    /// Makes a data key for `sealed_id` of `subject`.
    pub(crate) fn new_key(&self, subject: &str, sealed_id: &str) -> WrappedKey {
        let mut random = Zeroizing::new([0_u8; 32 + NONCE]);
        self.ids.fill(random.as_mut_slice());
        let (data_key, nonce) = random.split_at(32);
        WrappedKey {
            sealed_id: sealed_id.to_owned(),
            subject: subject.to_owned(),
            wrapped: encrypt(&self.node_key, nonce, data_key, &associated(subject, sealed_id)),
        }
    }

    /// Unwraps a data key of `subject`.
    pub(crate) fn unwrap(&self, subject: &str, key: &WrappedKey) -> Result<DataKey, SealError> {
        let bound = associated(subject, &key.sealed_id);
        let data_key = decrypt(&self.node_key, &key.wrapped, &bound)?;
        if data_key.len() != 32 {
            return Err(SealError::Opening);
        }
        Ok(DataKey(Box::new(data_cipher(&data_key))))
    }

    /// Where nonces and salts are drawn from.
    pub(crate) fn ids(&self) -> &IdSource {
        &self.ids
    }
}

fn data_cipher(key: &[u8]) -> Aes256Gcm {
    let mut sized = Zeroizing::new([0_u8; 32]);
    sized.copy_from_slice(key);
    Aes256Gcm::new((&*sized).into())
}

/// What both layers are bound to.
pub(crate) fn associated(subject: &str, sealed_id: &str) -> Vec<u8> {
    [subject.as_bytes(), b"\0", sealed_id.as_bytes()].concat()
}

fn encrypt(cipher: &Aes256Gcm, nonce: &[u8], text: &[u8], bound: &[u8]) -> Vec<u8> {
    let mut sized = [0_u8; NONCE];
    sized.copy_from_slice(nonce);
    let sealed = cipher
        .encrypt(&Nonce::from(sized), Payload { msg: text, aad: bound })
        .unwrap_or_else(|_| unreachable!("AES-GCM refuses only texts beyond 64 GiB"));
    let mut bytes = Vec::with_capacity(1 + NONCE + sealed.len());
    bytes.push(AES_256_GCM);
    bytes.extend_from_slice(nonce);
    bytes.extend_from_slice(&sealed);
    bytes
}

fn decrypt(
    cipher: &Aes256Gcm,
    bytes: &[u8],
    bound: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (&suite, rest) = bytes.split_first().ok_or(SealError::Opening)?;
    if suite != AES_256_GCM {
        return Err(SealError::UnknownSuite(suite));
    }
    if rest.len() < NONCE {
        return Err(SealError::Opening);
    }
    let (nonce, sealed) = rest.split_at(NONCE);
    let mut sized = [0_u8; NONCE];
    sized.copy_from_slice(nonce);
    cipher
        .decrypt(&Nonce::from(sized), Payload { msg: sealed, aad: bound })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Opening)
}

/// Reads the node's key, creating it when there is none.
fn node_key(file: &Path, ids: &IdSource) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let wrong = |detail: String| SealError::KeyFile { file: file.display().to_string(), detail };
    let mut key = Zeroizing::new([0_u8; 32]);
    if !file.exists() {
        ids.fill(key.as_mut_slice());
        let text = Zeroizing::new(hex::encode(key.as_slice()));
        write_key(file, &text).map_err(|error| wrong(error.to_string()))?;
    }
    let text =
        Zeroizing::new(std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?);
    hex::decode_to_slice(text.trim(), key.as_mut_slice())
        .map_err(|_| wrong("64 hexadecimal digits are wanted".to_owned()))?;
    Ok(key)
}

fn write_key(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut created =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    created.write_all(text.as_bytes())?;
    created.write_all(b"\n")?;
    created.sync_all()?;
    // The name has to be durable, too: a key that is gone after a power cut opens nothing.
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[5; 32], IdSource::seeded(1, kit::Clock::system()))
    }

    #[test]
    fn opens_only_with_its_own_key_and_subject() {
        let sealer = sealer();
        let sealed = sealer.seal("dispute/1", "王某 13800000000".as_bytes());
        let text = sealer.open("dispute/1", &sealed.ciphertext, &sealed.key).unwrap();
        assert_eq!(text.as_slice(), "王某 13800000000".as_bytes());

        assert!(sealer.open("dispute/2", &sealed.ciphertext, &sealed.key).is_err());
        let other = sealer.seal("dispute/1", b"another");
        assert!(sealer.open("dispute/1", &sealed.ciphertext, &other.key).is_err());
        let mut changed = sealed.ciphertext.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(sealer.open("dispute/1", &changed, &sealed.key).is_err());
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let sealer = sealer();
        let (one, two) = (sealer.seal("d", b"text"), sealer.seal("d", b"text"));
        assert_ne!(one.ciphertext, two.ciphertext);
        assert_ne!(one.digest, two.digest);
        assert_ne!(one.key.wrapped, two.key.wrapped);
    }

    #[test]
    fn a_fingerprint_is_stored_under_the_nodes_secret() {
        let (one, two) = (RequestSecret::new(&[1; 32]), RequestSecret::new(&[2; 32]));
        assert_eq!(one.key(&[7; 32]), RequestSecret::new(&[1; 32]).key(&[7; 32]));
        assert_ne!(one.key(&[7; 32]), two.key(&[7; 32]));
        assert_ne!(one.key(&[7; 32]), one.key(&[8; 32]));
    }

    #[test]
    fn a_key_file_is_made_once_and_only_for_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/node.key");
        let ids = IdSource::seeded(1, kit::Clock::system());
        let sealed = Sealer::from_file(&file, ids.clone()).unwrap().seal("d", b"text");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Sealer::from_file(&file, ids.clone()).unwrap();
        assert!(again.open("d", &sealed.ciphertext, &sealed.key).is_ok());

        std::fs::write(&file, "not a key").unwrap();
        let error = Sealer::from_file(&file, ids).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
    }
}
