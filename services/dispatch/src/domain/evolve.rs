//! Facts applied to a dispute. Total: a fact that does not fit the stage changes the revision only.

mod clocks;
mod takeover;

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::case_code::CaseCode;
use crate::domain::codes::Id;
use crate::domain::dispute::{
    Attachment, Call, Channel, ClockKind, Conclusion, Deferral, Dispute, FollowUp, Mediation, Move,
    Offer, Offering, Outcome, Path, Paused, Place, Rating, Scale, Scene, Source, Stage, Step,
    Triage, Trip, merge_consents,
};
use crate::domain::dispute_types::TypeCode;
use crate::domain::event::{Attached, Concluded, Event, Fact, Recounted, Reported, TeamOffered};
use crate::domain::sealed::SealedRef;

pub use self::takeover::taken_over;

/// What a dispute begins with, however it came.
struct Beginning<'a> {
    code: CaseCode,
    kind: TypeCode,
    scale: Scale,
    people: u32,
    parties: u32,
    channel: Channel,
    source: Option<&'a Source>,
    reported_at: Timestamp,
    home: &'a str,
    receiver: &'a Place,
    holder: &'a Place,
    /// Since when the holder has it.
    held_at: Timestamp,
}

/// The dispute that a report makes.
pub fn born(event: &Event, reported: &Reported, at: Timestamp) -> Dispute {
    let beginning = Beginning {
        code: reported.code,
        kind: reported.kind,
        scale: reported.scale,
        people: reported.people,
        parties: reported.parties,
        channel: reported.channel,
        source: reported.source.as_ref(),
        reported_at: reported.at,
        home: &reported.home,
        receiver: &reported.receiver,
        holder: &reported.holder,
        held_at: at,
    };
    Dispute {
        clocks: [(ClockKind::Accept, reported.clock.clone())].into(),
        protective: reported.protective,
        reporter_reachable: reported.reporter_reachable,
        ..begun(event, &beginning, at)
    }
}

/// A dispute to which nothing has happened yet.
fn begun(event: &Event, beginning: &Beginning<'_>, at: Timestamp) -> Dispute {
    let sealed =
        event.sealing.iter().map(|sealing| SealedRef { id: sealing.id, kind: sealing.kind });
    let (place, at_first) = (beginning.holder.clone(), beginning.held_at);
    let first = Step { number: 1, place, how: Move::Received, reason: None, at: at_first };
    Dispute {
        id: event.dispute_id,
        code: beginning.code,
        revision: 1,
        grid: event.grid,
        kind: beginning.kind,
        scale: beginning.scale,
        people: beginning.people,
        parties: beginning.parties,
        channel: beginning.channel,
        source: beginning.source.cloned(),
        reported_at: beginning.reported_at,
        created_at: at,
        updated_at: at,
        home: beginning.home.to_owned(),
        term: event.term,
        stage: Stage::Reported,
        accepted_at: None,
        triage: None,
        clocks: BTreeMap::new(),
        steps: vec![first],
        first_receiver: beginning.receiver.clone(),
        first_handler: None,
        protective: false,
        reporter_reachable: false,
        paused: None,
        supervision: None,
        reminders: 0,
        extension: None,
        deferral: None,
        merged_into: None,
        duplicates: Vec::new(),
        redone: 0,
        called_at: None,
        offers: 0,
        sealed: sealed.collect(),
        files: Vec::new(),
        erased_files: Vec::new(),
        erased_at: None,
        paper: None,
    }
}

/// Whether a fact is about a case and no change of it: then not even the revision moves, or everybody's etag would be
/// stale.
pub fn changes_nothing(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::DetailsOpened { .. }
            | Fact::DetailsRefused { .. }
            | Fact::FileOpened { .. }
            | Fact::FileRefused { .. }
            | Fact::NoticeDue(_)
            | Fact::NoticeDelivered { .. }
            | Fact::NoticeUndeliverable { .. }
            | Fact::PoliceFirst { .. }
            | Fact::PinIssued { .. }
            | Fact::PinRefused { .. }
            | Fact::SeenByParty
    )
}

