//! One fact of every kind about how a case ends and is checked, about moves, oversight and time.

use super::*;
use crate::domain::dispute::{
    Confirmation, Deferral, DeferralReason, ExtensionReason, ExtensionRequest, Move, MoveReason,
    PauseKind, RedoReason, ReferralResult, Step, Supervision, SupervisionKind,
};

pub(super) fn facts() -> Vec<(Fact, Option<SealedKind>)> {
    ending().into_iter().chain(oversight()).chain(by_time()).collect()
}

fn ending() -> Vec<(Fact, Option<SealedKind>)> {
    let (duplicate, channel) = (Uuid::from_u128(3), Channel::OwnMotion);
    let redone = Fact::Redone { reason: RedoReason::PartyAsks, clock: clock() };
    let merged = Fact::Merged { into: Uuid::from_u128(2), team: Some(id("lmj-370306001-1")) };
    vec![
        (Fact::ConfirmationRecorded(Confirmation::Confirmed), Some(SealedKind::Outcome)),
        (Fact::ReferralResultRecorded(ReferralResult::NotAccepted), Some(SealedKind::Outcome)),
        (Fact::Verified, Some(SealedKind::Verification)),
        (redone, Some(SealedKind::Verification)),
        (merged, Some(SealedKind::Note)),
        (Fact::DuplicateJoined { duplicate, channel, protective: true }, None),
    ]
}

fn oversight() -> Vec<(Fact, Option<SealedKind>)> {
    let by = place("3703", Some("zibo-centre"));
    let step = Step {
        number: 4,
        place: place("370306001", Some("rmtj-1")),
        how: Move::Designated,
        reason: Some(MoveReason::CompetenceDecided),
        at: start(),
    };
    let supervision = Supervision { kind: SupervisionKind::Listed, by: by.clone(), at: start() };
    let reason = ExtensionReason::ExpertOpinion;
    let request = ExtensionRequest { working_days: 5, reason, by: by.clone(), at: start() };
    let deferral = Deferral {
        reason: DeferralReason::LongStanding,
        review_on: day("2026-12-01"),
        at: start(),
        review_due: true,
    };
    let words = Some(SealedKind::Oversight);
    vec![
        (Fact::Moved(step), Some(SealedKind::Move)),
        (Fact::Reminded { by }, words),
        (Fact::SupervisionSet(supervision), words),
        (Fact::SupervisionLifted, words),
        (Fact::ExtensionRequested(request), words),
        (Fact::ExtensionDecided(Some(clock())), words),
        (Fact::LimitPaused { kind: PauseKind::ThreeWay, until: start(), clock: clock() }, words),
        (Fact::LimitResumed { clock: clock() }, words),
        (Fact::Deferred(deferral), words),
        (Fact::DeferralEnded { next_raise_at: Some(start()) }, words),
    ]
}

fn by_time() -> Vec<(Fact, Option<SealedKind>)> {
    let raised = Raised { to: AreaCode::parse("370306").unwrap(), next_at: Some(start()) };
    let shown = Fact::CardShown {
        clock: ClockKind::Verify,
        card: calendar::Card::Red,
        due_at: start(),
        raised: Some(raised),
    };
    vec![
        (Fact::ReviewDue { day: day("2026-12-01"), next_raise_at: Some(start()) }, None),
        (shown, None),
        (Fact::PoliceFirst { channel: Channel::SecretaryPhone }, None),
    ]
}
