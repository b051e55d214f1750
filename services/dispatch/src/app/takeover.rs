//! What taking over a ledger reads, and what it keeps beside the events: one sealed piece with its key for each case.

use std::collections::BTreeMap;

use ledger::{Decision, Key, Moment, Sealed, States};

use super::{Dispatch, Order, context, piece, reads};
use crate::domain::codes::GridCode;
use crate::domain::decide::{self, Ruling, Shelf};
use crate::domain::rejection::Rejection;
use crate::domain::takeover::{PaperPlace, TakeOver};
use crate::project::{Recorded, State};
use crate::store::{
    catalogue_key, counter_key, dispute_key, grid_key, sealed_key, source_key, unit_key,
};

/// Grids that rows name, or that were seen in communities that they name.
fn grids(ask: &TakeOver) -> impl Iterator<Item = GridCode> + '_ {
    let named = ask.rows.iter().filter_map(|row| match row.place {
        PaperPlace::Grid(code) => Some(code),
        PaperPlace::Community(_) => None,
    });
    named.chain(ask.communities.values().flatten().copied())
}

impl Dispatch {
    /// Keys: grids, units and numbers that rows name; then the cases that numbers are recorded as.
    pub(super) fn reads_of_ledger(&self, ask: &TakeOver, known: &States<State>) -> Vec<Key> {
        let mut keys = vec![counter_key(self.rules.node_number), catalogue_key()];
        keys.extend(grids(ask).map(grid_key));
        for row in &ask.rows {
            keys.extend(row.paper.organisation.as_ref().map(unit_key));
            let source = source_key(&row.source);
            keys.extend(recorded(known, &source).map(|found| dispute_key(found.dispute)));
            keys.push(source);
        }
        keys
    }

    /// Decides about a ledger.
    pub(super) fn take_over(
        &self,
        states: &States<State>,
        ask: &TakeOver,
        order: &Order,
        moment: &Moment,
    ) -> Result<Decision<Dispatch>, Rejection> {
        let context = context(&self.rules, moment);
        let ruling = decide::take_over(&context, &self.shelf(states, ask), ask)?;
        let Ruling { events, counter, answer, .. } = ruling;
        let mut parcels: BTreeMap<&str, &Sealed> =
            order.parcels.iter().map(|parcel| (parcel.sealed_id.as_str(), parcel)).collect();
        let mut kept = Vec::new();
        for event in &events {
            let Some(sealing) = event.sealing else { continue };
            let Some(parcel) = parcels.remove(sealing.id.to_string().as_str()) else { continue };
            kept.push((event.dispute_id, sealing, parcel));
        }
        let mut decision = match answer {
            Ok(answer) => Decision::done(super::of_disputes(events), answer),
            Err(rejection) => Decision::refused(super::of_disputes(events), rejection),
        };
        if let Some(counter) = counter {
            let key = counter_key(self.rules.node_number);
            decision = decision.keeping(key, State::Counter(counter));
        }
        for (dispute, sealing, parcel) in kept {
            let piece = piece(dispute, &sealing, moment, parcel.ciphertext.clone());
            decision = decision
                .keeping(sealed_key(dispute, sealing.id), State::Sealed(piece))
                .with_keys([parcel.key.clone()]);
        }
        Ok(decision)
    }

    /// What is known of what rows name.
    fn shelf<'a>(&self, states: &'a States<State>, ask: &TakeOver) -> Shelf<'a> {
        let found =
            grids(ask).filter_map(|code| Some((code, reads::grid(states, &grid_key(code))?)));
        let mut shelf = Shelf {
            grids: found.collect(),
            counter: reads::counter(states, &counter_key(self.rules.node_number)),
            ..Shelf::default()
        };
        if let Some(State::Catalogue(catalogue)) = states.get(&catalogue_key()) {
            shelf.catalogue = Some(catalogue);
        }
        for row in &ask.rows {
            if let Some(id) = &row.paper.organisation
                && let Some(unit) = reads::unit(states, &unit_key(id))
            {
                shelf.units.insert(id.clone(), unit);
            }
            if let Some(found) = recorded(states, &source_key(&row.source))
                && let Some(dispute) = reads::dispute(states, &dispute_key(found.dispute))
            {
                shelf.recorded.insert(row.source.clone(), dispute);
            }
        }
        shelf
    }
}

/// What a number is recorded as, once that was looked up.
fn recorded<'a>(states: &'a States<State>, key: &Key) -> Option<&'a Recorded> {
    if !states.knows(key) {
        return None;
    }
    super::recorded(states, key)
}
