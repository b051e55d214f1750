//! The tables, the migrations and every read statement.

pub mod assignments;
pub mod lists;
pub mod notices;
pub mod teams;

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::{Column, Db, DbError, Key, Migration, Table, Value};
use uuid::Uuid;

use crate::domain::case_code::{CaseCode, NodeNumber};
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::command::TriedOn;
use crate::domain::dispute::Source;

/// Disputes, by id.
pub static DISPUTE: Table = Table {
    name: "dispute",
    columns: &[
        Column::text("grid_code"),
        Column::text("case_code"),
        Column::text("type_code"),
        Column::int("state_bit"),
        Column::int("level_bit"),
        Column::int("reported_at"),
        Column::text("counted_by"),
        Column::int("wakes_at"),
        Column::text("holder"),
        Column::text("first_handler"),
        Column::int("due_at"),
        Column::int("returned"),
    ],
};
/// Records of other systems, by system and number.
pub static SOURCE: Table = Table { name: "source", columns: &[] };
/// Counters of case codes, by number of the node.
pub static COUNTER: Table = Table { name: "counter", columns: &[] };
/// Sealed pieces, by dispute and id of the sealing, so that those of a dispute stand together.
pub static SEALED: Table = Table { name: "sealed", columns: &[Column::bytes("ciphertext")] };
/// How organisations count their files, by organisation.
pub static FILES: Table = Table { name: "files", columns: &[] };
/// What keeps teams busy, by team.
pub static ENGAGEMENT: Table = Table { name: "engagement", columns: &[] };
/// Areas, by code.
pub static AREA: Table = Table { name: "area", columns: &[] };
/// Grids, by code.
pub static GRID: Table = Table { name: "grid", columns: &[] };
/// Units, by id.
pub static UNIT: Table = Table { name: "unit", columns: &[] };
/// Teams, by id.
pub static TEAM: Table = Table { name: "team", columns: &[Column::text("area_code")] };
/// Which teams serve an area, by code of the area.
pub static COVERAGE: Table = Table { name: "coverage", columns: &[] };
/// The city's limits for disputes, one row.
pub static CATALOGUE: Table = Table { name: "catalogue", columns: &[] };
/// Rows of imports, by import and chunk.
pub static STAGED: Table = Table { name: "staged", columns: &[] };

/// Offers of cases to teams, by dispute and number, so that those of a dispute stand together.
pub static ASSIGNMENT: Table = Table {
    name: "assignment",
    columns: &[
        Column::text("team_id"),
        Column::text("grid_code"),
        Column::int("offered_at"),
        Column::int("open"),
    ],
};
/// PINs of cases, by id of the dispute; and tries of codes that nobody has.
pub static PIN: Table = Table { name: "pin", columns: &[] };

/// Notices that could not be delivered, by position of the notice.
pub static NOTICE: Table =
    Table { name: "notice", columns: &[Column::text("grid_code"), Column::int("listed")] };

/// Whether the clock is doubted, one row.
pub static CLOCK_HOLD: Table = Table { name: "clock_hold", columns: &[] };

/// Every table.
pub static TABLES: [&Table; 17] = [
    &DISPUTE,
    &SOURCE,
    &COUNTER,
    &SEALED,
    &FILES,
    &ENGAGEMENT,
    &AREA,
    &GRID,
    &UNIT,
    &TEAM,
    &COVERAGE,
    &CATALOGUE,
    &STAGED,
    &PIN,
    &NOTICE,
    &ASSIGNMENT,
    &CLOCK_HOLD,
];

/// The schema's history.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql") }];

const BY_CODE: &str = "
    SELECT id
    FROM dispute
    WHERE case_code = $1";
const COUNT: &str = "
    SELECT counted.area, counted.state_bit, counted.type_class, COUNT(*)
    FROM (
        SELECT substr(grid_code, 1, CAST($3 AS INTEGER)) AS area,
            CASE WHEN $4 = 1 THEN state_bit ELSE 0 END AS state_bit,
            CASE WHEN $5 = 1 THEN substr(type_code, 1, 2) ELSE '' END AS type_class
        FROM dispute
        WHERE grid_code >= $1
            AND grid_code < $2
            AND reported_at >= $6
            AND reported_at < $7
    ) AS counted
    GROUP BY counted.area, counted.state_bit, counted.type_class
    ORDER BY counted.area, counted.state_bit, counted.type_class";
const CIPHERTEXTS: &str = "
    SELECT id, body, ciphertext
    FROM sealed
    WHERE id >= $1
        AND id <= $2";
const GRIDS_OF: &str = "
    SELECT id
    FROM grid
    WHERE id >= $1
        AND id < $2
    ORDER BY id
    LIMIT 1000";

// What is over has no clock that runs but the one of the parties, which is counted when it is asked for; so the index of
// open cases has all of it.
const OUTDATED: &str = "
    SELECT id
    FROM dispute
    WHERE state_bit <> 4
        AND state_bit <> 1024
        AND counted_by <> ''
        AND counted_by <> $1
        AND id > $2
    ORDER BY id
    LIMIT $3";
