//! The calendars that a place has, by version.

use std::collections::BTreeMap;

use super::Calendar;
use crate::rows::CalendarError;

/// The calendars that a place has, by version: the shipped ones and those it loaded. New
/// deadlines are counted by the current one; the others are kept so that a deadline that names
/// an older version can still be derived and explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendars {
    by_version: BTreeMap<String, Calendar>,
    current: String,
}

/// A calendar that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The version has no name.
    #[error("the version of a calendar is empty")]
    Unnamed,
    /// The version is known with other content: a deadline that names it could not be derived.
    #[error("version {0:?} is taken by other data; changed data needs a new version")]
    Taken(String),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] CalendarError),
}

impl Calendars {
    /// Returns the shipped calendars, of which the newest is current.
    #[must_use]
    pub fn shipped() -> Calendars {
        let china = Calendar::china();
        let by_version = BTreeMap::from([(china.version().to_owned(), china.clone())]);
        Calendars { by_version, current: china.version().to_owned() }
    }

    /// Reads a calendar as [`Calendar::from_csv`] does and makes it the current one.
    ///
    /// # Errors
    ///
    /// [`VersionError`]; the same version with the same content is accepted.
    pub fn load(&mut self, version: &str, bytes: &[u8]) -> Result<(), VersionError> {
        if version.trim().is_empty() {
            return Err(VersionError::Unnamed);
        }
        let calendar = Calendar::from_csv(version, bytes)?;
        if self.get(version).is_some_and(|known| *known != calendar) {
            return Err(VersionError::Taken(version.to_owned()));
        }
        self.by_version.insert(version.to_owned(), calendar);
        version.clone_into(&mut self.current);
        Ok(())
    }

    /// Returns the calendar by which new deadlines are counted.
    #[must_use]
    pub fn current(&self) -> &Calendar {
        &self.by_version[&self.current]
    }

    /// Returns the calendar of `version`.
    #[must_use]
    pub fn get(&self, version: &str) -> Option<&Calendar> {
        self.by_version.get(version)
    }

    /// Returns whether a deadline counted by `version` is to be counted anew: the current
    /// calendar is another one, and not known to reach less far than that version did.
    #[must_use]
    pub fn supersedes(&self, version: &str) -> bool {
        let current = self.current();
        version != current.version()
            && self.get(version).is_none_or(|old| old.known_through() <= current.known_through())
    }
}

impl Default for Calendars {
    fn default() -> Calendars {
        Calendars::shipped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR_2020: &str = "date,kind,name\n2020-10-01,holiday,国庆节\n2020,working_days,261\n";

    #[test]
    fn older_versions_are_kept_beside_the_current_one() {
        let mut calendars = Calendars::shipped();
        assert_eq!(calendars.current(), Calendar::china());
        assert!(!calendars.supersedes("cn-2026.1") && calendars.supersedes("cn-2025.9"));
        calendars.load("old", YEAR_2020.as_bytes()).unwrap();
        assert_eq!(calendars.current().version(), "old");
        assert_eq!(calendars.get("cn-2026.1"), Some(Calendar::china()));
        // A calendar that reaches less far takes no deadline back.
        assert!(!calendars.supersedes("cn-2026.1") && calendars.supersedes("unknown"));
        calendars.load("old", YEAR_2020.as_bytes()).unwrap();
    }

    #[test]
    fn a_version_stands_for_one_content() {
        let mut calendars = Calendars::shipped();
        let taken = calendars.load("cn-2026.1", YEAR_2020.as_bytes());
        assert_eq!(taken, Err(VersionError::Taken("cn-2026.1".to_owned())));
        assert_eq!(calendars.load(" ", YEAR_2020.as_bytes()), Err(VersionError::Unnamed));
        assert!(matches!(calendars.load("cut", b"date,kind"), Err(VersionError::Data(_))));
        assert_eq!(calendars, Calendars::shipped());
    }
}
