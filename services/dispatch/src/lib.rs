//! Disputes from report to closed: the only authority for them.
//!
//! Map, in reading order:
//!
//! * [`domain`]: pure: what a dispute is and what may happen when.
//! * [`store`]: the tables, the migrations, every read statement.
//! * [`project`]: states and their rows.
//! * [`follow`]: registry's feed → areas, grids, units and teams that are kept here.
//! * [`app`]: what the committer needs to know: reads, decide, evolve, store, load.
//! * `api`: the rpcs; `api/convert` is the only place that knows the wire.
//! * `timers`: what happens by time alone.
//! * [`config`], [`error`]: settings; refusals as callers see them.
//!
//! [`Service::open`] opens the service, counts again the deadlines that an older calendar counted and does what is due,
//! [`Service::routes`] serves it, [`Service::follow_registry`] keeps it in step
//! with registry, whose absence it survives.

mod api;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod follow;
pub mod project;
pub mod store;
mod timers;

use std::sync::Arc;
use std::time::Duration;

use kit::Lifecycle;
use ledger::files::{FileError, FileStore};
use ledger::{Actor, CommandMeta, DbError, FollowSettings, Ledger, Options, PassingStore, Sealer};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Channel;
use yiwang_proto::dispatch::v1::attachment_service_server::AttachmentServiceServer;
use yiwang_proto::dispatch::v1::dispute_service_server::DisputeServiceServer;
use yiwang_proto::dispatch::v1::document_service_server::DocumentServiceServer;
use yiwang_proto::dispatch::v1::duty_service_server::DutyServiceServer;
use yiwang_proto::dispatch::v1::ledger_import_service_server::LedgerImportServiceServer;
use yiwang_proto::dispatch::v1::notice_service_server::NoticeServiceServer;
use yiwang_proto::dispatch::v1::party_service_server::PartyServiceServer;

pub use api::convert::takeover::columns as ledger_columns;
pub use app::Dispatch;
pub use config::Config;

use crate::domain::command::Command;
use crate::timers::Timers;

/// Shortest and longest pause before registry's feed is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Pause before counting again goes on that the database could not take.
const RECOUNT_PAUSE: Duration = Duration::from_secs(30);

/// How many disputes are counted again in one command.
const RECOUNTED_AT_ONCE: u32 = 100;

/// The running service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    ledger: Ledger<Dispatch>,
    sealer: Sealer,
    timers: Timers,
    /// The bytes of files; nowhere on PostgreSQL without a folder.
    files: Option<FileStore>,
    tidying: api::Tidying,
    stopping: CancellationToken,
    pins: api::Pins,
    whereabouts: api::Whereabouts,
}

