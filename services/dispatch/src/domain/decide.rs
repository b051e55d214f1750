//! What happens when something is asked: pure functions of states, command and moment.

mod conclusion;
mod delivery;
mod details;
mod duty;
mod files;
mod intake;
mod mediation;
mod merge;
mod moves;
mod notices;
mod oversight;
mod party;
mod ring;
mod takeover;
mod team;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::case_code::Counter;
use crate::domain::codes::Id;
use crate::domain::command::{Act, Action};
use crate::domain::dispute::{Dispute, Place};
use crate::domain::event::{Event, Fact};
use crate::domain::pin::Pin;
use crate::domain::places::{Engagement, FileCounter, Grid, Positions, Team, Unit};
use crate::domain::rejection::Rejection;
use crate::domain::rules::Rules;
use crate::domain::takeover::{RowFault, TakenRow};

pub use self::conclusion::{Unverified, unverified};
pub use self::delivery::{Told, notice};
pub use self::duty::{Asked, duty};
pub use self::files::{MOST_FILES, MOST_FILES_EVER, may_upload};
pub use self::intake::{Known, first_holder, recount, report};
pub use self::party::party;
pub use self::ring::ring;
pub use self::takeover::{Shelf, take_over};

/// Most sealed pieces of a case.
pub const MOST_SEALED: usize = 200;
/// Most follow-ups of a case.
pub const MOST_FOLLOW_UPS: usize = 20;
/// Most parties of a case.
pub const MOST_PARTIES: u32 = 20;
/// Most duplicates of a case.
pub const MOST_DUPLICATES: usize = 50;
/// Most times that a case is done again.
pub const MOST_REDOS: u32 = 10;
/// Most days on which something has to be performed.
pub const MOST_PERFORMANCES: usize = 20;

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
    /// Where teams said that they are.
    pub positions: Option<&'a Positions>,
    /// The team that the command names, if dispatch knows it.
    pub named_team: Option<&'a Team>,
    /// The organisation or unit that the command names, or for an outcome the one that mediates, if dispatch knows it.
    pub unit: Option<&'a Unit>,
    /// How the organisation that the command names counts its files; none = it has none yet.
    pub files: Option<&'a FileCounter>,
    /// The other case that the command names, if there is one.
    pub other: Option<&'a Dispute>,
    /// What is known of its PIN; none = it never had one.
    pub pin: Option<&'a Pin>,
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The counter afterwards, when a case code was given.
    pub counter: Option<Counter>,
    /// The organisation's counter of files afterwards, when a file was opened.
    pub files: Option<(Id, FileCounter)>,
    /// What is known of the PIN afterwards, when that changed.
    pub pin: Option<Pin>,
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
        /// The files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Uuid>,
    },
    /// A file may be read.
    FileOpened {
        /// The dispute.
        dispute_id: Uuid,
        /// The file.
        file: Uuid,
        /// When it was opened: a reading that was cut goes on for some time after that.
        at: Timestamp,
    },
    /// Rows of a ledger were looked at.
    TakenOver {
        /// Rows without faults, in order of line.
        rows: Vec<TakenRow>,
        /// What is wrong with the others, in order of line.
        faults: Vec<RowFault>,
        /// Whether the faults stopped all of it.
        stopped: bool,
    },
    /// These teams are on or off duty as it was asked.
    OnDuty {
        /// The teams, the one that went off first.
        teams: Vec<Id>,
    },
    /// The clocks of several disputes were looked at; no rpc asks for it.
    Recounted {
        /// Those of which one was counted again.
        disputes: Vec<Uuid>,
    },
    /// What was said of the clock is kept.
    Clock,
}

