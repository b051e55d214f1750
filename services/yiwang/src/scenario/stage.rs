//! The node that a scenario is played on: the sample, the scenario's callers, and a clock that stands still.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::offset;
use kit::caller::Roles;
use kit::config::Layers;
use kit::{Caller, Callers, Clock, IdSource, Lifecycle};
use tempfile::TempDir;
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::{Channel, ReportDisputeRequest, Scale};
use yiwang_proto::feed::v1::{ListLogsRequest, LogHead};

use super::Scenario;
use crate::demo::{GRID, seed};
use crate::failure::Failure;
use crate::node::{Which, start_by};
use crate::screen::Screen;
use crate::session::Session;
use crate::settings::{NodeFlags, Settings};

/// How long the end of a node may take.
const GRACE: Duration = Duration::from_secs(20);
/// How often it is looked whether something has happened.
pub(super) const GLANCE: Duration = Duration::from_millis(20);
/// As whom the player itself looks around.
const PLAYER: &str = "scenario";

/// Where the facts of a scenario are kept.
#[derive(Debug, Clone)]
pub struct Place {
    /// The database.
    pub database: String,
    /// File of the node's key; default: beside the database, which only SQLite can.
    pub key: Option<PathBuf>,
}

/// What scenarios are played on.
#[derive(Debug)]
pub enum Ground {
    /// A directory with the sample, of which every scenario gets a copy: filling takes longer than any of them.
    Filled(TempDir),
    /// A database that is there, or will be; it keeps what is played on it.
    Given(Place),
}

/// A node that serves a scenario.
#[derive(Debug)]
pub(super) struct Stage {
    /// The player's own connection; it sees everything.
    pub(super) player: Session,
    /// A connection for each caller.
    pub(super) callers: BTreeMap<String, Session>,
    /// The clock that the node goes by.
    pub(super) clock: Clock,
    life: Lifecycle,
    /// The callers file.
    folder: TempDir,
    /// The database, when it is a copy.
    data: Option<TempDir>,
}

impl Ground {
    /// Fills a directory with the sample, as of that time.
    ///
    /// # Errors
    ///
    /// When the node cannot be started, or does not take the sample.
    pub async fn fill(at: Timestamp, screen: Screen) -> Result<Ground, Failure> {
        let folder = folder()?;
        let place = Place { database: url(folder.path()), key: None };
        let stage = Stage::build(&place, &BTreeMap::new(), at).await?;
        stage.fill(screen).await?;
        stage.close().await;
        Ok(Ground::Filled(folder))
    }
}

/// A copy of a directory, as long as it is needed.
fn copy(ground: &Path) -> Result<(TempDir, Place), Failure> {
    let folder = folder()?;
    copy_files(ground, folder.path()).map_err(trouble)?;
    let place = Place { database: url(folder.path()), key: None };
    Ok((folder, place))
}

/// Copies what is in a directory. The node that filled it has ended, but SQLite may still be putting its write-ahead logs
/// away: with each log copied before its database, and one that is gone by then being in the database, a copy is whole.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    let entries = std::fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?;
    let is_log =
        |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes().ends_with(b"-wal");
    let (logs, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_log);
    for entry in logs.into_iter().chain(others) {
        let (name, path) = (entry.file_name(), entry.path());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(to.join(&name))?;
            copy_files(&path, &to.join(&name))?;
            continue;
        }
        // SQLite makes the index of a log anew.
        if name.as_encoded_bytes().ends_with(b"-shm") {
            continue;
        }
        match std::fs::copy(&path, to.join(&name)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            copied => {
                copied?;
            }
        }
    }
    Ok(())
}

impl Stage {
    /// Starts a node for a scenario.
    pub(super) async fn open(
        ground: &Ground,
        scenario: &Scenario,
        screen: Screen,
    ) -> Result<Stage, Failure> {
        let callers = scenario.callers.iter().map(|(name, post)| {
            let caller = Caller {
                caller_id: name.clone(),
                unit_id: post.unit.clone(),
                area_code: post.area.clone(),
                roles: post.roles,
            };
            (name.clone(), caller)
        });
        let callers = callers.collect();
        match ground {
            Ground::Filled(filled) => {
                let (folder, place) = copy(filled.path())?;
                let stage = Stage::build(&place, &callers, scenario.start).await?;
                stage.caught_up().await?;
                Ok(Stage { data: Some(folder), ..stage })
            }
            Ground::Given(place) => {
                let stage = Stage::build(place, &callers, scenario.start).await?;
                stage.fill(screen).await?;
                Ok(stage)
            }
        }
    }

