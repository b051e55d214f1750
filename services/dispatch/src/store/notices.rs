//! Notices that could not be delivered, in keyset pages.

use ledger::{Db, DbError, Value};

use super::notice_key;
use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::notice::Undelivered;

// The comparison is that of the index of those that are listed.
pub(super) const UNDELIVERED: &str = "
    SELECT id, body
    FROM notice
    WHERE listed = 1
        AND grid_code >= $1
        AND grid_code < $2
        AND (grid_code > $1 OR id > $3)
    ORDER BY grid_code, id
    LIMIT $4";

/// Notices of an area that are listed, grid by grid, of each the oldest first, after the one of that grid at that position;
/// each with its position.
pub async fn undelivered(
    db: &Db,
    area: &AreaCode,
    after: Option<(GridCode, u64)>,
    limit: u32,
) -> Result<Vec<(u64, Undelivered)>, DbError> {
    let values = asked(area, after, limit);
    let rows = db.rows("listing notices that could not be delivered", UNDELIVERED, values).await?;
    let wrong = |detail: &str| DbError::Inconsistent {
        place: "notice".to_owned(),
        detail: detail.to_owned(),
    };
    let notices = rows.iter().map(|row| {
        let position = row.text(0)?.parse().map_err(|_| wrong("not a position"))?;
        let notice = serde_json::from_str(row.text(1)?).map_err(|_| wrong("undecodable"))?;
        Ok((position, notice))
    });
    notices.collect()
}

/// What the list is asked with. A place to go on after that lies before the area is none: nothing outside it is shown.
pub(super) fn asked(area: &AreaCode, after: Option<(GridCode, u64)>, limit: u32) -> Vec<Value> {
    let after = after.filter(|(grid, _)| grid.as_str() >= area.as_str());
    let (from, id) = match &after {
        Some((grid, position)) => (grid.as_str(), notice_key(*position).id),
        None => (area.as_str(), String::new()),
    };
    vec![from.into(), area.successor().into(), id.into(), i64::from(limit).into()]
}
