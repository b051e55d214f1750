//! Lists: six ways to disputes, each with a statement and an index of its own, in keyset pages.
//!
//! A way says which rows are gone through and in which order; every other filter decides, row by row, whether a dispute is
//! shown. A page goes through a bounded number of rows: what it did not reach, its token does.

use jiff::Timestamp;
use ledger::{Db, DbError, Row, Value};

use crate::domain::codes::{AreaCode, Id};
use crate::domain::dispute::Place;

// Newest first is the order of the ids.
pub(super) const EVERYTHING: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE id < $10
    ORDER BY id DESC
    LIMIT $9";
// The two comparisons are those of the index of open cases.
pub(super) const OPEN: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE state_bit <> 4
        AND state_bit <> 1024
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
pub(super) const OF_TOWN: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE substr(grid_code, 1, 9) = $11
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
// A grid is gone through along its community.
pub(super) const OF_COMMUNITY: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE substr(grid_code, 1, 12) = $11
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
pub(super) const OF_STATE: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE state_bit = $11
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
pub(super) const OF_HOLDER: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE holder = $11
        AND state_bit <> 4
        AND state_bit <> 1024
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
pub(super) const OF_FIRST_HANDLER: &str = "
    SELECT id,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE first_handler = $11
        AND first_handler <> ''
        AND id < $10
    ORDER BY id DESC
    LIMIT $9";
// The most overdue first: of everybody, or of one that has them.
pub(super) const BY_DUE: &str = "
    SELECT id, due_at,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE due_at < $11
        AND due_at >= $12
        AND (due_at > $12 OR id > $10)
    ORDER BY due_at, id
    LIMIT $9";
pub(super) const OF_HOLDER_BY_DUE: &str = "
    SELECT id, due_at,
        CASE
            WHEN grid_code >= $1
                AND grid_code < $2
                AND (state_bit & $3) <> 0
                AND (level_bit & $4) <> 0
                AND type_code >= $5
                AND type_code <= $6
                AND reported_at >= $7
                AND reported_at < $8
            THEN body
        END AS found
    FROM dispute
    WHERE holder = $13
        AND state_bit <> 4
        AND state_bit <> 1024
        AND due_at < $11
        AND due_at >= $12
        AND (due_at > $12 OR id > $10)
    ORDER BY due_at, id
    LIMIT $9";
pub(super) const BOARD: &str = "
    SELECT COUNT(*),
        COALESCE(SUM(CASE WHEN due_at >= $2 AND due_at < $3 THEN 1 ELSE 0 END), 0),
        COALESCE(SUM(CASE WHEN due_at < $4 THEN 1 ELSE 0 END), 0),
        CAST(COALESCE(SUM(returned), 0) AS BIGINT)
    FROM dispute
    WHERE holder = $1
        AND state_bit <> 4
        AND state_bit <> 1024";

/// Which disputes are listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// How they are found.
    pub way: Way,
    /// Area whose subtree is meant.
    pub area: AreaCode,
    /// Bits of the states.
    pub states: i64,
    /// Bits of the levels; bit 0 = none.
    pub levels: i64,
    /// First and last type.
    pub types: (String, String),
    /// Reported at this time or later and before that, microseconds.
    pub reported: (i64, i64),
}

/// A way to disputes.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// By area and state, whichever leads there faster.
    Subtree,
    /// The one that keeps a team busy.
    Team(Id),
    /// Open ones that somebody has.
    Holder(Place),
    /// Those that somebody first accepted.
    FirstHandler(Place),
    /// Those whose limit runs and ends before a time, the most overdue first.
    DueBefore {
        /// That time.
        until: Timestamp,
        /// Who has them; none = anybody.
        holder: Option<Place>,
    },
}

/// A row that was gone through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What the next page goes on after.
    pub key: String,
    /// The dispute's body, if every filter lets it through.
    pub body: Option<String>,
}

/// What waits with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Board {
    /// Open cases.
    pub open: u64,
    /// Of them with a limit that ends today.
    pub due_today: u64,
    /// Of them with a limit that is over.
    pub overdue: u64,
    /// Of them returned by somebody.
    pub returned: u64,
}

