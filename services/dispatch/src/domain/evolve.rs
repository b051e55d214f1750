//! Facts applied to a dispute. Total: a fact that does not fit the stage changes the revision only. That somebody asked
//! for details is a fact about the case and no change of it: not even the revision moves, or everybody's etag would be
//! stale.

use jiff::Timestamp;

use crate::domain::codes::Id;
use crate::domain::dispute::{
    Arrival, Call, Clock, Conclusion, Dispute, FollowUp, Mediation, Offer, Offering, Path, Scene,
    Stage, Triage, Trip, merge_consents,
};
use crate::domain::event::{Event, Fact, Reported, TeamOffered, Triaged};
use crate::domain::sealed::SealedRef;

/// The dispute that a report makes.
pub fn born(event: &Event, reported: &Reported, at: Timestamp) -> Dispute {
    let sealed =
        event.sealing.iter().map(|sealing| SealedRef { id: sealing.id, kind: sealing.kind });
    Dispute {
        id: event.dispute_id,
        code: reported.code,
        revision: 1,
        grid: event.grid,
        kind: reported.kind,
        scale: reported.scale,
        people: reported.people,
        parties: reported.parties,
        channel: reported.channel,
        source: reported.source.clone(),
        reported_at: reported.at,
        created_at: at,
        updated_at: at,
        home: reported.home.clone(),
        term: event.term,
        stage: Stage::Reported,
        sealed: sealed.collect(),
        erased_at: None,
    }
}

/// The dispute after a fact that was recorded at `at`.
pub fn evolve(mut dispute: Dispute, event: &Event, at: Timestamp) -> Dispute {
    if matches!(event.fact, Fact::DetailsOpened { .. } | Fact::DetailsRefused { .. }) {
        return dispute;
    }
    dispute.revision += 1;
    dispute.updated_at = at;
    dispute.term = event.term;
    if let Some(sealing) = event.sealing {
        dispute.sealed.push(SealedRef { id: sealing.id, kind: sealing.kind });
    }
    match &event.fact {
        Fact::DetailsErased { sealed, .. } => {
            dispute.sealed.retain(|piece| !sealed.contains(&piece.id));
            dispute.erased_at = Some(at);
        }
        Fact::DeadlineRecounted(recounted) => {
            if let Some(triage) = open_triage(&mut dispute.stage) {
                triage.due_at = recounted.due_at;
                triage.due_provisional = recounted.due_provisional;
                triage.calendar_version.clone_from(&recounted.calendar_version);
            }
        }
        Fact::Reported(_)
        | Fact::NoteAdded
        | Fact::DetailsOpened { .. }
        | Fact::DetailsRefused { .. } => {}
        Fact::Accepted
        | Fact::Rejected(_)
        | Fact::Triaged(_)
        | Fact::TeamCalled { .. }
        | Fact::TeamOffered(_)
        | Fact::NoTeamFound(_)
        | Fact::OfferAccepted { .. }
        | Fact::OfferDeclined { .. }
        | Fact::OfferLapsed { .. }
        | Fact::TeamArrived { .. }
        | Fact::ConsentRecorded(_)
        | Fact::MediationStarted { .. }
        | Fact::OutcomeRecorded { .. }
        | Fact::FollowUpRecorded { .. }
        | Fact::Closed => dispute.stage = step(dispute.stage, &event.fact, at),
    }
    dispute
}

/// Level and limit of a dispute that is open.
fn open_triage(stage: &mut Stage) -> Option<&mut Triage> {
    match stage {
        Stage::Triaged(triage) => Some(triage),
        Stage::Called(call) => Some(&mut call.triage),
        Stage::UnderWay(trip) => Some(&mut trip.triage),
        Stage::Arrived { scene, .. } | Stage::Mediating { scene, .. } => Some(&mut scene.triage),
        Stage::Reported
        | Stage::Rejected { .. }
        | Stage::Accepted { .. }
        | Stage::Concluded(_)
        | Stage::Closed { .. } => None,
    }
}

/// The stage after a fact.
fn step(stage: Stage, fact: &Fact, at: Timestamp) -> Stage {
    match (stage, fact) {
        (Stage::Reported, Fact::Accepted) => Stage::Accepted { at },
        (Stage::Reported, Fact::Rejected(reason)) => Stage::Rejected { reason: *reason, at },
        (Stage::Accepted { .. } | Stage::Triaged(_), Fact::Triaged(triaged)) => {
            Stage::Triaged(triage(triaged, at))
        }
        (Stage::Triaged(triage), Fact::TeamCalled { due_at }) => Stage::Called(Call {
            triage,
            clock: Clock { called_at: at, due_at: *due_at },
            offering: Offering::Nobody,
            rounds: 0,
            declined: Vec::new(),
            round_over: false,
        }),
        (Stage::Called(call), _) => called(call, fact, at),
        (Stage::UnderWay(trip), Fact::OfferDeclined { team, .. }) => given_back(trip, team),
        (Stage::UnderWay(trip), Fact::TeamArrived { team, at, in_time }) => {
            let arrival = if *in_time { Arrival::InTime(*at) } else { Arrival::Late(*at) };
            let Trip { triage, clock, declined, .. } = trip;
            let scene = Scene { triage, clock, team: team.clone(), arrival, declined };
            Stage::Arrived { scene, consents: Vec::new() }
        }
        (Stage::Arrived { scene, consents }, Fact::ConsentRecorded(word)) => {
            Stage::Arrived { scene, consents: merge_consents(&consents, &[*word]) }
        }
        (Stage::Arrived { scene, .. }, Fact::MediationStarted { .. }) => mediating(scene, fact, at),
        (Stage::Mediating { scene, mut mediation }, Fact::ConsentRecorded(word)) => {
            mediation.consents = merge_consents(&mediation.consents, &[*word]);
            Stage::Mediating { scene, mediation }
        }
        (Stage::Concluded(mut conclusion), Fact::FollowUpRecorded { performance, relapsed }) => {
            conclusion.follow_ups.push(FollowUp {
                performance: *performance,
                relapsed: *relapsed,
                at,
            });
            Stage::Concluded(conclusion)
        }
        (Stage::Concluded(conclusion), Fact::Closed) => Stage::Closed { conclusion, at },
        (stage, Fact::OutcomeRecorded { outcome, .. }) => match path(stage) {
            Ok(path) => {
                Stage::Concluded(Conclusion { path, outcome: *outcome, at, follow_ups: Vec::new() })
            }
            Err(stage) => *stage,
        },
        (stage, _) => stage,
    }
}