/// The dispute after a fact that was recorded at `at`.
pub fn evolve(mut dispute: Dispute, event: &Event, at: Timestamp) -> Dispute {
    if changes_nothing(&event.fact) {
        return dispute;
    }
    dispute.revision += 1;
    dispute.updated_at = at;
    dispute.term = event.term;
    if let Some(sealing) = event.sealing {
        dispute.sealed.push(SealedRef { id: sealing.id, kind: sealing.kind });
    }
    beside(&mut dispute, &event.fact, at);
    if let Fact::FileAttached(attached) = &event.fact {
        dispute.files.push(attachment(attached, event.sealing.map(|sealing| sealing.id), at));
    }
    clocks::turn(&mut dispute, &event.fact, at);
    let triaged = dispute.triage.is_some();
    dispute.stage = match (step(dispute.stage, &event.fact, at), &event.fact) {
        // What ended before it had a level goes on where it was.
        (Stage::Triaged, Fact::Redone { .. }) if !triaged => Stage::Accepted,
        (mut stage, Fact::OutcomeRecorded(_)) => {
            if let Some(conclusion) = stage.conclusion_mut() {
                conclusion.words = event.sealing.map(|sealing| sealing.id);
            }
            stage
        }
        (stage, _) => stage,
    };
    if matches!(dispute.stage, Stage::Rejected { .. } | Stage::Closed { .. }) {
        // Nothing is left to watch over, and nobody could lift it any more.
        dispute.supervision = None;
    }
    dispute
}

/// What lives through the stages.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other facts change the stage alone")]
fn beside(dispute: &mut Dispute, fact: &Fact, at: Timestamp) {
    match fact {
        Fact::TeamCalled { .. } => dispute.called_at = Some(at),
        Fact::TeamOffered(_) => dispute.offers += 1,
        Fact::Accepted { .. } => {
            dispute.accepted_at = Some(at);
            let handler = dispute.holder().place.clone();
            dispute.first_handler.get_or_insert(handler);
        }
        Fact::Triaged(triaged) => {
            dispute.triage = Some(Triage { level: triaged.level, at });
            dispute.kind = triaged.kind.unwrap_or(dispute.kind);
            dispute.protective = triaged.protective;
        }
        Fact::Moved(step) => dispute.steps.push(step.clone()),
        Fact::Reminded { .. } => dispute.reminders += 1,
        Fact::SupervisionSet(supervision) => dispute.supervision = Some(supervision.clone()),
        Fact::SupervisionLifted => dispute.supervision = None,
        Fact::ExtensionRequested(request) => dispute.extension = Some(request.clone()),
        Fact::ExtensionDecided(_) => dispute.extension = None,
        Fact::LimitPaused { kind, until, .. } => {
            dispute.paused = Some(Paused { kind: *kind, at, until: *until });
        }
        Fact::LimitResumed { .. } => dispute.paused = None,
        Fact::Deferred(deferral) => dispute.deferral = Some(*deferral),
        Fact::DeferralEnded { .. } => dispute.deferral = None,
        Fact::ReviewDue { .. } => {
            dispute.deferral =
                dispute.deferral.map(|deferral| Deferral { review_due: true, ..deferral });
        }
        Fact::OutcomeRecorded(_) => over(dispute),
        Fact::Merged { into, .. } => {
            over(dispute);
            dispute.merged_into = Some(*into);
        }
        Fact::DuplicateJoined { duplicate, protective, .. } => {
            dispute.duplicates.push(*duplicate);
            dispute.protective |= *protective;
        }
        Fact::Redone { .. } => dispute.redone += 1,
        Fact::FileDetached { file, .. } => dispute.without_file(*file),
        Fact::DetailsErased { sealed, files, .. } => {
            files.iter().for_each(|file| dispute.without_file(*file));
            dispute.sealed.retain(|piece| !sealed.contains(&piece.id));
            dispute.erased_at = Some(at);
        }
        _ => {}
    }
}

