//! What dispatch keeps of registry's facts: areas, grids, units and teams, as their feed tells them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::catalogue::Catalogue;
use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{FileNumber, MediationKind};
use crate::domain::duty::Shift;

/// An administrative area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Its code.
    pub code: AreaCode,
    /// Its name; empty in a row that is from before names were kept.
    #[serde(default)]
    pub name: String,
    /// First day on which it no longer exists.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Its code.
    pub code: GridCode,
    /// Its base point.
    #[serde(default)]
    pub point: Option<Point>,
    /// First day on which it exists.
    pub from: Date,
    /// First day on which it no longer exists.
    #[serde(default)]
    pub until: Option<Date>,
    /// Grids that took its place.
    #[serde(default)]
    pub successors: Vec<GridCode>,
}

/// A place on the earth, WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// A handling unit or mediation organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: Id,
    /// What it is.
    pub kind: UnitKind,
    /// Its name.
    pub name: String,
    /// Area that it is responsible for.
    pub area: AreaCode,
    /// First day on which it no longer exists.
    #[serde(default)]
    pub until: Option<Date>,
}

/// What a unit is, as registry knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitKind {
    /// Department of a government.
    Department,
    /// Office of a town, street or functional zone.
    Office,
    /// Station: police, judicial, grid.
    Station,
    /// Governance centre.
    Centre,
    /// People's mediation committee.
    PeoplesMediation,
    /// Mediation committee of a trade or a profession.
    TradeMediation,
    /// Administrative mediation organisation.
    AdministrativeMediation,
    /// Judicial mediation organisation.
    JudicialMediation,
}

/// How an organisation counts its files: those of a kind from 1 every year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounter {
    /// Year of the last file.
    pub year: i16,
    /// Last number of that year, by what its files are called.
    pub last: BTreeMap<String, u32>,
}

/// A mediation team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Where it starts from.
    #[serde(default)]
    pub point: Option<Point>,
    /// Areas that it serves, each with everything below it.
    pub serves: Vec<AreaCode>,
    /// First day on which it no longer exists.
    #[serde(default)]
    pub until: Option<Date>,
    /// Area that it belongs to.
    pub area: AreaCode,
    /// Whether it can be called.
    pub duty: Duty,
    /// Since when it is, or was last, on duty.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Cases that it takes at a time.
    pub capacity: u32,
}

/// Where a team said that it is. In no log: read beside a command, and part of what it is decided on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Where.
    pub point: Point,
    /// When.
    pub at: Timestamp,
}

/// What a team says of where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidPosition {
    /// The request that says it.
    pub request: Uuid,
    /// The team.
    pub team: Id,
    /// Where.
    pub point: Point,
    /// When that was measured, if it says so.
    pub measured: Option<Timestamp>,
}

/// Positions of teams, as far as they are known.
pub type Positions = BTreeMap<Id, Position>;

/// Whether a team can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duty {
    /// It cannot.
    Off,
    /// It can, until it is set off duty.
    On,
    /// It can until the shift ends.
    OnUntil(Timestamp),
}

/// Teams that serve an area by name of that area; one row per area that a team names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The teams.
    pub teams: BTreeSet<Id>,
}

/// The cases that keep a team busy: it is asked, under way or on the spot; one row per team that ever had one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// The cases, each with the number of the offer.
    pub cases: BTreeMap<Uuid, u32>,
}

/// Something that registry says of its nouns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// An area is so.
    Area(Area),
    /// A grid is so from a day on.
    Grid(Grid),
    /// A grid ends on a day.
    GridEnds {
        /// The grid.
        grid: GridCode,
        /// First day on which it no longer exists.
        until: Date,
        /// Grid that takes its place, if one does.
        successor: Option<GridCode>,
    },
    /// A unit is so.
    Unit(Unit),
    /// A team is so; its duty is as it was, or off when it is new.
    Team(Team),
    /// The city's limits for disputes are these.
    Catalogue(Catalogue),
    /// A team goes on or off duty.
    Duty {
        /// The team.
        team: Id,
        /// Whether it can be called.
        duty: Duty,
        /// Since when.
        at: Timestamp,
    },
}

/// Rows of an import that wait for its activation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Staged {
    /// They wait.
    Waiting(Vec<Change>),
    /// They hold now.
    Activated,
}

impl Grid {
    /// The grid after a new version of it: it exists since its first version, and the new one's base point is used at
    /// once.
    pub fn after(self, known: Option<&Grid>) -> Grid {
        match known {
            Some(known) => Grid {
                from: known.from.min(self.from),
                successors: known.successors.clone(),
                ..self
            },
            None => self,
        }
    }

