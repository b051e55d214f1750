//! PINs: made, hashed and compared here, on the caller's task and never in the committer.
//!
//! A PIN has six digits, so that whoever had the database could try all of them: the slow hash is keyed by a secret that
//! is derived from the node's key, which lies elsewhere.

use std::fmt;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use kit::{IdSource, Problem};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tries::Limit;
use crate::domain::case_code::CaseCode;
use crate::domain::pin::PinHash;
use crate::error::DOMAIN;

/// Memory of a hash in KiB and its rounds, as OWASP recommends them for argon2id: a whole call took 16 to 18 milliseconds.
const MEMORY: u32 = 19 * 1024;
const ROUNDS: u32 = 2;
/// Hashes that are computed at the same time: they are what an attacker would want to keep this node busy with.
const AT_ONCE: usize = 4;
/// Bytes of a salt and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;
/// How many PINs there are.
const PINS: u64 = 1_000_000;

/// A PIN as a person has it: six digits. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PinText(String);

/// Makes and compares PINs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pins {
    secret: Arc<[u8; 32]>,
    permits: Arc<Semaphore>,
    /// How many wrong ones a caller may pass on.
    pub(super) limit: Arc<Limit>,
}

impl Pins {
    /// PINs keyed by a secret of the node.
    pub(crate) fn new(secret: [u8; 32], wrong_per_minute: u32) -> Self {
        Pins {
            secret: Arc::new(secret),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            limit: Arc::new(Limit::new(wrong_per_minute)),
        }
    }

    /// A new PIN and its hash.
    pub(super) async fn make(&self, ids: &IdSource) -> Result<(PinText, PinHash), Problem> {
        let (mut random, mut salt) = ([0; 8], [0; SALT]);
        ids.fill(&mut random);
        ids.fill(&mut salt);
        // A remainder of 64 bits: no PIN is more likely than another by more than 1 in 10^13.
        let pin = PinText(format!("{:06}", u64::from_be_bytes(random) % PINS));
        let hash = self.slowly(&pin, salt, self.permit().await?).await?;
        Ok((pin, PinHash(format!("{}{}", hex::encode(salt), hex::encode(hash)))))
    }

    /// Waits until there is room for another hash.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.map_err(|_| Problem::internal(DOMAIN))
    }

    /// Whether a PIN is the one of a hash. Without a hash none is, which takes as long to find out.
    pub(super) async fn is(
        &self,
        pin: &PinText,
        hash: Option<&PinHash>,
        permit: OwnedSemaphorePermit,
    ) -> Result<bool, Problem> {
        let (salt, known) = hash.and_then(parts).unwrap_or(([0; SALT], [0; HASH]));
        let found = self.slowly(pin, salt, permit).await?;
        Ok(bool::from(found.ct_eq(&known)) && hash.is_some())
    }

    /// Where tries of a code that nobody has are counted. Keyed, so that nobody knows which codes share a place.
    pub(super) fn nobody(&self, code: CaseCode) -> u16 {
        let mut hash = Sha256::new();
        hash.update(self.secret.as_slice());
        hash.update(code.as_str());
        let digest = hash.finalize();
        u16::from_be_bytes([digest[0], digest[1]])
    }

    async fn slowly(
        &self,
        pin: &PinText,
        salt: [u8; SALT],
        permit: OwnedSemaphorePermit,
    ) -> Result<[u8; HASH], Problem> {
        let (pin, secret) = (pin.clone(), Arc::clone(&self.secret));
        let work = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when nobody waits for it any more.
            let _permit = permit;
            let params = Params::new(MEMORY, ROUNDS, 1, Some(HASH))?;
            let hasher = Argon2::new_with_secret(
                secret.as_slice(),
                Algorithm::Argon2id,
                Version::V0x13,
                params,
            )?;
            let mut hash = [0; HASH];
            hasher.hash_password_into(pin.0.as_bytes(), &salt, &mut hash)?;
            Ok::<_, argon2::Error>(hash)
        });
        match work.await {
            Ok(Ok(hash)) => Ok(hash),
            Ok(Err(_)) | Err(_) => Err(Problem::internal(DOMAIN)),
        }
    }
}

/// Salt and hash of what is stored.
fn parts(hash: &PinHash) -> Option<([u8; SALT], [u8; HASH])> {
    let bytes = hex::decode(&hash.0).ok()?;
    let (salt, hash) = bytes.split_at_checked(SALT)?;
    Some((salt.try_into().ok()?, hash.try_into().ok()?))
}

impl PinText {
    /// Reads a PIN; full-width digits do not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digit = |letter| match letter {
            '0'..='9' => Some(letter),
            '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10),
            _ => None,
        };
        let digits: String = text.chars().map(digit).collect::<Option<_>>()?;
        (digits.len() == 6).then_some(PinText(digits))
    }

    /// The six digits, for the one who is to have them.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for PinText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PinText")
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pins")
    }
}

#[cfg(test)]
mod tests {
    use kit::Clock;

    use super::*;

    #[tokio::test]
    async fn a_pin_is_recognised_by_its_hash_with_the_secret_of_the_node() {
        let pins = Pins::new([7; 32], 60);
        let (pin, hash) = pins.make(&IdSource::seeded(7, Clock::system())).await.unwrap();
        assert!(PinText::parse(&pin.clone().reveal()).is_some());
        let other = PinText::parse(if pin.0 == "000000" { "000001" } else { "000000" }).unwrap();
        assert!(is(&pins, &pin, Some(&hash)).await);
        assert!(!is(&pins, &other, Some(&hash)).await);
        assert!(!is(&pins, &pin, None).await);
        assert!(!is(&pins, &pin, Some(&PinHash("broken".to_owned()))).await);
        assert!(!is(&Pins::new([8; 32], 60), &pin, Some(&hash)).await);
        assert!(!hash.0.contains(&pin.0) && !format!("{pin:?}{pins:?}{hash:?}").contains(&pin.0));
    }

    async fn is(pins: &Pins, pin: &PinText, hash: Option<&PinHash>) -> bool {
        pins.is(pin, hash, pins.permit().await.unwrap()).await.unwrap()
    }

    #[test]
    fn a_pin_has_six_digits() {
        assert_eq!(PinText::parse("０１２345"), PinText::parse("012345"));
        for text in ["", "12345", "1234567", "12345a", "12 345", "-12345"] {
            assert_eq!(PinText::parse(text), None, "{text}");
        }
    }
}
