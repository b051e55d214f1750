//! States and their rows: which parts of a body are repeated in columns.

use ledger::{StoredRow, Table, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::case_code::Counter;
use crate::domain::catalogue::Catalogue;
use crate::domain::codes::GridCode;
use crate::domain::dispute::{ClockKind, Dispute, Level, Move, State as Progress};
use crate::domain::notice::Undelivered;
use crate::domain::pin::Pin;
use crate::domain::places::{Area, Coverage, Engagement, FileCounter, Grid, Staged, Team, Unit};
use crate::domain::sealed::SealedKind;
use crate::store::{self, lists::holder_text};

/// The state of one noun.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a state lies behind an Arc; most of them are disputes"
)]
pub enum State {
    /// A dispute.
    Dispute(Dispute),
    /// What the record of another system is here.
    Source(Recorded),
    /// Where the node stands in giving case codes.
    Counter(Counter),
    /// A sealed piece.
    Sealed(SealedPiece),
    /// How an organisation counts its files.
    Files(FileCounter),
    /// What keeps a team busy.
    Engagement(Engagement),
    /// An area.
    Area(Area),
    /// A grid.
    Grid(Grid),
    /// A unit.
    Unit(Unit),
    /// A team.
    Team(Team),
    /// Which teams serve an area.
    Coverage(Coverage),
    /// The city's limits for disputes.
    Catalogue(Catalogue),
    /// Rows of an import.
    Staged(Staged),
    /// What is known of a PIN.
    Pin(Pin),
    /// A notice that could not be delivered.
    Notice(Undelivered),
    /// An offer of a case to a team.
    Assignment(Assignment),
    /// Whether the clock is doubted.
    ClockHold(ClockHold),
}

/// Whether the clock is doubted. No event carries it: those that were recorded meanwhile say it in their header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockHold {
    /// Since when by that clock; none = it is believed.
    pub since: Option<jiff::Timestamp>,
}

/// Which dispute the record of another system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The dispute.
    pub dispute: Uuid,
    /// Its grid.
    pub grid: GridCode,
}

/// A sealed piece. No event carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPiece {
    /// Dispute that it belongs to.
    pub dispute: Uuid,
    /// What it is.
    pub kind: SealedKind,
    /// When it was recorded.
    pub at: jiff::Timestamp,
    /// Its ciphertext on the way to the database: a column, not part of the body. Empty once erased. Not read back
    /// here, so a piece that was loaded must never be written again except to erase it.
    #[serde(skip)]
    pub ciphertext: Vec<u8>,
}

/// The row that keeps a state.
pub fn row(state: &State) -> StoredRow {
    match state {
        State::Dispute(dispute) => StoredRow { body: body(dispute), values: columns(dispute) },
        State::Source(recorded) => bare(recorded),
        State::Counter(counter) => bare(counter),
        State::Sealed(piece) => {
            StoredRow { body: body(piece), values: vec![Value::Bytes(piece.ciphertext.clone())] }
        }
        State::Files(files) => bare(files),
        State::Engagement(engagement) => bare(engagement),
        State::Area(area) => bare(area),
        State::Grid(grid) => bare(grid),
        State::Unit(unit) => bare(unit),
        State::Team(team) => {
            StoredRow { body: body(team), values: vec![team.area.as_str().into()] }
        }
        State::Coverage(coverage) => bare(coverage),
        State::Catalogue(catalogue) => bare(catalogue),
        State::Staged(staged) => bare(staged),
        State::Pin(pin) => bare(pin),
        State::Notice(notice) => StoredRow {
            body: body(notice),
            values: vec![notice.grid.as_str().into(), notice.listed.into()],
        },
        State::Assignment(offer) => StoredRow { body: body(offer), values: of_offer(offer) },
        State::ClockHold(hold) => bare(hold),
    }
}

