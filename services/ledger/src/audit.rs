//! Checks a whole log against its hash chain and its head.

use crate::authority::Authority;
use crate::chain::{Broken, Defect, Verifier};
use crate::error::DbError;
use crate::ledger::Ledger;
use crate::records;

/// Records read at a time.
const PAGE: u32 = 1000;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Records that hold, from position 1.
    pub verified: u64,
    /// Hash of the last one that holds, hex.
    pub hash: String,
    /// First place that does not hold, if any.
    pub broken: Option<Broken>,
}

/// Verifies the log of `ledger` from its first record; `progress` is told each position that was reached and the head.
pub async fn verify<A: Authority>(
    ledger: &Ledger<A>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Audit, DbError> {
    let mut verifier = Verifier::new(ledger.log().clone());
    let head = records::head(ledger.db()).await?;
    let goal = head.as_ref().map_or(0, |head| head.position);
    let mut broken = None;
    while verifier.head().0 < goal && broken.is_none() {
        let records = ledger.records(verifier.head().0, PAGE).await?;
        if records.is_empty() {
            let position = verifier.head().0 + 1;
            broken = Some(Broken { position, defect: Defect::Gap });
        }
        broken = records.iter().find_map(|record| verifier.check(record).err()).or(broken);
        progress(verifier.head().0, goal);
    }
    let (verified, hash) = verifier.head();
    // The log may have grown since its head was read; only an untouched end must agree with it.
    if let (None, Some(head)) = (&broken, head)
        && verified == head.position
        && head.position > 0
        && hash.as_slice() != head.hash
    {
        broken = Some(Broken { position: verified, defect: Defect::Head });
    }
    Ok(Audit { verified, hash: hex::encode(hash), broken })
}