const DUE: &str = "
    SELECT id, wakes_at
    FROM dispute
    WHERE wakes_at <= $1
        AND wakes_at >= $2
        AND (wakes_at > $2 OR id > $3)
    ORDER BY wakes_at, id
    LIMIT $4";
const NEXT_WAKING: &str = "
    SELECT wakes_at
    FROM dispute
    WHERE wakes_at > $1
    ORDER BY wakes_at
    LIMIT 1";

/// Every read statement; a test prepares them on both databases.
pub const STATEMENTS: &[&str] = &[
    BY_CODE,
    COUNT,
    CIPHERTEXTS,
    GRIDS_OF,
    OUTDATED,
    DUE,
    NEXT_WAKING,
    assignments::OF_CASE,
    assignments::OF_TEAM,
    assignments::OF_PERIOD,
    assignments::OPEN,
    teams::OF_AREA,
    lists::EVERYTHING,
    lists::OPEN,
    lists::OF_TOWN,
    lists::OF_COMMUNITY,
    lists::OF_STATE,
    lists::OF_HOLDER,
    lists::OF_FIRST_HANDLER,
    lists::BY_DUE,
    lists::OF_HOLDER_BY_DUE,
    lists::BOARD,
    notices::UNDELIVERED,
];

/// Key of a dispute.
pub fn dispute_key(id: Uuid) -> Key {
    Key::new(&DISPUTE, id.to_string())
}

/// Key of a record in another system.
pub fn source_key(source: &Source) -> Key {
    Key::new(&SOURCE, format!("{}|{}", source.system.as_str(), source.number.as_str()))
}

/// Key of the node's counter.
pub fn counter_key(node: NodeNumber) -> Key {
    Key::new(&COUNTER, node.get().to_string())
}

/// Key of a sealed piece of a dispute.
pub fn sealed_key(dispute: Uuid, id: Uuid) -> Key {
    Key::new(&SEALED, format!("{dispute}/{id}"))
}

/// Key of an organisation's counter of files.
pub fn files_key(organisation: &Id) -> Key {
    Key::new(&FILES, organisation.as_str())
}

/// Key of a team's engagement.
pub fn engagement_key(team: &Id) -> Key {
    Key::new(&ENGAGEMENT, team.as_str())
}

/// Key of an offer of a case.
pub fn assignment_key(dispute: Uuid, number: u32) -> Key {
    Key::new(&ASSIGNMENT, format!("{dispute}/{number:06}"))
}

/// Key of an area.
pub fn area_key(code: &AreaCode) -> Key {
    Key::new(&AREA, code.as_str())
}

/// Key of a grid.
pub fn grid_key(code: GridCode) -> Key {
    Key::new(&GRID, code.as_str())
}

/// Key of a unit.
pub fn unit_key(id: &Id) -> Key {
    Key::new(&UNIT, id.as_str())
}

/// Key of a team.
pub fn team_key(id: &Id) -> Key {
    Key::new(&TEAM, id.as_str())
}

/// Key of the teams that serve an area.
pub fn coverage_key(code: &AreaCode) -> Key {
    Key::new(&COVERAGE, code.as_str())
}

/// Key of the city's limits.
pub fn catalogue_key() -> Key {
    Key::new(&CATALOGUE, "current")
}

/// Key of whether the clock is doubted.
pub fn clock_hold_key() -> Key {
    Key::new(&CLOCK_HOLD, "current")
}

/// Key of a chunk of an import.
pub fn staged_key(import: &Id, chunk: u32) -> Key {
    Key::new(&STAGED, format!("{}/{chunk:06}", import.as_str()))
}

/// Key of the PIN of a case, or of a place where tries of codes that nobody has are counted.
pub fn pin_key(of: TriedOn) -> Key {
    match of {
        TriedOn::Case(dispute) => Key::new(&PIN, dispute.to_string()),
        TriedOn::Nobody(place) => Key::new(&PIN, format!("-/{place}")),
    }
}

/// Key of a notice that could not be delivered: positions of one width, so that they sort as they came.
pub fn notice_key(position: u64) -> Key {
    Key::new(&NOTICE, format!("{position:020}"))
}

/// What disputes are counted by.
#[derive(Debug, Clone, PartialEq)]
pub struct Counting {
    /// Area whose subtree is meant.
    pub area: AreaCode,
    /// Digits of the areas to count by.
    pub digits: i64,
    /// Whether by state.
    pub by_state: bool,
    /// Whether by class of the type.
    pub by_class: bool,
    /// Reported at this time or later and before that, microseconds.
    pub reported: (i64, i64),
}

/// A number of disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Area.
    pub area: String,
    /// Bit of the state; 0 = all.
    pub state_bit: i64,
    /// Class of the type; empty = all.
    pub class: String,
    /// How many.
    pub count: u64,
}