/// Digits of a district and of a town.
const DISTRICT: usize = 6;
const COMMUNITY: usize = 12;
/// Bits of the final states, rejected and closed.
pub(super) const FINAL: i64 = 4 | 1024;
/// Greater than every UUID, in any collation: where the first page begins.
const NEWEST: &str = "g";

/// Who has a case, as the column has it.
pub fn holder_text(place: &Place) -> String {
    format!("{}/{}", place.area.as_str(), place.unit.as_ref().map(Id::as_str).unwrap_or_default())
}

/// Rows after a key (from the beginning for an empty one), at most `limit`, in the order of the way.
pub async fn list(
    db: &Db,
    selection: &Selection,
    after: &str,
    limit: u32,
) -> Result<Vec<Listed>, DbError> {
    let (sql, values) = asked(selection, after, limit);
    let by_due = matches!(selection.way, Way::DueBefore { .. });
    let rows = db.rows("listing disputes", sql, values).await?;
    rows.iter().map(|row| listed(row, by_due)).collect()
}

fn listed(row: &Row, by_due: bool) -> Result<Listed, DbError> {
    let id = row.text(0)?;
    if by_due {
        let key = format!("{}|{id}", row.int(1)?);
        return Ok(Listed { key, body: row.opt_text(2)?.map(str::to_owned) });
    }
    Ok(Listed { key: id.to_owned(), body: row.opt_text(1)?.map(str::to_owned) })
}

/// The statement of a way, and what it is asked with.
pub(super) fn asked(selection: &Selection, after: &str, limit: u32) -> (&'static str, Vec<Value>) {
    let (first, last) = &selection.types;
    let mut values = vec![
        Value::from(selection.area.as_str()),
        selection.area.successor().into(),
        selection.states.into(),
        selection.levels.into(),
        first.as_str().into(),
        last.as_str().into(),
        selection.reported.0.into(),
        selection.reported.1.into(),
        i64::from(limit).into(),
    ];
    if let Way::DueBefore { until, holder } = &selection.way {
        let (due_at, id) = after.split_once('|').unwrap_or_default();
        let due_at = due_at.parse().unwrap_or(i64::MIN);
        values.extend([id.into(), until.as_microsecond().into(), due_at.into()]);
        let Some(place) = holder else { return (BY_DUE, values) };
        values.push(holder_text(place).into());
        return (OF_HOLDER_BY_DUE, values);
    }
    values.push(if after.is_empty() { NEWEST } else { after }.into());
    let sql = match &selection.way {
        Way::Holder(place) => {
            values.push(holder_text(place).into());
            OF_HOLDER
        }
        Way::FirstHandler(place) => {
            values.push(holder_text(place).into());
            OF_FIRST_HANDLER
        }
        Way::Subtree | Way::Team(_) | Way::DueBefore { .. } => subtree(selection, &mut values),
    };
    (sql, values)
}

/// A narrow area by its index; a wide one by the index of the one state that is asked for, or of the open ones, or along
/// the ids.
fn subtree(selection: &Selection, values: &mut Vec<Value>) -> &'static str {
    let area = selection.area.as_str();
    if let Some(community) = area.get(..COMMUNITY) {
        values.push(community.into());
        OF_COMMUNITY
    } else if area.len() > DISTRICT {
        values.push(area.into());
        OF_TOWN
    } else if selection.states.count_ones() == 1 {
        values.push(selection.states.into());
        OF_STATE
    } else if selection.states & FINAL == 0 {
        OPEN
    } else {
        EVERYTHING
    }
}

/// Counts what waits with somebody; the day goes from one instant to the other.
pub async fn board(
    db: &Db,
    place: &Place,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Board, DbError> {
    let values = vec![
        holder_text(place).into(),
        from.as_microsecond().into(),
        until.as_microsecond().into(),
        now.as_microsecond().into(),
    ];
    let rows = db.rows("counting what waits", BOARD, values).await?;
    let Some(row) = rows.first() else {
        return Ok(Board { open: 0, due_today: 0, overdue: 0, returned: 0 });
    };
    Ok(Board {
        open: row.count(0)?,
        due_today: row.count(1)?,
        overdue: row.count(2)?,
        returned: row.count(3)?,
    })
}
