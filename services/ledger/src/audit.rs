//! Checks a whole log against its hash chain, its index and its head.

use yiwang_proto::feed::v1::LogId;

use crate::authority::Authority;
use crate::chain::{Broken, Defect, Verifier};
use crate::committer::Head;
use crate::db::{DatabaseUrl, Db};
use crate::error::DbError;
use crate::ledger::Ledger;
use crate::records::{self, Indexed};

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

/// A log opened for an audit: nothing is created, migrated or carried out.
#[derive(Debug)]
pub struct Auditor {
    db: Db,
    log: LogId,
}

impl Auditor {
    /// Opens the log of `service` for reading; nothing when there is no such log.
    pub async fn open(url: &DatabaseUrl, service: &'static str) -> Result<Option<Self>, DbError> {
        let Some(db) = Db::open_read_only(url, service).await? else { return Ok(None) };
        if !db.has_table("head").await? {
            return Ok(None);
        }
        let log = records::log(&db).await?;
        Ok(log.map(|log| Auditor { db, log }))
    }

    /// Whose log it is.
    pub fn log(&self) -> &LogId {
        &self.log
    }

    /// Last position, as the head row says.
    pub async fn head(&self) -> Result<u64, DbError> {
        Ok(records::head(&self.db).await?.map_or(0, |head| head.position))
    }

    /// Verifies the log; see [`verify`].
    pub async fn verify(&self, progress: impl FnMut(u64, u64)) -> Result<Audit, DbError> {
        check(&self.db, &self.log, progress).await
    }

    /// Ends the reading sessions.
    pub async fn close(self) {
        self.db.close().await;
    }
}

/// Verifies the log of `ledger` from its first record; `progress` is told each position that was reached and the head.
pub async fn verify<A: Authority>(
    ledger: &Ledger<A>,
    progress: impl FnMut(u64, u64),
) -> Result<Audit, DbError> {
    check(ledger.db(), ledger.log(), progress).await
}

async fn check(db: &Db, log: &LogId, mut progress: impl FnMut(u64, u64)) -> Result<Audit, DbError> {
    let mut verifier = Verifier::new(log.clone());
    let head = records::head(db).await?;
    let goal = head.as_ref().map_or(0, |head| head.position);
    let mut broken = None;
    loop {
        let records = records::raw(db, verifier.head().0, PAGE).await?;
        if records.is_empty() && verifier.head().0 < goal {
            let position = verifier.head().0 + 1;
            broken = Some(Broken { position, defect: Defect::Gap });
        }
        let ended = records.is_empty();
        broken = records.iter().find_map(|indexed| next(&mut verifier, indexed).err()).or(broken);
        progress(verifier.head().0, goal);
        if ended || broken.is_some() || verifier.head().0 >= goal {
            break;
        }
    }
    let (verified, hash) = verifier.head();
    if broken.is_none() {
        // The log may have grown meanwhile, never beyond the head that is read now.
        let head = if verified > goal { records::head(db).await? } else { head };
        broken = head.and_then(|head| disagreement(&head, verified, hash));
    }
    Ok(Audit { verified, hash: hex::encode(hash), broken })
}

/// Moves on over a record when its chain and the columns beside it hold.
fn next(verifier: &mut Verifier, indexed: &Indexed) -> Result<(), Broken> {
    let mut after = verifier.clone();
    after.check(&indexed.record)?;
    if !indexed.agrees() {
        return Err(Broken { position: after.head().0, defect: Defect::Index });
    }
    *verifier = after;
    Ok(())
}

fn disagreement(head: &Head, verified: u64, hash: &[u8]) -> Option<Broken> {
    let position = if verified > head.position {
        head.position + 1
    } else if verified == head.position && hash != head.hash {
        verified
    } else {
        return None;
    };
    Some(Broken { position, defect: Defect::Head })
}
