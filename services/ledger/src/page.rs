//! Pages of lists: their size, and tokens that belong to one query.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Entries of a page when the caller does not say.
const DEFAULT_SIZE: u32 = 50;
/// Most entries of a page; larger wishes are cut down to it (AIP-158).
const MAX_SIZE: u32 = 1000;
/// Bytes of the filter's hash in a token.
const MARK: usize = 8;

/// Why a page cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// `page_size` is negative.
    #[error("page_size is negative")]
    NegativeSize,
    /// The token was not given by this service, or belongs to another query.
    #[error("page_token does not belong to this query")]
    ForeignToken,
}

/// Entries of a page for the wish `page_size`: 0 = default, at most the maximum.
pub fn size(page_size: i32) -> Result<u32, PageError> {
    match u32::try_from(page_size) {
        Ok(0) => Ok(DEFAULT_SIZE),
        Ok(size) => Ok(size.min(MAX_SIZE)),
        Err(_) => Err(PageError::NegativeSize),
    }
}

/// The token to go on after `last_key` in the query whose filter is `filter`.
pub fn encode(filter: &[u8], last_key: &str) -> String {
    let mut bytes = Sha256::digest(filter)[..MARK].to_vec();
    bytes.extend_from_slice(last_key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key to go on after; nothing for the first page (an empty token).
pub fn decode(token: &str, filter: &[u8]) -> Result<Option<String>, PageError> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| PageError::ForeignToken)?;
    let (mark, key) = bytes.split_at_checked(MARK).ok_or(PageError::ForeignToken)?;
    if mark != &Sha256::digest(filter)[..MARK] {
        return Err(PageError::ForeignToken);
    }
    String::from_utf8(key.to_vec()).map(Some).map_err(|_| PageError::ForeignToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_query() {
        let token = encode(b"area=3703", "370306004001001");
        assert_eq!(decode(&token, b"area=3703"), Ok(Some("370306004001001".to_owned())));
        assert_eq!(decode(&token, b"area=370303"), Err(PageError::ForeignToken));
        assert_eq!(decode("not a token!", b"area=3703"), Err(PageError::ForeignToken));
        assert_eq!(decode("YQ", b"area=3703"), Err(PageError::ForeignToken));
        assert_eq!(decode("", b"area=3703"), Ok(None));
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(size(0), Ok(50));
        assert_eq!(size(7), Ok(7));
        assert_eq!(size(1_000_000), Ok(1000));
        assert_eq!(size(-1), Err(PageError::NegativeSize));
    }
}
