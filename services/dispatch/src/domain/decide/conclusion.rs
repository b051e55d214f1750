//! Outcome, confirmation, follow-up, verification, and doing it again.

use jiff::civil::Date;

use super::{Around, Context, MOST_FOLLOW_UPS, MOST_REDOS, intake};
use crate::domain::command::Concluding;
use crate::domain::dispute::{
    Clock, ClockKind, Conclusion, Confirmation, Consent, Dispute, Level, Outcome, PartyConsent,
    Performance, RedoReason, ReferralResult, Stage, start_of,
};
use crate::domain::event::{Concluded, Fact};
use crate::domain::places::Unit;
use crate::domain::rejection::Rejection;
use crate::domain::rules::StepLimit;

/// Outcomes before anybody is with the parties: one may refuse on the telephone (人民调解法 art. 17).
const NOT_VISITED: &[&str] = NOT_WANTED;
/// Outcomes of a visit without mediation.
const NOT_MEDIATED: &[&str] = &["REFERRED", "WITHDRAWN", "NOT_MEDIABLE"];
/// Outcomes without a mediation, because a party is on record as refusing it.
const NOT_WANTED: &[&str] = &["REFUSED", "REFERRED", "WITHDRAWN", "NOT_MEDIABLE"];
/// Outcomes of a mediation that every party wants.
const MEDIATED: &[&str] = &["AGREED_WRITTEN", "AGREED_ORAL", "FAILED", "REFERRED", "WITHDRAWN"];
/// Outcomes of a mediation that a party made stop: 人民调解法 art. 23.
const STOPPED: &[&str] = &["FAILED", "REFUSED", "REFERRED", "WITHDRAWN"];

#[expect(clippy::wildcard_enum_match_arm, reason = "before a visit every stage ends the same ways")]
fn possible(stage: &Stage) -> &'static [&'static str] {
    match stage {
        Stage::Arrived { consents, .. } if refused(consents) => NOT_WANTED,
        Stage::Mediating { mediation, .. } if refused(&mediation.consents) => STOPPED,
        Stage::Mediating { .. } => MEDIATED,
        Stage::Arrived { .. } => NOT_MEDIATED,
        _ => NOT_VISITED,
    }
}

/// Records how the dispute ended. An agreement starts the clocks to its follow-ups and the parties' own to a court,
/// anything else the one to verification.
pub(super) fn conclude(
    context: &Context<'_>,
    dispute: &Dispute,
    around: &Around<'_>,
    said: &Concluding,
) -> Result<Fact, Rejection> {
    let (outcome, possible) = (said.outcome, possible(&dispute.stage));
    if !possible.contains(&outcome.name()) {
        return Err(Rejection::OutcomeNotPossible { state: dispute.state().name(), possible });
    }
    let mut performance_on = said.performance_on.clone();
    performance_on.sort_unstable();
    performance_on.dedup();
    let agreed_on =
        outcome.is_agreement().then(|| agreed_on(context, dispute, said)).transpose()?;
    let clocks = if let Some(agreed_on) = agreed_on {
        let basis =
            performance_on.last().map_or(context.now, |day| start_of(*day).max(context.now));
        let mut clocks = follow_ups(context, basis)?;
        clocks.extend(for_a_court(context, dispute, around.unit, agreed_on)?);
        clocks
    } else {
        vec![(ClockKind::Verify, to_verification(context)?)]
    };
    let for_a_court = clocks.iter().find(|(kind, _)| *kind == ClockKind::Confirm);
    let confirmation_until = for_a_court.and_then(|(_, clock)| clock.last_day());
    let team = dispute.stage.engaged_team().cloned();
    let concluded =
        Concluded { outcome, team, agreed_on, performance_on, confirmation_until, clocks };
    Ok(Fact::OutcomeRecorded(concluded))
}

