//! Deciding: from what is known and what is wanted to what happens. Never changes anything.

mod area;
mod catalogue;
mod grid;
mod import;
mod succession;
mod team;
mod unit;
mod worker;
mod zone;

use jiff::Timestamp;
use jiff::civil::Date;

use super::area::Area;
use super::book::{Book, Id, Noun};
use super::code::{AreaCode, Slug};
use super::command::{Act, Command};
use super::day::{Mark, Reach, business_date};
use super::event::Event;
use super::rejection::{Rejection, What};
use super::unit::Unit;

pub use catalogue::wrong_with;
pub use grid::{collides, fits};

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What happened.
    pub events: Vec<Event>,
    /// Nouns that no event carries.
    pub keeps: Vec<(Id, Noun)>,
    /// Codes or ids of what was asked for.
    pub ids: Vec<String>,
}

impl Decided {
    /// Nothing happens: it is so already.
    fn nothing(id: impl ToString) -> Self {
        Decided { events: Vec::new(), keeps: Vec::new(), ids: vec![id.to_string()] }
    }

    /// The event, unless what it says is so already.
    fn changed<T: PartialEq>(
        before: &T,
        after: T,
        event: fn(T) -> Event,
        id: impl ToString,
    ) -> Self {
        if *before == after { Decided::nothing(id) } else { Decided::one(event(after), id) }
    }

    fn one(event: Event, id: impl ToString) -> Self {
        Decided { events: vec![event], keeps: Vec::new(), ids: vec![id.to_string()] }
    }

    fn keeping(mut self, id: Id, noun: Noun) -> Self {
        self.keeps.push((id, noun));
        self
    }
}

/// Something that begins on a day and has no end may lie in the area.
fn holds(area: &Area, on: Date) -> Result<(), Rejection> {
    let period = area.facts.period;
    if period.covers(on) && period.to.is_none() {
        return Ok(());
    }
    Err(Rejection::AreaRetired { code: area.facts.code.to_string(), on })
}

/// What every family of commands gets.
struct Ask<'a> {
    book: &'a dyn Book,
    command: &'a Command,
    now: Timestamp,
    today: Date,
    /// The command's day, else today; found to be within reach.
    on: Date,
}

/// Decides what happens.
pub fn decide(
    book: &dyn Book,
    command: &Command,
    now: Timestamp,
    reach: Reach,
) -> Result<Decided, Rejection> {
    let today = business_date(now);
    let on = command.on.unwrap_or(today);
    let (earliest, latest) = reach.around(today);
    // Reference data entered late may have begun long ago; only what changes has to be near.
    let begins = matches!(
        command.act,
        Act::CreateArea { .. }
            | Act::CreateZone { .. }
            | Act::RegisterWorker { .. }
            | Act::CreateUnit { .. }
            | Act::CreateTeam { .. }
    );
    if on > latest || (on < earliest && !begins) {
        return Err(Rejection::DateOutOfRange { date: on, earliest, latest });
    }
    dispatch(&Ask { book, command, now, today, on })
}

fn dispatch(ask: &Ask<'_>) -> Result<Decided, Rejection> {
    match &ask.command.act {
        Act::CreateArea { code, name, outline } => area::create(ask, code, name, outline.as_ref()),
        Act::UpdateArea { code, name, outline } => area::update(ask, code, name, outline),
        Act::RetireArea { code, superseded_by } => area::retire(ask, code, superseded_by),
        Act::CreateZone { id, area, name, areas } => zone::create(ask, id, area, name, areas),
        Act::SetZoneAreas { id, areas } => zone::set_areas(ask, id, areas),
        Act::RetireZone { id } => zone::retire(ask, id),
        Act::CreateGrid { community, parent, part } => {
            grid::create(ask, community, parent.as_ref(), part)
        }
        Act::RenameGrid { code, name } => grid::rename(ask, code, name),
        Act::RedrawGrid { code, drawing } => grid::redraw(ask, code, drawing),
        Act::MoveGrid { code, to } => succession::relocate(ask, code, to),
        Act::SplitGrid { code, parts } => succession::split(ask, code, parts),
        Act::MergeGrids { codes, part } => succession::merge(ask, codes, part),
        Act::RetireGrid { code } => succession::retire(ask, code),
        Act::RegisterWorker { id, post, area, unit, contact } => {
            worker::register(ask, id, *post, area, unit.as_ref(), contact)
        }
        Act::UpdateWorker { id, change } => worker::update(ask, id, change),
        Act::AssignWorker { id, grid } => worker::assign(ask, id, grid),
        Act::UnassignWorker { id, grid } => worker::unassign(ask, id, grid),
        Act::DismissWorker { id } => worker::dismiss(ask, id),
        Act::CreateUnit { id, kind, tier, area, name } => {
            unit::create(ask, id, *kind, *tier, area, name)
        }
        Act::UpdateUnit { id, kind, tier, name } => unit::update(ask, id, *kind, *tier, name),
        Act::RetireUnit { id } => unit::retire(ask, id),
        Act::CreateTeam { id, area, unit, name, crew } => {
            team::create(ask, id, area, unit.as_ref(), name, crew)
        }
        Act::UpdateTeam { id, change } => team::update(ask, id, change),
        Act::SetTeamDuty { id, on_duty, until } => team::set_duty(ask, id, *on_duty, *until),
        Act::DisbandTeam { id } => team::disband(ask, id),
        Act::ReviseCatalogue(revision) => catalogue::revise(ask, revision),
        Act::CreateImport(order) => import::create(ask, order),
        Act::StageRows(chunk) => import::stage(ask, chunk),
        Act::ActivateImport { id } => import::activate(ask, id),
        Act::CancelImport { id } => import::cancel(ask, id),
        Act::ExpireImport { id } => import::expire(ask, id),
    }
}

impl Ask<'_> {
    /// The etag, if the command has one, is that of the resource.
    fn unchanged(&self, id: &str, mark: Mark) -> Result<(), Rejection> {
        match self.command.etag {
            Some(etag) if etag != mark.revision => {
                Err(Rejection::EtagStale { id: id.to_owned(), revision: mark.revision })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The area is the caller's, exists on the day, and goes on: what begins in it has no end of its own.
    fn area_on(&self, code: &AreaCode, on: Date) -> Result<(), Rejection> {
        let visible = self.command.scope.sees(code.as_str());
        let found = self.book.area(code).filter(|_| visible);
        let area = found.ok_or_else(|| Rejection::not_found(What::Area, code))?;
        holds(area, on)
    }

    /// The unit is the caller's and goes on.
    fn unit_goes_on(&self, unit: Option<&Slug>) -> Result<(), Rejection> {
        let Some(id) = unit else { return Ok(()) };
        let serves = |unit: &&Unit| {
            self.command.scope.sees(unit.facts.area.as_str()) && unit.facts.period.to.is_none()
        };
        let found = self.book.unit(id).filter(serves);
        found.map(drop).ok_or_else(|| Rejection::not_found(What::Unit, id))
    }

    /// The end of something is after its beginning, and it has not ended yet.
    fn may_end(&self, id: &str, period: super::day::Period) -> Result<(), Rejection> {
        if period.to.is_some() {
            return Err(Rejection::AlreadyEnded { id: id.to_owned() });
        }
        if self.on < period.from {
            return Err(Rejection::DateConflict { date: self.on, other: period.from });
        }
        Ok(())
    }
}
