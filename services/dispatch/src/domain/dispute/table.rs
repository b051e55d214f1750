//! The state machine of a dispute as one table. What is allowed, the diagram in the documentation and the exhaustive
//! test are all made from it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::command::Verb;

/// How far a dispute has come, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Reported; neither accepted nor rejected.
    Reported,
    /// Not accepted.
    Rejected,
    /// Accepted; without a level.
    Accepted,
    /// Has a level and a limit.
    Triaged,
    /// A team is asked whether it comes.
    Offered,
    /// A team was called and nobody is asked.
    Called,
    /// A team is under way.
    UnderWay,
    /// A team is on the spot.
    Arrived,
    /// Mediation is going on.
    Mediating,
    /// There is an outcome.
    Concluded,
    /// The outcome was checked.
    Verified,
    /// Closed.
    Closed,
}

/// One row: what is asked, where that is possible, and where it leads.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What is asked.
    pub verb: Verb,
    /// States in which it is possible.
    pub from: &'static [State],
    /// States that it can lead to; none = the one that it was.
    pub to: &'static [State],
}

use self::State::{
    Accepted, Arrived, Called, Closed, Concluded, Mediating, Offered, Rejected, Reported, Triaged,
    UnderWay, Verified,
};

/// Every state.
pub const STATES: [State; 12] = [
    Reported, Rejected, Accepted, Triaged, Offered, Called, UnderWay, Arrived, Mediating,
    Concluded, Verified, Closed,
];

/// States of a case that is worked on, up to its outcome.
const HANDLED: &[State] = &[Accepted, Triaged, Offered, Called, UnderWay, Arrived, Mediating];
/// States in which the limit of the level runs.
const LIMITED: &[State] = &[Triaged, Offered, Called, UnderWay, Arrived, Mediating];
/// The same without a team that is asked, under way or waiting on the spot: the case can stand still, or be moved.
const AT_REST: &[State] = &[Triaged, Called, Mediating];
/// States in which a case can go to somebody else: nobody is working with the parties.
const MOVABLE: &[State] = &[Reported, Accepted, Triaged, Called];
/// States of a case that is not over.
const OPEN: &[State] = &[
    Reported, Accepted, Triaged, Offered, Called, UnderWay, Arrived, Mediating, Concluded, Verified,
];
/// The same before the outcome.
const UNSETTLED: &[State] =
    &[Reported, Accepted, Triaged, Offered, Called, UnderWay, Arrived, Mediating];

/// States in which a case of a ledger of paper begins here: it was accepted there, and perhaps over.
pub const TAKEN_OVER: &[State] = &[Accepted, Triaged, Closed];

/// The state machine.
pub const TABLE: &[Rule] = &[
    goes(Verb::Accept, &[Reported], &[Accepted]),
    goes(Verb::Reject, &[Reported], &[Rejected]),
    goes(Verb::Triage, &[Accepted, Triaged], &[Triaged]),
    goes(Verb::CallTeam, &[Triaged, Called, Offered], &[Offered, Called]),
    goes(Verb::AcceptOffer, &[Offered], &[UnderWay]),
    goes(Verb::DeclineOffer, &[Offered, UnderWay], &[Offered, Called]),
    goes(Verb::RecordArrival, &[UnderWay], &[Arrived]),
    stays(Verb::RecordConsent, &[Arrived, Mediating]),
    goes(Verb::StartMediation, &[Arrived], &[Mediating]),
    goes(Verb::RecordOutcome, HANDLED, &[Concluded]),
    stays(Verb::RecordConfirmation, &[Concluded, Verified, Closed]),
    stays(Verb::RecordReferralResult, &[Concluded, Verified, Closed]),
    stays(Verb::RecordFollowUp, &[Concluded]),
    goes(Verb::Verify, &[Concluded], &[Verified]),
    goes(Verb::Close, &[Verified], &[Closed]),
    goes(Verb::Redo, &[Concluded, Verified, Closed], &[Triaged, Accepted]),
    goes(Verb::Merge, UNSETTLED, &[Closed]),
    stays(Verb::Escalate, MOVABLE),
    stays(Verb::Delegate, MOVABLE),
    stays(Verb::Return, MOVABLE),
    stays(Verb::Remind, OPEN),
    stays(Verb::Supervise, OPEN),
    stays(Verb::LiftSupervision, OPEN),
    stays(Verb::RequestExtension, LIMITED),
    stays(Verb::DecideExtension, LIMITED),
    stays(Verb::Pause, AT_REST),
    stays(Verb::Resume, AT_REST),
    stays(Verb::Defer, AT_REST),
    stays(Verb::EndDeferral, AT_REST),
    stays(Verb::AddNote, OPEN),
    stays(Verb::OpenDetails, &STATES),
    stays(Verb::EraseDetails, &STATES),
    stays(Verb::Attach, OPEN),
    stays(Verb::ReadFile, &STATES),
    stays(Verb::Detach, &STATES),
    stays(Verb::ReissuePin, &STATES),
    // By time alone: a team that does not answer, or never comes, is passed over.
    goes(Verb::Ring, &[Offered, UnderWay], &[Offered, Called]),
];

const fn goes(verb: Verb, from: &'static [State], to: &'static [State]) -> Rule {
    Rule { verb, from, to }
}

const fn stays(verb: Verb, from: &'static [State]) -> Rule {
    Rule { verb, from, to: &[] }
}

static ALLOWED: LazyLock<BTreeMap<State, Vec<Verb>>> = LazyLock::new(|| {
    let asked = |state: State| {
        let rules = TABLE.iter().filter(move |rule| rule.from.contains(&state));
        rules.map(|rule| rule.verb).filter(|verb| *verb != Verb::Ring).collect()
    };
    STATES.into_iter().map(|state| (state, asked(state))).collect()
});

impl State {
    /// Commands that are legal here, in the order of the table. What else they need, each decides for itself.
    pub fn allowed(self) -> &'static [Verb] {
        ALLOWED.get(&self).map(Vec::as_slice).unwrap_or_default()
    }

    /// Name in messages and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Reported => "REPORTED",
            Rejected => "REJECTED",
            Accepted => "ACCEPTED",
            Triaged => "TRIAGED",
            Offered => "OFFERED",
            Called => "CALLED",
            UnderWay => "UNDER_WAY",
            Arrived => "ARRIVED",
            Mediating => "MEDIATING",
            Concluded => "CONCLUDED",
            Verified => "VERIFIED",
            Closed => "CLOSED",
        }
    }
}

/// The table as a Mermaid diagram; what leads nowhere else is told below it.
pub fn diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> REPORTED: ReportDispute\n");
    for state in TAKEN_OVER {
        text.push_str(&format!("    [*] --> {}: ImportLedger\n", state.name()));
    }
    let mut arrows = BTreeMap::<(State, State), Vec<&str>>::new();
    for rule in TABLE {
        for from in rule.from {
            for to in rule.to {
                arrows.entry((*from, *to)).or_default().push(rule.verb.name());
            }
        }
    }
    for ((from, to), verbs) in arrows {
        let (from, to, verbs) = (from.name(), to.name(), verbs.join(", "));
        text.push_str(&format!("    {from} --> {to}: {verbs}\n"));
    }
    text.push_str("    REJECTED --> [*]\n    CLOSED --> [*]\n");
    text
}
