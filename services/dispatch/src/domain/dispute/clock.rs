//! Clocks: time limits with everything that their ends are counted from.
//!
//! > **Architecture Invariant:** the end of a clock is the calendar's answer to its stored inputs, always. Nothing but a
//! > pause, an extension or another version of the calendar changes those inputs.

use calendar::{Calendar, Card, Extension, Pause, Settings, TimeLimit};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::codes::AreaCode;
use crate::domain::rules::StepLimit;

/// What a clock measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClockKind {
    /// From the record to acceptance or rejection.
    Accept,
    /// From the first call for a team to its arrival; one per case.
    Arrive,
    /// From acceptance to the outcome.
    Handle,
    /// To the first follow-up after an agreement.
    FirstFollowUp,
    /// To the second one.
    SecondFollowUp,
    /// From the time that everything is done to verification.
    Verify,
    /// From the effect of an agreement, for both parties to ask a court to confirm it.
    Confirm,
}

impl ClockKind {
    /// Whether it is the parties' own limit: nobody works on it, so nothing is told of it by time.
    pub fn is_of_the_parties(self) -> bool {
        self == ClockKind::Confirm
    }
}

/// A time limit that runs, or ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What its end is counted from.
    pub limit: TimeLimit,
    /// Source of the rule that it is from.
    pub rule_source: String,
    /// How the place counted when it started.
    #[serde(default)]
    pub settings: Settings,
    /// Its end; none while it stands still.
    pub ends: Option<Ends>,
    /// What stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// Card that it showed last; no card is taken back.
    pub shown: Card,
    /// Area that was told last that it is over, and when the one above that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
    /// Whether it counts from a day that a ledger of paper tells.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub taken_over: bool,
}

/// The end of a clock and its cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// What is done at this instant is still in time.
    pub due_at: Timestamp,
    /// When the yellow card is shown.
    pub yellow_at: Option<Timestamp>,
    /// When the red card is shown.
    pub red_at: Timestamp,
    /// Whether that rests on days whose holidays are not published yet.
    pub provisional: bool,
}

/// What stopped a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// When.
    pub at: Timestamp,
    /// Whether what it waited for happened; else the case went another way.
    pub done: bool,
}

/// How far up an overdue clock has been raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// The area.
    pub to: AreaCode,
    /// When the one above that is told; none = nobody is left.
    pub next_at: Option<Timestamp>,
}

impl Clock {
    /// Starts a clock; none when its end cannot be counted.
    pub fn starting(
        calendar: &Calendar,
        settings: &Settings,
        rule: &StepLimit,
        start: Timestamp,
    ) -> Option<Clock> {
        let limit = TimeLimit {
            yellow_before: rule.yellow_before,
            red_after: rule.red_after,
            rule_key: Some(rule.rule_key.clone()),
            ..TimeLimit::new(start, rule.limit, calendar)
        };
        let clock = Clock {
            limit,
            rule_source: rule.source.clone(),
            settings: settings.clone(),
            ends: None,
            stopped: None,
            shown: Card::Green,
            raised: None,
            taken_over: false,
        };
        clock.counted(calendar)
    }

    /// The clock with its end counted by `calendar`, whose version becomes an input; none when it cannot be counted.
    pub fn counted(&self, calendar: &Calendar) -> Option<Clock> {
        let limit = self.limit.counted_by(calendar);
        let ends = match calendar::due(calendar, &self.settings, &limit) {
            Ok(due) => Some(Ends {
                due_at: due.at,
                yellow_at: due.yellow_at,
                red_at: due.red_at,
                provisional: due.provisional,
            }),
            Err(calendar::DueError::Suspended { .. }) => None,
            Err(_) => return None,
        };
        Some(Clock { limit, ends, ..self.clone() })
    }

    /// The clock standing still from `at` on.
    pub fn paused(&self, calendar: &Calendar, at: Timestamp) -> Option<Clock> {
        let mut clock = self.clone();
        clock.limit.pauses.push(Pause { from: at, until: None });
        clock.counted(calendar)
    }

    /// The clock going on at `at`.
    pub fn resumed(&self, calendar: &Calendar, at: Timestamp) -> Option<Clock> {
        Clock { limit: self.limit.resumed_at(at), ..self.clone() }.counted(calendar)
    }

    /// The clock with more time.
    pub fn extended(&self, calendar: &Calendar, extension: Extension) -> Option<Clock> {
        let mut clock = self.clone();
        clock.limit.extensions.push(extension);
        clock.counted(calendar)
    }

    /// Whether what it waits for has not happened.
    pub fn is_running(&self) -> bool {
        self.stopped.is_none()
    }

    /// When it ends; none while it stands still.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.ends.map(|ends| ends.due_at)
    }

    /// The last day, Asia/Shanghai, on which there is time; none while it stands still. A day that ends at 24:00 ends as an
    /// instant of the next one.
    pub fn last_day(&self) -> Option<Date> {
        let before = |at: Timestamp| at.saturating_sub(SignedDuration::from_micros(1));
        self.due_at().map(|due_at| calendar::business_date(before(due_at).unwrap_or(due_at)))
    }

    /// Whether it runs and its time is over at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.is_running() && self.due_at().is_some_and(|due_at| now > due_at)
    }

    /// When it next has something to say, and what; none when it is stopped, stands still or has said everything.
    pub fn next(&self) -> Option<(Timestamp, Turn)> {
        let ends = self.ends.filter(|_| self.is_running())?;
        match (self.shown, ends.yellow_at) {
            (Card::Green, Some(yellow_at)) => Some((yellow_at, Turn::Yellow)),
            (Card::Green | Card::Yellow, _) => Some((ends.turns_red_at(), Turn::Red)),
            // One that was given more time is told further up once it is over again, and not before.
            (Card::Red, _) => Some((self.raised?.next_at?.max(ends.turns_red_at()), Turn::Raise)),
        }
    }
}

impl Ends {
    /// The first instant at which the clock is red: at the end itself there is still time.
    pub fn turns_red_at(&self) -> Timestamp {
        if self.red_at > self.due_at {
            return self.red_at;
        }
        self.due_at.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX)
    }
}

/// What a clock says next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It turns yellow.
    Yellow,
    /// It turns red, and the tier above is told.
    Red,
    /// It is red for so long that the next tier is told.
    Raise,
}
