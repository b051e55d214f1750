//! States as rows: which parts of a body are repeated in columns, and which rows repeat parts of others.

use jiff::civil::Date;
use ledger::{Key, StoredRow, Table, Value};
use serde::{Deserialize, Serialize};

use crate::domain::book::{Id, Noun};
use crate::domain::code::Slug;
use crate::domain::day::{Period, business_date};
use crate::domain::grid::{GridFacts, Layout};
use crate::domain::team::Duty;
use crate::domain::worker::{Assignment, Worker};
use crate::store;

/// What one row of registry's tables keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A noun.
    Noun(Noun),
    /// A version of a grid, repeated from its layout for lists as of a day.
    GridSpan(GridFacts),
    /// An assignment, repeated from its worker.
    Assignment(Served),
}

/// Which grid a worker serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The worker.
    pub worker: Slug,
    /// Whether it is a grid worker, full-time or part-time.
    pub grid_worker: bool,
    /// What is served, and when; nothing = this never took place.
    pub assignment: Option<Assignment>,
}

/// The key of a noun's row.
pub fn key_of(id: &Id) -> Key {
    match id {
        Id::Area(code) => Key::new(&store::AREA, code.as_str()),
        Id::Zone(id) => Key::new(&store::ZONE, id.as_str()),
        Id::Layout(code) => Key::new(&store::LAYOUT, code.as_str()),
        Id::Worker(id) => Key::new(&store::WORKER, id.as_str()),
        Id::Contact(id) => Key::new(&store::CONTACT, id.as_str()),
        Id::Unit(id) => Key::new(&store::UNIT, id.as_str()),
        Id::Team(id) => Key::new(&store::TEAM, id.as_str()),
        Id::Draft => Key::new(&store::CATALOGUE_DRAFT, "draft"),
        Id::Release(version) => Key::new(&store::CATALOGUE, format!("{version:06}")),
        Id::Import(id) => Key::new(&store::IMPORT, id.as_str()),
        Id::Chunk(id, number) => Key::new(&store::CHUNK, format!("{id}/{number:06}")),
    }
}

/// Rows that repeat parts of a noun.
pub fn repeated(noun: &Noun) -> Vec<(Key, State)> {
    match noun {
        Noun::Layout(layout) => spans(layout),
        Noun::Worker(worker) => served(worker),
        Noun::Area(_)
        | Noun::Zone(_)
        | Noun::Contact(_)
        | Noun::Unit(_)
        | Noun::Team(_)
        | Noun::Draft(_)
        | Noun::Release(_)
        | Noun::Import(_)
        | Noun::Chunk(_) => Vec::new(),
    }
}

fn spans(layout: &Layout) -> Vec<(Key, State)> {
    let of_grid = |versions: &Vec<GridFacts>| -> Vec<(Key, State)> {
        let rows = versions.iter().enumerate().map(|(number, version)| {
            let id = format!("{}#{number}", version.code);
            (Key::new(&store::GRID_SPAN, id), State::GridSpan(version.clone()))
        });
        rows.collect()
    };
    layout.grids.values().flat_map(|grid| of_grid(&grid.versions)).collect()
}

/// An assignment is one row for as long as the worker is a grid worker, and another one for as long as not.
fn served(worker: &Worker) -> Vec<(Key, State)> {
    let id = &worker.facts.id;
    let spells = spells(worker);
    let parts = worker.assignments.iter().flat_map(|assignment| {
        spells.iter().filter_map(move |(grid_worker, spell)| {
            let period = assignment.period.common(spell)?;
            Some((*grid_worker, Assignment { period, ..assignment.clone() }))
        })
    });
    let rows = parts.enumerate().map(|(number, (grid_worker, assignment))| {
        let served = Served { worker: id.clone(), grid_worker, assignment: Some(assignment) };
        (assignment_key(id, number), State::Assignment(served))
    });
    rows.collect()
}

/// When somebody was a grid worker, and when not. Before the first post it counts as that.
fn spells(worker: &Worker) -> Vec<(bool, Period)> {
    let mut spells: Vec<(bool, Period)> = Vec::new();
    for held in &worker.posts {
        let grid_worker = held.post.is_grid_worker();
        if spells.last().is_some_and(|(last, _)| *last == grid_worker) {
            continue;
        }
        if let Some((_, last)) = spells.last_mut() {
            last.to = Some(held.from);
        }
        let from = if spells.is_empty() { Date::MIN } else { held.from };
        spells.push((grid_worker, Period::since(from)));
    }
    spells
}

/// The key of a worker's assignment.
pub fn assignment_key(worker: &Slug, number: usize) -> Key {
    Key::new(&store::ASSIGNMENT, format!("{worker}#{number}"))
}

