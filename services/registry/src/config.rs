//! Settings of registry; every one has a default.

use serde::{Deserialize, Serialize};

use crate::domain::day::Reach;

/// Settings of registry, as in the node's configuration file under `[registry]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Days back that a change may take effect, at most 36,525.
    pub past_days: u32,
    /// Days ahead that a change may take effect, at most 3,653.
    pub future_days: u32,
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("registry.{key}: {wrong}")]
pub struct ConfigError {
    /// The setting.
    pub key: &'static str,
    /// What is wrong with it.
    pub wrong: &'static str,
}

impl Default for Config {
    fn default() -> Self {
        Config { past_days: 1_096, future_days: 366 }
    }
}

impl Config {
    /// How far from today a change may take effect.
    pub fn reach(&self) -> Result<Reach, ConfigError> {
        if self.past_days > 36_525 {
            return Err(ConfigError { key: "past_days", wrong: "at most 36525 is wanted" });
        }
        if self.future_days > 3_653 {
            return Err(ConfigError { key: "future_days", wrong: "at most 3653 is wanted" });
        }
        Ok(Reach { past_days: self.past_days.into(), future_days: self.future_days.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_domains() {
        assert_eq!(Config::default().reach(), Ok(Reach::default()));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_key() {
        let config = Config { future_days: 4_000, ..Config::default() };
        assert_eq!(config.reach().unwrap_err().key, "future_days");
        assert!(serde_json::from_str::<Config>(r#"{"unknown": 1}"#).is_err());
    }
}
