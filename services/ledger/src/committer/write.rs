//! Loading what a batch needs and writing what it decided.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use crate::authority::Authority;
use crate::committer::draft::{Draft, Verdict};
use crate::committer::{Committer, Head, MAX_BYTES};
use crate::dialect::{Bulk, Cells, HeadUpdate, OnConflict, Readers, Session};
use crate::error::DbError;
use crate::own;
use crate::row::Row;
use crate::states::States;
use crate::submit::Job;
use crate::value::{Key, Kind, StoredRow, Table, Value};

/// Rounds of reading that a command may need: each names states that depend on what the round before found.
const ROUNDS: usize = 4;

/// States wanted, by table: position in the list = index that the statement returns.
type Wanted = BTreeMap<&'static str, (&'static Table, Vec<String>)>;

impl<A: Authority> Committer<A> {
    /// Loads and decides as much of `batch` as one commit takes.
    pub(super) async fn decide(
        &self,
        session: &mut Session,
        head: &Head,
        batch: &[Job<A>],
    ) -> Result<(Vec<Verdict<A>>, Draft<A>), DbError> {
        let authority = &*self.authority;
        let mut draft =
            Draft::new(self.log.clone(), head.clone(), self.clock.now(), self.follows.clone());
        draft.clock_doubted |= self.clock_doubted.load(Ordering::SeqCst);
        self.load(session, &mut draft, batch).await?;
        let mut verdicts = Vec::with_capacity(batch.len());
        for job in batch {
            verdicts.push(draft.take(authority, &self.ids, job));
            if draft.bytes > MAX_BYTES {
                break;
            }
        }
        Ok((verdicts, draft))
    }

