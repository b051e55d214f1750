//! Reading the log: pages for feeds, the events of one subject, raw records for an audit.

use prost::Message;
use sha2::{Digest as _, Sha256};
use yiwang_proto::feed::v1::{Header, LogId, Record};

use crate::authority::Foreign;
use crate::committer::Head;
use crate::db::Db;
use crate::error::DbError;
use crate::incoming::message_in;
use crate::row::Row;
use crate::value::Value;

/// Positions that one page looks at, at most: a filter that lets nothing through costs no more than one that does.
pub(crate) const WINDOW: u64 = 20_000;

/// Bytes after which a page ends, so that a message stays well below what clients take (4 MiB). One record is never
/// larger than what one request may bring in.
const PAGE_BYTES: usize = 1 << 20;

const LOG: &str = "
    SELECT node, service, incarnation
    FROM head
    WHERE id = 1";
const HEAD: &str = "
    SELECT position, hash, recorded_at
    FROM head
    WHERE id = 1";
// Rows and the end of the range come from one statement: its snapshot cannot miss what it vouches for. The page is cut
// before it is joined, so that no database sorts the whole window for it.
const PAGE: &str = "
    SELECT head.position, page.position, page.header, page.salt, page.payload, page.commitment, page.hash
    FROM head
    LEFT JOIN (
        SELECT position, header, salt, payload, commitment, hash
        FROM event
        WHERE position > $1
            AND position <= $2
            AND area_code >= $3
            AND area_code < $4
            AND ($5 = '' OR $5 LIKE '%,' || type || ',%')
            AND ($6 = '' OR subject = $6)
        ORDER BY position
        LIMIT $7
    ) AS page ON TRUE
    WHERE head.id = 1
    ORDER BY page.position";
const HASH_AT: &str = "
    SELECT hash
    FROM event
    WHERE position = $1";
const OF_SUBJECT: &str = "
    SELECT header, payload
    FROM event
    WHERE subject = $1 AND position > $2
    ORDER BY position
    LIMIT $3";
const NEWEST_OF_SUBJECT: &str = "
    SELECT header, payload
    FROM event
    WHERE subject = $1 AND position < $2
    ORDER BY position DESC
    LIMIT $3";
const RAW: &str = "
    SELECT header, salt, payload, commitment, hash, position, type, subject, area_code, recorded_at
    FROM event
    WHERE position > $1
    ORDER BY position
    LIMIT $2";

/// Every statement of this file, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] =
    &[LOG, HEAD, PAGE, HASH_AT, OF_SUBJECT, NEWEST_OF_SUBJECT, RAW];

/// Which records a page shows.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Code whose subtree is shown.
    pub(crate) area_code: String,
    /// `,name,name,` or empty.
    pub(crate) types: String,
    pub(crate) subject: String,
}

impl Selection {
    /// What a cursor says of the selection that it belongs to.
    pub(crate) fn mark(&self) -> Vec<u8> {
        let text = format!("{}\0{}\0{}", self.area_code, self.types, self.subject);
        Sha256::digest(text)[..8].to_vec()
    }
}

/// The range (after, upto] and what is in it.
#[derive(Debug)]
pub(crate) struct LogPage {
    pub(crate) upto: u64,
    pub(crate) head: u64,
    pub(crate) records: Vec<Record>,
}

/// Whose log the database holds; nothing when it has no head row.
pub(crate) async fn log(db: &Db) -> Result<Option<LogId>, DbError> {
    let rows = db.rows("reading whose log it is", LOG, vec![]).await?;
    rows.first()
        .map(|row| {
            Ok(LogId {
                node: row.text(0)?.to_owned(),
                service: row.text(1)?.to_owned(),
                incarnation: row.count(2)?,
            })
        })
        .transpose()
}

pub(crate) async fn head(db: &Db) -> Result<Option<Head>, DbError> {
    let rows = db.rows("reading the head of the log", HEAD, vec![]).await?;
    rows.first()
        .map(|row| {
            Ok(Head {
                position: row.count(0)?,
                hash: row.bytes(1)?.to_vec(),
                recorded_at: row.int(2)?,
            })
        })
        .transpose()
}

/// One page after a position. `limit` counts records.
pub(crate) async fn page(
    db: &Db,
    selection: &Selection,
    after: u64,
    limit: u32,
) -> Result<LogPage, DbError> {
    let end = after.saturating_add(WINDOW);
    let values = vec![
        Value::Int(position(after)),
        Value::Int(position(end)),
        selection.area_code.as_str().into(),
        area_end(&selection.area_code).into(),
        selection.types.as_str().into(),
        selection.subject.as_str().into(),
        Value::Int(i64::from(limit)),
    ];
    let rows = db.rows("reading the log", PAGE, values).await?;
    let head = rows.first().map_or(Ok(0), |row| row.count(0))?;
    let mut records = Vec::with_capacity(rows.len());
    let (mut last, mut bytes, mut full) = (after, 0, false);
    for mut row in rows {
        if row.opt_int(1)?.is_none() {
            continue;
        }
        if bytes > PAGE_BYTES {
            full = true;
            break;
        }
        last = row.count(1)?;
        let record = record(&mut row, 2)?;
        bytes += record.header.len() + record.payload.len();
        records.push(record);
    }
    // Counted by record: a log without a match still gives one row, the head's.
    full |= records.len() == limit as usize;
    let upto = if full { last } else { end.min(head).max(after) };
    Ok(LogPage { upto, head, records })
}

