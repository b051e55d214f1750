//! Configuration: a TOML file, over it the environment, over it the flags.
//!
//! `[server] listen` of the file is `YIWANG_SERVER__LISTEN` in the environment. Unknown keys are
//! errors in all three layers. An error is one line that says what is wrong and where, and the
//! process ends with exit code 64 before anything binds. The environment is read here and nowhere
//! else.

mod server;

pub mod duration;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Value;

pub use server::{ServerConfig, TlsConfig};

const PREFIX: &str = "YIWANG_";
const FILE_VARIABLE: &str = "YIWANG_CONFIG";

/// What is wrong with a configuration, and where; displays as one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ConfigError {
    /// `file:line`, a variable's name, a flag, or a key.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl ConfigError {
    /// The exit code for a wrong configuration.
    pub const EXIT: u8 = crate::lifecycle::EXIT_CONFIGURATION;

    /// Says the line on stderr and gives the exit code.
    pub fn exit(&self) -> std::process::ExitCode {
        crate::lifecycle::say(Self::EXIT, &self.to_string())
    }

    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        // A line is promised; some parsers answer with several.
        let what = what.into().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { place: place.into(), what }
    }
}

/// A value that was read well but cannot be used; found by a check after reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Dotted key of the value, for instance `server.listen`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

impl Wrong {
    /// Names a key and what is wrong with its value.
    pub fn new(key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into() }
    }
}

/// The layers of a configuration, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    file: Option<(String, String)>,
    overrides: Vec<Override>,
}

/// One value from the environment or a flag.
#[derive(Clone, Debug)]
struct Override {
    place: String,
    key: Vec<String>,
    text: String,
    /// Whether the text stands for itself or for the TOML value that it spells.
    verbatim: bool,
}

impl Layers {
    /// Starts with nothing but defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the file named by the flag or else by `YIWANG_CONFIG`, and all `YIWANG_` variables
    /// except those named in `others`, which belong to someone else.
    pub fn read(file: Option<&Path>, others: &[&str]) -> Result<Self, ConfigError> {
        let variables = variables(std::env::vars_os(), others)?;
        let named = variables.get(FILE_VARIABLE).map(PathBuf::from);
        let mut layers = Self::new();
        if let Some(path) = file.map(Path::to_owned).or(named) {
            layers = layers.file(&path)?;
        }
        Ok(layers.environment(variables))
    }

    /// Sets the file.
    pub fn file(self, path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(&name, error.to_string()))?;
        Ok(self.text(&name, text))
    }

    /// Sets the file's text; `name` is what errors call it.
    #[must_use]
    pub fn text(mut self, name: &str, text: impl Into<String>) -> Self {
        self.file = Some((name.to_owned(), text.into()));
        self
    }

    /// Adds variables; those without the prefix are nobody's business here.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, text) in variables {
            let Some(key) = name.strip_prefix(PREFIX).filter(|_| name != FILE_VARIABLE) else {
                continue;
            };
            let key = key.to_lowercase().split("__").map(str::to_owned).collect();
            self.overrides.push(Override { place: name, key, text, verbatim: false });
        }
        self
    }

    /// Adds a flag, if it was given: its name, the dotted key that it sets, its value.
    #[must_use]
    pub fn flag(mut self, name: &str, key: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            let key = key.split('.').map(str::to_owned).collect();
            let text = value.to_string();
            self.overrides.push(Override { place: name.to_owned(), key, text, verbatim: false });
        }
        self
    }

    /// Reads all layers into a configuration and checks it.
    pub fn load<C: DeserializeOwned>(
        mut self,
        check: impl FnOnce(&C) -> Result<(), Wrong>,
    ) -> Result<C, ConfigError> {
        let table = self.parse_file()?;
        let config: C = loop {
            let mut merged = table.clone();
            for value in &self.overrides {
                value.put(&mut merged)?;
            }
            let error = match serde_path_to_error::deserialize(Value::Table(merged)) {
                Ok(config) => break config,
                Err(error) => error,
            };
            let key = key_of(&error);
            // A variable has no type: `7` may be meant as a text. Try that before giving up.
            let what = error.into_inner().message().to_owned();
            let retry = self.overrides.iter_mut().rev().find(|value| value.key == key);
            match retry {
                Some(value) if !value.verbatim && value.spelled().is_some() => {
                    value.verbatim = true
                }
                Some(_) | None => return Err(ConfigError::new(self.place(&key), what)),
            }
        };
        check(&config).map_err(|wrong| {
            let key: Vec<String> = wrong.key.split('.').map(str::to_owned).collect();
            ConfigError::new(self.place(&key), format!("{}: {}", wrong.key, wrong.what))
        })?;
        Ok(config)
    }

    fn parse_file(&self) -> Result<toml::Table, ConfigError> {
        let Some((name, text)) = &self.file else { return Ok(toml::Table::new()) };
        text.parse::<toml::Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            ConfigError::new(format!("{name}:{line}"), error.message())
        })
    }

    /// Where the key's value came from: the highest layer that set it, or something within it.
    fn place(&self, key: &[String]) -> String {
        let set = self.overrides.iter().rev();
        if let Some(value) = set.clone().find(|value| value.key.starts_with(key) && !key.is_empty())
        {
            return value.place.clone();
        }
        if let Some(value) = set.clone().find(|value| key.starts_with(&value.key)) {
            return value.place.clone();
        }
        match &self.file {
            Some((name, text)) => format!("{name}:{}", line_of_key(text, key)),
            None if key.is_empty() => "configuration".to_owned(),
            None => key.join("."),
        }
    }
}

