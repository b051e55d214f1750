//! How much of what a resource may have; the same for commands and for rows of tables.

/// Most characters of a name of an area, grid, unit, team or zone.
pub const NAME: usize = 100;
/// Most characters of a worker's name.
pub const PERSON: usize = 40;
/// Most characters of a work phone.
pub const PHONE: usize = 20;
/// Most households of one grid.
pub const HOUSEHOLDS: u32 = 100_000;
/// Most members of a team.
pub const MEMBERS: usize = 50;
/// Most areas that a team serves.
pub const SERVED: usize = 100;
/// Most grids that a row puts a worker in charge of.
pub const GRIDS: usize = 100;
/// Most types that a matter covers.
pub const MATTER_TYPES: usize = 100;
/// Most kinds of units, and most units, that may handle a matter.
pub const HANDLERS: usize = 20;
/// Most characters of what a time limit comes from.
pub const SOURCE: usize = 200;
/// Most rows of one import.
pub const IMPORT_ROWS: u32 = 100_000;
/// Most bytes of the cells of one import.
pub const IMPORT_BYTES: u64 = 64 << 20;

/// Whether a spreadsheet that opens an export would run this text as a formula.
pub fn begins_like_a_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@'])
}

/// Whether a text may be a work phone: digits, spaces and hyphens, perhaps behind a +; empty = none.
pub fn is_phone(text: &str) -> bool {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let fits = bare.starts_with(|sign: char| sign.is_ascii_digit())
        && bare.chars().all(|sign| sign.is_ascii_digit() || "- ".contains(sign));
    text.is_empty() || (fits && text.len() <= PHONE)
}
