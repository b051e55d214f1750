//! Imports: begun, filled with checked rows, activated as one, or given up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::{Ask, Decided};
use crate::domain::book::{Book, Id, Noun};
use crate::domain::code::Slug;
use crate::domain::day::Mark;
use crate::domain::event::Event;
use crate::domain::import::{Chunk, Counts, Fault, Import, Order, Progress, Staged};
use crate::domain::limits;
use crate::domain::rejection::{Rejection, What};

/// Most rows in one event.
const ROWS_PER_EVENT: usize = 200;
/// How long an import may wait for its activation.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn create(ask: &Ask<'_>, order: &Order) -> Result<Decided, Rejection> {
    if ask.book.import(&order.id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Import, id: order.id.to_string() });
    }
    let import = Import {
        order: order.clone(),
        progress: Progress::Staging,
        counts: Counts::default(),
        chunks: 0,
        bytes: 0,
        told: BTreeSet::new(),
        staged: BTreeMap::new(),
        mark: Mark::new(ask.now),
    };
    Ok(quiet(&order.id).keeping(Id::Import(order.id.clone()), Noun::Import(import)))
}

pub(super) fn stage(ask: &Ask<'_>, chunk: &Chunk) -> Result<Decided, Rejection> {
    let import = staging(ask, &chunk.import)?;
    if chunk.number != import.chunks + 1 {
        return Err(Rejection::ImportInterleaved);
    }
    let mut import = import.clone();
    import.chunks = chunk.number;
    import.counts = import.counts.plus(chunk.counts);
    import.bytes += chunk.bytes;
    import.told.extend(chunk.told.iter().cloned());
    if import.counts.rows > limits::IMPORT_ROWS || import.bytes > limits::IMPORT_BYTES {
        return Err(Rejection::ImportFull { rows: limits::IMPORT_ROWS });
    }
    let names = chunk.staged.names().into_iter().map(|name| (name.to_owned(), chunk.number));
    import.staged.extend(names);
    import.mark = import.mark.next(ask.now);
    let mut chunk = chunk.clone();
    if import.order.dry_run {
        chunk.contacts.clear();
    }
    let chunk_id = Id::Chunk(chunk.import.clone(), chunk.number);
    let mut decided = quiet(&chunk.import);
    decided.ids.push(chunk.number.to_string());
    Ok(decided
        .keeping(Id::Import(chunk.import.clone()), Noun::Import(import))
        .keeping(chunk_id, Noun::Chunk(chunk)))
}

pub(super) fn activate(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let import = staging(ask, id)?;
    if import.order.dry_run {
        return Err(Rejection::ImportDryRun);
    }
    if import.counts.bad > 0 && !import.order.skip_bad_rows {
        return Err(Rejection::ImportHasBadRows { bad: import.counts.bad });
    }
    let chunks = chunks(ask, import);
    for (base, revision) in chunks.iter().flat_map(|chunk| &chunk.bases) {
        if ask.book.revision(base) != *revision {
            return Err(Rejection::ImportOutdated { code: name_of(base) });
        }
    }
    let mut decided = quiet(id);
    decided.events = activation(ask, import, &chunks);
    for (worker, contact) in chunks.iter().flat_map(|chunk| &chunk.contacts) {
        let noun = Noun::Contact(contact.clone());
        decided = decided.keeping(Id::Contact(worker.clone()), noun);
    }
    if decided.events.is_empty() {
        let noun = Noun::Import(finished(ask, import, Progress::Activated));
        decided = decided.keeping(Id::Import(id.clone()), noun);
    }
    Ok(emptied(decided, &chunks))
}

/// The rows area by area, each followed by the activation of that area.
fn activation(ask: &Ask<'_>, import: &Import, chunks: &[&Chunk]) -> Vec<Event> {
    let Order { id, kind, area: own, .. } = &import.order;
    let mut rows = Staged::none(*kind);
    for chunk in chunks {
        rows.add(chunk.staged.clone());
    }
    let (mut events, mut number, mut first) = (Vec::new(), 0, 1);
    let mut portions = rows.portions(own, ROWS_PER_EVENT).into_iter().peekable();
    let (mut created, mut changed) = (0, 0);
    while let Some((area, rows)) = portions.next() {
        number += 1;
        let (all, new) = (count(rows.names().len()), count(new_rows(ask.book, &rows)));
        (created, changed) = (created + new, changed + all - new);
        let last = portions.peek().is_none_or(|(next, _)| *next != area);
        let (import, area) = (id.clone(), area.clone());
        events.push(Event::Staged {
            import: import.clone(),
            area: area.clone(),
            chunk: number,
            rows,
        });
        if last {
            let (kind, chunks) = (*kind, number + 1 - first);
            events.push(Event::ImportActivated {
                import,
                area,
                kind,
                first,
                chunks,
                created,
                changed,
            });
            (first, created, changed) = (number + 1, 0, 0);
        }
    }
    events
}