/// The row that keeps a state.
pub fn row(state: &State) -> StoredRow {
    match state {
        State::Noun(noun) => noun_row(noun),
        State::GridSpan(span) => StoredRow {
            body: json(span),
            values: vec![
                span.code.as_str().into(),
                name_of(&span.kind),
                i64::from(span.households).into(),
                span.sample.into(),
                day(span.period.from),
                end(span.period),
                span.outline.as_ref().map(|outline| outline.cell()).into(),
            ],
        },
        State::Assignment(served) => {
            let never = Period { from: Date::MAX, to: Some(Date::MIN) };
            let period = served.assignment.as_ref().map_or(never, |assignment| assignment.period);
            let grid = served.assignment.as_ref().map_or("", |assignment| assignment.grid.as_str());
            StoredRow {
                body: json(served),
                values: vec![
                    served.worker.as_str().into(),
                    grid.into(),
                    served.grid_worker.into(),
                    day(period.from),
                    end(period),
                ],
            }
        }
    }
}

fn noun_row(noun: &Noun) -> StoredRow {
    match noun {
        Noun::Area(area) => StoredRow {
            body: json(area),
            values: vec![
                name_of(&area.facts.code.level()),
                area.facts.name.as_str().into(),
                day(area.facts.period.from),
                end(area.facts.period),
            ],
        },
        Noun::Zone(zone) => placed(json(zone), zone.facts.area.as_str(), None, zone.facts.period),
        Noun::Worker(worker) => {
            let post = Some(name_of(&worker.facts.post));
            placed(json(worker), worker.facts.area.as_str(), post, worker.facts.period)
        }
        Noun::Unit(unit) => {
            let kind = Some(name_of(&unit.facts.kind));
            placed(json(unit), unit.facts.area.as_str(), kind, unit.facts.period)
        }
        Noun::Team(team) => {
            let until = match team.duty {
                Duty::Off { .. } => Value::Null,
                Duty::On { until, .. } => {
                    until.map_or(i64::MAX, |until| until.as_microsecond()).into()
                }
            };
            placed(json(team), team.facts.area.as_str(), Some(until), team.facts.period)
        }
        Noun::Layout(layout) => bare(json(layout)),
        Noun::Contact(contact) => bare(json(contact)),
        Noun::Draft(draft) => bare(json(draft)),
        Noun::Release(release) => bare(json(release)),
        Noun::Import(import) => StoredRow {
            body: json(import),
            values: vec![
                import.order.area.as_str().into(),
                name_of(&import.progress),
                day(business_date(import.mark.created_at)),
            ],
        },
        Noun::Chunk(chunk) => bare(json(chunk)),
    }
}

fn placed(body: String, area: &str, more: Option<Value>, period: Period) -> StoredRow {
    let values = std::iter::once(area.into()).chain(more).chain([day(period.from), end(period)]);
    StoredRow { body, values: values.collect() }
}

fn bare(body: String) -> StoredRow {
    StoredRow { body, values: Vec::new() }
}

/// Reads a state back.
pub fn load(table: &'static Table, body: &str) -> Result<State, serde_json::Error> {
    use serde_json::from_str;
    let noun = match table.name {
        "area" => Noun::Area(from_str(body)?),
        "zone" => Noun::Zone(from_str(body)?),
        "layout" => Noun::Layout(from_str(body)?),
        "worker" => Noun::Worker(from_str(body)?),
        "contact" => Noun::Contact(from_str(body)?),
        "unit" => Noun::Unit(from_str(body)?),
        "team" => Noun::Team(from_str(body)?),
        "catalogue_draft" => Noun::Draft(from_str(body)?),
        "catalogue" => Noun::Release(from_str(body)?),
        "import" => Noun::Import(from_str(body)?),
        "import_chunk" => Noun::Chunk(from_str(body)?),
        "grid_span" => return Ok(State::GridSpan(from_str(body)?)),
        "assignment" => return Ok(State::Assignment(from_str(body)?)),
        other => return Err(serde::de::Error::custom(format!("no table {other}"))),
    };
    Ok(State::Noun(noun))
}

/// The name of an enum's variant, as bodies, columns and tables write it.
pub fn name_of(variant: &impl Serialize) -> Value {
    Value::Text(name(variant))
}

/// The same as text.
pub fn name(variant: &impl Serialize) -> String {
    json(variant).trim_matches('"').to_owned()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("domain types have string keys and no custom serializers")
}

/// A day as its column holds it.
pub fn day(day: Date) -> Value {
    Value::Text(day.to_string())
}

fn end(period: Period) -> Value {
    period.to.map_or_else(|| store::FOR_EVER.into(), day)
}
