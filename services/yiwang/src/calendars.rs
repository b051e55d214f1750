//! Working days as files: for a node's configuration and for the command line.

use std::path::{Path, PathBuf};

use calendar::{CalendarError, Calendars, VersionError};
use kit::config::Wrong;
use serde::Deserialize;

/// Working days that a node takes instead of the shipped ones, so that a new year needs no new program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarConfig {
    /// File with the working days, in the form of the shipped one; default: the shipped one.
    pub days: Option<PathBuf>,
    /// Version of that file; changed data needs a new one, because every deadline names it.
    pub version: String,
    /// Files by which deadlines were counted before, so that they can still be derived.
    pub earlier: Vec<Earlier>,
}

/// Working days of an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The file.
    pub days: PathBuf,
    /// Its version.
    pub version: String,
}

impl CalendarConfig {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value, the line of the file included.
    pub fn load(&self) -> Result<Calendars, Wrong> {
        let mut calendars = Calendars::shipped();
        for Earlier { days, version } in &self.earlier {
            load(&mut calendars, days, version)
                .map_err(|what| Wrong::new("calendar.earlier", what))?;
        }
        match &self.days {
            Some(days) => load(&mut calendars, days, &self.version)
                .map_err(|what| Wrong::new("calendar.days", what))?,
            None if !self.version.is_empty() => {
                return Err(Wrong::new("calendar.version", "calendar.days is wanted, too"));
            }
            None if !self.earlier.is_empty() => {
                return Err(Wrong::new("calendar.earlier", "calendar.days is wanted, too"));
            }
            None => {}
        }
        Ok(calendars)
    }
}

/// Reads a file and makes it the current one; the error is one line.
pub(crate) fn load(calendars: &mut Calendars, days: &Path, version: &str) -> Result<(), String> {
    let place = days.display();
    let bytes = std::fs::read(days).map_err(|error| format!("{place}: {error}"))?;
    calendars.load(version, &bytes).map_err(|error| match error {
        VersionError::Data(error) => format!("{place}: {}", first(&error)),
        VersionError::Unnamed | VersionError::Taken(_) => format!("{place}: {error}"),
    })
}

/// The first wrong row, and how many more there are.
fn first(error: &CalendarError) -> String {
    let first = error.rows.first().map(ToString::to_string).unwrap_or_default();
    match error.rows.len().saturating_sub(1) {
        0 => first,
        more => format!("{first}; and {more} more wrong rows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = include_str!("../../calendar/tests/deadlines/year_2027.csv");
    const DAYS: &str = include_str!("../../calendar/data/cn_workdays.csv");

    #[test]
    fn a_node_takes_a_new_year_from_a_file_and_keeps_the_older_versions() {
        let folder = tempfile::tempdir().unwrap();
        let days = folder.path().join("days.csv");
        std::fs::write(&days, format!("{DAYS}{NEXT}")).unwrap();
        let version = "cn-2027.1".to_owned();
        let config = CalendarConfig { days: Some(days), version, ..CalendarConfig::default() };
        let calendars = config.load().unwrap();
        assert_eq!(calendars.current().version(), "cn-2027.1");
        assert_eq!(*calendars.current().years().end(), 2027);
        assert!(calendars.get("cn-2026.1").is_some());
        assert_eq!(CalendarConfig::default().load().unwrap(), Calendars::shipped());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let (cut, same) = (folder.path().join("cut.csv"), folder.path().join("same.csv"));
        std::fs::write(&cut, format!("{DAYS}{}", &NEXT[..100])).unwrap();
        std::fs::write(&same, format!("{DAYS}{NEXT}")).unwrap();
        let missing = folder.path().join("missing.csv");
        // (days, version, key, part of what is said)
        let table = [
            (Some(&cut), "cn-2027.1", "calendar.days", "line 79"),
            (Some(&missing), "cn-2027.1", "calendar.days", "missing.csv: No such file"),
            (Some(&same), "cn-2026.1", "calendar.days", "taken by other data"),
            (Some(&same), "", "calendar.days", "the version of a calendar is empty"),
            (None, "cn-2027.1", "calendar.version", "calendar.days is wanted"),
        ];
        for (days, version, key, part) in table {
            let (days, version) = (days.cloned(), version.to_owned());
            let config = CalendarConfig { days, version, ..CalendarConfig::default() };
            let Wrong { key: wrong, what } = config.load().unwrap_err();
            assert_eq!(wrong, key);
            assert!(what.contains(part) && what.lines().count() == 1, "{what}");
        }
        let earlier = vec![Earlier { days: cut, version: "old".to_owned() }];
        let config = CalendarConfig { earlier, ..CalendarConfig::default() };
        assert_eq!(config.load().unwrap_err().key, "calendar.earlier");
    }
}
