//! Merging duplicates.

use uuid::Uuid;

use super::{Context, MOST_DUPLICATES, Ruling};
use crate::domain::dispute::{Dispute, Outcome, State};
use crate::domain::event::{Event, Fact};
use crate::domain::rejection::Rejection;
use crate::domain::sealed::Sealing;

/// Merges a case into another one that is about the same matter. Only a case that goes on takes duplicates, and what was
/// merged takes none: there are no chains and no circles.
pub(super) fn merge(
    context: &Context<'_>,
    dispute: &Dispute,
    (into, other): (Uuid, Option<&Dispute>),
    sealing: Option<Sealing>,
) -> Result<Ruling, Rejection> {
    let refuse = |why| Err(Rejection::MergeNotPossible { into, why });
    if into == dispute.id {
        return refuse("ITSELF");
    }
    let Some(other) = other else { return refuse("NOT_FOUND") };
    if other.merged_into.is_some() {
        return refuse("ALREADY_MERGED");
    }
    if other.home != context.node {
        return refuse("ANOTHER_HOME");
    }
    if matches!(other.state(), State::Rejected | State::Closed)
        || other.stage.conclusion().is_some_and(|ended| ended.outcome == Outcome::Merged)
    {
        return refuse("OVER");
    }
    // Its own duplicates come along.
    if other.duplicates.len() + dispute.duplicates.len() >= MOST_DUPLICATES {
        return Err(Rejection::TooMany { what: "duplicates" });
    }
    let team = dispute.stage.engaged_team().cloned();
    let joined = Fact::DuplicateJoined { duplicate: dispute.id, channel: dispute.channel };
    let mut events = vec![
        Event::of(dispute, Fact::Merged { into, team }, sealing),
        Event::of(other, joined, None),
    ];
    events.extend(dispute.duplicates.iter().map(|duplicate| {
        let joined = Fact::DuplicateJoined { duplicate: *duplicate, channel: dispute.channel };
        Event::of(other, joined, None)
    }));
    Ok(Ruling::done(dispute, events))
}
