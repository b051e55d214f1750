//! Who is on duty: what is asked of teams, and what happens to them.

use jiff::Timestamp;

use crate::domain::codes::{AreaCode, Id};

/// Most cases that a team takes at a time.
pub const MOST_CAPACITY: u32 = 20;
/// Days that a shift may last from now on.
pub const MOST_DAYS: i64 = 7;

/// Something that happened to a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamEvent {
    /// The team.
    pub team: Id,
    /// Area that it belongs to.
    pub area: AreaCode,
    /// What happened.
    pub fact: TeamFact,
}

/// What happened to a team. Each fact is published as the message of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamFact {
    /// It can be called from now on, or its shift is another one.
    DutyStarted {
        /// The shift.
        shift: Shift,
        /// Team that it takes over from.
        from: Option<Id>,
    },
    /// It cannot be called any more.
    DutyEnded {
        /// Team that takes over.
        to: Option<Id>,
    },
}

/// How long a team is on duty, and for how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// When it ends; none = when somebody ends it.
    pub until: Option<Timestamp>,
    /// Cases at a time, 1 to [`MOST_CAPACITY`].
    pub capacity: u32,
}

/// What is asked of a shift; what is not named stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShiftWish {
    /// When it is to end.
    pub until: Option<Timestamp>,
    /// Cases at a time, 1 to [`MOST_CAPACITY`].
    pub capacity: Option<u32>,
}

/// Something that is asked of teams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyAct {
    /// Area of the caller.
    pub scope: AreaCode,
    /// Position of registry's log that the decision has to know of.
    pub min_registry: u64,
    /// What is asked.
    pub wish: DutyWish,
}

/// What can be asked of teams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DutyWish {
    /// To be on duty; of a team that is, the shift goes on.
    Start(Id, ShiftWish),
    /// To be off duty.
    End(Id),
    /// To hand a shift over.
    HandOver {
        /// Team that goes off.
        from: Id,
        /// Team that goes on.
        to: Id,
        /// Its shift, which goes on from that of the other, and from its own where it is on duty already.
        shift: ShiftWish,
    },
}

impl Shift {
    /// One shift out of two: to the later end, for as many cases as the larger of them.
    pub fn joined(self, other: Shift) -> Shift {
        let ends = self.until.zip(other.until);
        Shift {
            until: ends.map(|(one, two)| one.max(two)),
            capacity: self.capacity.max(other.capacity),
        }
    }
}

impl ShiftWish {
    /// The shift: where one goes on, that with what is asked for; else a new one, without an end and for one case at a time.
    pub fn after(self, going_on: Option<Shift>) -> Shift {
        let before = going_on.unwrap_or(Shift { until: None, capacity: 1 });
        Shift {
            until: self.until.or(before.until),
            capacity: self.capacity.unwrap_or(before.capacity),
        }
    }
}

impl DutyWish {
    /// Team that goes off duty.
    pub fn leaving(&self) -> Option<&Id> {
        match self {
            DutyWish::Start(..) => None,
            DutyWish::End(team) | DutyWish::HandOver { from: team, .. } => Some(team),
        }
    }

    /// The teams that it is about, the one that goes off first.
    pub fn teams(&self) -> Vec<&Id> {
        match self {
            DutyWish::Start(team, _) | DutyWish::End(team) => vec![team],
            DutyWish::HandOver { from, to, .. } => vec![from, to],
        }
    }
}
