//! Merging duplicates.

use uuid::Uuid;

use super::{Context, MOST_DUPLICATES, Ruling, oversight};
use crate::domain::command::Act;
use crate::domain::dispute::{Dispute, Outcome, State};
use crate::domain::event::{Event, Fact};
use crate::domain::rejection::Rejection;

/// Merges a case into another one of the caller's area that is about the same matter. Only a case that goes on takes
/// duplicates, and what was merged takes none, so there are no circles. What had been merged into it before is told of
/// the case that goes on now, and comes to it in steps.
pub(super) fn merge(
    context: &Context<'_>,
    dispute: &Dispute,
    (into, other): (Uuid, Option<&Dispute>),
    act: &Act,
) -> Result<Ruling, Rejection> {
    let refuse = |why| Err(Rejection::MergeNotPossible { into, why });
    if into == dispute.id {
        return refuse("ITSELF");
    }
    let seen = other.filter(|other| act.scope.covers(&other.grid.area()));
    let Some(other) = seen else { return refuse("NOT_FOUND") };
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
    if let Some(supervision) = &dispute.supervision {
        // Who is supervised does not end that by merging the case away.
        oversight::is_of(supervision, &act.by())?;
    }
    // Its own duplicates come along.
    if other.duplicates.len() + dispute.duplicates.len() >= MOST_DUPLICATES {
        return Err(Rejection::TooMany { what: "duplicates" });
    }
    let team = dispute.stage.engaged_team().cloned();
    let joined = |duplicate| Fact::DuplicateJoined {
        duplicate,
        channel: dispute.channel,
        protective: dispute.protective,
    };
    let mut events = vec![
        Event::of(dispute, Fact::Merged { into, team }, act.sealing),
        Event::of(other, joined(dispute.id), None),
    ];
    let before = dispute.duplicates.iter();
    events.extend(before.map(|duplicate| Event::of(other, joined(*duplicate), None)));
    Ok(Ruling::done(dispute, events))
}
