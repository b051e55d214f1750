//! What a party asks with its case code and a PIN, and the PIN itself.

use super::{Answer, Context, MOST_SEALED, Ruling, conclusion, notices};
use crate::domain::command::{PartyAct, Wish};
use crate::domain::dispute::{Conclusion, Dispute, Outcome, RedoReason};
use crate::domain::event::{Event, Fact};
use crate::domain::pin::{NotTaken, Pin, PinHash};
use crate::domain::rejection::Rejection;

/// Decides what a party asks. Without a dispute there is none of that code: tries are counted all the same.
pub fn party(
    context: &Context<'_>,
    dispute: Option<&Dispute>,
    pin: &Pin,
    act: &PartyAct,
) -> Result<Ruling, Rejection> {
    let (after, taken) = pin.take(act.tried, context.now);
    let ruling = match (taken, dispute) {
        (Err(refusal), dispute) => refused(context, dispute, pin, &after, refusal)?,
        // A PIN that is right has a hash, and only that of a case does.
        (Ok(()), None) => return Err(Rejection::PinOutdated),
        (Ok(()), Some(dispute)) => granted(context, dispute, after, act),
    };
    Ok(Ruling { pin: ruling.pin.filter(|after| after != pin), ..ruling })
}

/// A wrong try is a fact of the case; one that is not counted is none.
fn refused(
    context: &Context<'_>,
    dispute: Option<&Dispute>,
    before: &Pin,
    after: &Pin,
    refusal: NotTaken,
) -> Result<Ruling, Rejection> {
    let locked_until = after.tries.locked_until(context.now);
    let rejection = match refusal {
        NotTaken::Outdated => return Err(Rejection::PinOutdated),
        NotTaken::Wrong { left } => Rejection::PinWrong { left },
        NotTaken::Locked { until } => {
            Rejection::PinLocked { until, wait: until.duration_since(context.now) }
        }
    };
    if after == before {
        return Err(rejection);
    }
    let fact = Fact::PinRefused { wrong: after.tries.wrong, locked_until };
    let events = dispute.map(|dispute| Event::of(dispute, fact, None)).into_iter().collect();
    Ok(Ruling { pin: Some(after.clone()), ..Ruling::new(events, Err(rejection)) })
}

/// What the right PIN leads to; that it was right holds whatever becomes of the wish.
fn granted(context: &Context<'_>, dispute: &Dispute, pin: Pin, act: &PartyAct) -> Ruling {
    if let Wish::See = act.wish {
        let (pin, fresh) = pin.seen(context.now);
        let seen = fresh.then(|| Event::of(dispute, Fact::SeenByParty, None));
        let ruling = Ruling::done(dispute, seen.into_iter().collect());
        return Ruling { pin: Some(pin), ..ruling };
    }
    let ruling = match fact(context, dispute, act) {
        Ok(fact) => {
            let ruling = Ruling::done(dispute, vec![Event::of(dispute, fact, act.sealing)]);
            notices::with(dispute, ruling)
        }
        Err(rejection) => Ruling::new(Vec::new(), Err(rejection)),
    };
    Ruling { pin: Some(pin), ..ruling }
}

/// What a party makes happen.
fn fact(context: &Context<'_>, dispute: &Dispute, act: &PartyAct) -> Result<Fact, Rejection> {
    if dispute.home != context.node {
        return Err(Rejection::NotHome { home: dispute.home.clone() });
    }
    if act.sealing.is_some() && dispute.sealed.len() >= MOST_SEALED {
        return Err(Rejection::TooMany { what: "sealed pieces" });
    }
    let ended = own_outcome(dispute).ok_or(Rejection::NoOutcome)?;
    match act.wish {
        Wish::Rate(_) if ended.rating.is_some() => Err(Rejection::AlreadyRated),
        Wish::Rate(satisfaction) => Ok(Fact::Rated(satisfaction)),
        Wish::Reopen => {
            let until = context.rules.reopen_until(ended.at);
            if calendar::business_date(context.now) > until {
                return Err(Rejection::ReopenTooLate { until });
            }
            conclusion::redo(context, dispute, RedoReason::PartyAsks)
        }
        Wish::See => Ok(Fact::SeenByParty),
    }
}

/// How a case ended by itself: one that was merged goes on as another one.
fn own_outcome(dispute: &Dispute) -> Option<&Conclusion> {
    dispute.stage.conclusion().filter(|ended| ended.outcome != Outcome::Merged)
}

/// Gives a case a new PIN.
pub(super) fn reissue(dispute: &Dispute, pin: Option<&Pin>, hash: &PinHash) -> Ruling {
    let fresh = Pin::default();
    let pin = pin.unwrap_or(&fresh).issued(hash.clone());
    let fact = Fact::PinIssued { version: pin.version };
    let ruling = Ruling::done(dispute, vec![Event::of(dispute, fact, None)]);
    Ruling { pin: Some(pin), ..ruling }
}

impl Answer {
    /// Whether this made a dispute.
    pub fn is_new(&self) -> bool {
        matches!(self, Answer::Reported { .. })
    }
}
