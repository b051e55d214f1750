//! A node's configuration: a file, over it the environment, over it the flags.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use kit::Clock;
use kit::config::{ConfigError, Layers, ServerConfig, Wrong};
use kit::telemetry::TelemetryConfig;
use ledger::DatabaseUrl;
use serde::Deserialize;

use crate::calendars::CalendarConfig;
use crate::session;

/// Everything that a node can be told. In the environment `[server] listen` is `YIWANG_SERVER__LISTEN`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the node: it is part of every log's identity and never changes. Default: `yiwang`.
    pub node: String,
    /// Area that the node serves, 2 to 12 digits. Default: `3703`.
    pub area: String,
    /// Where facts are kept, `sqlite://DIRECTORY` or `postgres://…`. Default: `sqlite://yiwang-data`.
    pub database: String,
    /// Where the keys of sealed details are kept; default: beside the database.
    pub keys: Option<String>,
    /// File with the node's key; default: `node.key` in the directory of SQLite. Needed with PostgreSQL.
    pub key_file: Option<PathBuf>,
    /// Instant at which the node's clock starts, for demonstrations; default: the machine's clock.
    pub clock: Option<String>,
    /// Where a service that runs alone finds the others.
    pub follow: Follow,
    /// The port.
    pub server: ServerConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// Settings of areas, grids and workers.
    pub registry: registry::Config,
    /// Settings of disputes.
    pub dispatch: dispatch::Config,
    /// Working days instead of the shipped ones.
    pub calendar: CalendarConfig,
}

/// The services that this process follows elsewhere.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Follow {
    /// The registry, for a process that runs disputes alone.
    pub registry: Peer,
}

/// How another service is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Peer {
    /// Its address; default: this node.
    pub address: Option<String>,
    /// The token that it knows this node by.
    pub token: Option<String>,
    /// PEM file of the CA that signed its certificate; needed with https.
    pub ca: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            node: "yiwang".to_owned(),
            area: "3703".to_owned(),
            database: "sqlite://yiwang-data".to_owned(),
            keys: None,
            key_file: None,
            clock: None,
            follow: Follow::default(),
            server: ServerConfig::default(),
            telemetry: TelemetryConfig::default(),
            registry: registry::Config::default(),
            dispatch: dispatch::Config::default(),
            calendar: CalendarConfig::default(),
        }
    }
}

/// Flags that a node takes; each stands above the environment and the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NodeFlags {
    /// File with the configuration.
    #[arg(
        long,
        value_name = "FILE",
        help = "TOML file with the configuration; also YIWANG_CONFIG"
    )]
    pub config: Option<PathBuf>,
    /// Where facts are kept.
    #[arg(
        long,
        value_name = "URL",
        help = "Where facts are kept: sqlite://DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    pub database: Option<String>,
    /// Address to listen on, e.g. 127.0.0.1:7600; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Name of the node.
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// Area that the node serves, e.g. 3703.
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Starts the node's clock at this time, e.g. 2026-02-13T09:00 (Shanghai).
    #[arg(long, value_name = "TIME")]
    pub clock: Option<String>,
    /// Which logs are written, e.g. info or rpc=debug.
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

impl Settings {
    /// Reads the layers.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], one line that says what is wrong and where.
    pub fn read(flags: &NodeFlags) -> Result<Settings, ConfigError> {
        Settings::layered(Layers::read(flags.config.as_deref(), session::VARIABLES)?, flags)
    }

    /// Reads the layers for somebody who only looks at the logs and needs no key.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`].
    pub fn read_without_key(flags: &NodeFlags) -> Result<Settings, ConfigError> {
        let layers = Layers::read(flags.config.as_deref(), session::VARIABLES)?;
        Settings::flagged(layers, flags).load(Settings::check)
    }

