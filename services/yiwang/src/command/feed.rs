//! `yiwang feed`.

use clap::Subcommand;
use tonic::{Status, Streaming};
use yiwang_proto::feed::v1::{
    Cursor, DiscardSetAsideRequest, Envelope, Filter, FollowRequest, FollowResponse,
    ListLogsRequest, ListSetAsideRequest, LogHead, LogId, Page, PullRequest, RecordView,
    RetrySetAsideRequest,
};

use super::Context;
use super::listening::{Listener, listen};
use super::shared::show_wire;
use crate::failure::Failure;
use crate::screen::{Screen, to_json};
use crate::session::Session;

/// `yiwang feed …`
#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    /// Lists the logs behind the address, with their heads.
    Logs,
    /// Reads what a log has, and ends.
    Pull(Reading),
    /// Reads what a log has and goes on as more happens, until it is stopped.
    #[command(after_help = "\
Example: yiwang feed follow --service dispatch --area 370306 --json
Every page ends with a cursor on standard error, POSITION:HASH:NODE:INCARNATION; --cursor goes on after it.")]
    Follow(Reading),
    /// Events of another log that a service could not apply.
    #[command(subcommand)]
    Aside(Aside),
}

/// `yiwang feed aside …`: events that a service could not apply wait, and with them what came later for their subject.
#[derive(Debug, Subcommand)]
pub(crate) enum Aside {
    /// Lists them.
    List {
        /// The service that follows.
        #[arg(long, default_value = "dispatch")]
        service: String,
    },
    /// Applies those of a subject again, in order.
    Retry {
        /// The service that follows.
        #[arg(long, default_value = "dispatch")]
        service: String,
        /// The service whose log it is.
        #[arg(long, default_value = "registry")]
        source: String,
        /// The subject, e.g. grid/370306004006001.
        subject: String,
    },
    /// Gives the first one of a subject up.
    Discard {
        /// The service that follows.
        #[arg(long, default_value = "dispatch")]
        service: String,
        /// The service whose log it is.
        #[arg(long, default_value = "registry")]
        source: String,
        /// The subject, e.g. grid/370306004006001.
        subject: String,
        /// Its position.
        position: u64,
    },
}

/// What is read.
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// The log: registry or dispatch.
    #[arg(long)]
    service: String,
    /// Shows only what comes after this position.
    #[arg(long, value_name = "POSITION", default_value_t = 0, conflicts_with = "cursor")]
    after: u64,
    /// Goes on where a reading before ended.
    #[arg(long, value_parser = parse_cursor)]
    cursor: Option<Cursor>,
    /// Only events of this type, e.g. yiwang.dispatch.v1.DisputeReported; several are possible.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Only events of this subtree.
    #[arg(long, default_value = "")]
    area: String,
    /// Only events of this subject, e.g. dispute/0190….
    #[arg(long, default_value = "")]
    subject: String,
    /// At most so many.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
}

impl Reading {
    fn filter(&self) -> Filter {
        Filter {
            types: self.types.clone(),
            area_code: self.area.clone(),
            subject: self.subject.clone(),
        }
    }
}

fn parse_cursor(text: &str) -> Result<Cursor, String> {
    let wanted = || "POSITION:HASH:NODE:INCARNATION is wanted".to_owned();
    let fields: Vec<&str> = text.split(':').collect();
    let [position, hash, node, incarnation] = fields[..] else { return Err(wanted()) };
    Ok(Cursor {
        log: Some(LogId {
            node: node.to_owned(),
            service: String::new(),
            incarnation: incarnation.parse().map_err(|_| wanted())?,
        }),
        position: position.parse().map_err(|_| wanted())?,
        hash: hex::decode(hash).map_err(|_| wanted())?,
        filter: Vec::new(),
    })
}

fn write_cursor(cursor: &Cursor) -> String {
    let log = cursor.log.clone().unwrap_or_default();
    format!("{}:{}:{}:{}", cursor.position, hex::encode(&cursor.hash), log.node, log.incarnation)
}

