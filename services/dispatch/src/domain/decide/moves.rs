//! Moving a case within the subtree of the node: up, down, and back. No move touches a clock.

use jiff::Timestamp;

use super::{Around, Context};
use crate::domain::codes::{AreaCode, Id};
use crate::domain::dispute::{Dispute, MOST_STEPS, Move, MoveReason, Place, Step};
use crate::domain::event::Fact;
use crate::domain::rejection::Rejection;

/// Whether a case may be sent up by who acts: a designated unit may not give it away by another way than returning it;
/// who designated it may take it back.
pub(super) fn may_leave(dispute: &Dispute, by: &Place) -> Result<(), Rejection> {
    let now = dispute.holder();
    if now.how == Move::Designated && !by.is_above(&now.place) {
        return Err(Rejection::Designated { step: now.number });
    }
    Ok(())
}

/// Sends a case up: there, or to the next tier.
pub(super) fn escalate(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    (to, unit): (Option<AreaCode>, Option<Id>),
    reason: MoveReason,
) -> Result<Fact, Rejection> {
    let holder = dispute.holder().place.area;
    // From a unit to the centre of its own area is no way up; a province has no node.
    let above = || holder.parent().filter(|area| area.as_str().len() >= CITY);
    let to = match to {
        Some(to) => to,
        None => above().ok_or(Rejection::MoveNotPossible { to: holder, why: "NO_TIER_ABOVE" })?,
    };
    if to == holder || !to.covers(&holder) || to.as_str().len() < CITY {
        return Err(Rejection::MoveNotPossible { to, why: "NOT_ABOVE" });
    }
    step(context, dispute, around, Place { area: to, unit }, Move::Escalated, reason)
}

/// Digits of a city.
const CITY: usize = 4;

/// Sends a case down towards its grid, or to another unit of the same area.
pub(super) fn delegate(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    to: &Place,
    (reason, designate): (MoveReason, bool),
) -> Result<Fact, Rejection> {
    let holder = &dispute.holder().place;
    let refuse = |why| Err(Rejection::MoveNotPossible { to: to.area, why });
    if !holder.area.covers(&to.area) || to.area.is_grid() {
        return refuse("NOT_BELOW");
    }
    if !to.area.covers(&dispute.grid.area()) {
        return refuse("NOT_OF_THE_GRID");
    }
    if holder == to {
        return refuse("THE_SAME");
    }
    let how = if designate { Move::Designated } else { Move::Delegated };
    step(context, dispute, around, to.clone(), how, reason)
}

/// Returns a case to who had it in an earlier step.
pub(super) fn give_back(
    context: &Context<'_>,
    dispute: &Dispute,
    to: Option<u32>,
    reason: MoveReason,
) -> Result<Fact, Rejection> {
    let now = dispute.holder();
    if now.how == Move::Designated {
        return Err(Rejection::Designated { step: now.number });
    }
    let wanted = to.unwrap_or(now.number.saturating_sub(1));
    let earlier = dispute.steps.iter().find(|step| step.number == wanted);
    let Some(earlier) = earlier.filter(|step| step.number < now.number) else {
        return Err(Rejection::NoSuchStep { step: wanted });
    };
    if earlier.place == now.place {
        return Err(Rejection::MoveNotPossible { to: now.place.area, why: "THE_SAME" });
    }
    next(dispute, earlier.place.clone(), Move::Returned, reason, context.now)
}

fn step(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    place: Place,
    how: Move,
    reason: MoveReason,
) -> Result<Fact, Rejection> {
    if let Some(unit) = &place.unit {
        let today = calendar::business_date(context.now);
        match around.unit {
            Some(known) if known.exists_on(today) && known.area == place.area => {}
            None if !context.registry_caught_up => return Err(Rejection::RegistryNotCaughtUp),
            None => return Err(Rejection::OrganisationNotFound { organisation: unit.clone() }),
            Some(_) => {
                return Err(Rejection::MoveNotPossible { to: place.area, why: "UNIT_NOT_THERE" });
            }
        }
    }
    next(dispute, place, how, reason, context.now)
}

fn next(
    dispute: &Dispute,
    place: Place,
    how: Move,
    reason: MoveReason,
    at: Timestamp,
) -> Result<Fact, Rejection> {
    if dispute.steps.len() >= MOST_STEPS {
        return Err(Rejection::TooMany { what: "steps" });
    }
    let number = dispute.holder().number + 1;
    Ok(Fact::Moved(Step { number, place, how, reason: Some(reason), at }))
}
