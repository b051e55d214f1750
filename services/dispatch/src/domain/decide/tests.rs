//! Given a case, when something is asked, then this happens.

mod course;
mod delivery;
mod duty;
mod ending;
mod files;
mod intake;
mod merging;
mod moves;
mod oversight;
mod party;
mod silence;
pub(crate) mod takeover;
mod teams;
mod time;
mod transitions;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::domain::case_code::NodeNumber;
use crate::domain::codes::{AreaCode, GridCode, SourceNumber};
use crate::domain::command::{Attaching, Concluding, Report, Triaging, Verb};
use crate::domain::dispute::{
    Channel, Clock, ClockKind, Confirmation, Consent, DeclineReason, DeferralReason,
    ExtensionReason, FileKind, FileType, Level, MediationKind, MoveReason, Outcome, PartyConsent,
    PauseKind, Performance, RedoReason, ReferralResult, RejectReason, Scale, Source, Stage, State,
    SupervisionKind,
};
use crate::domain::dispute_types;
use crate::domain::event::Notice;
use crate::domain::evolve;
use crate::domain::pin::PinHash;
use crate::domain::places::{Duty, Point, UnitKind};
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
    /// Where teams said that they are.
    pub(crate) positions: Positions,
    pub(crate) strangers: Vec<Team>,
    pub(crate) units: Vec<Unit>,
    pub(crate) caught_up: bool,
    /// Another case, for what is about two.
    pub(crate) other: Option<Dispute>,
    /// Area and unit of who acts.
    pub(crate) by: (AreaCode, Option<Id>),
    /// What somebody had to be told by the last command.
    pub(crate) notices: Vec<Notice>,
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

/// What keeps a team busy that has these cases.
pub(crate) fn with(cases: &[u128]) -> Engagement {
    Engagement { cases: cases.iter().map(|case| (Uuid::from_u128(*case), 1)).collect() }
}

/// A team on duty, so many hundredths of a degree east of the grid.
pub(crate) fn team(name: &str, hundredths: f64) -> Team {
    Team {
        id: id(name),
        name: format!("{name} 队"),
        point: Some(Point { longitude: 117.85 + hundredths / 100.0, latitude: 36.80 }),
        serves: vec![area("370306001")],
        until: None,
        area: area("370306001"),
        duty: Duty::On,
        since: Some(start()),
        capacity: 1,
    }
}

pub(crate) fn unit() -> Unit {
    let (name, area) = ("永安街道人民调解委员会".to_owned(), area("370306001"));
    Unit { id: id("rmtj-1"), kind: UnitKind::PeoplesMediation, name, area, until: None }
}

