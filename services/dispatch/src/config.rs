//! Settings of dispatch; every one has a default. A city that runs several nodes gives each its number.

use std::path::PathBuf;
use std::sync::Arc;

use calendar::{Calendars, Limit, Settings};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::case_code::NodeNumber;
use crate::domain::rules::{Limits, Rules, StepLimit, Way};

/// The largest file that a node can be told to take.
const MOST_BYTES: u64 = 1 << 30;

/// Settings of dispatch, as in the node's configuration file under `[dispatch]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Number of the node, 1 to 9999, given by the city; begins every case code. 1 unless set: right where there is one
    /// node only, because two nodes of one number give the same codes.
    pub node_number: NodeNumber,
    /// Minutes from the call for a team to its arrival.
    pub arrival_minutes: u32,
    /// Seconds that a team may take to answer; then the next one is asked.
    pub answer_seconds: u32,
    /// Minutes after the end of the time to arrival when a team under way is given up and the next one is asked.
    pub give_up_minutes: u32,
    /// Limits by level.
    pub levels: LevelsConfig,
    /// Limits of the other steps.
    pub limits: LimitsConfig,
    /// Ratio of the way to the straight line.
    pub way_factor: f64,
    /// Speed of a team in km/h.
    pub team_speed_kmh: f64,
    /// Minutes for which a team is taken to be where it said that it is.
    pub position_minutes: u32,
    /// Seconds that a reporter's clock may be ahead.
    pub clock_tolerance_seconds: u32,
    /// Folder in which the files of cases are kept; beside the database unless set, and nowhere with PostgreSQL.
    pub files: Option<PathBuf>,
    /// Most bytes of a file.
    pub files_max_bytes: u64,
    /// What parties can do with case code and PIN.
    pub party: PartyConfig,
    /// How days are counted.
    pub calendar: Settings,
    /// Working days; the node loads them, as its own configuration says.
    #[serde(skip)]
    pub calendars: Arc<Calendars>,
}

/// What parties can do with case code and PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartyConfig {
    /// Days after an outcome on which a party can have the case done again.
    pub reopen_days: u16,
    /// Wrong PINs that one caller can pass on in a minute, all its parties together.
    pub wrong_pins_per_minute: u32,
}

impl Default for PartyConfig {
    fn default() -> Self {
        PartyConfig { reopen_days: 30, wrong_pins_per_minute: 60 }
    }
}

/// Limits by level; a level that is not named keeps the shipped one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelsConfig {
    /// Of simple disputes.
    pub simple: Option<LevelConfig>,
    /// Of general disputes.
    pub general: Option<LevelConfig>,
    /// Of complex disputes.
    pub complex: Option<LevelConfig>,
}

/// Limits of steps; one that is not named keeps the shipped one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// To acceptance.
    pub accept: Option<LevelConfig>,
    /// To the first follow-up after an agreement.
    pub first_follow_up: Option<LevelConfig>,
    /// To the second one.
    pub second_follow_up: Option<LevelConfig>,
    /// To verification.
    pub verify: Option<LevelConfig>,
    /// How much all extensions may be together, in working days.
    pub extension_most: Option<LevelConfig>,
    /// How long a limit may stand still at a time; then it goes on by itself.
    pub pause_most: Option<LevelConfig>,
    /// After how long an overdue limit is raised to the next tier.
    pub raise_after: Option<LevelConfig>,
}

/// A limit with its source: no limit without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelConfig {
    /// The limit, e.g. "7d", "5wd".
    pub limit: Limit,
    /// Where it is laid down.
    pub source: String,
    /// How long before its end the yellow card is shown, e.g. "1wd"; never unless set.
    #[serde(default)]
    pub yellow_before: Option<Limit>,
    /// On which working day after its end the red card is shown, e.g. "1wd"; as the settings say unless set.
    #[serde(default)]
    pub red_after: Option<Limit>,
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dispatch.{key}: {wrong}")]
pub struct ConfigError {
    /// The setting.
    pub key: &'static str,
    /// What is wrong with it.
    pub wrong: &'static str,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            node_number: NodeNumber::FIRST,
            arrival_minutes: 10,
            answer_seconds: 60,
            give_up_minutes: 10,
            levels: LevelsConfig::default(),
            limits: LimitsConfig::default(),
            way_factor: 1.4,
            team_speed_kmh: 25.0,
            position_minutes: 10,
            clock_tolerance_seconds: 120,
            files: None,
            files_max_bytes: ledger::files::MAX_BYTES,
            party: PartyConfig::default(),
            calendar: Settings::default(),
            calendars: Arc::default(),
        }
    }
}

