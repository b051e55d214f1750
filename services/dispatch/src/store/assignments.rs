//! Offers of cases to teams: of a case, of a team, of a period, and what is open.

use jiff::Timestamp;
use ledger::{Db, DbError, Value};
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::codes::{AreaCode, Id};

pub(super) const OF_CASE: &str = "
    SELECT body
    FROM assignment
    WHERE id > $1
        AND id < $2
    ORDER BY id
    LIMIT $3";
pub(super) const OF_TEAM: &str = "
    SELECT body
    FROM assignment
    WHERE team_id = $1
        AND offered_at <= $2
        AND (offered_at < $2 OR id < $3)
    ORDER BY offered_at DESC, id DESC
    LIMIT $4";
pub(super) const OF_PERIOD: &str = "
    SELECT body
    FROM assignment
    WHERE team_id = $1
        AND offered_at >= $2
        AND offered_at < $3
    ORDER BY offered_at, id";
// What is open and the place in the log at which that holds come from one statement, and so from one snapshot.
pub(super) const OPEN: &str = "
    SELECT head.position, head.hash, shown.body
    FROM head
    LEFT JOIN (
        SELECT id, body
        FROM assignment
        WHERE open = 1
            AND grid_code >= $1
            AND grid_code < $2
    ) AS shown ON TRUE
    WHERE head.id = 1
    ORDER BY shown.id";

/// Greater than every id of an offer, in any collation.
const LAST: &str = "g";

/// What is open, and where in the log that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Position of the log.
    pub position: u64,
    /// Hash of the record there.
    pub hash: Vec<u8>,
    /// The offers, in order of dispute and number.
    pub open: Vec<Assignment>,
}

/// Id of the row of an offer.
pub fn id(offer: &Assignment) -> String {
    super::assignment_key(offer.dispute, offer.number).id
}

/// Offers of a case after that id (from the beginning for an empty one), in order.
pub async fn of_case(
    db: &Db,
    dispute: Uuid,
    after: &str,
    limit: u32,
) -> Result<Vec<Assignment>, DbError> {
    let from = if after.is_empty() { format!("{dispute}/") } else { after.to_owned() };
    let values = vec![from.into(), format!("{dispute}/{LAST}").into(), i64::from(limit).into()];
    let rows = db.rows("listing the offers of a case", OF_CASE, values).await?;
    rows.iter().map(|row| super::body("assignment", row.text(0)?)).collect()
}

/// Offers to a team, newest first, after that one.
pub async fn of_team(
    db: &Db,
    team: &Id,
    after: Option<(Timestamp, String)>,
    limit: u32,
) -> Result<Vec<Assignment>, DbError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, LAST.to_owned()));
    let values = vec![
        Value::from(team.as_str()),
        at.as_microsecond().into(),
        id.into(),
        i64::from(limit).into(),
    ];
    let rows = db.rows("listing the offers to a team", OF_TEAM, values).await?;
    rows.iter().map(|row| super::body("assignment", row.text(0)?)).collect()
}

/// Offers to a team that were made at `from` or later and before `until`.
pub async fn of_period(
    db: &Db,
    team: &Id,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Assignment>, DbError> {
    let values = vec![
        Value::from(team.as_str()),
        from.as_microsecond().into(),
        until.as_microsecond().into(),
    ];
    let rows = db.rows("reading the offers of a period", OF_PERIOD, values).await?;
    rows.iter().map(|row| super::body("assignment", row.text(0)?)).collect()
}

/// What is open in a subtree.
pub async fn open(db: &Db, area: &AreaCode) -> Result<Standing, DbError> {
    let values = vec![Value::from(area.as_str()), area.successor().into()];
    let rows = db.rows("reading what teams are asked for", OPEN, values).await?;
    let mut standing = Standing { position: 0, hash: Vec::new(), open: Vec::new() };
    for row in &rows {
        standing.position = row.count(0)?;
        standing.hash = row.bytes(1)?.to_vec();
        if let Some(text) = row.opt_text(2)? {
            standing.open.push(super::body("assignment", text)?);
        }
    }
    Ok(standing)
}
