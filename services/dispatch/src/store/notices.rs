//! Notices that could not be delivered, in keyset pages.

use ledger::{Db, DbError};

use super::notice_key;
use crate::domain::codes::AreaCode;
use crate::domain::notice::Undelivered;

// The comparison is that of the index of those that are listed.
pub(super) const UNDELIVERED: &str = "
    SELECT id, body
    FROM notice
    WHERE listed = 1
        AND id > $1
        AND grid_code >= $2
        AND grid_code < $3
    ORDER BY id
    LIMIT $4";

/// Notices of an area that are listed, after the one at position `after`, the oldest first; each with its position.
pub async fn undelivered(
    db: &Db,
    area: &AreaCode,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, Undelivered)>, DbError> {
    let values = vec![
        notice_key(after).id.into(),
        area.as_str().into(),
        area.successor().into(),
        i64::from(limit).into(),
    ];
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
