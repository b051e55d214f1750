//! What registry keeps: its tables, their history, and every statement that reads them.
//!
//! A subtree is the range from a code to its successor ([`ledger::area_end`]), so that any collation gives the same
//! answer. A day lies in a row when `valid_from <= day` and `valid_to > day`.

use ledger::{Column, Migration, Table};

/// Areas.
pub static AREA: Table = Table {
    name: "area",
    columns: &[
        Column::text("level"),
        Column::text("name"),
        Column::text("valid_from"),
        Column::text("valid_to"),
    ],
};
/// Functional zones.
pub static ZONE: Table = Table {
    name: "zone",
    columns: &[Column::text("area_code"), Column::text("valid_from"), Column::text("valid_to")],
};
/// Grids by community.
pub static LAYOUT: Table = Table { name: "layout", columns: &[] };
/// Versions of grids.
pub static GRID_SPAN: Table = Table {
    name: "grid_span",
    columns: &[
        Column::text("grid_code"),
        Column::text("kind"),
        Column::int("households"),
        Column::int("sample"),
        Column::text("valid_from"),
        Column::text("valid_to"),
        Column::text("cell"),
    ],
};
/// Workers.
pub static WORKER: Table = Table {
    name: "worker",
    columns: &[
        Column::text("area_code"),
        Column::text("post"),
        Column::text("valid_from"),
        Column::text("valid_to"),
    ],
};
/// What names workers.
pub static CONTACT: Table = Table { name: "contact", columns: &[] };
/// Assignments of workers.
pub static ASSIGNMENT: Table = Table {
    name: "assignment",
    columns: &[
        Column::text("worker_id"),
        Column::text("grid_code"),
        Column::int("grid_worker"),
        Column::text("valid_from"),
        Column::text("valid_to"),
    ],
};
/// Units.
pub static UNIT: Table = Table {
    name: "unit",
    columns: &[
        Column::text("area_code"),
        Column::text("kind"),
        Column::text("valid_from"),
        Column::text("valid_to"),
    ],
};
/// Teams.
pub static TEAM: Table = Table {
    name: "team",
    columns: &[
        Column::text("area_code"),
        Column::int("duty_until"),
        Column::text("valid_from"),
        Column::text("valid_to"),
    ],
};
/// The draft of the catalogue.
pub static CATALOGUE_DRAFT: Table = Table { name: "catalogue_draft", columns: &[] };
/// Versions of the catalogue.
pub static CATALOGUE: Table = Table { name: "catalogue", columns: &[] };
/// Imports.
pub static IMPORT: Table = Table {
    name: "import",
    columns: &[Column::text("area_code"), Column::text("state"), Column::text("begun_on")],
};
/// Rows that wait.
pub static CHUNK: Table = Table { name: "import_chunk", columns: &[] };

/// Every table.
pub static TABLES: &[&Table] = &[
    &AREA,
    &ZONE,
    &LAYOUT,
    &GRID_SPAN,
    &WORKER,
    &CONTACT,
    &ASSIGNMENT,
    &UNIT,
    &TEAM,
    &CATALOGUE_DRAFT,
    &CATALOGUE,
    &IMPORT,
    &CHUNK,
];

/// The schema's history.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql") }];

/// `valid_to` of what goes on until further notice.
pub const FOR_EVER: &str = "9999-12-31";

/// Areas of a subtree: from, until before, after code, day, level or '', any day (1) or not (0), most.
pub const LIST_AREAS: &str = "
    SELECT id, body
    FROM area
    WHERE id >= $1 AND id < $2 AND id > $3
      AND ($6 = 1 OR (valid_from <= $4 AND valid_to > $4))
      AND ($5 = '' OR level = $5)
    ORDER BY id
    LIMIT $7";

/// Functional zones of a subtree: from, until before, after id, day, most.
pub const LIST_ZONES: &str = "
    SELECT id, body
    FROM zone
    WHERE area_code >= $1 AND area_code < $2 AND id > $3
      AND valid_from <= $4 AND valid_to > $4
    ORDER BY id
    LIMIT $5";