fn attachment(attached: &Attached, caption: Option<Uuid>, at: Timestamp) -> Attachment {
    let Attached { file: id, kind, file_type, size, .. } = *attached;
    Attachment { id, kind, file_type, size, at, caption }
}

/// What waits for the end of handling waits no longer.
fn over(dispute: &mut Dispute) {
    dispute.extension = None;
    dispute.deferral = None;
    dispute.paused = None;
}

/// The stage after a fact; one that does not fit it leaves it as it is.
fn step(stage: Stage, fact: &Fact, at: Timestamp) -> Stage {
    match (stage, fact) {
        (Stage::Reported, Fact::Accepted { .. }) => Stage::Accepted,
        (Stage::Reported, Fact::Rejected(reason)) => Stage::Rejected { reason: *reason, at },
        (Stage::Accepted | Stage::Triaged, Fact::Triaged(_)) => Stage::Triaged,
        (Stage::Triaged, Fact::TeamCalled { .. }) => Stage::Called(Call {
            offering: Offering::Nobody,
            rounds: 0,
            declined: Vec::new(),
            round_over: false,
        }),
        (
            Stage::UnderWay(trip),
            Fact::OfferDeclined { team, .. } | Fact::OfferLapsed { team, .. },
        ) => given_back(trip, team),
        (Stage::UnderWay(trip), Fact::TeamArrived { team, at, .. }) => {
            let scene = Scene { team: team.clone(), arrived_at: *at, declined: trip.declined };
            Stage::Arrived { scene, consents: Vec::new() }
        }
        (Stage::Arrived { scene, consents }, Fact::ConsentRecorded(word)) => {
            Stage::Arrived { scene, consents: merge_consents(&consents, &[*word]) }
        }
        (
            Stage::Arrived { scene, .. },
            Fact::MediationStarted { kind, organisation, file, consents, .. },
        ) => {
            let (organisation, consents) = (organisation.clone(), consents.clone());
            let mediation = Mediation { kind: *kind, organisation, file: *file, at, consents };
            Stage::Mediating { scene, mediation }
        }
        (Stage::Mediating { scene, mut mediation }, Fact::ConsentRecorded(word)) => {
            mediation.consents = merge_consents(&mediation.consents, &[*word]);
            Stage::Mediating { scene, mediation }
        }
        (stage, Fact::OutcomeRecorded(concluded)) => conclude(stage, concluded, at),
        (stage, Fact::Merged { .. }) => {
            let conclusion = ended(path(stage), Outcome::Merged, at);
            Stage::Closed { conclusion, verified_at: None, at }
        }
        (Stage::Concluded(conclusion), Fact::Verified) => Stage::Verified { conclusion, at },
        (Stage::Verified { conclusion, at: verified_at }, Fact::Closed) => {
            Stage::Closed { conclusion, verified_at: Some(verified_at), at }
        }
        (
            Stage::Concluded(_) | Stage::Verified { .. } | Stage::Closed { .. },
            Fact::Redone { .. },
        ) => Stage::Triaged,
        (Stage::Called(call), fact) => called(call, fact, at),
        (mut stage, fact) => {
            afterwards(&mut stage, fact, at);
            stage
        }
    }
}

