//! A case of a ledger of paper.

use jiff::Timestamp;

use super::{Beginning, begun, ended};
use crate::domain::dispute::{ClockKind, Conclusion, Dispute, Path, Stage, Triage, start_of};
use crate::domain::event::{Event, TakenOver};

/// The dispute that a case on paper makes.
pub fn taken_over(event: &Event, taken: &TakenOver, at: Timestamp) -> Dispute {
    let beginning = Beginning {
        code: taken.code,
        kind: taken.paper.kind,
        scale: taken.scale,
        people: taken.people,
        parties: taken.parties,
        channel: taken.channel,
        source: Some(&taken.source),
        reported_at: taken.reported_at,
        home: &taken.home,
        receiver: &taken.holder,
        holder: &taken.holder,
        held_at: taken.accepted_at,
    };
    let clock = taken.clock.iter().map(|clock| (ClockKind::Handle, clock.clone()));
    Dispute {
        stage: stage(taken),
        accepted_at: Some(taken.accepted_at),
        triage: taken.paper.level.map(|level| Triage { level, at: taken.accepted_at }),
        clocks: clock.collect(),
        first_handler: Some(taken.holder.clone()),
        paper: Some(taken.paper.clone()),
        ..begun(event, &beginning, at)
    }
}

/// How far it had come: the paper knows nothing of teams.
fn stage(taken: &TakenOver) -> Stage {
    match (taken.paper.end, taken.paper.level) {
        (Some(end), _) => Stage::Closed {
            conclusion: Conclusion {
                agreed_on: end.outcome.is_agreement().then_some(end.on),
                ..ended(Path::Uncalled, end.outcome, start_of(end.on))
            },
            verified_at: None,
            at: start_of(end.closed_on),
        },
        (None, Some(_)) => Stage::Triaged,
        (None, None) => Stage::Accepted,
    }
}