pub(crate) fn report() -> Report {
    Report {
        dispute_id: Uuid::from_u128(1),
        scope: area("3703"),
        unit: None,
        grid: GridCode::parse(GRID).unwrap(),
        kind: dispute_types::intake("0201").unwrap(),
        scale: Scale::Individual,
        people: 4,
        parties: 2,
        channel: Channel::GridWorker,
        source: None,
        reported_at: None,
        danger: false,
        protective: false,
        reporter_reachable: false,
        min_registry: 0,
        sealing: Some(sealing(7, SealedKind::Details)),
        pin: None,
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

pub(crate) fn triage(level: Level) -> Action {
    Action::Triage(Triaging { level, kind: None, protective: false, danger: false })
}

pub(crate) fn ended(outcome: Outcome) -> Action {
    Action::RecordOutcome(Concluding { outcome, performance_on: Vec::new(), agreed_on: None })
}

pub(crate) fn visited(performance: Performance) -> Action {
    Action::RecordFollowUp { performance, relapsed: false }
}

pub(crate) fn place(code: &str) -> Place {
    Place { area: area(code), unit: None }
}

pub(crate) fn delegated(code: &str) -> Action {
    let reason = MoveReason::NearerToParties;
    Action::Delegate { to: place(code), reason, designate: false }
}

/// One action of every kind, each as it could be meant.
pub(crate) fn every_action() -> Vec<Action> {
    vec![
        Action::Accept,
        Action::Reject(RejectReason::Duplicate),
        triage(Level::General),
        Action::CallTeam(None),
        Action::AcceptOffer(id("near")),
        Action::DeclineOffer(id("near"), DeclineReason::Busy),
        Action::RecordArrival(id("near"), None),
        Action::RecordConsent(given(1)),
        mediate(),
        ended(Outcome::Withdrawn),
        Action::RecordConfirmation(Confirmation::Applied),
        Action::RecordReferralResult(ReferralResult::Settled),
        visited(Performance::Performed),
        Action::Verify,
        Action::Close,
        Action::Redo(RedoReason::PartyAsks),
        Action::Merge(Uuid::from_u128(2)),
        Action::Escalate(None, None, MoveReason::BeyondThisTier),
        delegated("370306001"),
        Action::Return(None, MoveReason::NotCompetent),
        Action::Remind,
        Action::Supervise(SupervisionKind::Yellow),
        Action::LiftSupervision,
        Action::RequestExtension(3, ExtensionReason::Complex),
        Action::DecideExtension(true),
        Action::Pause(PauseKind::Hearing),
        Action::Resume,
        Action::Defer(DeferralReason::NoPolicy, "2026-12-01".parse().unwrap()),
        Action::EndDeferral,
        Action::AddNote,
        Action::OpenDetails { purpose: Purpose::HandleCase, may_see: true },
        Action::EraseDetails(EraseReason::RetentionOver),
        Action::Attach(Attaching {
            file: Uuid::from_u128(0xF1),
            kind: FileKind::Photo,
            file_type: FileType::Jpeg,
            size: 70_000,
            digest: Some([5; 32]),
        }),
        Action::ReadFile {
            file: Uuid::from_u128(0xF2),
            purpose: Purpose::HandleCase,
            may_see: true,
        },
        Action::Detach(Uuid::from_u128(0xF2), EraseReason::RecordedInError),
        Action::ReissuePin(PinHash("00".to_owned())),
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
        let free = |name, hundredths| (team(name, hundredths), Engagement::default());
        Case {
            rules,
            now: start(),
            dispute,
            grid,
            teams: vec![free("far", 9.0), free("near", 1.0)],
            positions: Positions::new(),
            strangers: Vec::new(),
            units: vec![unit()],
            caught_up: true,
            other: None,
            by: (area("370306"), None),
            notices: Vec::new(),
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
        Case::after(&[Action::Accept, triage(Level::General)])
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
        case.must(ended(Outcome::AgreedWritten { partial: false }));
        case
    }

    /// Decides an action; what happens is applied.
    pub(crate) fn when(&mut self, action: Action) -> Result<Vec<Fact>, Rejection> {
        let words = matches!(action, Action::AddNote);
        let act = Act {
            dispute_id: self.dispute.id,
            scope: self.by.0,
            unit: self.by.1.clone(),
            revision: None,
            min_registry: 0,
            action,
            sealing: words.then(|| sealing(8, SealedKind::Note)),
        };
        self.act(&act)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions name no unit")]
    pub(crate) fn act(&mut self, act: &Act) -> Result<Vec<Fact>, Rejection> {
        self.now += SignedDuration::from_secs(1);
        let ruling = {
            let mut around = self.around();
            if let Action::CallTeam(Some(wanted)) = &act.action {
                let serving = self.teams.iter().map(|(team, _)| team);
                around.named_team = serving.chain(&self.strangers).find(|team| team.id == *wanted);
            }
            let unit = match &act.action {
                Action::StartMediation { organisation, .. } => Some(organisation),
                Action::RecordOutcome(_) => {
                    self.dispute.stage.mediation().map(|mediation| &mediation.organisation)
                }
                Action::Escalate(_, unit, _) => unit.as_ref(),
                Action::Delegate { to, .. } => to.unit.as_ref(),
                _ => None,
            };
            around.unit = self.units.iter().find(|known| Some(&known.id) == unit);
            around.other = self.other.as_ref().filter(|_| matches!(act.action, Action::Merge(_)));
            super::act(&self.context(), Some(&self.dispute), &around, act)?
        };
        let facts = self.happens(ruling.events);
        ruling.answer.map(|_| facts)
    }

    /// Does what is due by time alone, again and again until nothing is.
    pub(crate) fn ring(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        loop {
            let events = super::ring(&self.context(), &self.dispute, &self.around());
            if events.is_empty() {
                return facts;
            }
            facts.extend(self.happens(events));
        }
    }

    /// Moves the clock to what is due next, and does it.
    pub(crate) fn ring_next(&mut self) -> Vec<Fact> {
        self.now = self.dispute.wakes_at().expect("something is due").max(self.now);
        self.ring()
    }

    fn context(&self) -> Context<'_> {
        Context {
            rules: &self.rules,
            now: self.now,
            node: NODE,
            incarnation: 1,
            registry_caught_up: self.caught_up,
            registry_read_once: self.caught_up,
            registry_position: 9,
        }
    }

    fn around(&self) -> Around<'_> {
        Around {
            grid: Some(&self.grid),
            teams: self.teams.iter().map(|(team, busy)| (team, busy.clone())).collect(),
            positions: Some(&self.positions),
            ..Around::default()
        }
    }

    /// Applies events; returns the facts of this case, notices apart.
    fn happens(&mut self, events: Vec<Event>) -> Vec<Fact> {
        self.notices.clear();
        let mut facts = Vec::new();
        for event in events {
            if event.dispute_id != self.dispute.id {
                let other = self.other.take().expect("the other case is known");
                self.other = Some(evolve::evolve(other, &event, self.now));
                continue;
            }
            self.dispute = evolve::evolve(self.dispute.clone(), &event, self.now);
            if let Fact::NoticeDue(notice) = event.fact {
                self.notices.push(notice);
            } else {
                facts.push(event.fact);
            }
        }
        facts
    }

    pub(crate) fn state(&self) -> State {
        self.dispute.state()
    }

    pub(crate) fn clock(&self, kind: ClockKind) -> &Clock {
        self.dispute.clock(kind).expect("the case has this clock")
    }

    /// When a clock ends, in Shanghai: "2026-02-24 17:30".
    pub(crate) fn due(&self, kind: ClockKind) -> String {
        shanghai(self.clock(kind).due_at().expect("the clock does not stand still"))
    }

    /// Decides an action that has to be possible.
    pub(crate) fn must(&mut self, action: Action) -> Vec<Fact> {
        match self.when(action.clone()) {
            Ok(facts) => facts,
            Err(rejection) => panic!("{action:?} in {}: {rejection:?}", self.state().name()),
        }
    }
}

/// An instant as people read it in Shanghai.
pub(crate) fn shanghai(at: Timestamp) -> String {
    jiff::tz::offset(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}
