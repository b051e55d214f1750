//! A committer in memory: loads what is declared and nothing else for every batch, so that an undeclared read panics
//! here as well, and a change of what was not loaded is found out.

use jiff::{SignedDuration, Timestamp};
use ledger::{
    Actor, Authority, Key, LogPosition, Moment, Published, Sealed, Stamp, States, WrappedKey,
};
use uuid::Uuid;

use crate::app::{Dispatch, Order};
use crate::domain::command::{Act, Action, Command, Report};
use crate::domain::decide::Answer;
use crate::domain::decide::tests::{GRID, NODE, area, grid, rules, sealing, start, team, unit};
use crate::domain::dispute::{Dispute, subject};
use crate::domain::places::{Coverage, Team};
use crate::domain::rejection::Rejection;
use crate::domain::sealed::SealedKind;
use crate::project::State;
use crate::store::{coverage_key, dispute_key, grid_key, team_key, unit_key};

pub(super) struct World {
    pub(super) dispatch: Dispatch,
    /// What the database holds.
    pub(super) states: States<State>,
    pub(super) log: Vec<(Published, Stamp)>,
    /// Subjects of the keys that were kept.
    pub(super) keys: Vec<String>,
    pub(super) destroyed: Vec<(String, Vec<String>)>,
    /// What the last command wrote.
    pub(super) touched: Vec<Key>,
    now: Timestamp,
    notes: u128,
}

impl World {
    /// A world with one grid, one organisation and two teams on duty.
    pub(super) fn new() -> Self {
        let mut states = States::new();
        let (near, far) = (team("near", 1.0), team("far", 9.0));
        let teams = [near.id.clone(), far.id.clone()].into_iter().collect();
        let mut put = |key, state| states.loaded(key, Some((state, 1)));
        put(grid_key(grid().code), State::Grid(grid()));
        put(unit_key(&unit().id), State::Unit(unit()));
        put(coverage_key(&area("370306001")), State::Coverage(Coverage { teams }));
        for team in [near, far] {
            let key = team_key(&team.id);
            put(key, State::Team(Team { ..team }));
        }
        World {
            dispatch: Dispatch { rules: rules() },
            states,
            log: Vec::new(),
            keys: Vec::new(),
            destroyed: Vec::new(),
            touched: Vec::new(),
            now: start(),
            notes: 1000,
        }
    }

    pub(super) fn report(&self, report: Report) -> Order {
        assert_eq!(report.grid.as_str(), GRID);
        let parcels = report.sealing.iter().map(|sealing| parcel(report.dispute_id, sealing.id));
        let parcels = parcels.collect();
        Order { parcels, ..Order::from(Command::Report(report)) }
    }

    pub(super) fn act(&mut self, number: u128, action: Action) -> Result<Answer, Rejection> {
        let order = self.order(number, action);
        self.submit(&order)
    }

    /// What asks for an action.
    pub(super) fn order(&mut self, number: u128, action: Action) -> Order {
        let dispute_id = Uuid::from_u128(number);
        self.notes += 1;
        let note = sealing(self.notes, SealedKind::Note);
        let words = matches!(action, Action::AddNote | Action::DeclineOffer(..));
        let sealing = words.then_some(note);
        let parcels = sealing.iter().map(|sealing| parcel(dispute_id, sealing.id)).collect();
        let (scope, min_registry) = (area("3703"), 0);
        let act =
            Act { dispute_id, scope, unit: None, revision: None, min_registry, action, sealing };
        Order { parcels, ..Order::from(Command::Act(act)) }
    }

    pub(super) fn submit(&mut self, order: &Order) -> Result<Answer, Rejection> {
        self.submit_batch(std::slice::from_ref(order)).remove(0).0
    }

    /// Decides orders as one commit: loads for all of them first, then decides each on what the ones before left.
    /// Returns the answers, each with the number of facts that it comes with.
    pub(super) fn submit_batch(
        &mut self,
        orders: &[Order],
    ) -> Vec<(Result<Answer, Rejection>, usize)> {
        self.now += SignedDuration::from_secs(1);
        let mut overlay = States::new();
        for _ in 0..4 {
            for order in orders {
                for key in self.dispatch.reads(order, &overlay) {
                    let row = self.row(&key).map(|state| (state, 1));
                    overlay.loaded(key, row);
                }
            }
        }
        let mut answers = Vec::new();
        for order in orders {
            let before = self.log.len();
            let answer = self.decide(&mut overlay, order);
            answers.push((answer, self.log.len() - before));
        }
        for change in overlay.changed() {
            let exists = self.row(change.key).is_some();
            assert_eq!(change.loaded_version != 0, exists, "{:?} was not loaded", change.key);
            self.states.put(change.key.clone(), change.state.clone());
        }
        self.touched = self.states.keep().into_iter().map(|(key, _)| key).collect();
        answers
    }

    fn row(&self, key: &Key) -> Option<State> {
        if self.states.knows(key) { self.states.get(key).cloned() } else { None }
    }

    fn decide(&mut self, overlay: &mut States<State>, order: &Order) -> Result<Answer, Rejection> {
        let moment = Moment {
            now: self.now,
            actor: Actor::default(),
            node: NODE.to_owned(),
            incarnation: 1,
            references: vec![LogPosition {
                node: NODE.to_owned(),
                service: "registry".to_owned(),
                incarnation: 1,
                position: 9,
                caught_up: true,
                read_once: true,
            }],
        };
        let decision = self.dispatch.decide(overlay, order, &moment)?;
        for event in &decision.events {
            let position = self.log.len() as u64 + 1;
            let stamp = Stamp { position, at: self.now, actor: Actor::default() };
            self.dispatch.evolve(overlay, event, &stamp);
            self.log.push((self.dispatch.publish(event), stamp));
        }
        for (key, state) in decision.keeps {
            overlay.put(key, state);
        }
        overlay.keep();
        self.keys.extend(decision.keys.into_iter().map(|key| key.subject));
        self.destroyed.extend(decision.destroys);
        decision.answer
    }

    pub(super) fn dispute(&self, number: u128) -> Option<&Dispute> {
        match self.states.get(&dispute_key(Uuid::from_u128(number))) {
            Some(State::Dispute(dispute)) => Some(dispute),
            _ => None,
        }
    }
}

pub(super) fn parcel(dispute_id: Uuid, sealed_id: Uuid) -> Sealed {
    let (sealed_id, subject) = (sealed_id.to_string(), subject(dispute_id));
    Sealed {
        sealed_id: sealed_id.clone(),
        ciphertext: b"ciphertext".to_vec(),
        digest: [7; 32],
        key: WrappedKey { sealed_id, subject, wrapped: vec![1] },
    }
}