/// The hash of the record at `at`; nothing when the log has none there.
pub(crate) async fn hash_at(db: &Db, at: u64) -> Result<Option<Vec<u8>>, DbError> {
    let rows = db.rows("reading the log", HASH_AT, vec![Value::Int(position(at))]).await?;
    rows.into_iter().next().map(|mut row| row.take_bytes(0)).transpose()
}

pub(crate) async fn of_subject(
    db: &Db,
    subject: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<Foreign>, DbError> {
    read_of_subject(db, OF_SUBJECT, subject, (after, limit)).await
}

/// The same, the newest first, those before a position.
pub(crate) async fn newest_of_subject(
    db: &Db,
    subject: &str,
    before: u64,
    limit: u32,
) -> Result<Vec<Foreign>, DbError> {
    read_of_subject(db, NEWEST_OF_SUBJECT, subject, (before, limit)).await
}

async fn read_of_subject(
    db: &Db,
    statement: &'static str,
    subject: &str,
    (from, limit): (u64, u32),
) -> Result<Vec<Foreign>, DbError> {
    let values = vec![subject.into(), Value::Int(position(from)), Value::Int(i64::from(limit))];
    let rows = db.rows("reading the events of a subject", statement, values).await?;
    rows.iter()
        .map(|row| {
            let header = Header::decode(row.bytes(0)?).map_err(|_| undecodable("header"))?;
            let payload = message_in(row.bytes(1)?).map_err(|_| undecodable("payload"))?;
            Ok(Foreign { header, payload })
        })
        .collect()
}

/// A record with the columns that stand beside it.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub(crate) record: Record,
    position: u64,
    type_name: String,
    subject: String,
    area_code: String,
    recorded_at: i64,
}

impl Indexed {
    /// Whether the columns say what the header says.
    pub(crate) fn agrees(&self) -> bool {
        let Ok(header) = Header::decode(self.record.header.as_slice()) else { return false };
        let time = header.record_time.unwrap_or_default();
        self.position == header.position
            && self.type_name == header.r#type
            && self.subject == header.subject
            && self.area_code == header.area_code
            && self.recorded_at == time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000
    }
}

pub(crate) async fn raw(db: &Db, after: u64, limit: u32) -> Result<Vec<Indexed>, DbError> {
    let values = vec![Value::Int(position(after)), Value::Int(i64::from(limit))];
    let rows = db.rows("reading the log", RAW, values).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Indexed {
                record: record(&mut row, 0)?,
                position: row.count(5)?,
                type_name: row.take_text(6)?,
                subject: row.take_text(7)?,
                area_code: row.take_text(8)?,
                recorded_at: row.int(9)?,
            })
        })
        .collect()
}

/// The event at a position; nothing when the log has none there.
pub(crate) async fn at(db: &Db, position: u64) -> Result<Option<Foreign>, DbError> {
    let Some(before) = position.checked_sub(1) else { return Ok(None) };
    let found = raw(db, before, 1).await?.into_iter().next();
    let Some(found) = found.filter(|found| found.position == position) else { return Ok(None) };
    let record = found.record;
    let header = Header::decode(record.header.as_slice()).map_err(|_| undecodable("header"))?;
    let payload = message_in(&record.payload).map_err(|_| undecodable("payload"))?;
    Ok(Some(Foreign { header, payload }))
}

fn record(row: &mut Row, first: usize) -> Result<Record, DbError> {
    Ok(Record {
        header: row.take_bytes(first)?,
        salt: row.take_bytes(first + 1)?,
        payload: row.take_bytes(first + 2)?,
        commitment: row.opt_bytes(first + 3)?.map(<[u8]>::to_vec).unwrap_or_default(),
        hash: row.take_bytes(first + 4)?,
    })
}

fn undecodable(what: &str) -> DbError {
    DbError::Inconsistent { place: format!("event.{what}"), detail: "undecodable".to_owned() }
}

fn position(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// The first code after the subtree of `area_code`: its last digit counted up. Digits compare the same in every
/// collation, so this is the one way in which subtrees are selected.
pub fn area_end(area_code: &str) -> String {
    let mut digits = area_code.as_bytes().to_vec();
    while let Some(last) = digits.pop() {
        if last < b'9' {
            digits.push(last + 1);
            return String::from_utf8(digits).unwrap_or_default();
        }
    }
    // Beyond every code: a letter follows all digits.
    "a".to_owned()
}

#[cfg(test)]
mod tests {
    use super::area_end;

    #[test]
    fn a_subtree_ends_before_its_next_sibling() {
        assert_eq!(area_end("370306"), "370307");
        assert_eq!(area_end("3709"), "371");
        assert_eq!(area_end("99"), "a");
        assert_eq!(area_end(""), "a");
        for inside in ["370306", "370306004", "370306004001001"] {
            assert!(inside < area_end("370306").as_str());
        }
        assert!("370307" >= area_end("370306").as_str());
    }
}