pub(crate) async fn run(command: Feed, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    match command {
        Feed::Logs => logs(&session, screen).await,
        Feed::Pull(reading) => pull(&session, screen, reading).await,
        Feed::Follow(reading) => follow(&session, screen, reading).await,
        Feed::Aside(aside) => set_aside(aside, &session, screen).await,
    }
}

async fn logs(session: &Session, screen: Screen) -> Result<(), Failure> {
    let answer = session.feeds().list_logs(ListLogsRequest {}).await?.into_inner();
    if screen.json {
        return screen.messages(&answer.logs);
    }
    let rows = answer.logs.into_iter().map(|head| {
        let log = head.log.unwrap_or_default();
        let hash = hex::encode(&head.hash);
        vec![
            log.service,
            log.node,
            log.incarnation.to_string(),
            head.position.to_string(),
            show_wire(head.record_time.as_ref()),
            hash.chars().take(16).collect(),
        ]
    });
    let header = ["Log 日志", "Node 节点", "Incarnation 代", "Head 末尾", "Time 时间", "Hash 哈希"];
    screen.table(&header, rows.collect())
}

/// The cursor that the contract wants: with the log's service, which the text leaves out.
fn start(reading: &Reading) -> Option<Cursor> {
    let mut cursor = reading.cursor.clone()?;
    if let Some(log) = &mut cursor.log {
        log.service.clone_from(&reading.service);
    }
    Some(cursor)
}

/// Most records of one page.
const PAGE: usize = 1000;

/// One page after a cursor.
async fn fetch(
    session: &Session,
    reading: &Reading,
    cursor: Option<Cursor>,
    page_size: usize,
) -> Result<Page, Failure> {
    let request = PullRequest {
        service: reading.service.clone(),
        cursor,
        filter: Some(reading.filter()),
        view: RecordView::Decoded.into(),
        wait: None,
        page_size: u32::try_from(page_size.min(PAGE)).unwrap_or(u32::MAX),
    };
    Ok(session.feeds().pull(request).await?.into_inner().page.unwrap_or_default())
}

/// The page cut after what is still wanted of it, so that its cursor says no more than was shown.
async fn cut(
    session: &Session,
    reading: &Reading,
    cursor: Option<Cursor>,
    page: Page,
    left: usize,
) -> Result<Page, Failure> {
    let passed = page.envelopes.iter().filter(|one| position(one) <= reading.after).count();
    if page.envelopes.len() - passed <= left {
        return Ok(page);
    }
    fetch(session, reading, cursor, passed + left).await
}

/// Where the reading begins. A head at or before `--after` is a cursor at hand; before that only the log has the hash.
async fn begin(session: &Session, reading: &Reading) -> Result<Option<Cursor>, Failure> {
    if let Some(cursor) = start(reading) {
        return Ok(Some(cursor));
    }
    if reading.after == 0 {
        return Ok(None);
    }
    let logs = session.feeds().list_logs(ListLogsRequest {}).await?.into_inner().logs;
    let own = |head: &LogHead| head.log.as_ref().is_some_and(|log| log.service == reading.service);
    let head = logs.into_iter().find(own);
    let near = head.filter(|head| head.position > 0 && head.position <= reading.after);
    Ok(near.map(|head| Cursor {
        log: head.log,
        position: head.position,
        hash: head.hash,
        ..Cursor::default()
    }))
}

async fn pull(session: &Session, screen: Screen, reading: Reading) -> Result<(), Failure> {
    let mut cursor = begin(session, &reading).await?;
    let mut left = reading.limit;
    while left > 0 {
        let page = fetch(session, &reading, cursor.clone(), PAGE).await?;
        let page = cut(session, &reading, cursor, page, left).await?;
        left = show(screen, &page, reading.after, left)?;
        if left == 0 || page.upto >= page.head {
            tell_cursor(screen, &page);
            return Ok(());
        }
        cursor = page.next;
    }
    Ok(())
}

/// A reading that goes on, and how far it was shown.
struct Following {
    reading: Reading,
    cursor: Option<Cursor>,
    /// How much is still to be shown.
    left: usize,
}