    /// As [`Settings::read`], on layers that were read already.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`].
    pub fn layered(layers: Layers, flags: &NodeFlags) -> Result<Settings, ConfigError> {
        let mut settings: Settings = Settings::flagged(layers, flags).load(Settings::check_node)?;
        let calendars = settings.calendar.load();
        // The files were good a moment ago, when they were checked.
        let wrong = |wrong: Wrong| ConfigError { place: wrong.key, what: wrong.what };
        settings.dispatch.calendars = Arc::new(calendars.map_err(wrong)?);
        Ok(settings)
    }

    fn flagged(layers: Layers, flags: &NodeFlags) -> Layers {
        layers
            .flag("--database", "database", flags.database.as_ref())
            .flag("--listen", "server.listen", flags.listen.as_ref())
            .flag("--node", "node", flags.node.as_ref())
            .flag("--area", "area", flags.area.as_ref())
            .flag("--clock", "clock", flags.clock.as_ref())
            .flag("--log", "telemetry.log", flags.log.as_ref())
    }

    /// What a node needs beyond [`Settings::check`]: on PostgreSQL there is no folder in which its key would lie.
    fn check_node(&self) -> Result<(), Wrong> {
        self.check()?;
        match self.database.parse::<DatabaseUrl>() {
            Ok(DatabaseUrl::Postgres(_)) if self.key_file.is_none() => Err(Wrong::new(
                "key_file",
                "with PostgreSQL the file of the node's key has to be named".to_owned(),
            )),
            Ok(DatabaseUrl::Postgres(_) | DatabaseUrl::Sqlite(_)) | Err(_) => Ok(()),
        }
    }

    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key: &str, what: String| Err(Wrong::new(key, what));
        let name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if self.node.is_empty() || self.node.len() > 40 || !self.node.chars().all(name) {
            return wrong(
                "node",
                "1 to 40 letters, digits, hyphens and dots are wanted".to_owned(),
            );
        }
        let digits = self.area.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !matches!(self.area.len(), 2 | 4 | 6 | 9 | 12) {
            return wrong("area", "a code of 2, 4, 6, 9 or 12 digits is wanted".to_owned());
        }
        match self.database.parse::<DatabaseUrl>() {
            Err(error) => return wrong("database", error),
            Ok(DatabaseUrl::Postgres(_) | DatabaseUrl::Sqlite(_)) => {}
        }
        if let Some(Err(error)) = self.keys.as_ref().map(|keys| keys.parse::<DatabaseUrl>()) {
            return wrong("keys", error);
        }
        if let Some(Err(error)) = self.clock.as_deref().map(crate::command::parse_time) {
            return wrong("clock", error);
        }
        if let Err(error) = self.registry.reach() {
            return wrong(&format!("registry.{}", error.key), error.wrong.to_owned());
        }
        if let Err(error) = self.dispatch.rules([0; 16]) {
            return wrong(&format!("dispatch.{}", error.key), error.wrong.to_owned());
        }
        self.calendar.load()?;
        self.telemetry.check("telemetry")?;
        self.server.check("server")
    }

    /// The database; the address was checked when it was read.
    ///
    /// # Errors
    ///
    /// What is wrong with the address.
    pub fn database_url(&self) -> anyhow::Result<DatabaseUrl> {
        self.database.parse().map_err(anyhow::Error::msg)
    }

    /// The clock that the node goes by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let start: Option<Timestamp> =
            self.clock.as_deref().and_then(|text| crate::command::parse_time(text).ok());
        start.map_or_else(Clock::system, Clock::starting_at)
    }

    /// The file of the node's key.
    ///
    /// # Errors
    ///
    /// When the database is not SQLite and no file is named.
    pub fn key_path(&self) -> anyhow::Result<PathBuf> {
        match (&self.key_file, self.database_url()?) {
            (Some(file), _) => Ok(file.clone()),
            (None, DatabaseUrl::Sqlite(folder)) => Ok(folder.join("node.key")),
            (None, DatabaseUrl::Postgres(_)) => anyhow::bail!("key_file is wanted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flags: &NodeFlags) -> Result<Settings, String> {
        let layers = Layers::new().text("node.toml", text);
        Settings::layered(layers, flags).map_err(|error| error.to_string())
    }

    /// The example with some of its lines switched on.
    fn example(signs: &[&str]) -> String {
        let switched = |line: &str| {
            let setting = |sign: &&&str| {
                let rest = line.strip_prefix(**sign)?;
                rest.starts_with(|c: char| c.is_ascii_lowercase()).then_some(rest)
            };
            signs.iter().find_map(|sign| setting(&sign)).unwrap_or(line).to_owned()
        };
        let lines: Vec<String> =
            include_str!("../node.example.toml").lines().map(switched).collect();
        lines.join("\n")
    }

    #[test]
    fn the_example_tells_the_defaults_and_knows_every_setting() {
        let defaults = read("", &NodeFlags::default()).unwrap();
        for signs in [&[][..], &["#"]] {
            let settings = read(&example(signs), &NodeFlags::default()).unwrap();
            assert_eq!(format!("{settings:?}"), format!("{defaults:?}"));
        }
        // Its files are nowhere here, so that only the names and forms are checked.
        let layers = Layers::new().text("node.toml", example(&["#: ", "#"]).as_str());
        let all: Settings = layers.load(|_: &Settings| Ok(())).unwrap();
        let text = format!("{all:?}");
        for value in ["yiwang-keys", "callers.toml", "tls.key", "4317", "registry.example"] {
            assert!(text.contains(value), "{value}: {text}");
        }
    }

    #[test]
    fn the_example_names_every_setting_of_the_services() {
        let Settings { server, telemetry, registry, dispatch, .. } =
            read("", &NodeFlags::default()).unwrap();
        // As JSON where there is such a form: what it says of values (office hours, calendars) are no names.
        let own = serde_json::json!({ "registry": registry, "dispatch": dispatch });
        let told = format!("{server:?} {telemetry:?} {own}").replace("\":", ":");
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let names: Vec<&str> = told
            .split_inclusive(':')
            .filter_map(|part| {
                let name = part.strip_suffix(':')?.rsplit(|c| !is_name(c)).next()?;
                (!name.is_empty()).then_some(name)
            })
            .collect();
        assert!(names.contains(&"max_connections") && names.contains(&"late_receipt"), "{names:?}");
        let example = include_str!("../node.example.toml");
        // What stands before the equals sign, and the headings of tables.
        let settings = example.lines().map(|line| line.split(" = ").next().unwrap_or_default());
        let known: Vec<&str> =
            settings.flat_map(|setting| setting.split(|c| !is_name(c))).collect();
        let missing: Vec<&str> = names.into_iter().filter(|name| !known.contains(name)).collect();
        assert!(missing.is_empty(), "not in the example: {missing:?}");
    }

    #[test]
    fn flags_stand_above_the_file() {
        let flags = NodeFlags { area: Some("370306".to_owned()), ..NodeFlags::default() };
        let settings = read("node = \"zhoucun\"\narea = \"3703\"\n", &flags).unwrap();
        assert_eq!((settings.node.as_str(), settings.area.as_str()), ("zhoucun", "370306"));
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:7600");
    }

    #[test]
    fn what_is_wrong_is_one_line_with_its_place() {
        // (file, part of the line)
        let table = [
            ("nodes = 1", "node.toml:1"),
            ("area = \"370\"", "2, 4, 6, 9 or 12"),
            ("database = \"mysql://x\"", "sqlite://DIRECTORY"),
            ("database = \"postgres://x/y\"", "key_file"),
            ("clock = \"soon\"", "2026-02-13T09:00"),
            ("[server]\nlisten = \"0.0.0.0:1\"", "server.listen"),
            ("[dispatch]\narrival_minutes = 0", "dispatch.arrival_minutes"),
            ("[calendar]\ndays = \"nowhere.csv\"\nversion = \"x\"", "nowhere.csv"),
            ("[calendar]\nversion = \"x\"", "calendar.days is wanted"),
        ];
        for (text, part) in table {
            let line = read(text, &NodeFlags::default()).unwrap_err();
            assert!(line.contains(part) && line.lines().count() == 1, "{text}: {line}");
        }
    }
}