    /// The grid that ends on a day.
    pub fn ending(&self, until: Date, successor: Option<GridCode>) -> Grid {
        let mut grid = self.clone();
        grid.until = Some(until);
        grid.successors.extend(successor.filter(|code| !self.successors.contains(code)));
        grid
    }
}

impl Team {
    /// The team after something else was said of it.
    pub fn after(self, known: Option<&Team>) -> Team {
        match known {
            Some(known) => {
                let Team { duty, since, capacity, .. } = *known;
                Team { duty, since, capacity, ..self }
            }
            None => self,
        }
    }

    /// The team with another duty from `at` on; who is on duty already stays so since then.
    #[must_use]
    pub fn on(mut self, duty: Duty, capacity: u32, at: Timestamp) -> Team {
        if duty != Duty::Off && !self.duty.is_on(at) {
            self.since = Some(at);
        }
        (self.duty, self.capacity) = (duty, capacity);
        self
    }

    /// Its shift, while it is on duty.
    pub fn shift(&self, now: Timestamp) -> Option<Shift> {
        let shift = Shift { until: self.duty.end(), capacity: self.capacity };
        self.duty.is_on(now).then_some(shift)
    }

    /// Whether it exists on a day.
    pub fn exists_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| day < until)
    }

    /// Whether it was reported in the shift that goes on at `now`: nothing is known of where a team off duty is, nor from a
    /// time to come, which a clock told that was ahead.
    pub fn is_known_at(&self, position: &Position, now: Timestamp) -> bool {
        let of_the_shift = self.since.is_some_and(|since| since <= position.at);
        self.duty.is_on(now) && of_the_shift && position.at <= now
    }
}

impl Engagement {
    /// Whether a case that is not among its own can be added.
    pub fn has_room(&self, case: Uuid, capacity: u32) -> bool {
        let others = self.cases.keys().filter(|other| **other != case).count();
        others < capacity as usize
    }
}

impl FileCounter {
    /// Gives the next number of a year, and the counter after it. A clock that went back gives no number twice.
    pub fn give(&self, year: i16, word: &str) -> (FileNumber, FileCounter) {
        let mut after =
            if year > self.year { FileCounter { year, ..Self::default() } } else { self.clone() };
        let number = after.last.get(word).copied().unwrap_or(0) + 1;
        after.last.insert(word.to_owned(), number);
        (FileNumber { year: after.year, number }, after)
    }
}

impl UnitKind {
    /// Whether a unit of this kind carries out mediation of that kind. People's mediation is a committee's alone
    /// (人民调解法 arts. 7 and 34), since its file number and the court's confirmation follow from it; the other kinds
    /// belong to authorities, who also sit in a governance centre; joint mediation is led by any of them.
    pub fn mediates(self, kind: MediationKind) -> bool {
        use UnitKind as Unit;
        match kind {
            MediationKind::Peoples => self.is_committee(),
            MediationKind::Administrative => matches!(
                self,
                Unit::Department
                    | Unit::Office
                    | Unit::Station
                    | Unit::Centre
                    | Unit::AdministrativeMediation
            ),
            MediationKind::Judicial => matches!(self, Unit::Centre | Unit::JudicialMediation),
            MediationKind::PublicSecurity => {
                matches!(self, Unit::Department | Unit::Station | Unit::Centre)
            }
            MediationKind::Joint => true,
        }
    }

    /// Whether it is a people's mediation committee, of a place or of a trade (人民调解法 arts. 7 and 34).
    pub fn is_committee(self) -> bool {
        matches!(self, UnitKind::PeoplesMediation | UnitKind::TradeMediation)
    }
}

impl Unit {
    /// Whether it exists on a day.
    pub fn exists_on(&self, day: Date) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

impl Duty {
    /// On duty until then, or until somebody ends it.
    pub fn until(end: Option<Timestamp>) -> Self {
        end.map_or(Duty::On, Duty::OnUntil)
    }

    /// When it ends; none = when somebody ends it, or it is over.
    pub fn end(self) -> Option<Timestamp> {
        match self {
            Duty::OnUntil(end) => Some(end),
            Duty::On | Duty::Off => None,
        }
    }

    /// Whether the team can be called at `now`.
    pub fn is_on(self, now: Timestamp) -> bool {
        match self {
            Duty::Off => false,
            Duty::On => true,
            Duty::OnUntil(end) => now < end,
        }
    }
}
