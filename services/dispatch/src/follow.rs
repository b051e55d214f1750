//! Registry's facts, as far as dispatch keeps them: areas, grids, units, teams, and the catalogue's limits for disputes.
//!
//! Rows of an import are held back until their area is activated, and then hold all at once.

mod limits;
mod wire;

use ledger::{CannotApply, Foreign, Key, States};

use crate::domain::codes::Id;
use crate::domain::places::{Change, Coverage, Grid, Staged, Team};
use crate::project::State;
use crate::store::{
    area_key, catalogue_key, coverage_key, grid_key, staged_key, team_key, unit_key,
};

/// What an event of registry means here.
#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    /// Nothing.
    Nothing,
    /// This holds now.
    Changes(Vec<Change>),
    /// This waits for its activation.
    Staged { import: Id, chunk: u32, changes: Vec<Change> },
    /// What was staged under these numbers of an import holds now.
    Activated { import: Id, chunks: std::ops::Range<u32> },
}

/// States that applying an event needs.
pub fn reads(foreign: &Foreign, known: &States<State>) -> Vec<Key> {
    match wire::meaning(foreign) {
        Err(_) | Ok(Meaning::Nothing) => Vec::new(),
        Ok(Meaning::Changes(changes)) => keys(&changes, known),
        // What it names is loaded already now: its activation may follow in the same commit.
        Ok(Meaning::Staged { import, chunk, changes }) => {
            let mut keys = keys(&changes, known);
            keys.push(staged_key(&import, chunk));
            keys
        }
        Ok(Meaning::Activated { import, chunks }) => {
            let staged: Vec<Key> = chunks.map(|chunk| staged_key(&import, chunk)).collect();
            let waiting = staged.iter().filter_map(|key| waiting(known, key));
            let mut keys: Vec<Key> = waiting.flat_map(|changes| keys(changes, known)).collect();
            keys.extend(staged);
            keys
        }
    }
}

/// Applies an event.
pub fn apply(states: &mut States<State>, foreign: &Foreign) -> Result<(), CannotApply> {
    match wire::meaning(foreign)? {
        Meaning::Nothing => Ok(()),
        Meaning::Changes(changes) => {
            changes.iter().try_for_each(|change| apply_one(states, change))
        }
        Meaning::Staged { import, chunk, changes } => {
            states.put(staged_key(&import, chunk), State::Staged(Staged::Waiting(changes)));
            Ok(())
        }
        Meaning::Activated { import, chunks } => {
            for chunk in chunks {
                let key = staged_key(&import, chunk);
                let Some(changes) = waiting(states, &key).cloned() else {
                    return Err(CannotApply {
                        reason: "CHUNK_MISSING",
                        detail: format!("import {} chunk {chunk}", import.as_str()),
                    });
                };
                changes.iter().try_for_each(|change| apply_one(states, change))?;
                states.put(key, State::Staged(Staged::Activated));
            }
            Ok(())
        }
    }
}

fn waiting<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Vec<Change>> {
    if !states.knows(key) {
        return None;
    }
    if let Some(State::Staged(Staged::Waiting(changes))) = states.get(key) {
        Some(changes)
    } else {
        None
    }
}

fn keys(changes: &[Change], known: &States<State>) -> Vec<Key> {
    let mut keys = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Change::Area(area) => keys.push(area_key(&area.code)),
            Change::Grid(grid) => keys.push(grid_key(grid.code)),
            Change::GridEnds { grid, .. } => keys.push(grid_key(*grid)),
            Change::Unit(unit) => keys.push(unit_key(&unit.id)),
            Change::Catalogue(_) => keys.push(catalogue_key()),
            Change::Duty { team, .. } => keys.push(team_key(team)),
            Change::Team(new) => {
                let key = team_key(&new.id);
                let before =
                    team(known, &key).map(|known| known.serves.as_slice()).unwrap_or_default();
                keys.extend(before.iter().chain(&new.serves).map(coverage_key));
                keys.push(key);
            }
        }
    }
    keys
}

fn apply_one(states: &mut States<State>, change: &Change) -> Result<(), CannotApply> {
    match change {
        Change::Area(area) => states.put(area_key(&area.code), State::Area(area.clone())),
        Change::Unit(unit) => states.put(unit_key(&unit.id), State::Unit(unit.clone())),
        Change::Catalogue(catalogue) => {
            states.put(catalogue_key(), State::Catalogue(catalogue.clone()));
        }
        Change::Grid(new) => {
            let key = grid_key(new.code);
            let after = new.clone().after(grid(states, &key));
            states.put(key, State::Grid(after));
        }
        Change::GridEnds { grid: code, until, successor } => {
            let key = grid_key(*code);
            let Some(ended) = grid(states, &key).map(|known| known.ending(*until, *successor))
            else {
                return Err(CannotApply {
                    reason: "GRID_UNKNOWN",
                    detail: code.as_str().to_owned(),
                });
            };
            states.put(key, State::Grid(ended));
        }
        Change::Team(new) => put_team(states, new),
        Change::Duty { team: id, duty, at } => {
            let key = team_key(id);
            let Some(known) = team(states, &key).cloned() else {
                return Err(CannotApply { reason: "TEAM_UNKNOWN", detail: id.as_str().to_owned() });
            };
            // Registry knows no capacity: who goes on duty there takes one case at a time.
            states.put(key, State::Team(known.on(*duty, 1, *at)));
        }
    }
    Ok(())
}

/// Keeps a team, and keeps the lists of who serves which area in step with it. A team that is to end is off duty from
/// then on and serves nobody: the lists hold those that can be asked.
fn put_team(states: &mut States<State>, new: &Team) {
    let key = team_key(&new.id);
    let known = team(states, &key).cloned();
    let before = known.as_ref().map(|known| known.serves.clone()).unwrap_or_default();
    for area in before.iter().chain(&new.serves) {
        let key = coverage_key(area);
        let mut coverage = coverage(states, &key);
        if new.until.is_none() && new.serves.contains(area) {
            coverage.teams.insert(new.id.clone());
        } else {
            coverage.teams.remove(&new.id);
        }
        states.put(key, State::Coverage(coverage));
    }
    states.put(key, State::Team(new.clone().after(known.as_ref())));
}

fn grid<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Grid> {
    if let Some(State::Grid(grid)) = states.get(key) { Some(grid) } else { None }
}

fn team<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Team> {
    if !states.knows(key) {
        return None;
    }
    if let Some(State::Team(team)) = states.get(key) { Some(team) } else { None }
}

fn coverage(states: &States<State>, key: &Key) -> Coverage {
    if let Some(State::Coverage(coverage)) = states.get(key) {
        coverage.clone()
    } else {
        Coverage::default()
    }
}

#[cfg(test)]
mod tests;
