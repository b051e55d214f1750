//! What a place decides for itself: limits of the levels, the clock to arrival, how ways are estimated.

use std::borrow::Cow;
use std::sync::Arc;

use calendar::{Calendars, Limit, Rules as LimitRules, Settings};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::case_code::NodeNumber;
use crate::domain::dispute::{Clock, ClockKind, Dispute, Level};

/// Source of the limits that are this system's own.
const OWN_DEFAULT: &str = "本系统默认值";

/// Ten minutes.
const MINUTES_10: Limit = Limit { amount: 10, unit: calendar::Unit::Minute, office_hours: false };

/// The rules that decisions follow, beside the states.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Number of this node, given by the city; begins every case code.
    pub node_number: NodeNumber,
    /// Secret of a new counter's permutation; a counter that exists keeps its own.
    pub new_counter_secret: [u8; 16],
    /// Time limits, step by step.
    pub limits: Limits,
    /// How long a team may take to answer; 60 seconds.
    pub answer: SignedDuration,
    /// How long after the end of the clock to arrival a team that is under way is given up; ten minutes.
    pub give_up: SignedDuration,
    /// How ways are estimated.
    pub way: Way,
    /// How long a team is taken to be where it said that it is; ten minutes.
    pub position_fresh: SignedDuration,
    /// How far a reporter's clock may be ahead of ours; two minutes.
    pub clock_tolerance: SignedDuration,
    /// Days after an outcome on which a party can have the case done again; thirty.
    pub reopen_days: u16,
    /// Working days, by version; limits are counted by the current one.
    pub calendars: Arc<Calendars>,
    /// Office hours and ends of days.
    pub settings: Settings,
}

/// Time limits, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// To acceptance; one working day.
    pub accept: StepLimit,
    /// From the call for a team to its arrival; ten minutes.
    pub arrive: StepLimit,
    /// From acceptance to the outcome, by level.
    pub levels: Levels,
    /// To the first follow-up after an agreement; seven days.
    pub first_follow_up: StepLimit,
    /// To the second one; thirty days.
    pub second_follow_up: StepLimit,
    /// To verification; three working days.
    pub verify: StepLimit,
    /// In which both parties may ask a court to confirm an agreement; thirty days.
    pub confirmation: StepLimit,
    /// How much all extensions of the limit may be together, by level; ten working days.
    pub extension_most: Levels,
    /// How long a limit may stand still at a time; thirty days.
    pub pause_most: StepLimit,
    /// After how long an overdue limit is raised to the tier above the one told last; three working days.
    pub raise_after: StepLimit,
}

/// Limits by level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Of simple disputes.
    pub simple: StepLimit,
    /// Of general disputes.
    pub general: StepLimit,
    /// Of complex disputes.
    pub complex: StepLimit,
}

/// A limit and where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLimit {
    /// The limit.
    pub limit: Limit,
    /// How long before its end the yellow card is shown; never if none.
    pub yellow_before: Option<Limit>,
    /// On which working day after its end the red card is shown; none = as the place's settings say.
    pub red_after: Option<Limit>,
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
            limits: Limits::shipped(),
            answer: SignedDuration::from_secs(60),
            give_up: SignedDuration::from_mins(10),
            way: Way { factor: 1.4, speed_kmh: 25.0 },
            position_fresh: SignedDuration::from_mins(10),
            clock_tolerance: SignedDuration::from_mins(2),
            reopen_days: 30,
            calendars: Arc::new(Calendars::shipped()),
            settings: Settings::default(),
        }
    }

    /// Starts a clock at `start`; none when its end cannot be counted.
    pub fn start(&self, limit: &StepLimit, start: Timestamp) -> Option<Clock> {
        Clock::starting(self.calendars.current(), &self.settings, limit, start)
    }

    /// A clock that runs counted again, if there is a newer version of the calendar than the one it was counted by.
    ///
    /// Any new version asks for it: holidays have been changed within a year. It is counted by the settings of the time
    /// when it started: what a place changes later holds for later cases.
    pub fn recount(&self, clock: &Clock) -> Option<Clock> {
        let newer = self.calendars.supersedes(&clock.limit.calendar_version);
        if clock.is_running() && newer { clock.counted(self.calendars.current()) } else { None }
    }

    /// The dispute with the parties' time for a court counted by the newest calendar, also where nothing counts it again: in
    /// a case that is closed. What decides by that day, and what shows it, looks here.
    pub fn by_newest_calendar<'a>(&self, dispute: &'a Dispute) -> Cow<'a, Dispute> {
        let clock = dispute.clock(ClockKind::Confirm).and_then(|clock| self.recount(clock));
        let Some(clock) = clock else { return Cow::Borrowed(dispute) };
        let mut newest = dispute.clone();
        if let Some(conclusion) = newest.stage.conclusion_mut() {
            conclusion.confirmation_until = clock.last_day();
        }
        newest.clocks.insert(ClockKind::Confirm, clock);
        Cow::Owned(newest)
    }

    /// The last day on which a party can have a case done again that ended at `outcome_at`.
    pub fn reopen_until(&self, outcome_at: Timestamp) -> Date {
        let days = jiff::Span::new().days(i64::from(self.reopen_days));
        calendar::business_date(outcome_at).checked_add(days).unwrap_or(Date::MAX)
    }

    /// When a clock that turned red, or was raised, at `at` is raised to the next tier.
    pub fn raised_after(&self, at: Timestamp) -> Option<Timestamp> {
        Some(self.start(&self.limits.raise_after, at)?.ends?.turns_red_at())
    }
}