/// Our variables among all; one that cannot be read is a mistake and not a default.
fn variables(
    all: impl IntoIterator<Item = (OsString, OsString)>,
    others: &[&str],
) -> Result<BTreeMap<String, String>, ConfigError> {
    let ours = all.into_iter().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
        (!others.contains(&name.as_str())).then_some((name, value))
    });
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(ConfigError::new(name, "the value is not UTF-8")),
    })
    .collect()
}

impl Override {
    /// The TOML value that the text spells, if it spells one other than a text.
    fn spelled(&self) -> Option<Value> {
        let table: toml::Table = format!("value = {}", self.text).parse().ok()?;
        (table.len() == 1).then(|| table["value"].clone())
    }

    fn put(&self, table: &mut toml::Table) -> Result<(), ConfigError> {
        let Some((last, parents)) = self.key.split_last() else { return Ok(()) };
        let mut at = table;
        for parent in parents {
            let next = at.entry(parent.clone()).or_insert_with(|| Value::Table(toml::Table::new()));
            at = next
                .as_table_mut()
                .ok_or_else(|| ConfigError::new(&self.place, format!("{parent} is not a table")))?;
        }
        let spelled = if self.verbatim { None } else { self.spelled() };
        at.insert(last.clone(), spelled.unwrap_or_else(|| Value::String(self.text.clone())));
        Ok(())
    }
}

fn key_of(error: &serde_path_to_error::Error<toml::de::Error>) -> Vec<String> {
    use serde_path_to_error::Segment;
    let mut key = Vec::new();
    for segment in error.path() {
        match segment {
            Segment::Map { key: name } => key.push(name.clone()),
            Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    key
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// The line on which the key, or else the innermost table around it, stands in the file.
fn line_of_key(text: &str, key: &[String]) -> usize {
    let Ok(table) = toml::de::DeTable::parse(text) else { return 1 };
    let (mut at, mut line) = (table.get_ref().clone(), 1);
    for name in key {
        let Some((found, value)) = at.iter().find(|(k, _)| k.get_ref() == name) else { break };
        line = line_of(text, found.span().start);
        match value.get_ref() {
            toml::de::DeValue::Table(inner) => at = inner.clone(),
            toml::de::DeValue::String(_)
            | toml::de::DeValue::Integer(_)
            | toml::de::DeValue::Float(_)
            | toml::de::DeValue::Boolean(_)
            | toml::de::DeValue::Datetime(_)
            | toml::de::DeValue::Array(_) => break,
        }
    }
    line
}

#[cfg(test)]
mod tests;
