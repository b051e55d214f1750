//! The states that a batch of commands works on: what was loaded, overlaid with what earlier commands changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Key;

/// States by key. Only keys that were declared and loaded may be asked for.
#[derive(Debug)]
pub struct States<S> {
    slots: BTreeMap<Key, Slot<S>>,
    /// Changes of the command at hand; joined with the slots when it stands, dropped when it does not.
    pending: BTreeMap<Key, Arc<S>>,
}

#[derive(Debug)]
struct Slot<S> {
    state: Option<Arc<S>>,
    /// Version in the database when it was loaded; 0 = no row.
    version: i64,
    changed: bool,
}

/// A changed state on its way to the database.
#[derive(Debug)]
pub struct Changed<'a, S> {
    /// Which state.
    pub key: &'a Key,
    /// What it is now.
    pub state: &'a S,
    /// Version it was loaded with; 0 = new.
    pub loaded_version: i64,
}

impl<S> Default for States<S> {
    fn default() -> Self {
        States { slots: BTreeMap::new(), pending: BTreeMap::new() }
    }
}

impl<S> States<S> {
    /// An empty set; tests and replays fill it with [`States::put`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The state under `key`, or nothing when there is none.
    ///
    /// # Panics
    /// When `key` was neither declared by `reads` nor put: a decision must not rest on something that was not loaded.
    pub fn get(&self, key: &Key) -> Option<&S> {
        if let Some(state) = self.pending.get(key) {
            return Some(state);
        }
        match self.slots.get(key) {
            Some(slot) => slot.state.as_deref(),
            None => panic!("state {key:?} was read without being declared"),
        }
    }

    /// Replaces the state under `key`; `evolve` and `follow` do this, nobody else.
    pub fn put(&mut self, key: Key, state: S) {
        self.pending.insert(key, Arc::new(state));
    }

    /// Whether `key` has been loaded, or put.
    pub fn knows(&self, key: &Key) -> bool {
        self.pending.contains_key(key) || self.slots.contains_key(key)
    }

    /// Says what the database holds under `key`; `None` = no row.
    pub fn loaded(&mut self, key: Key, found: Option<(S, i64)>) {
        let (state, version) = match found {
            Some((state, version)) => (Some(Arc::new(state)), version),
            None => (None, 0),
        };
        self.slots.entry(key).or_insert(Slot { state, version, changed: false });
    }

    /// Says what is under `key` without a row behind it; nothing of it is ever written.
    pub(crate) fn loaded_shared(&mut self, key: Key, state: Option<Arc<S>>) {
        self.slots.entry(key).or_insert(Slot { state, version: 0, changed: false });
    }

    /// Makes the changes of the command at hand stand, and returns them.
    pub fn keep(&mut self) -> Vec<(Key, Arc<S>)> {
        let pending = std::mem::take(&mut self.pending);
        for (key, state) in &pending {
            let slot = self.slots.entry(key.clone()).or_insert(Slot {
                state: None,
                version: 0,
                changed: false,
            });
            slot.state = Some(Arc::clone(state));
            slot.changed = true;
        }
        pending.into_iter().collect()
    }

    /// Drops the changes of the command at hand.
    pub fn forget(&mut self) {
        self.pending.clear();
    }

    /// Everything that differs from the database, in order of key.
    pub fn changed(&self) -> impl Iterator<Item = Changed<'_, S>> {
        self.slots.iter().filter(|(_, slot)| slot.changed).filter_map(|(key, slot)| {
            let state = slot.state.as_deref()?;
            Some(Changed { key, state, loaded_version: slot.version })
        })
    }

    /// Takes out every state that there is.
    pub(crate) fn into_known(self) -> BTreeMap<Key, Arc<S>> {
        self.slots.into_iter().filter_map(|(key, slot)| Some((key, slot.state?))).collect()
    }

    /// Every state that is known, in order of key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &S)> {
        self.slots.iter().filter_map(|(key, slot)| Some((key, slot.state.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Table;

    static NOUN: Table = Table { name: "noun", columns: &[] };

    #[test]
    fn a_dropped_command_leaves_no_trace() {
        let mut states = States::new();
        let key = Key::new(&NOUN, "a");
        states.loaded(key.clone(), Some((1, 7)));

        states.put(key.clone(), 2);
        assert_eq!(states.get(&key), Some(&2));
        states.forget();
        assert_eq!(states.get(&key), Some(&1));
        assert_eq!(states.changed().count(), 0);

        states.put(key.clone(), 3);
        states.keep();
        let changed: Vec<_> = states.changed().collect();
        assert_eq!((changed[0].state, changed[0].loaded_version), (&3, 7));
    }

    #[test]
    fn an_undeclared_state_is_a_bug() {
        let states = States::<i32>::new();
        let asked = std::panic::catch_unwind(|| states.get(&Key::new(&NOUN, "b")).copied());
        assert!(asked.is_err());
    }
}