impl Config {
    /// The rules that these settings make; `new_counter_secret` is used when the node has never given a case code.
    pub fn rules(&self, new_counter_secret: [u8; 16]) -> Result<Rules, ConfigError> {
        let wrong = |key, wrong| Err(ConfigError { key, wrong });
        if !(1..=24 * 60).contains(&self.arrival_minutes) {
            return wrong("arrival_minutes", "1 to 1440 is wanted");
        }
        if !(5..=3_600).contains(&self.answer_seconds) {
            return wrong("answer_seconds", "5 to 3600 is wanted");
        }
        if !(1..=24 * 60).contains(&self.give_up_minutes) {
            return wrong("give_up_minutes", "1 to 1440 is wanted");
        }
        if !(1.0..=10.0).contains(&self.way_factor) {
            return wrong(
                "way_factor",
                "1 to 10 is wanted: no way is shorter than the straight line",
            );
        }
        if !(1.0..=200.0).contains(&self.team_speed_kmh) {
            return wrong("team_speed_kmh", "1 to 200 is wanted");
        }
        if !(1..=24 * 60).contains(&self.position_minutes) {
            return wrong("position_minutes", "1 to 1440 is wanted");
        }
        if self.clock_tolerance_seconds > 3_600 {
            return wrong("clock_tolerance_seconds", "at most 3600 is wanted");
        }
        if !(1..=MOST_BYTES).contains(&self.files_max_bytes) {
            return wrong("files_max_bytes", "1 to 1073741824 is wanted");
        }
        if !(1..=3_660).contains(&self.party.reopen_days) {
            return wrong("party.reopen_days", "1 to 3660 is wanted");
        }
        if !(5..=6_000).contains(&self.party.wrong_pins_per_minute) {
            return wrong("party.wrong_pins_per_minute", "5 to 6000 is wanted");
        }
        let mut rules = Rules::shipped(self.node_number, new_counter_secret);
        rules.limits = self.limits()?;
        rules.answer = SignedDuration::from_secs(i64::from(self.answer_seconds));
        rules.give_up = SignedDuration::from_mins(i64::from(self.give_up_minutes));
        rules.way = Way { factor: self.way_factor, speed_kmh: self.team_speed_kmh };
        rules.position_fresh = SignedDuration::from_mins(i64::from(self.position_minutes));
        rules.clock_tolerance = SignedDuration::from_secs(i64::from(self.clock_tolerance_seconds));
        rules.reopen_days = self.party.reopen_days;
        rules.settings = self.calendar.clone();
        rules.calendars = Arc::clone(&self.calendars);
        Ok(rules)
    }

    /// The shipped limits with those that are set in their place.
    fn limits(&self) -> Result<Limits, ConfigError> {
        let mut limits = Limits::shipped();
        if self.arrival_minutes != 10 {
            let unit = calendar::Unit::Minute;
            let limit = Limit { amount: self.arrival_minutes, unit, office_hours: false };
            limits.arrive = StepLimit::new(limit, "config.arrival_minutes", "本地设置");
        }
        let (levels, steps) = (&self.levels, &self.limits);
        let set = [
            (&mut limits.levels.simple, &levels.simple, "levels.simple"),
            (&mut limits.levels.general, &levels.general, "levels.general"),
            (&mut limits.levels.complex, &levels.complex, "levels.complex"),
            (&mut limits.accept, &steps.accept, "limits.accept"),
            (&mut limits.first_follow_up, &steps.first_follow_up, "limits.first_follow_up"),
            (&mut limits.second_follow_up, &steps.second_follow_up, "limits.second_follow_up"),
            (&mut limits.verify, &steps.verify, "limits.verify"),
            (&mut limits.extension_most.simple, &steps.extension_most, "limits.extension_most"),
            (&mut limits.extension_most.general, &steps.extension_most, "limits.extension_most"),
            (&mut limits.extension_most.complex, &steps.extension_most, "limits.extension_most"),
            (&mut limits.pause_most, &steps.pause_most, "limits.pause_most"),
            (&mut limits.raise_after, &steps.raise_after, "limits.raise_after"),
        ];
        for (limit, configured, key) in set {
            let Some(configured) = configured else { continue };
            if configured.source.trim().is_empty() {
                let wrong = "a source is wanted: where the limit is laid down";
                return Err(ConfigError { key, wrong });
            }
            if configured.red_after.is_some_and(|red| red.unit != calendar::Unit::WorkingDay) {
                return Err(ConfigError { key, wrong: "red_after is in working days, e.g. 1wd" });
            }
            let name = key.rsplit('.').next().unwrap_or(key);
            *limit = StepLimit {
                yellow_before: configured.yellow_before,
                red_after: configured.red_after,
                ..StepLimit::new(configured.limit, &format!("config.{name}"), &configured.source)
            };
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_shipped_rules() {
        let rules = Config::default().rules([0; 16]).unwrap();
        assert_eq!(rules.limits, Limits::shipped());
        assert_eq!(rules.answer, SignedDuration::from_secs(60));
    }

    #[test]
    fn a_level_can_be_set_with_its_source() {
        let text =
            r#"{"levels": {"simple": {"limit": "2wd", "source": "本地规定"}}, "node_number": 306}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        let rules = config.rules([0; 16]).unwrap();
        assert_eq!(rules.limits.levels.simple.limit.to_string(), "2wd");
        assert_eq!(rules.limits.levels.simple.rule_key, "config.simple");
        assert_eq!(rules.limits.levels.general, Limits::shipped().levels.general);
        assert_eq!(rules.node_number.get(), 306);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_key() {
        for text in [
            r#"{"node_number": 0}"#,
            r#"{"node_number": 10000}"#,
            r#"{"levels": {"simple": {"limit": "0d", "source": "x"}}}"#,
            r#"{"levels": {"simple": {"limit": "1d"}}}"#,
            r#"{"unknown": 1}"#,
        ] {
            assert!(serde_json::from_str::<Config>(text).is_err(), "{text}");
        }
        let config = Config { way_factor: f64::NAN, ..Config::default() };
        assert_eq!(config.rules([0; 16]).unwrap_err().key, "way_factor");
        let text = r#"{"levels": {"complex": {"limit": "1d", "source": " "}}}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        assert_eq!(config.rules([0; 16]).unwrap_err().key, "levels.complex");
        let config = Config { arrival_minutes: 0, ..Config::default() };
        assert_eq!(config.rules([0; 16]).unwrap_err().key, "arrival_minutes");
        let config = Config { files_max_bytes: 0, ..Config::default() };
        assert_eq!(config.rules([0; 16]).unwrap_err().key, "files_max_bytes");
    }
}
