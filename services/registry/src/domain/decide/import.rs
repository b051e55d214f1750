//! Imports: begun, filled with checked rows, activated as one, or given up.

use super::{Ask, Decided};
use crate::domain::book::{Id, Noun};
use crate::domain::code::Slug;
use crate::domain::day::Mark;
use crate::domain::event::Event;
use crate::domain::import::{Chunk, Counts, Import, Order, Progress, Staged};
use crate::domain::rejection::{Rejection, What};

use std::collections::BTreeMap;

/// Most rows in one event.
const ROWS_PER_EVENT: usize = 200;

pub(super) fn create(ask: &Ask<'_>, order: &Order) -> Result<Decided, Rejection> {
    if ask.book.import(&order.id).is_some() {
        return Err(Rejection::AlreadyExists { what: What::Import, id: order.id.to_string() });
    }
    let import = Import {
        order: order.clone(),
        progress: Progress::Staging,
        counts: Counts::default(),
        chunks: 0,
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
    let portions = chunks.iter().flat_map(|chunk| chunk.staged.clone().portions(ROWS_PER_EVENT));
    for (number, rows) in (1..).zip(portions) {
        decided.events.push(Event::Staged { import: id.clone(), chunk: number, rows });
    }
    for (worker, contact) in chunks.iter().flat_map(|chunk| &chunk.contacts) {
        let noun = Noun::Contact(contact.clone());
        decided = decided.keeping(Id::Contact(worker.clone()), noun);
    }
    let count = u32::try_from(decided.events.len()).unwrap_or(u32::MAX);
    if count > 0 {
        decided.events.push(Event::ImportActivated {
            import: id.clone(),
            area: import.order.area.clone(),
            kind: import.order.kind,
            chunks: count,
            created: import.counts.created,
            changed: import.counts.changed,
        });
    } else {
        let noun = Noun::Import(finished(ask, import, Progress::Activated));
        decided = decided.keeping(Id::Import(id.clone()), noun);
    }
    Ok(emptied(decided, &chunks))
}

pub(super) fn cancel(ask: &Ask<'_>, id: &Slug) -> Result<Decided, Rejection> {
    let import = staging(ask, id)?;
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

/// Rows are kept only while they wait; what was wrong with them stays.
fn emptied(mut decided: Decided, chunks: &[&Chunk]) -> Decided {
    for chunk in chunks {
        let chunk = Chunk {
            staged: Staged::Areas(Vec::new()),
            contacts: BTreeMap::new(),
            bases: Vec::new(),
            ..Chunk::clone(chunk)
        };
        let id = Id::Chunk(chunk.import.clone(), chunk.number);
        decided = decided.keeping(id, Noun::Chunk(chunk));
    }
    decided
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
    }
}