/// The day on which an agreement took effect: within the life of the case, and before anything is performed.
fn agreed_on(
    context: &Context<'_>,
    dispute: &Dispute,
    said: &Concluding,
) -> Result<Date, Rejection> {
    let today = calendar::business_date(context.now);
    let day = said.agreed_on.unwrap_or(today);
    if day > today || day < calendar::business_date(dispute.reported_at).min(today) {
        return Err(Rejection::DatesContradict {
            field: "agreement_date",
            en: "a day from the report to today is wanted",
            zh: "协议日期须在上报之日至今天之间",
        });
    }
    if said.performance_on.iter().any(|performed| *performed < day) {
        return Err(Rejection::DatesContradict {
            field: "performance_dates",
            en: "something has to be performed before it was agreed",
            zh: "履行日期不得早于达成协议之日",
        });
    }
    Ok(day)
}

/// The clocks to both follow-ups, from the last performance or from the agreement.
fn follow_ups(
    context: &Context<'_>,
    basis: jiff::Timestamp,
) -> Result<Vec<(ClockKind, Clock)>, Rejection> {
    let limits = &context.rules.limits;
    let clock = |kind, limit: &StepLimit| {
        let clock = context.rules.start(limit, basis).ok_or(Rejection::LimitOutOfRange)?;
        Ok((kind, clock))
    };
    Ok(vec![
        clock(ClockKind::FirstFollowUp, &limits.first_follow_up)?,
        clock(ClockKind::SecondFollowUp, &limits.second_follow_up)?,
    ])
}

/// The time in which both parties may ask a court to confirm the agreement, if a court confirms agreements of the mediation
/// that it comes from. What the organisation is today decides it for good: the clock stays with the case.
fn for_a_court(
    context: &Context<'_>,
    dispute: &Dispute,
    organisation: Option<&Unit>,
    agreed_on: Date,
) -> Result<Option<(ClockKind, Clock)>, Rejection> {
    let by_committee = organisation.is_some_and(|unit| unit.kind.is_committee());
    let mediation = dispute.stage.mediation();
    if !mediation.is_some_and(|mediation| mediation.kind.can_be_confirmed(by_committee)) {
        return Ok(None);
    }
    let clock = context.rules.start(&context.rules.limits.confirmation, start_of(agreed_on));
    Ok(Some((ClockKind::Confirm, clock.ok_or(Rejection::LimitOutOfRange)?)))
}

fn to_verification(context: &Context<'_>) -> Result<Clock, Rejection> {
    let limit = &context.rules.limits.verify;
    context.rules.start(limit, context.now).ok_or(Rejection::LimitOutOfRange)
}

fn refused(consents: &[PartyConsent]) -> bool {
    consents.iter().any(|known| known.consent == Consent::Refused)
}

/// Records what became of the judicial confirmation: asked for by both within thirty days (人民调解法 art. 33), then
/// confirmed or rejected. The day that decides is by the newest calendar, and stays with the case.
pub(super) fn confirmation(
    context: &Context<'_>,
    dispute: &Dispute,
    news: Confirmation,
) -> Result<Vec<Fact>, Rejection> {
    let newest = context.rules.by_newest_calendar(dispute);
    let conclusion = conclusion(&newest);
    let Some(until) = conclusion.confirmation_until else {
        return Err(Rejection::NotOfThisOutcome { outcome: conclusion.outcome.name() });
    };
    let why = match (conclusion.confirmation, news) {
        (None, Confirmation::Applied) if calendar::business_date(context.now) > until => "TOO_LATE",
        (None, Confirmation::Applied)
        | (Some(Confirmation::Applied), Confirmation::Confirmed | Confirmation::Rejected) => {
            let again = intake::counted_again(context, dispute, ClockKind::Confirm);
            return Ok(again.into_iter().chain([Fact::ConfirmationRecorded(news)]).collect());
        }
        (None, Confirmation::Confirmed | Confirmation::Rejected) => "NOT_APPLIED_FOR",
        (Some(_), _) => "KNOWN_ALREADY",
    };
    Err(Rejection::ConfirmationNotPossible { until, why })
}

/// Records what another procedure led to.
pub(super) fn referral_result(dispute: &Dispute, news: ReferralResult) -> Result<Fact, Rejection> {
    let outcome = conclusion(dispute).outcome;
    if !matches!(outcome, Outcome::Referred(_)) {
        return Err(Rejection::NotOfThisOutcome { outcome: outcome.name() });
    }
    Ok(Fact::ReferralResultRecorded(news))
}

