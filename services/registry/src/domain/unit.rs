//! Handling units and mediation organisations.

use serde::{Deserialize, Serialize};

use super::code::{AreaCode, Level, Slug};
use super::day::{Mark, Period};

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Department of a government.
    Department,
    /// Office of a town or zone.
    Office,
    /// Station.
    Station,
    /// Governance centre.
    Centre,
    /// People's mediation committee.
    PeoplesMediation,
    /// Mediation committee of a trade or profession.
    TradeMediation,
    /// Administrative mediation organisation.
    AdministrativeMediation,
    /// Judicial mediation organisation.
    JudicialMediation,
}

/// What is known of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFacts {
    /// Its id.
    pub id: Slug,
    /// What it is.
    pub kind: UnitKind,
    /// Tier that it works on.
    pub tier: Level,
    /// Area that it is responsible for.
    pub area: AreaCode,
    /// Its name.
    pub name: String,
    /// When it exists.
    pub period: Period,
    /// Made up.
    #[serde(default)]
    pub sample: bool,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What is known of it.
    pub facts: UnitFacts,
    /// Its changes.
    pub mark: Mark,
}