/// Reads a state back from the body of its row.
pub fn load(table: &'static Table, body: &str) -> Result<State, serde_json::Error> {
    match table.name {
        name if name == store::DISPUTE.name => serde_json::from_str(body).map(State::Dispute),
        name if name == store::SOURCE.name => serde_json::from_str(body).map(State::Source),
        name if name == store::COUNTER.name => serde_json::from_str(body).map(State::Counter),
        name if name == store::SEALED.name => serde_json::from_str(body).map(State::Sealed),
        name if name == store::FILES.name => serde_json::from_str(body).map(State::Files),
        name if name == store::ENGAGEMENT.name => serde_json::from_str(body).map(State::Engagement),
        name if name == store::AREA.name => serde_json::from_str(body).map(State::Area),
        name if name == store::GRID.name => serde_json::from_str(body).map(State::Grid),
        name if name == store::UNIT.name => serde_json::from_str(body).map(State::Unit),
        name if name == store::TEAM.name => serde_json::from_str(body).map(State::Team),
        name if name == store::COVERAGE.name => serde_json::from_str(body).map(State::Coverage),
        name if name == store::CATALOGUE.name => serde_json::from_str(body).map(State::Catalogue),
        name if name == store::STAGED.name => serde_json::from_str(body).map(State::Staged),
        name if name == store::PIN.name => serde_json::from_str(body).map(State::Pin),
        name if name == store::NOTICE.name => serde_json::from_str(body).map(State::Notice),
        name if name == store::ASSIGNMENT.name => serde_json::from_str(body).map(State::Assignment),
        name if name == store::CLOCK_HOLD.name => serde_json::from_str(body).map(State::ClockHold),
        name => Err(serde::de::Error::custom(format!("dispatch has no table {name}"))),
    }
}

fn bare<T: Serialize>(state: &T) -> StoredRow {
    StoredRow { body: body(state), values: Vec::new() }
}

fn body<T: Serialize>(state: &T) -> String {
    serde_json::to_string(state).expect("states are plain values with text keys")
}

fn of_offer(offer: &Assignment) -> Vec<Value> {
    vec![
        offer.team.as_str().into(),
        offer.grid.as_str().into(),
        offer.offered_at.as_microsecond().into(),
        offer.is_open().into(),
    ]
}

fn columns(dispute: &Dispute) -> Vec<Value> {
    vec![
        dispute.grid.as_str().into(),
        dispute.code.as_str().into(),
        dispute.kind.as_str().into(),
        state_bit(dispute.state()).into(),
        level_bit(dispute.triage.map(|triage| triage.level)).into(),
        dispute.reported_at.as_microsecond().into(),
        counted_by(dispute).into(),
        dispute.wakes_at().map(jiff::Timestamp::as_microsecond).into(),
        holder_text(&dispute.holder().place).into(),
        dispute.first_handler.as_ref().map(holder_text).unwrap_or_default().into(),
        due_at(dispute).map(jiff::Timestamp::as_microsecond).into(),
        (dispute.holder().how == Move::Returned).into(),
    ]
}

/// When the next limit of the case ends, of those that are its holder's to keep: the way of a team is not, nor is what the
/// parties may do.
fn due_at(dispute: &Dispute) -> Option<jiff::Timestamp> {
    let is_work = |kind: ClockKind| kind != ClockKind::Arrive && !kind.is_of_the_parties();
    let clocks = dispute.clocks.iter().filter(|(kind, _)| is_work(**kind));
    clocks.filter(|(_, clock)| clock.is_running()).filter_map(|(_, clock)| clock.due_at()).min()
}

/// Version of the calendar by which a clock that runs is counted; empty if none runs. Of several the one that started
/// first: all are counted again together, so no other is counted by an older version.
fn counted_by(dispute: &Dispute) -> &str {
    let running = dispute.clocks.values().filter(|clock| clock.is_running());
    let first = running.min_by_key(|clock| clock.limit.start);
    first.map_or("", |clock| &clock.limit.calendar_version)
}

/// One bit per state: 1 << number of the state in the contract.
pub fn state_bit(state: Progress) -> i64 {
    match state {
        Progress::Reported => 1 << 1,
        Progress::Rejected => 1 << 2,
        Progress::Accepted => 1 << 3,
        Progress::Triaged => 1 << 4,
        Progress::Called => 1 << 5,
        Progress::UnderWay => 1 << 6,
        Progress::Arrived => 1 << 7,
        Progress::Mediating => 1 << 8,
        Progress::Concluded => 1 << 9,
        Progress::Closed => 1 << 10,
        Progress::Offered => 1 << 11,
        Progress::Verified => 1 << 12,
    }
}

/// One bit per level: 1 << number of the level in the contract; bit 0 = none.
pub fn level_bit(level: Option<Level>) -> i64 {
    match level {
        None => 1,
        Some(Level::Simple) => 1 << 1,
        Some(Level::General) => 1 << 2,
        Some(Level::Complex) => 1 << 3,
    }
}
