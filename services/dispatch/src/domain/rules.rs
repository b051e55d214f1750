//! What a place decides for itself: limits of the levels, the clock to arrival, how ways are estimated.

use std::sync::Arc;

use calendar::{Calendars, Limit, Rules as LimitRules, Settings, TimeLimit};
use jiff::{SignedDuration, Timestamp};

use crate::domain::case_code::NodeNumber;
use crate::domain::dispute::{Level, Triage};
use crate::domain::event::Recounted;

/// The rules that decisions follow, beside the states.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Number of this node, given by the city; begins every case code.
    pub node_number: NodeNumber,
    /// Secret of a new counter's permutation; a counter that exists keeps its own.
    pub new_counter_secret: [u8; 16],
    /// Limits of the levels simple, general and complex.
    pub levels: Levels,
    /// Time from the call for a team to its arrival; ten minutes.
    pub arrival: SignedDuration,
    /// How ways are estimated.
    pub way: Way,
    /// How far a reporter's clock may be ahead of ours; two minutes.
    pub clock_tolerance: SignedDuration,
    /// Working days, by version; limits are counted by the current one.
    pub calendars: Arc<Calendars>,
    /// Office hours and ends of days.
    pub settings: Settings,
}

/// Limits by level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Of simple disputes.
    pub simple: LevelLimit,
    /// Of general disputes.
    pub general: LevelLimit,
    /// Of complex disputes.
    pub complex: LevelLimit,
}

/// A level's limit and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelLimit {
    /// The limit.
    pub limit: Limit,
    /// Key of the rule.
    pub rule_key: String,
    /// Source of the rule.
    pub source: String,
}

/// How a way is estimated: straight line × factor ÷ speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Ratio of the way to the straight line; 1.4 unless configured.
    pub factor: f64,
    /// Speed in km/h; 25 unless configured.
    pub speed_kmh: f64,
}

impl Rules {
    /// The rules as shipped, for a node.
    pub fn shipped(node_number: NodeNumber, new_counter_secret: [u8; 16]) -> Self {
        Rules {
            node_number,
            new_counter_secret,
            levels: Levels::shipped(),
            arrival: SignedDuration::from_mins(10),
            way: Way { factor: 1.4, speed_kmh: 25.0 },
            clock_tolerance: SignedDuration::from_mins(2),
            calendars: Arc::new(Calendars::shipped()),
            settings: Settings::default(),
        }
    }

    /// The triage of a dispute that was accepted at `accepted_at`: its limit counts from there.
    pub fn triage(&self, level: Level, accepted_at: Timestamp, now: Timestamp) -> Option<Triage> {
        let rule = self.levels.of(level);
        let calendar = self.calendars.current();
        let time_limit = TimeLimit::new(accepted_at, rule.limit, calendar);
        let due = calendar::due(calendar, &self.settings, &time_limit).ok()?;
        Some(Triage {
            level,
            limit: rule.limit,
            rule_key: rule.rule_key.clone(),
            rule_source: rule.source.clone(),
            accepted_at,
            due_at: due.at,
            due_provisional: due.provisional,
            calendar_version: due.calendar_version,
            settings: self.settings.clone(),
            pauses: time_limit.pauses,
            extensions: time_limit.extensions,
            at: now,
        })
    }

    /// The end of a limit counted again, if it rests on unpublished holidays and there is newer data.
    ///
    /// It is counted by the settings of the time of triage: what a place changes later holds for later cases.
    pub fn recount(&self, triage: &Triage) -> Option<Recounted> {
        if !triage.due_provisional || !self.calendars.supersedes(&triage.calendar_version) {
            return None;
        }
        let calendar = self.calendars.current();
        let time_limit = triage.time_limit().counted_by(calendar);
        let due = calendar::due(calendar, &triage.settings, &time_limit).ok()?;
        Some(Recounted {
            due_at: due.at,
            due_provisional: due.provisional,
            calendar_version: due.calendar_version,
            previous_due_at: triage.due_at,
            previous_calendar_version: triage.calendar_version.clone(),
        })
    }
}

impl Levels {
    /// One, seven and twenty days (综治中心, 东至县): defaults of a configurable table.
    pub fn shipped() -> Self {
        Levels {
            simple: LevelLimit::shipped("zz_centre.simple"),
            general: LevelLimit::shipped("zz_centre.general"),
            complex: LevelLimit::shipped("zz_centre.complex"),
        }
    }

    fn of(&self, level: Level) -> &LevelLimit {
        match level {
            Level::Simple => &self.simple,
            Level::General => &self.general,
            Level::Complex => &self.complex,
        }
    }
}

impl LevelLimit {
    fn shipped(key: &str) -> Self {
        let rule =
            LimitRules::shipped().get(key).expect("the shipped rules have the levels: tested");
        LevelLimit { limit: rule.limit, rule_key: key.to_owned(), source: rule.source.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_their_limits_and_sources() {
        let levels = Levels::shipped();
        let limits =
            [&levels.simple, &levels.general, &levels.complex].map(|level| level.limit.to_string());
        assert_eq!(limits, ["1d", "7d", "20d"]);
        assert_eq!(levels.general.source, "东至县");
    }

    #[test]
    fn a_limit_counts_from_acceptance() {
        let rules = Rules::shipped(NodeNumber::try_new(1).unwrap(), [0; 16]);
        let accepted: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-03-03T01:00:00Z".parse().unwrap();
        let triage = rules.triage(Level::General, accepted, later).unwrap();
        // Monday and seven days is Monday, closing time.
        assert_eq!(calendar::business_date(triage.due_at).to_string(), "2026-03-09");
        assert_eq!((triage.accepted_at, triage.at), (accepted, later));
    }

    /// The shipped years and a made up 2027.
    fn with_2027() -> Calendars {
        let days = include_str!("../../../calendar/data/cn_workdays.csv");
        let next = include_str!("../../../calendar/tests/deadlines/year_2027.csv");
        let mut calendars = Calendars::shipped();
        calendars.load("cn-2027.test", format!("{days}{next}").as_bytes()).unwrap();
        calendars
    }

    #[test]
    fn a_provisional_end_is_counted_again_by_newer_data() {
        let mut rules = Rules::shipped(NodeNumber::try_new(1).unwrap(), [0; 16]);
        rules.settings.calendar_day_ends = calendar::DayEnd::Midnight;
        let accepted: Timestamp = "2027-01-29T01:00:00Z".parse().unwrap();
        let triage = rules.triage(Level::General, accepted, accepted).unwrap();
        // Seven days from Fri 29 Jan 2027 are Fri 5 Feb; the made up notice makes it a holiday until 11 Feb.
        assert!(triage.due_provisional);
        assert_eq!(triage.due_at, "2027-02-05T16:00:00Z".parse().unwrap());
        assert_eq!(rules.recount(&triage), None);

        rules.calendars = Arc::new(with_2027());
        rules.settings = Settings::default();
        let recounted = rules.recount(&triage).unwrap();
        // By the settings of the time of triage: until 24:00.
        assert_eq!(recounted.due_at, "2027-02-12T16:00:00Z".parse().unwrap());
        assert!(!recounted.due_provisional);
        assert_eq!(recounted.calendar_version, "cn-2027.test");
        assert_eq!(
            (recounted.previous_due_at, recounted.previous_calendar_version.as_str()),
            (triage.due_at, "cn-2026.1")
        );
        let known = Triage { due_provisional: false, ..triage };
        assert_eq!(rules.recount(&known), None);
    }
}
