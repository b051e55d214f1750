//! What happens when something is asked: pure functions of states, command and moment.

mod details;
mod intake;
mod mediation;
mod team;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::case_code::Counter;
use crate::domain::codes::Id;
use crate::domain::command::{Act, Action};
use crate::domain::dispute::{Dispute, Stage};
use crate::domain::event::{Event, Fact};
use crate::domain::places::{Engagement, Grid, Team, Unit};
use crate::domain::rejection::Rejection;
use crate::domain::rules::Rules;

pub use self::intake::{Known, recount, report};

/// Most sealed pieces of a case.
pub const MOST_SEALED: usize = 200;
/// Most follow-ups of a case.
pub const MOST_FOLLOW_UPS: usize = 20;
/// Most parties of a case.
pub const MOST_PARTIES: u32 = 20;

/// When and where something is decided.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// Now.
    pub now: Timestamp,
    /// Node that decides.
    pub node: &'a str,
    /// Incarnation of its log.
    pub incarnation: u64,
    /// Whether registry's feed was read to its end and is being kept up with: otherwise an unknown reference says nothing.
    pub registry_caught_up: bool,
    /// Whether registry's feed was read to its end once: known teams are called while registry is away.
    pub registry_read_once: bool,
    /// How far registry's feed was read.
    pub registry_position: u64,
}

impl Context<'_> {
    /// Whether what the caller has seen of registry is known here.
    fn check_registry(&self, wanted: u64) -> Result<(), Rejection> {
        if self.registry_position < wanted {
            return Err(Rejection::RegistryBehind { at: self.registry_position });
        }
        Ok(())
    }
}

/// What dispatch knows around a dispute; filled only as far as the action needs it.
#[derive(Debug, Clone, Default)]
pub struct Around<'a> {
    /// Its grid.
    pub grid: Option<&'a Grid>,
    /// Teams that serve the grid, each with what keeps it busy.
    pub teams: Vec<(&'a Team, Engagement)>,
    /// The team that the command names, if dispatch knows it.
    pub named_team: Option<&'a Team>,
    /// The organisation that the command names, if dispatch knows it.
    pub organisation: Option<&'a Unit>,
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The counter afterwards, when a case code was given.
    pub counter: Option<Counter>,
    /// The answer; a refusal beside events is a refusal that is itself a fact.
    pub answer: Result<Answer, Rejection>,
}

/// What a command returns: ids only, because it is stored for replays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Recorded under this id.
    Reported {
        /// The dispute.
        dispute_id: Uuid,
    },
    /// The same source was recorded before.
    Existing {
        /// The dispute.
        dispute_id: Uuid,
    },
    /// Done.
    Done {
        /// The dispute.
        dispute_id: Uuid,
    },
    /// Put to the file.
    Noted {
        /// The dispute.
        dispute_id: Uuid,
        /// The note.
        sealed_id: Uuid,
    },
    /// May be opened.
    Opened {
        /// The dispute.
        dispute_id: Uuid,
        /// The pieces.
        sealed: Vec<Uuid>,
    },
    /// Erased.
    Erased {
        /// The dispute.
        dispute_id: Uuid,
        /// The pieces.
        sealed: Vec<Uuid>,
    },
    /// The limits of several disputes were looked at; no rpc asks for it.
    Recounted {
        /// Those whose end was counted again.
        disputes: Vec<Uuid>,
    },
}

impl Answer {
    /// The dispute that it is about; nil if it is about several.
    pub fn dispute_id(&self) -> Uuid {
        match self {
            Answer::Recounted { .. } => Uuid::nil(),
            Answer::Reported { dispute_id }
            | Answer::Existing { dispute_id }
            | Answer::Done { dispute_id }
            | Answer::Noted { dispute_id, .. }
            | Answer::Opened { dispute_id, .. }
            | Answer::Erased { dispute_id, .. } => *dispute_id,
        }
    }
}