/// How many rows are of something that is not there yet.
fn new_rows(book: &dyn Book, rows: &Staged) -> usize {
    match rows {
        Staged::Areas(rows) => rows.iter().filter(|row| book.area(&row.code).is_none()).count(),
        Staged::Grids(rows) => rows.iter().filter(|row| book.grid(&row.code).is_none()).count(),
        Staged::Workers(rows) => {
            rows.iter().filter(|(facts, _)| book.worker(&facts.id).is_none()).count()
        }
        Staged::Units(rows) => rows.iter().filter(|row| book.unit(&row.id).is_none()).count(),
        Staged::Teams(rows) => rows.iter().filter(|row| book.team(&row.id).is_none()).count(),
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

pub(super) fn cancel(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let import = staging(ask, id)?;
    let noun = Noun::Import(finished(ask, import, Progress::Cancelled));
    Ok(emptied(quiet(id).keeping(Id::Import(id.clone()), noun), &chunks(ask, import)))
}

/// Gives up what was begun long ago and never activated, with the names and phones that wait in it.
pub(super) fn expire(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let import = ask.book.import(id).ok_or_else(|| Rejection::not_found(What::Import, id))?;
    let age = ask.now.duration_since(import.mark.created_at);
    if import.progress != Progress::Staging || age < LONGEST_WAIT {
        return Ok(quiet(id));
    }
    let noun = Noun::Import(finished(ask, import, Progress::Cancelled));
    Ok(emptied(quiet(id).keeping(Id::Import(id.clone()), noun), &chunks(ask, import)))
}

fn finished(ask: &Ask<'_>, import: &Import, progress: Progress) -> Import {
    let (staged, mark) = (BTreeMap::new(), import.mark.next(ask.now));
    Import { progress, staged, mark, ..import.clone() }
}

fn chunks<'a>(ask: &Ask<'a>, import: &Import) -> Vec<&'a Chunk> {
    (1..=import.chunks).filter_map(|number| ask.book.chunk(&import.order.id, number)).collect()
}

/// Rows are kept only while they wait; what was wrong with them stays, but for the cells themselves.
fn emptied(mut decided: Decided, chunks: &[&Chunk]) -> Decided {
    for chunk in chunks {
        let chunk = Chunk {
            staged: Staged::Areas(Vec::new()),
            contacts: BTreeMap::new(),
            bases: Vec::new(),
            faults: chunk.faults.iter().map(without_value).collect(),
            ..Chunk::clone(chunk)
        };
        let id = Id::Chunk(chunk.import.clone(), chunk.number);
        decided = decided.keeping(id, Noun::Chunk(chunk));
    }
    decided
}

fn without_value(fault: &Fault) -> Fault {
    Fault { value: String::new(), ..fault.clone() }
}

fn staging<'a>(ask: &Ask<'a>, id: &Slug) -> Result<&'a Import, Rejection> {
    let seen = |import: &&Import| ask.command.scope.sees(import.order.area.as_str());
    let found = ask.book.import(id).filter(seen);
    let import = found.ok_or_else(|| Rejection::not_found(What::Import, id))?;
    match import.progress {
        Progress::Staging => Ok(import),
        progress @ (Progress::Activated | Progress::Cancelled) => {
            Err(Rejection::ImportNotStaging { progress })
        }
    }
}

fn quiet(id: &Slug) -> Decided {
    Decided { events: Vec::new(), keeps: Vec::new(), ids: vec![id.to_string()] }
}

fn name_of(id: &Id) -> String {
    match id {
        Id::Area(code) | Id::Layout(code) => code.to_string(),
        Id::Zone(id)
        | Id::Worker(id)
        | Id::Contact(id)
        | Id::Unit(id)
        | Id::Team(id)
        | Id::Import(id)
        | Id::Chunk(id, _) => id.to_string(),
        Id::Draft | Id::Release(_) => "catalogue".to_owned(),
    }
}
