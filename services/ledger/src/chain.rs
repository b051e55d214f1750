//! The hash chain over a log's records: what is hashed, and how a chain is checked.

use prost::Message;
use sha2::{Digest, Sha256};
use yiwang_proto::feed::v1::{Header, LogId, Record};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What stands before position 1: the hash of "node/service/incarnation".
pub fn genesis(log: &LogId) -> Hash {
    Sha256::digest(format!("{}/{}/{}", log.node, log.service, log.incarnation)).into()
}

/// SHA-256(salt ‖ payload): what a record says of its payload once that is blanked.
pub fn commitment(salt: &[u8], payload: &[u8]) -> Hash {
    Sha256::new().chain_update(salt).chain_update(payload).finalize().into()
}

/// SHA-256(previous ‖ SHA-256(header) ‖ commitment).
pub fn link(previous: &[u8], header: &[u8], commitment: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(previous)
        .chain_update(Sha256::digest(header))
        .chain_update(commitment)
        .finalize()
        .into()
}

/// Why a chain is broken, and where first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chain breaks at position {position}: {defect}")]
pub struct Broken {
    /// First position that does not hold.
    pub position: u64,
    /// What is wrong there.
    pub defect: Defect,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// Header, salt, payload or hash were changed, or the record before is another one.
    #[error("its hash does not follow from the record before it and its own bytes")]
    Hash,
    /// A record is missing, or stands in the wrong place.
    #[error("another position was expected here")]
    Gap,
    /// The header is no header.
    #[error("its header cannot be read")]
    Header,
    /// The header's log is another one.
    #[error("its header names another log")]
    Log,
    /// A commitment stands beside the salt or payload that it replaces: nobody can say which of them counts.
    #[error("it holds a commitment beside a payload")]
    Commitment,
    /// The columns beside the record say something else than its header.
    #[error("the index beside it does not agree with its header")]
    Index,
    /// The head row disagrees with the last record.
    #[error("the head of the log does not agree with its last record")]
    Head,
}

/// Checks records one after the other.
#[derive(Debug, Clone)]
pub struct Verifier {
    log: LogId,
    position: u64,
    hash: Hash,
}

impl Verifier {
    /// Begins at the start of a log.
    pub fn new(log: LogId) -> Self {
        let hash = genesis(&log);
        Verifier { log, position: 0, hash }
    }

    /// Position and hash of the last record that held.
    pub fn head(&self) -> (u64, &Hash) {
        (self.position, &self.hash)
    }

    /// Checks the next record.
    pub fn check(&mut self, record: &Record) -> Result<(), Broken> {
        let expected = self.position + 1;
        let broken = |defect| Broken { position: expected, defect };
        let header =
            Header::decode(record.header.as_slice()).map_err(|_| broken(Defect::Header))?;
        if header.position != expected {
            return Err(broken(Defect::Gap));
        }
        if header.log.as_ref() != Some(&self.log) {
            return Err(broken(Defect::Log));
        }
        let hash = record_hash(&self.hash, record).map_err(broken)?;
        if hash.as_slice() != record.hash {
            return Err(broken(Defect::Hash));
        }
        (self.position, self.hash) = (expected, hash);
        Ok(())
    }
}

/// The hash that `record` must have after `previous`; a redacted record counts with the commitment it kept.
///
/// A commitment is believed only where salt and payload are gone: beside them it would vouch for any payload.
pub fn record_hash(previous: &[u8], record: &Record) -> Result<Hash, Defect> {
    if record.commitment.is_empty() {
        return Ok(link(previous, &record.header, &commitment(&record.salt, &record.payload)));
    }
    if record.salt.is_empty() && record.payload.is_empty() {
        Ok(link(previous, &record.header, &record.commitment))
    } else {
        Err(Defect::Commitment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> LogId {
        LogId { node: "n".to_owned(), service: "s".to_owned(), incarnation: 1 }
    }

    fn chain(length: u64) -> Vec<Record> {
        let mut previous = genesis(&log());
        (1..=length)
            .map(|position| {
                let header = Header { log: Some(log()), position, ..Header::default() };
                let mut record = Record {
                    header: header.encode_to_vec(),
                    salt: vec![7; 16],
                    payload: vec![u8::try_from(position).unwrap(); 5],
                    ..Record::default()
                };
                previous = record_hash(&previous, &record).unwrap();
                record.hash = previous.to_vec();
                record
            })
            .collect()
    }

    fn verify(records: &[Record]) -> Result<(), Broken> {
        let mut verifier = Verifier::new(log());
        records.iter().try_for_each(|record| verifier.check(record))
    }

    #[test]
    fn names_the_first_broken_position() {
        assert_eq!(verify(&chain(5)), Ok(()));

        let mut changed = chain(5);
        changed[2].payload[0] ^= 1;
        assert_eq!(verify(&changed), Err(Broken { position: 3, defect: Defect::Hash }));

        let mut cut = chain(5);
        cut.remove(1);
        assert_eq!(verify(&cut), Err(Broken { position: 2, defect: Defect::Gap }));

        let mut swapped = chain(5);
        swapped[3].hash = swapped[4].hash.clone();
        assert_eq!(verify(&swapped), Err(Broken { position: 4, defect: Defect::Hash }));
    }

    #[test]
    fn a_redacted_record_still_holds() {
        let mut records = chain(3);
        records[1].commitment = commitment(&records[1].salt, &records[1].payload).to_vec();
        records[1].salt.clear();
        records[1].payload.clear();
        assert_eq!(verify(&records), Ok(()));
    }

    #[test]
    fn a_commitment_vouches_for_no_payload() {
        let mut records = chain(3);
        records[1].commitment = commitment(&records[1].salt, &records[1].payload).to_vec();
        records[1].payload = b"forged".to_vec();
        assert_eq!(verify(&records), Err(Broken { position: 2, defect: Defect::Commitment }));
        records[1].payload.clear();
        assert_eq!(verify(&records), Err(Broken { position: 2, defect: Defect::Commitment }));
    }
}