/// Grids of a subtree on a day: from, until before, after code, day, kind or '', with micro grids (1) or not (0),
/// only those that no grid worker serves (1) or all (0), most.
pub const LIST_GRIDS: &str = "
    SELECT s.grid_code
    FROM grid_span s
    WHERE s.grid_code >= $1 AND s.grid_code < $2 AND s.grid_code > $3
      AND s.valid_from <= $4 AND s.valid_to > $4
      AND (($5 = '' AND ($6 = 1 OR s.kind <> 'micro')) OR s.kind = $5)
      AND ($7 = 0 OR NOT EXISTS (
            SELECT 1
            FROM assignment a
            WHERE a.grid_code = s.grid_code AND a.grid_worker = 1
              AND a.valid_from <= $4 AND a.valid_to > $4))
    ORDER BY s.grid_code
    LIMIT $8";

/// Grids and households of a subtree on a day: from, until before, day. One row per kind.
pub const COUNT_GRIDS: &str = "
    SELECT s.kind, COUNT(*), CAST(SUM(s.households) AS BIGINT), MAX(s.sample),
           CAST(SUM(CASE WHEN EXISTS (
                SELECT 1
                FROM assignment a
                WHERE a.grid_code = s.grid_code AND a.grid_worker = 1
                  AND a.valid_from <= $3 AND a.valid_to > $3) THEN 0 ELSE 1 END) AS BIGINT)
    FROM grid_span s
    WHERE s.grid_code >= $1 AND s.grid_code < $2
      AND s.valid_from <= $3 AND s.valid_to > $3
    GROUP BY s.kind
    ORDER BY s.kind";

/// Versions whose outline may contain a point on a day: the point's cells (19), day.
pub const GRIDS_NEAR: &str = "
    SELECT grid_code, body
    FROM grid_span
    WHERE cell IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
      AND valid_from <= $20 AND valid_to > $20
    ORDER BY grid_code";

/// Workers of a subtree on a day: from, until before, after id, day, post or '', most.
pub const LIST_WORKERS: &str = "
    SELECT id, body
    FROM worker
    WHERE area_code >= $1 AND area_code < $2 AND id > $3
      AND valid_from <= $4 AND valid_to > $4
      AND ($5 = '' OR post = $5)
    ORDER BY id
    LIMIT $6";

/// Workers that serve a grid on a day: from, until before, after id, day, post or '', most, grid.
pub const LIST_WORKERS_OF_GRID: &str = "
    SELECT w.id, w.body
    FROM assignment a
    JOIN worker w ON w.id = a.worker_id
    WHERE a.grid_code = $7 AND a.valid_from <= $4 AND a.valid_to > $4
      AND w.area_code >= $1 AND w.area_code < $2 AND w.id > $3
      AND w.valid_from <= $4 AND w.valid_to > $4
      AND ($5 = '' OR w.post = $5)
    ORDER BY w.id
    LIMIT $6";

/// Units of a subtree on a day: from, until before, after id, day, kind or '', most.
pub const LIST_UNITS: &str = "
    SELECT id, body
    FROM unit
    WHERE area_code >= $1 AND area_code < $2 AND id > $3
      AND valid_from <= $4 AND valid_to > $4
      AND ($5 = '' OR kind = $5)
    ORDER BY id
    LIMIT $6";

/// Teams of a subtree on a day: from, until before, after id, day, on duty after this instant or 0, most.
pub const LIST_TEAMS: &str = "
    SELECT id, body
    FROM team
    WHERE area_code >= $1 AND area_code < $2 AND id > $3
      AND valid_from <= $4 AND valid_to > $4
      AND ($5 = 0 OR duty_until > $5)
    ORDER BY id
    LIMIT $6";

/// Imports of a subtree begun by a day: from, until before, after id, day, state or '', most.
pub const LIST_IMPORTS: &str = "
    SELECT id, body
    FROM import
    WHERE area_code >= $1 AND area_code < $2 AND id > $3
      AND begun_on <= $4
      AND ($5 = '' OR state = $5)
    ORDER BY id
    LIMIT $6";

/// Imports that wait since before a day: day, most.
pub const LIST_WAITING_IMPORTS: &str = "
    SELECT id
    FROM import
    WHERE state = 'staging' AND begun_on < $1
    ORDER BY id
    LIMIT $2";

/// Every statement; a test prepares them on both databases.
pub const STATEMENTS: &[&str] = &[
    LIST_AREAS,
    LIST_ZONES,
    LIST_GRIDS,
    COUNT_GRIDS,
    GRIDS_NEAR,
    LIST_WORKERS,
    LIST_WORKERS_OF_GRID,
    LIST_UNITS,
    LIST_TEAMS,
    LIST_IMPORTS,
    LIST_WAITING_IMPORTS,
];
