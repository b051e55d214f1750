//! The teams of a subtree, in keyset pages.

use ledger::{Db, DbError, Value};

use crate::domain::codes::{AreaCode, Id};
use crate::domain::places::Team;

pub(super) const OF_AREA: &str = "
    SELECT body
    FROM team
    WHERE area_code >= $1
        AND area_code < $2
        AND (area_code > $1 OR id > $3)
    ORDER BY area_code, id
    LIMIT $4";

/// Teams of a subtree in order of area and id, at most `limit`; after an area and a team of it.
pub async fn of_area(
    db: &Db,
    area: &AreaCode,
    after: Option<&(AreaCode, Id)>,
    limit: u32,
) -> Result<Vec<Team>, DbError> {
    let (from, id) = after.map_or((*area, ""), |(area, id)| (*area, id.as_str()));
    let values = vec![
        Value::from(from.as_str()),
        area.successor().into(),
        id.into(),
        i64::from(limit).into(),
    ];
    let rows = db.rows("listing teams", OF_AREA, values).await?;
    rows.iter().map(|row| super::body("team", row.text(0)?)).collect()
}