impl Answer {
    /// The dispute that it is about; nil if it is about several, or none.
    pub fn dispute_id(&self) -> Uuid {
        match self {
            Answer::TakenOver { .. }
            | Answer::Recounted { .. }
            | Answer::OnDuty { .. }
            | Answer::Clock => Uuid::nil(),
            Answer::Reported { dispute_id }
            | Answer::Existing { dispute_id }
            | Answer::Done { dispute_id }
            | Answer::Noted { dispute_id, .. }
            | Answer::Opened { dispute_id, .. }
            | Answer::Erased { dispute_id, .. }
            | Answer::FileOpened { dispute_id, .. } => *dispute_id,
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
    if let Action::ReadFile { file, purpose, may_see } = act.action {
        return files::read(context, dispute, act, (file, purpose, may_see));
    }
    if !act.scope.covers(&dispute.grid.area()) {
        return Err(Rejection::DisputeNotFound);
    }
    check(context, dispute, act)?;
    context.check_registry(act.min_registry)?;
    let ruling = decide(context, dispute, around, act)?;
    Ok(notices::with(dispute, ruling))
}

fn decide(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    act: &Act,
) -> Result<Ruling, Rejection> {
    let (sealing, by) = (act.sealing, act.by());
    let one = |fact| Ok(Ruling::done(dispute, vec![Event::of(dispute, fact, sealing)]));
    match &act.action {
        Action::Accept => one(intake::accept(context)?),
        Action::Reject(reason) => one(Fact::Rejected(*reason)),
        Action::Triage(triaging) => intake::triage(context, dispute, triaging, sealing),
        Action::CallTeam(team) => team::call(context, dispute, around, team.as_ref()),
        Action::AcceptOffer(team) => one(team::accept(context, dispute, team)?),
        Action::DeclineOffer(team, reason) => {
            team::decline(context, dispute, around, team, *reason, sealing)
        }
        Action::RecordArrival(team, at) => one(team::arrive(context, dispute, team, *at)?),
        Action::RecordConsent(consent) => one(mediation::consent(dispute, *consent)?),
        Action::StartMediation { kind, organisation, consents } => {
            mediation::start(context, dispute, around, (*kind, organisation), consents)
        }
        Action::RecordOutcome(said) => one(conclusion::conclude(context, dispute, around, said)?),
        Action::RecordConfirmation(news) => {
            let facts = conclusion::confirmation(context, dispute, *news)?;
            let last = facts.len().saturating_sub(1);
            let events = facts.into_iter().enumerate();
            let event = |(at, fact)| Event::of(dispute, fact, sealing.filter(|_| at == last));
            Ok(Ruling::done(dispute, events.map(event).collect()))
        }
        Action::RecordReferralResult(news) => one(conclusion::referral_result(dispute, *news)?),
        Action::RecordFollowUp { performance, relapsed } => {
            one(conclusion::follow_up(context, dispute, *performance, *relapsed)?)
        }
        Action::Verify => one(conclusion::verify(context, dispute)?),
        Action::Close => one(Fact::Closed),
        Action::Redo(reason) => one(conclusion::redo(context, dispute, *reason)?),
        Action::Merge(into) => merge::merge(context, dispute, (*into, around.other), act),
        Action::Escalate(to, unit, reason) => {
            moves::may_leave(dispute, &by)?;
            one(moves::escalate(context, dispute, around, (*to, unit.clone()), *reason)?)
        }
        Action::Delegate { to, reason, designate } => {
            one(moves::delegate(context, dispute, around, to, (*reason, *designate))?)
        }
        Action::Return(step, reason) => one(moves::give_back(context, dispute, *step, *reason)?),
        Action::Remind => one(Fact::Reminded { by }),
        Action::Supervise(kind) => one(oversight::supervise(context, dispute, *kind, by)?),
        Action::LiftSupervision => one(oversight::lift(dispute, &by)?),
        Action::RequestExtension(days, reason) => {
            one(oversight::request(context, dispute, (*days, *reason), by)?)
        }
        Action::DecideExtension(granted) => one(oversight::grant(context, dispute, *granted)?),
        Action::Pause(kind) => one(oversight::pause(context, dispute, *kind)?),
        Action::Resume => one(oversight::resume(context, dispute)?),
        Action::Defer(reason, day) => one(oversight::defer(context, dispute, *reason, *day)?),
        Action::EndDeferral => one(oversight::end_deferral(context, dispute)?),
        Action::AddNote => Ok(details::note(dispute, act)),
        Action::OpenDetails { .. } | Action::ReadFile { .. } => unreachable!("decided before"),
        Action::EraseDetails(reason) => Ok(details::erase(dispute, around.pin, *reason)),
        Action::Attach(asked) => files::attach(dispute, asked, sealing),
        Action::Detach(file, reason) => files::detach(dispute, *file, *reason),
        Action::ReissuePin(hash) => Ok(party::reissue(dispute, around.pin, hash)),
    }
}

/// What every action needs: this node is home, the caller saw this revision, the state allows it, it is the caller's to
/// do, the limit does not stand still, there is room.
fn check(context: &Context<'_>, dispute: &Dispute, act: &Act) -> Result<(), Rejection> {
    if dispute.home != context.node {
        return Err(Rejection::NotHome { home: dispute.home.clone() });
    }
    if act.revision.is_some_and(|seen| seen != dispute.revision) {
        return Err(Rejection::EtagStale { revision: dispute.revision });
    }
    let verb = act.action.verb();
    if !dispute.state().allowed().contains(&verb) {
        return Err(illegal(dispute, act));
    }
    let (by, holder) = (act.by(), &dispute.holder().place);
    if verb.is_for_above() && !by.decides_over(holder) {
        return Err(Rejection::NotAboveHolder(holder.clone()));
    }
    if verb.is_for_the_holder() && !by.acts_for(holder) {
        return Err(Rejection::NotHolder(holder.clone()));
    }
    match dispute.paused {
        Some(paused) if !verb.works_while_paused() => return Err(Rejection::Paused(paused.kind)),
        Some(_) | None => {}
    }
    if act.sealing.is_some() && dispute.sealed.len() >= MOST_SEALED {
        return Err(Rejection::TooMany { what: "sealed pieces" });
    }
    Ok(())
}

fn illegal(dispute: &Dispute, act: &Act) -> Rejection {
    Rejection::IllegalTransition {
        dispute_id: dispute.id,
        state: dispute.state().name(),
        verb: act.action.verb(),
        allowed: dispute.state().allowed(),
    }
}

/// A state that the table lets through but the action has no data for: a contradiction within this crate.
fn contradiction(dispute: &Dispute) -> ! {
    unreachable!("state {} allows the command and has no data for it", dispute.state().name())
}

impl Act {
    /// Who acts.
    pub(super) fn by(&self) -> Place {
        Place::of(self.scope, self.unit.clone())
    }
}

impl Answer {
    /// How many deadlines were counted again.
    pub fn recounted(&self) -> usize {
        if let Answer::Recounted { disputes } = self { disputes.len() } else { 0 }
    }
}

impl Ruling {
    fn done(dispute: &Dispute, events: Vec<Event>) -> Self {
        Ruling::new(events, Ok(Answer::Done { dispute_id: dispute.id }))
    }

    fn new(events: Vec<Event>, answer: Result<Answer, Rejection>) -> Self {
        Ruling { events, counter: None, files: None, pin: None, answer }
    }
}

#[cfg(test)]
pub(crate) mod tests;