async fn follow(session: &Session, screen: Screen, reading: Reading) -> Result<(), Failure> {
    let (cursor, left) = (begin(session, &reading).await?, reading.limit);
    if left == 0 {
        return Ok(());
    }
    listen(session, screen, Following { reading, cursor, left }).await
}

impl Listener for Following {
    type News = FollowResponse;

    async fn open(&self, session: &Session) -> Result<Streaming<FollowResponse>, Status> {
        let request = FollowRequest {
            service: self.reading.service.clone(),
            cursor: self.cursor.clone(),
            filter: Some(self.reading.filter()),
            view: RecordView::Decoded.into(),
            heartbeat: None,
            page_size: 500,
        };
        Ok(session.feeds().follow(request).await?.into_inner())
    }

    async fn hear(
        &mut self,
        session: &Session,
        screen: Screen,
        news: FollowResponse,
    ) -> Result<bool, Failure> {
        let page = news.page.unwrap_or_default();
        let page = cut(session, &self.reading, self.cursor.take(), page, self.left).await?;
        self.left = show(screen, &page, self.reading.after, self.left)?;
        if !page.envelopes.is_empty() {
            tell_cursor(screen, &page);
        }
        self.cursor = page.next;
        Ok(self.left > 0)
    }
}

fn position(envelope: &Envelope) -> u64 {
    envelope.header.as_ref().map_or(0, |header| header.position)
}

fn tell_cursor(screen: Screen, page: &Page) {
    if let Some(next) = &page.next {
        screen.note(format!("cursor / 游标 {}", write_cursor(next)));
    }
}

/// Writes the events of a page beyond a position; returns how many more are wanted.
fn show(screen: Screen, page: &Page, after: u64, mut left: usize) -> Result<usize, Failure> {
    for envelope in &page.envelopes {
        if position(envelope) <= after || left == 0 {
            continue;
        }
        left -= 1;
        if screen.json {
            screen.value(&to_json(envelope)?, false)?;
        } else {
            screen.line(line(envelope))?;
        }
    }
    Ok(left)
}

fn line(envelope: &Envelope) -> String {
    let header = envelope.header.clone().unwrap_or_default();
    let event = header.r#type.rsplit('.').next().unwrap_or_default().to_owned();
    let time = show_wire(header.record_time.as_ref());
    let actor = header.actor.unwrap_or_default().caller_id;
    let doubt = if header.clock_unconfirmed { "  clock unconfirmed 时钟待确认" } else { "" };
    format!(
        "{:>8}  {time}  {event:<24} {:<16} {:<46} {actor}{doubt}",
        header.position, header.area_code, header.subject
    )
}

async fn set_aside(aside: Aside, session: &Session, screen: Screen) -> Result<(), Failure> {
    let mut feeds = session.feeds();
    match aside {
        Aside::List { service } => {
            let request =
                ListSetAsideRequest { service, page_size: 1000, ..ListSetAsideRequest::default() };
            let answer = feeds.list_set_aside(request).await?.into_inner();
            if screen.json {
                return screen.messages(&answer.events);
            }
            let rows = answer.events.into_iter().map(|event| {
                let position = event.position.to_string();
                vec![event.source_service, position, event.subject, event.reason, event.detail]
            });
            let header =
                ["Log 日志", "Position 位置", "Subject 主体", "Reason 原因", "Detail 说明"];
            screen.table(&header, rows.collect())
        }
        Aside::Retry { service, source, subject } => {
            let request = RetrySetAsideRequest { service, source_service: source, subject };
            let applied = feeds.retry_set_aside(request).await?.into_inner().applied;
            if screen.json {
                return screen.value(&serde_json::json!({ "applied": applied }), false);
            }
            screen.line(format!("applied / 已应用 {applied}"))
        }
        Aside::Discard { service, source, subject, position } => {
            let request =
                DiscardSetAsideRequest { service, source_service: source, subject, position };
            let discarded = feeds.discard_set_aside(request).await?.into_inner().discarded;
            if screen.json {
                return screen.value(&serde_json::json!({ "discarded": discarded }), false);
            }
            screen.line(format!("discarded / 已放弃 {discarded}"))
        }
    }
}
