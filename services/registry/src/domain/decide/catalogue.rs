//! The catalogue: edited in a draft, approved, closed into versions.

use super::{Ask, Decided};
use crate::domain::book::Id;
use crate::domain::catalogue::{
    Approval, Catalogue, Draft, Edit, Fault, Matter, Release, Revision, Stage, Wish, entry, faults,
    take_approvals,
};
use crate::domain::code::{AreaCode, Level, Slug};
use crate::domain::event::Event;
use crate::domain::rejection::{Rejection, What};

/// A draft with the area that it belongs to.
struct Desk<'a> {
    area: &'a AreaCode,
    /// What is stored; nothing = nobody has edited the proposal.
    draft: Option<&'a Draft>,
    known: &'a Catalogue,
    /// The version that holds; nothing = the proposal does.
    release: Option<&'a Release>,
    holds: &'a Catalogue,
}

pub(super) fn revise(ask: &Ask<'_>, revision: &Revision) -> Result<Decided, Rejection> {
    let area = &revision.area;
    if !ask.command.scope.sees(area.as_str()) {
        return Err(Rejection::not_found(What::Area, area));
    }
    if area.level() > Level::City {
        return Err(Rejection::CatalogueNotOwned { area: area.clone() });
    }
    let draft = ask.book.draft();
    let revision_of_draft = ask.book.revision(&Id::Draft);
    if let Some(etag) = ask.command.etag
        && etag != revision_of_draft
    {
        return Err(Rejection::EtagStale { id: "draft".to_owned(), revision: revision_of_draft });
    }
    let known = Catalogue::drafted(draft);
    let release = draft.and_then(|draft| ask.book.release(draft.released));
    let holds = Catalogue::released(release);
    let desk = Desk { area, draft, known, release, holds };
    match &revision.wish {
        Wish::Put(edit) => put(ask, &desk, edit),
        Wish::Approve { codes, approval } => approve(&desk, codes, approval),
        Wish::Retire { code } => retire(ask, &desk, code),
        Wish::Release => close(&desk),
    }
}

impl Desk<'_> {
    /// The event that takes entries in; the first one ever carries the whole proposal, so that the events alone tell all.
    fn edited(&self, entries: &Catalogue) -> Decided {
        let mut changed = entries.beyond(self.known);
        let (created, all) = (fresh(&changed, self.known), entries.len());
        let counts = [created, changed.len() - created, all - changed.len()];
        let ids = counts.map(|count| count.to_string()).to_vec();
        if changed.is_empty() {
            return Decided { events: Vec::new(), keeps: Vec::new(), ids };
        }
        take_approvals(self.known, &mut changed);
        let told = match self.draft {
            Some(_) => changed,
            None => {
                let mut all = self.known.clone();
                all.take(&changed);
                all
            }
        };
        let event = Event::CatalogueEdited { area: self.area.clone(), entries: told };
        Decided { events: vec![event], keeps: Vec::new(), ids }
    }
}

/// How many entries are not there yet.
fn fresh(entries: &Catalogue, known: &Catalogue) -> usize {
    let matters = entries.matters.iter().filter(|matter| known.matter(&matter.code).is_none());
    let limits = entries.limits.iter().filter(|rule| known.limit(&rule.key).is_none());
    matters.count() + limits.count()
}

/// The faults of what an edit leads to.
pub fn wrong_with(
    known: &Catalogue,
    holds: &Catalogue,
    entries: &Catalogue,
    goes_on: impl Fn(&Slug) -> bool,
) -> Vec<Fault> {
    let mut found = Vec::new();
    for matter in entries.beyond(known).matters {
        let strangers = matter.handler_units.iter().filter(|unit| !goes_on(unit));
        found.extend(strangers.map(|unit| Fault::of(entry(&matter), "UNIT_UNKNOWN", unit)));
        if matter.never() {
            found.push(Fault::of(entry(&matter), "PERIOD_EMPTY", ""));
        }
    }
    let mut after = known.clone();
    after.take(entries);
    found.extend(faults(holds, &after, Stage::Draft));
    found
}

fn put(ask: &Ask<'_>, desk: &Desk<'_>, edit: &Edit) -> Result<Decided, Rejection> {
    let (entries, unknown) = edit.entries(desk.known, desk.holds, ask.today);
    if let Some((_, code)) = unknown.first() {
        return Err(Rejection::not_found(What::Type, code));
    }
    let goes_on =
        |unit: &Slug| ask.book.unit(unit).is_some_and(|unit| unit.facts.period.to.is_none());
    let faults = wrong_with(desk.known, desk.holds, &entries, goes_on);
    sound(faults)?;
    Ok(desk.edited(&entries))
}

fn sound(faults: Vec<Fault>) -> Result<(), Rejection> {
    if faults.is_empty() { Ok(()) } else { Err(Rejection::CatalogueUnsound { faults }) }
}

fn approve(desk: &Desk<'_>, codes: &[Slug], approval: &Approval) -> Result<Decided, Rejection> {
    let mut entries = Catalogue::default();
    for code in codes {
        let matter =
            desk.known.matter(code).ok_or_else(|| Rejection::not_found(What::Matter, code))?;
        entries.matters.push(Matter { approval: Some(approval.clone()), ..matter.clone() });
    }
    Ok(desk.edited(&entries))
}

fn retire(ask: &Ask<'_>, desk: &Desk<'_>, code: &Slug) -> Result<Decided, Rejection> {
    let matter = desk.known.matter(code).ok_or_else(|| Rejection::not_found(What::Matter, code))?;
    let mut matter = matter.clone();
    if matter.period.to.is_some_and(|to| to <= ask.on) {
        return Err(Rejection::AlreadyEnded { id: code.to_string() });
    }
    let was_released = desk.release.is_some_and(|release| release.catalogue.matter(code).is_some());
    if ask.on < matter.period.from && was_released {
        return Err(Rejection::DateConflict { date: ask.on, other: matter.period.from });
    }
    matter.period.to = Some(ask.on.max(matter.period.from));
    let entries = Catalogue { matters: vec![matter], ..Catalogue::default() };
    let mut after = desk.known.clone();
    after.take(&entries);
    sound(faults(desk.holds, &after, Stage::Draft))?;
    Ok(desk.edited(&entries))
}

fn close(desk: &Desk<'_>) -> Result<Decided, Rejection> {
    let mut catalogue = desk.known.clone();
    // What was withdrawn before it began is in no version, nor are limits of it.
    catalogue.matters.retain(|matter| !matter.never());
    let Catalogue { matters, limits, .. } = &mut catalogue;
    limits.retain(|rule| matters.iter().any(|matter| matter.code == rule.matter));
    sound(faults(desk.holds, &catalogue, Stage::Release))?;
    let last = desk.draft.map_or(0, |draft| draft.released);
    if desk.release.is_some_and(|before| before.catalogue == catalogue) {
        return Err(Rejection::NothingToRelease { version: last });
    }
    let version = last + 1;
    let event = Event::CatalogueReleased { area: desk.area.clone(), version, catalogue };
    Ok(Decided::one(event, version))
}