/// Decides what an action does to a dispute.
pub fn act(
    context: &Context<'_>,
    dispute: Option<&Dispute>,
    around: &Around<'_>,
    act: &Act,
) -> Result<Ruling, Rejection> {
    let dispute = dispute.ok_or(Rejection::DisputeNotFound)?;
    if let Action::OpenDetails { purpose, may_see } = act.action {
        // Also before the area is looked at: that somebody tried is a fact of the case.
        return details::open(context, dispute, act, purpose, may_see);
    }
    if !act.scope.covers(&dispute.grid.area()) {
        return Err(Rejection::DisputeNotFound);
    }
    check(context, dispute, act)?;
    context.check_registry(act.min_registry)?;
    let sealing = act.sealing;
    let one = |fact| Ok(Ruling::done(dispute, vec![Event::of(dispute, fact, sealing)]));
    match &act.action {
        Action::Accept => one(Fact::Accepted),
        Action::Reject(reason) => one(Fact::Rejected(*reason)),
        Action::Triage(level) => one(intake::triage(context, dispute, *level)?),
        Action::CallTeam(team) => team::call(context, dispute, around, team.as_ref()),
        Action::AcceptOffer(team) => one(team::accept(dispute, team)?),
        Action::DeclineOffer(team, reason) => {
            team::decline(context, dispute, around, team, *reason, sealing)
        }
        Action::RecordArrival(team, at) => one(team::arrive(context, dispute, team, *at)?),
        Action::RecordConsent(consent) => one(mediation::consent(dispute, *consent)?),
        Action::StartMediation { kind, organisation, consents } => {
            let named = Named { id: organisation, unit: around.organisation };
            mediation::start(context, dispute, &named, *kind, consents)
        }
        Action::RecordOutcome(outcome) => one(mediation::conclude(dispute, *outcome)?),
        Action::RecordFollowUp { performance, relapsed } => {
            one(mediation::follow_up(dispute, *performance, *relapsed)?)
        }
        Action::Close => one(mediation::close(dispute)?),
        Action::AddNote => Ok(details::note(dispute, act)),
        Action::OpenDetails { .. } => unreachable!("returned above"),
        Action::EraseDetails(reason) => Ok(details::erase(dispute, *reason)),
    }
}

/// An organisation that a command names.
struct Named<'a> {
    id: &'a Id,
    unit: Option<&'a Unit>,
}

/// What every action needs: this node is home, the caller saw this revision, the state allows it, there is room.
fn check(context: &Context<'_>, dispute: &Dispute, act: &Act) -> Result<(), Rejection> {
    if dispute.home != context.node {
        return Err(Rejection::NotHome { home: dispute.home.clone() });
    }
    if act.revision.is_some_and(|seen| seen != dispute.revision) {
        return Err(Rejection::EtagStale { revision: dispute.revision });
    }
    let verb = act.action.verb();
    if !dispute.stage.allowed().contains(&verb) {
        return Err(illegal(dispute, act));
    }
    if act.sealing.is_some() && dispute.sealed.len() >= MOST_SEALED {
        return Err(Rejection::TooMany { what: "sealed pieces" });
    }
    Ok(())
}

fn illegal(dispute: &Dispute, act: &Act) -> Rejection {
    Rejection::IllegalTransition {
        dispute_id: dispute.id,
        state: dispute.stage.name(),
        verb: act.action.verb(),
        allowed: dispute.stage.allowed(),
    }
}

/// A stage that `allowed` lets through but the action does not take: a contradiction within this crate.
fn contradiction(stage: &Stage) -> ! {
    unreachable!("state {} allows the command and has no data for it", stage.name())
}

impl Answer {
    /// How many deadlines were counted again.
    pub fn recounted(&self) -> usize {
        if let Answer::Recounted { disputes } = self { disputes.len() } else { 0 }
    }
}

impl Ruling {
    fn done(dispute: &Dispute, events: Vec<Event>) -> Self {
        Ruling { events, counter: None, answer: Ok(Answer::Done { dispute_id: dispute.id }) }
    }
}

#[cfg(test)]
pub(crate) mod tests;