    async fn build(
        place: &Place,
        callers: &BTreeMap<String, Caller>,
        at: Timestamp,
    ) -> Result<Stage, Failure> {
        let (folder, clock) = (folder()?, Clock::manual(at));
        let ids = IdSource::system(clock.clone());
        let player = Caller {
            caller_id: PLAYER.to_owned(),
            unit_id: String::new(),
            area_code: "3703".to_owned(),
            roles: Roles::all(),
        };
        let mut tokens = BTreeMap::new();
        let mut file = String::new();
        for (name, caller) in callers.iter().map(|(name, caller)| (name.as_str(), caller)) {
            let token = ids.token();
            file.push_str(&Callers::entry(&token, caller));
            tokens.insert(name.to_owned(), token);
        }
        let own = ids.token();
        file.push_str(&Callers::entry(&own, &player));
        let path = folder.path().join("callers.toml");
        std::fs::write(&path, file).map_err(trouble)?;

        let settings = settings(place, path)?;
        let life = Lifecycle::new(GRACE);
        let node = start_by(clock.clone(), &settings, Which::All, &life).await?;
        let address = format!("http://{}", node.address);
        let player = Session::to(&address, &own, None)?;
        let session = |(name, token): (String, String)| {
            Session::to(&address, &token, None).map(|session| (name, session))
        };
        let callers = tokens.into_iter().map(session).collect::<Result<_, _>>()?;
        Ok(Stage { player, callers, clock, life, folder, data: None })
    }

    /// Fills the node with the sample, unless it has it.
    async fn fill(&self, screen: Screen) -> Result<(), Failure> {
        let since = format!("{}-01-01", offset(8).to_datetime(self.clock.now()).year());
        seed(&self.player, screen, &since).await?;
        self.caught_up().await
    }

    /// Waits until dispatch knows all that registry has.
    async fn caught_up(&self) -> Result<(), Failure> {
        let registry = self.head("registry").await?;
        let request = ReportDisputeRequest {
            validate_only: true,
            grid_code: GRID.to_owned(),
            type_code: "0201".to_owned(),
            scale: Scale::Individual.into(),
            channel: Channel::GridWorker.into(),
            min_registry_position: registry.position,
            ..ReportDisputeRequest::default()
        };
        loop {
            let request =
                ReportDisputeRequest { request_id: self.player.request_id(), ..request.clone() };
            match self.player.disputes().report_dispute(request).await {
                Err(status) if reason(&status) == "REGISTRY_NOT_CAUGHT_UP" => {
                    tokio::time::sleep(GLANCE).await;
                }
                // That this one grid was split since does not matter here.
                Ok(_) | Err(_) => return Ok(()),
            }
        }
    }

    /// The end of a log.
    pub(super) async fn head(&self, service: &str) -> Result<LogHead, Failure> {
        let logs = self.player.feeds().list_logs(ListLogsRequest {}).await?.into_inner().logs;
        let of = |head: &LogHead| head.log.as_ref().is_some_and(|log| log.service == service);
        Ok(logs.into_iter().find(of).unwrap_or_default())
    }

    /// Ends the node.
    pub(super) async fn close(self) {
        self.life.stop();
        self.life.run_until(futures::stream::pending()).await;
        drop((self.folder, self.data));
    }
}

fn settings(place: &Place, callers: PathBuf) -> Result<Settings, Failure> {
    let flags = NodeFlags {
        database: Some(place.database.clone()),
        listen: Some("127.0.0.1:0".to_owned()),
        node: Some("zibo-scenario".to_owned()),
        ..NodeFlags::default()
    };
    let key = place.key.as_ref().map(|key| key.display().to_string());
    let mut settings =
        Settings::layered(Layers::new().flag("--key-file", "key_file", key), &flags)?;
    settings.server.callers = Some(callers);
    Ok(settings)
}

fn folder() -> Result<TempDir, Failure> {
    tempfile::Builder::new().prefix("yiwang-scenario-").tempdir().map_err(trouble)
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.display())
}

fn trouble(error: std::io::Error) -> Failure {
    Failure::Start(error.into())
}

/// The reason of a refusal.
pub(super) fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