/// What becomes known of a case that has ended.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other facts are of a case that goes on")]
fn afterwards(stage: &mut Stage, fact: &Fact, at: Timestamp) {
    let Some(conclusion) = stage.conclusion_mut() else { return };
    match fact {
        Fact::ConfirmationRecorded(news) => conclusion.confirmation = Some(*news),
        Fact::DeadlineRecounted(Recounted { kind: ClockKind::Confirm, clock, .. }) => {
            conclusion.confirmation_until = clock.last_day();
        }
        Fact::ReferralResultRecorded(news) => conclusion.referral_result = Some(*news),
        Fact::FollowUpRecorded { performance, relapsed, .. } => {
            let (performance, relapsed) = (*performance, *relapsed);
            conclusion.follow_ups.push(FollowUp { performance, relapsed, at });
        }
        Fact::Rated(satisfaction) => {
            conclusion.rating = Some(Rating { satisfaction: *satisfaction, at });
        }
        _ => {}
    }
}

fn conclude(stage: Stage, concluded: &Concluded, at: Timestamp) -> Stage {
    let conclusion = ended(path(stage), concluded.outcome, at);
    Stage::Concluded(Conclusion {
        agreed_on: concluded.agreed_on,
        performance_on: concluded.performance_on.clone(),
        confirmation_until: concluded.confirmation_until,
        ..conclusion
    })
}

fn ended(path: Path, outcome: Outcome, at: Timestamp) -> Conclusion {
    Conclusion {
        path,
        outcome,
        at,
        words: None,
        agreed_on: None,
        performance_on: Vec::new(),
        confirmation_until: None,
        confirmation: None,
        referral_result: None,
        follow_ups: Vec::new(),
        rating: None,
    }
}

/// A call again, because the team that was under way gave the case back.
fn given_back(trip: Trip, team: &Id) -> Stage {
    let Trip { rounds, mut declined, .. } = trip;
    did_not_come(&mut declined, team);
    Stage::Called(Call { offering: Offering::Nobody, rounds, declined, round_over: false })
}

/// Adds a team to those of the round that did not come. Each stands there once, however often it is called by name, so
/// that a case cannot grow beyond the teams of its area.
fn did_not_come(declined: &mut Vec<Id>, team: &Id) {
    if !declined.contains(team) {
        declined.push(team.clone());
    }
}

/// What becomes of a call.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other facts are no answer to a call")]
fn called(mut call: Call, fact: &Fact, at: Timestamp) -> Stage {
    match fact {
        Fact::TeamOffered(TeamOffered { team, round, answer_until, estimate }) => {
            call.offering = Offering::Open(Offer {
                team: team.clone(),
                at,
                answer_until: *answer_until,
                estimate: *estimate,
            });
            call.rounds = *round;
            if std::mem::take(&mut call.round_over) {
                call.declined.clear();
            }
        }
        Fact::OfferDeclined { team, .. } | Fact::OfferLapsed { team, .. } => {
            call.offering = Offering::Nobody;
            did_not_come(&mut call.declined, team);
        }
        Fact::OfferWithdrawn { .. } => call.offering = Offering::Nobody,
        Fact::NoTeamFound(_) => {
            call.offering = Offering::Nobody;
            call.round_over = true;
        }
        Fact::OfferAccepted { team, given_up_at } => {
            let Call { rounds, declined, .. } = call;
            let (team, given_up_at) = (team.clone(), *given_up_at);
            return Stage::UnderWay(Trip { team, accepted_at: at, given_up_at, rounds, declined });
        }
        _ => {}
    }
    Stage::Called(call)
}

/// How far a dispute had come.
fn path(stage: Stage) -> Path {
    match stage {
        Stage::Called(Call { declined, .. }) | Stage::UnderWay(Trip { declined, .. }) => {
            Path::Called { declined }
        }
        Stage::Arrived { scene, consents } => Path::Visited { scene, consents },
        Stage::Mediating { scene, mediation } => Path::Mediated { scene, mediation },
        Stage::Concluded(conclusion)
        | Stage::Verified { conclusion, .. }
        | Stage::Closed { conclusion, .. } => conclusion.path,
        Stage::Reported | Stage::Rejected { .. } | Stage::Accepted | Stage::Triaged => {
            Path::Uncalled
        }
    }
}