/// A call again, because the team that was under way gave the case back.
fn given_back(trip: Trip, team: &Id) -> Stage {
    let Trip { triage, clock, rounds, mut declined, .. } = trip;
    did_not_come(&mut declined, team);
    let offering = Offering::Nobody;
    Stage::Called(Call { triage, clock, offering, rounds, declined, round_over: false })
}

/// Adds a team to those of the round that did not come. Each stands there once, however often it is called by name, so
/// that a case cannot grow beyond the teams of its area.
fn did_not_come(declined: &mut Vec<Id>, team: &Id) {
    if !declined.contains(team) {
        declined.push(team.clone());
    }
}

/// What becomes of a call.
fn called(mut call: Call, fact: &Fact, at: Timestamp) -> Stage {
    match fact {
        Fact::TeamOffered(TeamOffered { team, round, estimate }) => {
            call.offering = Offering::Open(Offer { team: team.clone(), at, estimate: *estimate });
            call.rounds = *round;
            if std::mem::take(&mut call.round_over) {
                call.declined.clear();
            }
            Stage::Called(call)
        }
        Fact::OfferDeclined { team, .. } | Fact::OfferLapsed { team } => {
            call.offering = Offering::Nobody;
            did_not_come(&mut call.declined, team);
            Stage::Called(call)
        }
        Fact::NoTeamFound(_) => {
            call.offering = Offering::Nobody;
            call.round_over = true;
            Stage::Called(call)
        }
        Fact::OfferAccepted { team } => {
            let Call { triage, clock, rounds, declined, .. } = call;
            Stage::UnderWay(Trip {
                triage,
                clock,
                team: team.clone(),
                accepted_at: at,
                rounds,
                declined,
            })
        }
        Fact::OutcomeRecorded { outcome, .. } => {
            let path =
                Path::Called { triage: call.triage, clock: call.clock, declined: call.declined };
            Stage::Concluded(Conclusion { path, outcome: *outcome, at, follow_ups: Vec::new() })
        }
        Fact::Reported(_)
        | Fact::Accepted
        | Fact::Rejected(_)
        | Fact::Triaged(_)
        | Fact::DeadlineRecounted(_)
        | Fact::TeamCalled { .. }
        | Fact::TeamArrived { .. }
        | Fact::ConsentRecorded(_)
        | Fact::MediationStarted { .. }
        | Fact::FollowUpRecorded { .. }
        | Fact::Closed
        | Fact::NoteAdded
        | Fact::DetailsOpened { .. }
        | Fact::DetailsRefused { .. }
        | Fact::DetailsErased { .. } => Stage::Called(call),
    }
}

fn mediating(scene: Scene, fact: &Fact, at: Timestamp) -> Stage {
    let Fact::MediationStarted { kind, organisation, consents, .. } = fact else {
        return Stage::Arrived { scene, consents: Vec::new() };
    };
    let mediation = Mediation {
        kind: *kind,
        organisation: organisation.clone(),
        at,
        consents: consents.clone(),
    };
    Stage::Mediating { scene, mediation }
}

/// How far a dispute had come; gives the stage back where there can be no outcome.
fn path(stage: Stage) -> Result<Path, Box<Stage>> {
    match stage {
        Stage::Accepted { at } => Ok(Path::Accepted { at }),
        Stage::Triaged(triage) => Ok(Path::Triaged(triage)),
        Stage::Called(Call { triage, clock, declined, .. })
        | Stage::UnderWay(Trip { triage, clock, declined, .. }) => {
            Ok(Path::Called { triage, clock, declined })
        }
        Stage::Arrived { scene, consents } => Ok(Path::Visited { scene, consents }),
        Stage::Mediating { scene, mediation } => Ok(Path::Mediated { scene, mediation }),
        Stage::Reported | Stage::Rejected { .. } | Stage::Concluded(_) | Stage::Closed { .. } => {
            Err(Box::new(stage))
        }
    }
}

fn triage(triaged: &Triaged, at: Timestamp) -> Triage {
    Triage {
        level: triaged.level,
        limit: triaged.limit,
        rule_key: triaged.rule_key.clone(),
        rule_source: triaged.rule_source.clone(),
        accepted_at: triaged.accepted_at,
        due_at: triaged.due_at,
        due_provisional: triaged.due_provisional,
        calendar_version: triaged.calendar_version.clone(),
        settings: triaged.settings.clone(),
        pauses: triaged.pauses.clone(),
        extensions: triaged.extensions.clone(),
        at,
    }
}