/// Records a look at the case after its outcome. The last visit that was due starts the clock to verification.
pub(super) fn follow_up(
    context: &Context<'_>,
    dispute: &Dispute,
    performance: Performance,
    relapsed: bool,
) -> Result<Fact, Rejection> {
    let conclusion = conclusion(dispute);
    if conclusion.follow_ups.len() >= MOST_FOLLOW_UPS {
        return Err(Rejection::TooMany { what: "follow-ups" });
    }
    let visits = [ClockKind::FirstFollowUp, ClockKind::SecondFollowUp];
    let waiting =
        visits.into_iter().filter(|kind| dispute.clock(*kind).is_some_and(Clock::is_running));
    let left = waiting.count() - usize::from(dispute.visit_due(context.now).is_some());
    let is_last = left == 0 && dispute.clock(ClockKind::Verify).is_none();
    let clock = if is_last { Some(to_verification(context)?) } else { None };
    Ok(Fact::FollowUpRecorded { performance, relapsed, clock })
}

/// What has to come before an outcome can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// Nobody has looked whether the agreement is kept.
    NoFollowUp,
    /// It is not.
    Negative,
    /// It is to be performed later: on that day at last, or when the last follow-up said so.
    Ahead(Option<Date>),
}

/// Records that the outcome was checked and found as recorded.
pub(super) fn verify(context: &Context<'_>, dispute: &Dispute) -> Result<Fact, Rejection> {
    match unverified(conclusion(dispute), calendar::business_date(context.now)) {
        None => Ok(Fact::Verified),
        Some(Unverified::NoFollowUp) => Err(Rejection::FollowUpMissing),
        Some(Unverified::Negative) => Err(Rejection::FollowUpNegative),
        Some(Unverified::Ahead(day)) => Err(Rejection::PerformanceAhead { day }),
    }
}

/// What stands between a conclusion and its verification. The organisation that mediated is to see that an agreement is
/// kept (人民调解法 art. 31), so there has to be a follow-up, the last one may not say otherwise, and the last day of
/// performance has to have come.
pub fn unverified(conclusion: &Conclusion, today: Date) -> Option<Unverified> {
    let last = conclusion.follow_ups.last();
    if conclusion.outcome.is_agreement() && last.is_none() {
        return Some(Unverified::NoFollowUp);
    }
    if last.is_some_and(|last| last.is_negative()) {
        return Some(Unverified::Negative);
    }
    let ahead = conclusion.performance_on.last().filter(|day| **day > today);
    let not_due = last.is_some_and(|last| last.performance == Performance::NotDue);
    (not_due || ahead.is_some()).then(|| Unverified::Ahead(ahead.copied()))
}

/// Does the case again: back to triaged, or to accepted if it never had a level, with a new clock of the same limit.
pub(super) fn redo(
    context: &Context<'_>,
    dispute: &Dispute,
    reason: RedoReason,
) -> Result<Fact, Rejection> {
    if dispute.redone >= MOST_REDOS {
        return Err(Rejection::TooMany { what: "redos" });
    }
    let conclusion = conclusion(dispute);
    let negative = conclusion.follow_ups.last().is_some_and(|last| last.is_negative());
    let fits = match reason {
        RedoReason::NegativeFollowUp => negative,
        RedoReason::TriedAgain => {
            matches!(conclusion.outcome, Outcome::Failed | Outcome::Refused | Outcome::Referred(_))
        }
        RedoReason::VerificationDisagrees | RedoReason::PartyAsks => {
            conclusion.outcome != Outcome::Merged
        }
    };
    if !fits {
        return Err(Rejection::NotOfThisOutcome { outcome: conclusion.outcome.name() });
    }
    let level = dispute.triage.map_or(Level::General, |triage| triage.level);
    let limit = context.rules.limits.levels.of(level);
    let clock = context.rules.start(limit, context.now).ok_or(Rejection::LimitOutOfRange)?;
    Ok(Fact::Redone { reason, clock })
}

fn conclusion(dispute: &Dispute) -> &Conclusion {
    dispute.stage.conclusion().unwrap_or_else(|| super::contradiction(dispute))
}
