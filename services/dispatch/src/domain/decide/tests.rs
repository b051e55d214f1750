//! Given a case, when something is asked, then this happens.

mod course;
mod intake;
mod teams;
mod transitions;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::domain::case_code::NodeNumber;
use crate::domain::codes::{AreaCode, GridCode, SourceNumber};
use crate::domain::command::Report;
use crate::domain::dispute::{
    Channel, Consent, DeclineReason, Level, MediationKind, Outcome, PartyConsent, Performance,
    RejectReason, Scale, Source,
};
use crate::domain::dispute_types;
use crate::domain::evolve;
use crate::domain::places::{Duty, Point};
use crate::domain::sealed::{EraseReason, Purpose, SealedKind, Sealing};

pub(crate) const GRID: &str = "370306001002003";
pub(crate) const NODE: &str = "zibo";

/// A case on its way, with what is known around it. Every command moves the clock by a second.
pub(crate) struct Case {
    pub(crate) rules: Rules,
    pub(crate) now: Timestamp,
    pub(crate) dispute: Dispute,
    pub(crate) grid: Grid,
    pub(crate) teams: Vec<(Team, Engagement)>,
    pub(crate) strangers: Vec<Team>,
    pub(crate) units: Vec<Unit>,
    pub(crate) caught_up: bool,
}

pub(crate) fn rules() -> Rules {
    Rules::shipped(NodeNumber::try_new(306).unwrap(), [3; 16])
}

pub(crate) fn start() -> Timestamp {
    "2026-02-13T01:00:00Z".parse().unwrap()
}

pub(crate) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

pub(crate) fn area(text: &str) -> AreaCode {
    AreaCode::parse(text).unwrap()
}

pub(crate) fn grid() -> Grid {
    Grid {
        code: GridCode::parse(GRID).unwrap(),
        point: Some(Point { longitude: 117.85, latitude: 36.80 }),
        from: "2026-01-01".parse().unwrap(),
        until: None,
        successors: Vec::new(),
    }
}

/// A team on duty, so many hundredths of a degree east of the grid.
pub(crate) fn team(name: &str, hundredths: f64) -> Team {
    Team {
        id: id(name),
        name: format!("{name} 队"),
        point: Some(Point { longitude: 117.85 + hundredths / 100.0, latitude: 36.80 }),
        serves: vec![area("370306001")],
        until: None,
        duty: Duty::On,
    }
}

pub(crate) fn unit() -> Unit {
    Unit { id: id("rmtj-1"), name: "永安街道人民调解委员会".to_owned(), until: None }
}

pub(crate) fn report() -> Report {
    Report {
        dispute_id: Uuid::from_u128(1),
        scope: area("3703"),
        grid: GridCode::parse(GRID).unwrap(),
        kind: dispute_types::intake("0201").unwrap(),
        scale: Scale::Individual,
        people: 4,
        parties: 2,
        channel: Channel::GridWorker,
        source: None,
        reported_at: None,
        min_registry: 0,
        sealing: Some(sealing(7, SealedKind::Details)),
    }
}

pub(crate) fn source() -> Source {
    Source { system: id("12345"), number: SourceNumber::parse("ZB20260213000123").unwrap() }
}

pub(crate) fn sealing(number: u128, kind: SealedKind) -> Sealing {
    Sealing { id: Uuid::from_u128(number), kind, digest: [7; 32] }
}

pub(crate) fn given(party: u32) -> PartyConsent {
    PartyConsent { party, consent: Consent::Given }
}

pub(crate) fn refused(party: u32) -> PartyConsent {
    PartyConsent { party, consent: Consent::Refused }
}

pub(crate) fn mediate() -> Action {
    let consents = vec![given(1), given(2)];
    Action::StartMediation { kind: MediationKind::Peoples, organisation: id("rmtj-1"), consents }
}

/// One action of every kind, each as it could be meant.
pub(crate) fn every_action() -> Vec<Action> {
    vec![
        Action::Accept,
        Action::Reject(RejectReason::Duplicate),
        Action::Triage(Level::General),
        Action::CallTeam(None),
        Action::AcceptOffer(id("near")),
        Action::DeclineOffer(id("near"), DeclineReason::Busy),
        Action::RecordArrival(id("near"), None),
        Action::RecordConsent(given(1)),
        mediate(),
        Action::RecordOutcome(Outcome::Withdrawn),
        Action::RecordFollowUp { performance: Performance::Performed, relapsed: false },
        Action::Close,
        Action::AddNote,
        Action::OpenDetails { purpose: Purpose::HandleCase, may_see: true },
        Action::EraseDetails(EraseReason::RetentionOver),
    ]
}

