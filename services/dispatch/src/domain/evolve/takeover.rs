//! A case of a ledger of paper.

use jiff::Timestamp;

use super::ended;
use crate::domain::dispute::{ClockKind, Dispute, Move, Path, Stage, Step, Triage, start_of};
use crate::domain::event::{Event, TakenOver};
use crate::domain::sealed::SealedRef;

/// The dispute that a case on paper makes.
pub fn taken_over(event: &Event, taken: &TakenOver, at: Timestamp) -> Dispute {
    let sealed =
        event.sealing.iter().map(|sealing| SealedRef { id: sealing.id, kind: sealing.kind });
    let place = taken.holder.clone();
    let first = Step { number: 1, place, how: Move::Received, reason: None, at: taken.accepted_at };
    let clock = taken.clock.iter().map(|clock| (ClockKind::Handle, clock.clone()));
    let level = taken.paper.level.map(|level| Triage { level, at: taken.accepted_at });
    Dispute {
        id: event.dispute_id,
        code: taken.code,
        revision: 1,
        grid: event.grid,
        kind: taken.paper.kind,
        scale: taken.scale,
        people: taken.people,
        parties: taken.parties,
        channel: taken.channel,
        source: Some(taken.source.clone()),
        reporter_reachable: false,
        reported_at: taken.reported_at,
        created_at: at,
        updated_at: at,
        home: taken.home.clone(),
        term: event.term,
        stage: stage(taken),
        accepted_at: Some(taken.accepted_at),
        triage: level,
        clocks: clock.collect(),
        called_at: None,
        offers: 0,
        steps: vec![first],
        first_receiver: taken.holder.clone(),
        first_handler: Some(taken.holder.clone()),
        protective: false,
        paused: None,
        supervision: None,
        reminders: 0,
        extension: None,
        deferral: None,
        merged_into: None,
        duplicates: Vec::new(),
        redone: 0,
        sealed: sealed.collect(),
        files: Vec::new(),
        erased_files: Vec::new(),
        erased_at: None,
        paper: Some(taken.paper.clone()),
    }
}

/// How far it had come: the paper knows nothing of teams.
fn stage(taken: &TakenOver) -> Stage {
    match (taken.paper.end, taken.paper.level) {
        (Some(end), _) => Stage::Closed {
            conclusion: ended(Path::Uncalled, end.outcome, start_of(end.on)),
            verified_at: None,
            at: start_of(end.closed_on),
        },
        (None, Some(_)) => Stage::Triaged,
        (None, None) => Stage::Accepted,
    }
}
