//! Functional zones (jurisdictions): units of management without a statistical code of their own, such as 高新区. They
//! manage areas, and which ones changes over time.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::code::{AreaCode, Slug};
use super::day::{Mark, Period};

/// What is known of a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneFacts {
    /// Its id.
    pub id: Slug,
    /// Area that it lies in.
    pub area: AreaCode,
    /// Its name.
    pub name: String,
    /// When it exists.
    pub period: Period,
}

/// What a zone manages from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneAreas {
    /// First day.
    pub from: Date,
    /// The areas, each with everything below it.
    pub areas: Vec<AreaCode>,
}

/// A functional zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// What is known of it.
    pub facts: ZoneFacts,
    /// What it manages, the earliest first.
    pub areas: Vec<ZoneAreas>,
    /// Its changes.
    pub mark: Mark,
}

impl Zone {
    /// What it manages on a day.
    pub fn areas_on(&self, day: Date) -> Option<&ZoneAreas> {
        self.facts.period.covers(day).then_some(())?;
        self.areas.iter().rev().find(|areas| areas.from <= day)
    }

    /// Whether it manages an area on a day.
    pub fn manages(&self, code: &AreaCode, day: Date) -> bool {
        let managed = self.areas_on(day).map_or(&[][..], |areas| &areas.areas);
        managed.iter().any(|area| area.holds(code.as_str()))
    }
}