impl Limits {
    /// The limits as shipped: those of law and rules with their source, the others our own defaults. A place sets its own.
    pub fn shipped() -> Self {
        let own = |key: &str, limit| StepLimit::new(limit, key, OWN_DEFAULT);
        Limits {
            accept: own("own.accept", Limit::working_days(1)),
            arrive: own("own.arrive", MINUTES_10),
            levels: Levels::shipped(),
            first_follow_up: own("own.first_follow_up", Limit::calendar_days(7)),
            second_follow_up: own("own.second_follow_up", Limit::calendar_days(30)),
            verify: own("own.verify", Limit::working_days(3)),
            confirmation: StepLimit::from_table("mediation.judicial_confirm_window"),
            extension_most: Levels::alike(StepLimit::from_table("hotline.extension_max")),
            pause_most: own("own.pause_most", Limit::calendar_days(30)),
            raise_after: own("own.raise_after", Limit::working_days(3)),
        }
    }
}

impl Levels {
    /// One, seven and twenty days (综治中心, 东至县): defaults of a configurable table. A yellow card one working day ahead
    /// where there is that much time, as the provincial hotline has it.
    pub fn shipped() -> Self {
        let warned = |key| StepLimit {
            yellow_before: Some(Limit::working_days(1)),
            ..StepLimit::from_table(key)
        };
        Levels {
            simple: StepLimit::from_table("zz_centre.simple"),
            general: warned("zz_centre.general"),
            complex: warned("zz_centre.complex"),
        }
    }

    /// The same for every level.
    pub fn alike(limit: StepLimit) -> Self {
        Levels { simple: limit.clone(), general: limit.clone(), complex: limit }
    }

    /// The limit of a level.
    pub fn of(&self, level: Level) -> &StepLimit {
        match level {
            Level::Simple => &self.simple,
            Level::General => &self.general,
            Level::Complex => &self.complex,
        }
    }
}

impl StepLimit {
    /// A limit without cards of its own.
    pub fn new(limit: Limit, rule_key: &str, source: &str) -> Self {
        let (rule_key, source) = (rule_key.to_owned(), source.to_owned());
        StepLimit { limit, yellow_before: None, red_after: None, rule_key, source }
    }

    /// The shipped rule of a key, with its cards.
    fn from_table(key: &str) -> Self {
        let table = LimitRules::shipped();
        let rule = table.get(key).expect("the shipped rules have it: tested");
        StepLimit {
            yellow_before: table.yellow_before(rule),
            red_after: table.red_after(rule),
            ..StepLimit::new(rule.limit, key, &rule.source)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::Stopped;

    #[test]
    fn levels_have_their_limits_and_sources() {
        let levels = Levels::shipped();
        let limits =
            [&levels.simple, &levels.general, &levels.complex].map(|level| level.limit.to_string());
        assert_eq!(limits, ["1d", "7d", "20d"]);
        assert_eq!(levels.general.source, "东至县");
    }

    #[test]
    fn every_shipped_limit_can_be_counted_and_has_a_source() {
        let rules = Rules::shipped(NodeNumber::try_new(1).unwrap(), [0; 16]);
        let limits = &rules.limits;
        let start: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        // (limit, end in Shanghai, key)
        let table = [
            (&limits.accept, "2026-03-03T17:30", "own.accept"),
            (&limits.arrive, "2026-03-02T09:10", "own.arrive"),
            (&limits.levels.general, "2026-03-09T17:30", "zz_centre.general"),
            (&limits.first_follow_up, "2026-03-09T17:30", "own.first_follow_up"),
            (&limits.second_follow_up, "2026-04-01T17:30", "own.second_follow_up"),
            (&limits.verify, "2026-03-05T17:30", "own.verify"),
            (&limits.confirmation, "2026-04-01T17:30", "mediation.judicial_confirm_window"),
        ];
        for (limit, end, key) in table {
            let clock = rules.start(limit, start).unwrap();
            let shown = clock.due_at().unwrap() + SignedDuration::from_hours(8);
            assert!(shown.to_string().starts_with(end), "{key}: {shown}");
            assert_eq!(limit.rule_key, key);
            assert!(!limit.source.is_empty());
        }
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
    fn a_clock_is_counted_again_by_a_newer_calendar() {
        let mut rules = Rules::shipped(NodeNumber::try_new(1).unwrap(), [0; 16]);
        rules.settings.calendar_day_ends = calendar::DayEnd::Midnight;
        let accepted: Timestamp = "2027-01-29T01:00:00Z".parse().unwrap();
        let clock = rules.start(&rules.limits.levels.general, accepted).unwrap();
        // Seven days from Fri 29 Jan 2027 are Fri 5 Feb; the made up notice makes it a holiday until 11 Feb.
        assert!(clock.ends.unwrap().provisional);
        assert_eq!(clock.due_at(), Some("2027-02-05T16:00:00Z".parse().unwrap()));
        assert_eq!(rules.recount(&clock), None);

        rules.calendars = Arc::new(with_2027());
        rules.settings = Settings::default();
        let recounted = rules.recount(&clock).unwrap();
        // By the settings of the time when it started: until 24:00.
        assert_eq!(recounted.due_at(), Some("2027-02-12T16:00:00Z".parse().unwrap()));
        assert!(!recounted.ends.unwrap().provisional);
        assert_eq!(recounted.limit.calendar_version, "cn-2027.test");
        assert_eq!(rules.recount(&recounted), None);
        let stopped = Clock { stopped: Some(Stopped { at: accepted, done: true }), ..clock };
        assert_eq!(rules.recount(&stopped), None);
    }
}
