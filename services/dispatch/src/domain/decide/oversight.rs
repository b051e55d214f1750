//! Watching over a case: supervision, more time, standing still, deferring.

use calendar::{Extension, Limit, Unit};
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::Context;
use crate::domain::dispute::{
    Clock, ClockKind, Deferral, DeferralReason, Dispute, ExtensionReason, ExtensionRequest,
    PauseKind, Place, Supervision, SupervisionKind,
};
use crate::domain::event::Fact;
use crate::domain::rejection::Rejection;

/// Days within which a deferred case has to be looked at again.
const LONGEST_DEFERRAL: i64 = 731;

/// Most times that a limit stands still.
const MOST_PAUSES: usize = 20;

/// Puts a case under supervision, or changes how.
pub(super) fn supervise(
    context: &Context<'_>,
    dispute: &Dispute,
    kind: SupervisionKind,
    by: Place,
) -> Result<Fact, Rejection> {
    if let Some(before) = &dispute.supervision {
        is_of(before, &by)?;
    }
    Ok(Fact::SupervisionSet(Supervision { kind, by, at: context.now }))
}

/// Ends supervision: who set it, or who stands above, also when the case has come to it meanwhile.
pub(super) fn lift(dispute: &Dispute, by: &Place) -> Result<Fact, Rejection> {
    is_of(dispute.supervision.as_ref().ok_or(Rejection::NotSupervised)?, by)?;
    Ok(Fact::SupervisionLifted)
}

/// A lower tier takes back nothing of what a higher one watches over.
pub(super) fn is_of(supervision: &Supervision, by: &Place) -> Result<(), Rejection> {
    if *by == supervision.by || by.is_above(&supervision.by) {
        return Ok(());
    }
    Err(Rejection::SupervisedByOthers(supervision.by.clone()))
}

/// Asks for more time. All extensions together are no longer than the rule allows, also those that are not asked for in
/// its unit: nothing is compared that cannot be.
pub(super) fn request(
    context: &Context<'_>,
    dispute: &Dispute,
    (working_days, reason): (u32, ExtensionReason),
    by: Place,
) -> Result<Fact, Rejection> {
    if dispute.extension.is_some() {
        return Err(Rejection::ExtensionPending { pending: true });
    }
    let Some(triage) = dispute.triage else { super::contradiction(dispute) };
    let most = context.rules.limits.extension_most.of(triage.level);
    let before = handle(dispute).limit.extensions.iter().map(|extension| extension.limit.amount);
    let all = before.fold(working_days, u32::saturating_add);
    if all > most.limit.amount || most.limit.unit != Unit::WorkingDay {
        return Err(Rejection::ExtensionTooLong {
            asked: Limit::working_days(all),
            most: most.limit,
            rule_key: most.rule_key.clone(),
        });
    }
    Ok(Fact::ExtensionRequested(ExtensionRequest { working_days, reason, by, at: context.now }))
}

/// Grants or refuses more time.
pub(super) fn grant(
    context: &Context<'_>,
    dispute: &Dispute,
    granted: bool,
) -> Result<Fact, Rejection> {
    let request =
        dispute.extension.as_ref().ok_or(Rejection::ExtensionPending { pending: false })?;
    if !granted {
        return Ok(Fact::ExtensionDecided(None));
    }
    let extension = Extension {
        limit: Limit::working_days(request.working_days),
        reason_code: request.reason.code().to_owned(),
    };
    let clock = handle(dispute).extended(context.rules.calendars.current(), extension);
    Ok(Fact::ExtensionDecided(Some(clock.ok_or(Rejection::LimitOutOfRange)?)))
}

/// Lets the clock to the outcome stand still, for so long at most. That it does already was refused before; one that is
/// over would only be hidden by it.
pub(super) fn pause(
    context: &Context<'_>,
    dispute: &Dispute,
    kind: PauseKind,
) -> Result<Fact, Rejection> {
    let handle = handle(dispute);
    if handle.is_over(context.now) {
        return Err(Rejection::LimitOver { due_at: handle.due_at() });
    }
    if handle.limit.pauses.len() >= MOST_PAUSES {
        return Err(Rejection::TooMany { what: "pauses" });
    }
    let most = context.rules.start(&context.rules.limits.pause_most, context.now);
    let until = most.and_then(|most| most.due_at()).ok_or(Rejection::LimitOutOfRange)?;
    let clock = handle.paused(context.rules.calendars.current(), context.now);
    Ok(Fact::LimitPaused { kind, until, clock: clock.ok_or(Rejection::LimitOutOfRange)? })
}

/// Lets the clock to the outcome go on: now, or from when it should have gone on by itself.
pub(super) fn resume(context: &Context<'_>, dispute: &Dispute) -> Result<Fact, Rejection> {
    let paused = dispute.paused.ok_or(Rejection::NotPaused)?;
    let at = paused.until.min(context.now);
    let clock = handle(dispute).resumed(context.rules.calendars.current(), at);
    Ok(Fact::LimitResumed { clock: clock.ok_or(Rejection::LimitOutOfRange)? })
}

/// Enters a case into the ledger of deferred cases: only what is still unsettled after its limit.
pub(super) fn defer(
    context: &Context<'_>,
    dispute: &Dispute,
    reason: DeferralReason,
    review_on: Date,
) -> Result<Fact, Rejection> {
    if dispute.deferral.is_some_and(|deferral| !deferral.review_due) {
        return Err(Rejection::Deferral { deferred: true });
    }
    let clock = handle(dispute);
    if !clock.is_over(context.now) {
        return Err(Rejection::NotOverdue { due_at: clock.due_at() });
    }
    let today = calendar::business_date(context.now);
    let last = today.saturating_add(Span::new().days(LONGEST_DEFERRAL));
    if review_on <= today || review_on > last {
        return Err(Rejection::DatesContradict {
            field: "review_date",
            en: "a day after today and within two years is wanted",
            zh: "复查日期须晚于今天且在两年以内",
        });
    }
    let deferral = Deferral { reason, review_on, at: context.now, review_due: false };
    Ok(Fact::Deferred(deferral))
}

/// Takes a case out of the ledger of deferred cases. Its limit is over as before; who takes it up again has as long as
/// anybody else before the next tier is told.
pub(super) fn end_deferral(context: &Context<'_>, dispute: &Dispute) -> Result<Fact, Rejection> {
    dispute.deferral.ok_or(Rejection::Deferral { deferred: false })?;
    Ok(Fact::DeferralEnded { next_raise_at: next_raise_at(context, dispute) })
}

/// When the next tier is told of a limit that was not told of for a time, if there is one and anybody was told before.
pub(super) fn next_raise_at(context: &Context<'_>, dispute: &Dispute) -> Option<Timestamp> {
    handle(dispute).raised?.next_at?;
    context.rules.raised_after(context.now)
}

/// The clock to the outcome, which every state has in which these are legal.
fn handle(dispute: &Dispute) -> &Clock {
    dispute.clock(ClockKind::Handle).unwrap_or_else(|| super::contradiction(dispute))
}