    async fn load(
        &self,
        session: &mut Session,
        draft: &mut Draft<A>,
        batch: &[Job<A>],
    ) -> Result<(), DbError> {
        for _ in 0..ROUNDS {
            let mut wanted = Wanted::new();
            for service in draft.follows.iter() {
                want(&mut wanted, &draft.own, own::cursor_key(service));
            }
            for job in batch {
                for key in draft.own_reads(job) {
                    want(&mut wanted, &draft.own, key);
                }
                for key in draft.reads(&self.authority, job) {
                    want(&mut wanted, &draft.states, key);
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
            let rows = session
                .load(statement(&mut wanted))
                .await
                .map_err(DbError::during("loading states"))?;
            take_in(&*self.authority, draft, &wanted, rows)?;
        }
        Ok(())
    }

    /// Writes events, states and the head; data keys become durable at the same time, before the commit.
    pub(super) async fn write(
        &self,
        session: &mut Session,
        before: &Head,
        draft: &mut Draft<A>,
    ) -> Result<(), DbError> {
        let mut bulks = Vec::new();
        let mut expected = 0;
        let changed = draft.states.changed();
        expected += state_bulks(&mut bulks, changed, |state| Ok(self.authority.store(state)))?;
        let changed = draft.own.changed();
        expected += state_bulks(&mut bulks, changed, |state| {
            own::store(state).map_err(|error| inconsistent("an answer", &error))
        })?;
        let head = draft.new_head().map(|head| HeadUpdate {
            before: i64::try_from(before.position).unwrap_or(i64::MAX),
            position: i64::try_from(head.position).unwrap_or(i64::MAX),
            hash: head.hash,
            recorded_at: head.recorded_at,
        });
        expected += draft.events.len() as u64 + u64::from(head.is_some());
        if !draft.events.is_empty() {
            bulks.push(event_bulk(draft));
        }
        let keys = std::mem::take(&mut draft.keys);
        let (written, stored) = tokio::join!(session.write(bulks, head), self.keys.insert(keys));
        stored?;
        let written = written.map_err(DbError::during("writing a batch"))?;
        if written == expected {
            return Ok(());
        }
        // The head's lock makes this impossible; should it happen all the same, nothing may stand.
        Err(DbError::Miscounted { written, expected })
    }
}

fn want<S>(wanted: &mut Wanted, known: &States<S>, key: Key) {
    if known.knows(&key) {
        return;
    }
    wanted.entry(key.table.name).or_insert_with(|| (key.table, Vec::new())).1.push(key.id);
}

/// The statement's form of what is wanted, without repetition.
fn statement(wanted: &mut Wanted) -> Vec<(&'static str, Vec<String>)> {
    let lists = wanted.iter_mut().map(|(table, (_, ids))| {
        ids.sort_unstable();
        ids.dedup();
        (*table, ids.clone())
    });
    lists.collect()
}

fn take_in<A: Authority>(
    authority: &A,
    draft: &mut Draft<A>,
    wanted: &Wanted,
    rows: Vec<Row>,
) -> Result<(), DbError> {
    for mut row in rows {
        let Some((key, version)) = key_of(wanted, &mut row)? else { continue };
        let table = key.table;
        if is_own(table) {
            let state = own::load(table.name, row.text(3)?)
                .map_err(|error| inconsistent(table.name, &error))?;
            draft.own.loaded(key, Some((state, version)));
        } else {
            let state = authority
                .load(table, row.text(3)?)
                .map_err(|error| inconsistent(table.name, &error))?;
            draft.states.loaded(key, Some((state, version)));
        }
    }
    // What was asked for and not found is known not to be there.
    for key in asked(wanted) {
        if is_own(key.table) {
            draft.own.loaded(key, None);
        } else {
            draft.states.loaded(key, None);
        }
    }
    Ok(())
}

/// Key and version of a loaded row.
fn key_of(wanted: &Wanted, row: &mut Row) -> Result<Option<(Key, i64)>, DbError> {
    let table = usize::try_from(row.int(0)?).ok().and_then(|index| wanted.values().nth(index));
    let Some((table, _)) = table else { return Ok(None) };
    Ok(Some((Key::new(table, row.take_text(1)?), row.int(2)?)))
}

/// Every key that was asked for.
fn asked(wanted: &Wanted) -> impl Iterator<Item = Key> + '_ {
    wanted.values().flat_map(|(table, ids)| ids.iter().map(|id| Key::new(table, id.clone())))
}

fn is_own(table: &Table) -> bool {
    own::TABLES.iter().any(|own| own.name == table.name)
}

/// Loads states outside of a commit; what is returned may be stale by the time it is looked at.
pub(crate) async fn load_states<A: Authority>(
    authority: &A,
    readers: &Readers,
    keys: Vec<Key>,
    states: &mut States<A::State>,
) -> Result<(), DbError> {
    let mut wanted = Wanted::new();
    for key in keys {
        want(&mut wanted, states, key);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let list = statement(&mut wanted);
    let rows = readers.load(list).await.map_err(DbError::during("loading states"))?;
    for mut row in rows {
        let Some((key, version)) = key_of(&wanted, &mut row)? else { continue };
        let state = authority
            .load(key.table, row.text(3)?)
            .map_err(|error| inconsistent(key.table.name, &error))?;
        states.loaded(key, Some((state, version)));
    }
    for key in asked(&wanted) {
        states.loaded(key, None);
    }
    Ok(())
}

/// Groups changed states by table and by whether they are new, column by column; returns the number of rows.
fn state_bulks<'a, S: 'a>(
    bulks: &mut Vec<Bulk>,
    changed: impl Iterator<Item = crate::states::Changed<'a, S>>,
    store: impl Fn(&S) -> Result<StoredRow, DbError>,
) -> Result<u64, DbError> {
    let mut rows = 0;
    for changed in changed {
        let table = changed.key.table;
        let on_conflict =
            if changed.loaded_version == 0 { OnConflict::Refuse } else { OnConflict::Replace };
        // Changed states come in order of table, so that the bulk is one of the last two.
        let known = bulks
            .iter()
            .rposition(|bulk| bulk.table == table.name && bulk.on_conflict == on_conflict)
            .unwrap_or_else(|| {
                bulks.push(empty_bulk(table, on_conflict));
                bulks.len() - 1
            });
        let Some(bulk) = bulks.get_mut(known) else { continue };
        let StoredRow { body, values } = store(changed.state)?;
        if values.len() != table.columns.len() {
            return Err(DbError::Inconsistent {
                place: table.name.to_owned(),
                detail: format!("{} values for {} columns", values.len(), table.columns.len()),
            });
        }
        let fixed = [
            Value::Text(changed.key.id.clone()),
            Value::Int(changed.loaded_version + 1),
            Value::Text(body),
        ];
        for ((_, cells), value) in bulk.columns.iter_mut().zip(fixed.into_iter().chain(values)) {
            cells.push(value)?;
        }
        rows += 1;
    }
    Ok(rows)
}

fn empty_bulk(table: &'static Table, on_conflict: OnConflict) -> Bulk {
    let fixed = [("id", Kind::Text), ("version", Kind::Int), ("body", Kind::Text)];
    let columns = fixed
        .into_iter()
        .chain(table.columns.iter().map(|column| (column.name, column.kind)))
        .map(|(name, kind)| (name, Cells::new(kind, 64)))
        .collect();
    Bulk { table: table.name, columns, on_conflict }
}

fn event_bulk<A: Authority>(draft: &mut Draft<A>) -> Bulk {
    let count = draft.events.len();
    let recorded_at = draft.now.as_microsecond();
    let mut positions = Vec::with_capacity(count);
    let mut types = Vec::with_capacity(count);
    let mut subjects = Vec::with_capacity(count);
    let mut areas = Vec::with_capacity(count);
    let mut headers = Vec::with_capacity(count);
    let mut salts = Vec::with_capacity(count);
    let mut payloads = Vec::with_capacity(count);
    let mut hashes = Vec::with_capacity(count);
    for event in &mut draft.events {
        positions.push(i64::try_from(event.position).ok());
        types.push(Some(std::mem::take(&mut event.type_name)));
        subjects.push(Some(std::mem::take(&mut event.subject)));
        areas.push(Some(std::mem::take(&mut event.area_code)));
        headers.push(Some(std::mem::take(&mut event.header)));
        salts.push(Some(std::mem::take(&mut event.salt)));
        payloads.push(Some(std::mem::take(&mut event.payload)));
        hashes.push(Some(std::mem::take(&mut event.hash)));
    }
    Bulk {
        table: "event",
        columns: vec![
            ("position", Cells::Int(positions)),
            ("type", Cells::Text(types)),
            ("subject", Cells::Text(subjects)),
            ("area_code", Cells::Text(areas)),
            ("recorded_at", Cells::Int(vec![Some(recorded_at); count])),
            ("header", Cells::Bytes(headers)),
            ("salt", Cells::Bytes(salts)),
            ("payload", Cells::Bytes(payloads)),
            ("hash", Cells::Bytes(hashes)),
        ],
        on_conflict: OnConflict::Refuse,
    }
}

fn inconsistent(place: &str, error: &serde_json::Error) -> DbError {
    // serde's message may quote what it read; its place and category do not.
    DbError::Inconsistent {
        place: place.to_owned(),
        detail: format!("{:?} at column {}", error.classify(), error.column()),
    }
}