/// Id of the dispute with a case code.
pub async fn by_code(db: &Db, code: CaseCode) -> Result<Option<Uuid>, DbError> {
    let rows = db.rows("finding a case code", BY_CODE, vec![code.as_str().into()]).await?;
    rows.first().map(|row| uuid("dispute.id", row.text(0)?)).transpose()
}

/// Counts disputes.
pub async fn count(db: &Db, counting: &Counting) -> Result<Vec<Counted>, DbError> {
    let rows = db.rows("counting disputes", COUNT, counted(counting)).await?;
    let counts = rows.iter().map(|row| {
        Ok(Counted {
            area: row.text(0)?.to_owned(),
            state_bit: row.int(1)?,
            class: row.text(2)?.to_owned(),
            count: row.count(3)?,
        })
    });
    counts.collect()
}

/// What a count is asked with.
fn counted(counting: &Counting) -> Vec<Value> {
    vec![
        Value::from(counting.area.as_str()),
        counting.area.successor().into(),
        counting.digits.into(),
        counting.by_state.into(),
        counting.by_class.into(),
        counting.reported.0.into(),
        counting.reported.1.into(),
    ]
}

/// A sealed piece as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPiece {
    /// Its body.
    pub body: String,
    /// Its ciphertext; empty once erased.
    pub ciphertext: Vec<u8>,
}

/// The sealed pieces of a dispute, by id of the sealing.
pub async fn sealed(db: &Db, dispute: Uuid) -> Result<BTreeMap<Uuid, StoredPiece>, DbError> {
    let bounds = [Uuid::nil(), Uuid::max()].map(|id| sealed_key(dispute, id).id.into());
    let rows = db.rows("reading sealed details", CIPHERTEXTS, bounds.into()).await?;
    let pieces = rows.iter().map(|row| {
        let (_, id) = row.text(0)?.split_once('/').unwrap_or_default();
        let body = row.text(1)?.to_owned();
        let ciphertext = row.opt_bytes(2)?.unwrap_or_default().to_vec();
        Ok((uuid("sealed.id", id)?, StoredPiece { body, ciphertext }))
    });
    pieces.collect()
}

/// Codes of the grids of an area, at most a thousand.
pub async fn grids_of(db: &Db, area: &AreaCode) -> Result<Vec<GridCode>, DbError> {
    let values = vec![area.as_str().into(), area.successor().into()];
    let rows = db.rows("listing grids", GRIDS_OF, values).await?;
    let codes: Result<Vec<_>, DbError> =
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect();
    Ok(codes?.iter().filter_map(|code| GridCode::parse(code).ok()).collect())
}

/// Ids of disputes after `after` with a clock that runs and is counted by another version of the calendar than `version`.
pub async fn outdated(
    db: &Db,
    version: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Uuid>, DbError> {
    let values = vec![version.into(), after.into(), i64::from(limit).into()];
    let rows = db.rows("finding deadlines to count again", OUTDATED, values).await?;
    rows.iter().map(|row| uuid("dispute.id", row.text(0)?)).collect()
}

/// A dispute in which something is due, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDispute {
    /// Since when.
    pub at: Timestamp,
    /// The dispute.
    pub id: Uuid,
}

/// Disputes in which something is due by time alone at `now`, the earliest first, after `after`.
pub async fn due(
    db: &Db,
    now: Timestamp,
    after: Option<DueDispute>,
    limit: u32,
) -> Result<Vec<DueDispute>, DbError> {
    let after = after.unwrap_or(DueDispute { at: Timestamp::MIN, id: Uuid::nil() });
    let values = vec![
        now.as_microsecond().into(),
        after.at.as_microsecond().into(),
        after.id.to_string().into(),
        i64::from(limit).into(),
    ];
    let rows = db.rows("finding what is due", DUE, values).await?;
    let found = rows.iter().map(|row| {
        Ok(DueDispute { id: uuid("dispute.id", row.text(0)?)?, at: instant(row.int(1)?) })
    });
    found.collect()
}

/// When something is due next after `now`.
pub async fn next_waking(db: &Db, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
    let values = vec![now.as_microsecond().into()];
    let rows = db.rows("finding what is due next", NEXT_WAKING, values).await?;
    rows.first().map(|row| Ok(instant(row.int(0)?))).transpose()
}

fn instant(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
}

/// Reads the body of a row.
fn body<T: serde::de::DeserializeOwned>(table: &str, text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::Inconsistent {
        place: format!("{table}.body"),
        detail: "not readable".to_owned(),
    })
}

fn uuid(place: &str, text: &str) -> Result<Uuid, DbError> {
    Uuid::parse_str(text).map_err(|_| DbError::Inconsistent {
        place: place.to_owned(),
        detail: "not a UUID".to_owned(),
    })
}

#[cfg(test)]
mod tests;
