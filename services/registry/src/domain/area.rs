//! Areas: the statistical tree. Codes are kept for ever.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::code::AreaCode;
use super::day::{Mark, Period};
use super::place::Outline;

/// What is known of an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaFacts {
    /// Its code; the parent's is its beginning.
    pub code: AreaCode,
    /// Official name.
    pub name: String,
    /// When it exists.
    pub period: Period,
    /// Areas that took its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded_by: Vec<AreaCode>,
    /// Its border, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    /// Made up.
    #[serde(default)]
    pub sample: bool,
}

/// An area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// What is known of it.
    pub facts: AreaFacts,
    /// Areas one level down, ended ones too.
    pub children: BTreeSet<AreaCode>,
    /// Its changes.
    pub mark: Mark,
}