impl Case {
    /// A case that was just reported; teams near and far are on duty.
    pub(crate) fn reported() -> Self {
        let rules = rules();
        let context = Context {
            rules: &rules,
            now: start(),
            node: NODE,
            incarnation: 1,
            registry_caught_up: true,
            registry_read_once: true,
            registry_position: 9,
        };
        let grid = grid();
        let known = Known { grid: Some(&grid), ..Known::default() };
        let ruling = super::report(&context, &known, &report()).unwrap();
        let [event] = ruling.events.as_slice() else { panic!("a report is one event") };
        let Fact::Reported(reported) = &event.fact else { panic!("{event:?}") };
        let dispute = evolve::born(event, reported, start());
        let free = |name, hundredths| (team(name, hundredths), Engagement::Free);
        Case {
            rules,
            now: start(),
            dispute,
            grid,
            teams: vec![free("far", 9.0), free("near", 1.0)],
            strangers: Vec::new(),
            units: vec![unit()],
            caught_up: true,
        }
    }

    /// A case after these actions.
    pub(crate) fn after(actions: &[Action]) -> Self {
        let mut case = Case::reported();
        for action in actions {
            case.must(action.clone());
        }
        case
    }

    pub(crate) fn triaged() -> Self {
        Case::after(&[Action::Accept, Action::Triage(Level::General)])
    }

    pub(crate) fn called() -> Self {
        let mut case = Case::triaged();
        case.must(Action::CallTeam(None));
        case
    }

    pub(crate) fn under_way() -> Self {
        let mut case = Case::called();
        case.must(Action::AcceptOffer(id("near")));
        case
    }

    pub(crate) fn arrived() -> Self {
        let mut case = Case::under_way();
        case.must(Action::RecordArrival(id("near"), None));
        case
    }

    pub(crate) fn mediating() -> Self {
        let mut case = Case::arrived();
        case.must(mediate());
        case
    }

    pub(crate) fn agreed() -> Self {
        let mut case = Case::mediating();
        case.must(Action::RecordOutcome(Outcome::AgreedWritten { partial: false }));
        case
    }

    /// Decides an action; what happens is applied.
    pub(crate) fn when(&mut self, action: Action) -> Result<Vec<Fact>, Rejection> {
        let words = matches!(action, Action::AddNote);
        let act = Act {
            dispute_id: self.dispute.id,
            scope: area("370306"),
            revision: None,
            min_registry: 0,
            action,
            sealing: words.then(|| sealing(8, SealedKind::Note)),
        };
        self.act(&act)
    }

    pub(crate) fn act(&mut self, act: &Act) -> Result<Vec<Fact>, Rejection> {
        self.now += SignedDuration::from_secs(1);
        let context = Context {
            rules: &self.rules,
            now: self.now,
            node: NODE,
            incarnation: 1,
            registry_caught_up: self.caught_up,
            registry_read_once: self.caught_up,
            registry_position: 9,
        };
        let named = |wanted: &Id| {
            let serving = self.teams.iter().map(|(team, _)| team);
            serving.chain(&self.strangers).find(|team| team.id == *wanted)
        };
        let mut around = Around {
            grid: Some(&self.grid),
            teams: self.teams.iter().map(|(team, busy)| (team, *busy)).collect(),
            ..Around::default()
        };
        if let Action::CallTeam(Some(wanted)) = &act.action {
            around.named_team = named(wanted);
        }
        if let Action::StartMediation { organisation, .. } = &act.action {
            around.organisation = self.units.iter().find(|unit| unit.id == *organisation);
        }
        let ruling = super::act(&context, Some(&self.dispute), &around, act)?;
        let now = self.now;
        for event in &ruling.events {
            self.dispute = evolve::evolve(self.dispute.clone(), event, now);
        }
        let facts = ruling.events.into_iter().map(|event| event.fact).collect();
        ruling.answer.map(|_| facts)
    }

    /// Decides an action that has to be possible.
    pub(crate) fn must(&mut self, action: Action) -> Vec<Fact> {
        match self.when(action.clone()) {
            Ok(facts) => facts,
            Err(rejection) => panic!("{action:?} in {}: {rejection:?}", self.dispute.stage.name()),
        }
    }
}
