//! What a bench compares the committer with: the same decisions, answered at once and kept nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use yiwang_proto::feed::v1::LogId;

use crate::authority::{Actor, Authority, LogPosition, Moment, Stamp};
use crate::error::SubmitError;
use crate::states::States;
use crate::submit::Outcome;
use crate::value::Key;

/// Decides on a fixed set of states.
pub(crate) struct Ceiling<A: Authority> {
    known: BTreeMap<Key, Arc<A::State>>,
    references: Vec<LogPosition>,
}

impl<A: Authority> Ceiling<A> {
    pub(crate) fn new(known: BTreeMap<Key, Arc<A::State>>, references: Vec<LogPosition>) -> Self {
        Ceiling { known, references }
    }

    pub(crate) fn answer(
        &self,
        authority: &A,
        log: &LogId,
        command: &A::Command,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Outcome<A>, SubmitError<A::Rejection>> {
        let mut states = States::new();
        loop {
            let unknown: Vec<Key> = authority
                .reads(command, &states)
                .into_iter()
                .filter(|key| !states.knows(key))
                .collect();
            if unknown.is_empty() {
                break;
            }
            for key in unknown {
                let state = self.known.get(&key).cloned();
                states.loaded_shared(key, state);
            }
        }
        let moment = Moment {
            now,
            actor: actor.clone(),
            node: log.node.clone(),
            incarnation: log.incarnation,
            references: self.references.clone(),
        };
        let decision =
            authority.decide(&states, command, &moment).map_err(SubmitError::Rejected)?;
        for event in &decision.events {
            let stamp = Stamp { position: 1, at: now, actor: actor.clone() };
            authority.evolve(&mut states, event, &stamp);
        }
        Ok(Outcome {
            answer: decision.answer.map_err(SubmitError::Rejected)?,
            position: 1,
            replayed: false,
            touched: states.keep(),
        })
    }
}
