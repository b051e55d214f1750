//! Rows of a ledger of paper that are to be taken over, already found valid in form, and what can be wrong with them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode};
use crate::domain::dispute::{Channel, Paper, Scale, Source};
use crate::domain::sealed::Sealing;

/// Most rows of one command.
pub const MOST_ROWS: usize = 2_000;

/// To take over rows of a ledger: all of them or, if `partial`, those without faults.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeOver {
    /// Area of the caller.
    pub scope: AreaCode,
    /// Rows that could be read, in order of line.
    pub rows: Vec<PaperRow>,
    /// Grids that were seen in the communities that rows name; whether they exist is decided.
    pub communities: BTreeMap<AreaCode, Vec<GridCode>>,
    /// What is wrong with rows that could not be read.
    pub faults: Vec<RowFault>,
    /// Whether rows with faults are left out instead of stopping all.
    pub partial: bool,
    /// Position of registry's log that the decision has to know of.
    pub min_registry: u64,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperRow {
    /// Line in the file.
    pub line: u32,
    /// Id that the case gets, unless it is recorded.
    pub dispute_id: Uuid,
    /// Ledger and number.
    pub source: Source,
    /// Where it belongs.
    pub place: PaperPlace,
    /// When it was reported.
    pub reported_on: Date,
    /// When it was accepted.
    pub accepted_on: Date,
    /// Scale.
    pub scale: Scale,
    /// Persons involved; 0 = not told.
    pub people: u32,
    /// Parties, at least 2.
    pub parties: u32,
    /// Channel.
    pub channel: Channel,
    /// Types, limit and end.
    pub paper: Paper,
    /// Names, telephones, place, summary, number of the paper file.
    pub sealing: Option<Sealing>,
}

/// Where a case on paper belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperPlace {
    /// To this grid.
    Grid(GridCode),
    /// To the one grid of this community.
    Community(AreaCode),
}

/// What became, or would become, of a row without faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenRow {
    /// Line in the file.
    pub line: u32,
    /// The case.
    pub dispute: Uuid,
    /// Whether it was taken over before.
    pub existing: bool,
}

/// What is wrong with a cell. Stored with the answer, so it repeats nothing but codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// Line in the file.
    pub line: u32,
    /// Column; "?" when it does not look like one.
    pub column: String,
    /// Why.
    pub reason: FaultReason,
    /// Codes that help: types to choose from, grids of a community, the column that is contradicted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// Why a row is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FaultReason {
    /// A required cell is empty.
    Missing,
    /// No such column.
    UnknownColumn,
    /// A column for what is never kept.
    ColumnNotKept,
    /// Not a code of the right form.
    NotACode,
    /// A spreadsheet made a number of a code.
    ScientificNumber,
    /// A spreadsheet removed zeros.
    LeadingZeroLost,
    /// Not a date.
    NotADate,
    /// A spreadsheet made a number of a date.
    DateSerial,
    /// After today.
    DateInFuture,
    /// Before the day that comes before it.
    DatesContradict,
    /// Too old, or outside what is allowed.
    OutOfRange,
    /// Not a whole number.
    NotANumber,
    /// Too long.
    TooLong,
    /// Read in a wrong encoding.
    ControlCharacter,
    /// Not one of the values.
    UnknownValue,
    /// Does not fit with another cell.
    NotApplicable,
    /// Never recorded here; the hint is a type of zz17.
    TypeRoutedOut,
    /// One of several; the hint names them.
    TypeNeedsChoice,
    /// Fewer than two.
    TooFewParties,
    /// Too many.
    TooMany,
    /// A number of a person.
    PersonalNumber,
    /// Came before in this file.
    Duplicate,
    /// Was taken over before and says something else now.
    Differs,
    /// Outside the caller's area.
    OutsideCaller,
    /// Not known, or ended.
    UnknownReference,
    /// Several grids; the hint names them.
    CommunityAmbiguous,
    /// The unit is responsible for another place.
    UnitElsewhere,
}

impl RowFault {
    /// A fault without a hint.
    pub fn new(line: u32, column: &str, reason: FaultReason) -> Self {
        RowFault { line, column: column.to_owned(), reason, hint: String::new() }
    }

    /// The fault with codes that help.
    pub fn hinting(self, hint: impl Into<String>) -> Self {
        RowFault { hint: hint.into(), ..self }
    }
}
