//! What a ledger of paper said of a case that was taken over from it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Level, Outcome};
use crate::domain::codes::Id;
use crate::domain::dispute_types::TypeCode;
use crate::domain::old_types::OldCode;

/// Key of the rule of a clock whose end the paper tells.
pub const DUE_BY_PAPER: &str = "paper.due_date";

/// What the paper said; never changes, so that the same row can be told from another one later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Type by the old scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_type: Option<OldCode>,
    /// Type that it was read as, or that the row named.
    #[serde(rename = "type")]
    pub kind: TypeCode,
    /// Level, if it told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Last day of its limit, if it told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// How it ended; none = it was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PaperEnd>,
    /// Unit that mediates or mediated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Id>,
}

/// How a case ended on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperEnd {
    /// How.
    pub outcome: Outcome,
    /// Day of the outcome.
    pub on: Date,
    /// Day of the closing.
    pub closed_on: Date,
}