/// Why the service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// The database cannot be opened.
    #[error("cannot open the database of dispatch")]
    Database(#[source] DbError),
    /// The folder of files cannot be used.
    #[error("the folder of files of dispatch cannot be used")]
    Files(#[source] FileError),
}

impl Service {
    /// Opens the database of the service, brings its schema up to date and starts its committer.
    pub async fn open(
        config: &Config,
        options: &Options,
        sealer: Sealer,
        lifecycle: &Lifecycle,
    ) -> Result<Self, OpenError> {
        let mut secret = [0; 16];
        options.ids.fill(&mut secret);
        let authority = Dispatch { rules: config.rules(secret)? };
        let ledger = Ledger::open(authority, store::MIGRATIONS, options, lifecycle)
            .await
            .map_err(OpenError::Database)?;
        let timers = Timers::open(&ledger).await.map_err(OpenError::Database)?;
        let pins =
            api::Pins::new(options.secret.derive("PINs"), config.party.wrong_pins_per_minute);
        let files = open_files(config, options, &ledger, &sealer).await?;
        let passing = PassingStore::open(&options.database, "dispatch").await;
        let whereabouts = api::Whereabouts::new(passing.map_err(OpenError::Database)?);
        let service = Service {
            ledger,
            sealer,
            timers,
            files,
            tidying: api::Tidying::default(),
            pins,
            whereabouts,
            stopping: lifecycle.stopping().clone(),
        };
        service.start_tasks(lifecycle);
        Ok(service)
    }

    /// Starts what runs beside the rpcs.
    fn start_tasks(&self, lifecycle: &Lifecycle) {
        let service = self;
        let (recounting, stopping) = (service.clone(), lifecycle.stopping().clone());
        lifecycle.spawn("dispatch counts deadlines again", async move {
            stopping.run_until_cancelled(recounting.recount_deadlines()).await;
        });
        let (ledger, whereabouts) = (service.ledger.clone(), service.whereabouts.clone());
        let tidying = whereabouts.clone().tidy(ledger.clone(), lifecycle.stopping().clone());
        lifecycle.spawn("dispatch forgets where teams were", tidying);
        let timers = service.timers.clone();
        let timers = timers.run(ledger, whereabouts, lifecycle.stopping().clone());
        lifecycle.spawn("dispatch does what is due", timers);
        if let Some(files) = service.files.clone() {
            let (tidying, ledger) = (service.tidying.clone(), service.ledger.clone());
            let tidying = tidying.run(files, ledger, lifecycle.stopping().clone());
            lifecycle.spawn("dispatch tidies its files", tidying);
        }
    }

    /// Counts again the clocks of disputes that run and were counted by another version of the calendar.
    ///
    /// It goes through them once, in bounded batches, and goes on where it was when the database was away for a time;
    /// until then the deadlines stand as they were counted.
    async fn recount_deadlines(&self) {
        let version = self.ledger.authority().rules.calendars.current().version();
        let (mut after, mut counted) = (String::new(), 0);
        loop {
            let found = store::outdated(self.ledger.db(), version, &after, RECOUNTED_AT_ONCE);
            let disputes = match found.await {
                Ok(disputes) => disputes,
                Err(error) => {
                    tracing::warn!(%error, "deadlines cannot be counted again now");
                    tokio::time::sleep(RECOUNT_PAUSE).await;
                    continue;
                }
            };
            let Some(last) = disputes.last().map(ToString::to_string) else { break };
            let order = app::Order::from(Command::Recount(disputes));
            match self.ledger.submit(order, of_the_node()).await {
                Ok(outcome) => {
                    counted += outcome.answer.recounted();
                    after = last;
                }
                Err(error) => {
                    tracing::warn!(%error, "deadlines cannot be counted again now");
                    tokio::time::sleep(RECOUNT_PAUSE).await;
                }
            }
        }
        if counted > 0 {
            tracing::info!(disputes = counted, calendar = version, "deadlines were counted again");
        }
    }

    /// The same service with the committer replaced by an immediate answer: what a bench measures as the ceiling.
    ///
    /// Commands are decided on the states under `warm`, read once; nothing is ever written.
    pub async fn without_store(&self, warm: Vec<ledger::Key>) -> Result<Self, DbError> {
        let ledger = self.ledger.without_store(warm).await?;
        Ok(Service { ledger, ..self.clone() })
    }

    /// The ledger: its log for the feed server, its events set aside for the operator.
    pub fn ledger(&self) -> &Ledger<Dispatch> {
        &self.ledger
    }

    /// The rpcs.
    pub fn routes(&self) -> Routes {
        let disputes = self.disputes();
        let parties = PartyServiceServer::new(api::Parties(disputes.clone()));
        let notices = NoticeServiceServer::new(api::Notices(disputes.clone()));
        let stopping = self.stopping.clone();
        let attachments =
            api::Attachments::new(disputes.clone(), self.files.clone(), stopping.clone());
        let duties = DutyServiceServer::new(api::Duties::new(disputes.clone(), stopping));
        Routes::new(DisputeServiceServer::new(disputes.clone()))
            .add_service(DocumentServiceServer::new(disputes.clone()))
            .add_service(LedgerImportServiceServer::new(disputes))
            .add_service(AttachmentServiceServer::new(attachments))
            .add_service(parties)
            .add_service(duties)
            .add_service(notices)
    }

    fn disputes(&self) -> api::Disputes {
        api::Disputes {
            ledger: self.ledger.clone(),
            sealer: self.sealer.clone(),
            timers: self.timers.clone(),
            tidying: self.tidying.clone(),
            pins: self.pins.clone(),
            whereabouts: self.whereabouts.clone(),
        }
    }

    /// Follows registry's feed behind `channel` with the bearer `token`, until the process stops.
    pub fn follow_registry(&self, channel: Channel, token: String, lifecycle: &Lifecycle) {
        let (pause, longest_pause) = PAUSES;
        let settings = FollowSettings { service: "registry", token, pause, longest_pause };
        let stopping = lifecycle.stopping().clone();
        let following = ledger::follow(self.ledger.clone(), channel, settings, stopping);
        lifecycle.spawn("dispatch follows registry", following);
    }
}

/// Opens the folder of files, where there is one.
async fn open_files(
    config: &Config,
    options: &Options,
    ledger: &Ledger<Dispatch>,
    sealer: &Sealer,
) -> Result<Option<FileStore>, OpenError> {
    let folder = ledger::files::folder(&options.database, config.files.as_deref(), "dispatch");
    let Some(folder) = folder else { return Ok(None) };
    let (keys, clock) = (Arc::clone(ledger.keys()), options.clock.clone());
    let store = FileStore::open(folder, keys, sealer.clone(), clock, config.files_max_bytes);
    store.await.map(Some).map_err(OpenError::Files)
}

/// A command that nobody asked for but the node itself.
fn of_the_node() -> CommandMeta {
    let actor = Actor { caller_id: "node".to_owned(), unit_id: String::new() };
    CommandMeta { request: None, actor, traceparent: String::new(), deadline: None }
}

#[cfg(test)]
mod tests;
