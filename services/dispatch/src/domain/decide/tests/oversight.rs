//! Watching over a case: supervision, more time, standing still, deferring.

use super::*;
use crate::domain::event::{Recipient, Template};

fn asked(days: u32) -> Action {
    Action::RequestExtension(days, ExtensionReason::Complex)
}

fn defer(day: &str) -> Action {
    Action::Defer(DeferralReason::NoPolicy, day.parse().unwrap())
}

#[test]
fn only_who_stands_above_supervises_grants_and_defers() {
    for action in [
        Action::Supervise(SupervisionKind::Listed),
        Action::DecideExtension(true),
        defer("2026-12-01"),
    ] {
        let mut case = Case::triaged();
        let holder = place("370306001002");
        case.by.0 = area("370306001002");
        assert_eq!(case.when(action.clone()), Err(Rejection::NotAboveHolder(holder.clone())));
        // A unit of the same area does not stand above its centre.
        case.by.1 = Some(id("rmtj-1"));
        assert_eq!(case.when(action), Err(Rejection::NotAboveHolder(holder)));
    }
}

#[test]
fn supervision_is_set_changed_and_lifted() {
    let mut case = Case::triaged();
    assert_eq!(case.when(Action::LiftSupervision), Err(Rejection::NotSupervised));
    for kind in [SupervisionKind::Yellow, SupervisionKind::Red, SupervisionKind::Listed] {
        case.must(Action::Supervise(kind));
        let known = case.dispute.supervision.clone().unwrap();
        assert_eq!((known.kind, known.by), (kind, place("370306")));
    }
    case.must(Action::LiftSupervision);
    assert_eq!(case.dispute.supervision, None);
    case.must(Action::Remind);
    case.must(Action::Remind);
    assert_eq!(case.dispute.reminders, 2);
}

#[test]
fn a_lower_tier_takes_back_nothing_of_what_a_higher_one_watches_over() {
    let mut case = Case::triaged();
    case.by.0 = area("3703");
    case.must(Action::Supervise(SupervisionKind::Listed));
    case.by.0 = area("370306");
    let city = Rejection::SupervisedByOthers(place("3703"));
    assert_eq!(case.when(Action::LiftSupervision), Err(city.clone()));
    assert_eq!(case.when(Action::Supervise(SupervisionKind::Yellow)), Err(city));
    // The city lifts it also when the case has come to it.
    case.by.0 = area("3703");
    case.must(Action::Escalate(Some(area("3703")), None, MoveReason::BeyondThisTier));
    case.must(Action::LiftSupervision);
}

#[test]
fn the_city_decides_for_itself_because_nobody_stands_above() {
    let mut case = Case::triaged();
    case.by.0 = area("3703");
    case.must(Action::Escalate(Some(area("3703")), None, MoveReason::BeyondThisTier));
    case.must(asked(3));
    case.must(Action::DecideExtension(true));
}

#[test]
fn a_pause_ends_by_itself_and_hides_no_limit_that_is_over() {
    let mut case = Case::triaged();
    case.must(Action::Pause(PauseKind::AwaitingParty));
    let until = case.dispute.paused.unwrap().until;
    assert_eq!(shanghai(until), "2026-03-16 17:30");
    assert_eq!(case.dispute.wakes_at(), Some(until));
    let facts = case.ring_next();
    assert!(matches!(facts.as_slice(), [Fact::LimitResumed { .. }]), "{facts:?}");
    assert_eq!((case.dispute.paused, case.due(ClockKind::Handle).is_empty()), (None, false));
    case.now = "2026-06-01T02:00:00Z".parse().unwrap();
    let due_at = case.clock(ClockKind::Handle).due_at();
    assert_eq!(case.when(Action::Pause(PauseKind::Hearing)), Err(Rejection::LimitOver { due_at }));
}

#[test]
fn nobody_watches_over_a_case_that_is_closed() {
    let mut case = Case::triaged();
    case.must(Action::Supervise(SupervisionKind::Red));
    case.must(ended(Outcome::Withdrawn));
    case.must(Action::Verify);
    assert!(case.dispute.supervision.is_some());
    case.must(Action::Close);
    assert_eq!(case.dispute.supervision, None);
}

#[test]
fn more_time_is_asked_for_decided_and_bounded() {
    let mut case = Case::triaged();
    assert_eq!(case.due(ClockKind::Handle), "2026-02-24 17:30");
    let pending = |pending| Err(Rejection::ExtensionPending { pending });
    assert_eq!(case.when(Action::DecideExtension(true)), pending(false));
    case.must(asked(4));
    let told = &case.notices[0];
    assert_eq!(
        (told.recipient, told.template),
        (Recipient::UpperTier, Template::ExtensionRequested)
    );
    assert_eq!(case.when(asked(1)), pending(true));
    case.must(Action::DecideExtension(false));
    assert_eq!(case.due(ClockKind::Handle), "2026-02-24 17:30");
    case.must(asked(4));
    case.must(Action::DecideExtension(true));
    // Saturday 28 February is worked.
    assert_eq!(case.due(ClockKind::Handle), "2026-02-28 17:30");
    let too_long = |all| {
        Err(Rejection::ExtensionTooLong {
            asked: calendar::Limit::working_days(all),
            most: calendar::Limit::working_days(10),
            rule_key: "hotline.extension_max".to_owned(),
        })
    };
    assert_eq!(case.when(asked(7)), too_long(11));
    case.must(asked(6));
    case.must(Action::DecideExtension(true));
    assert_eq!(case.due(ClockKind::Handle), "2026-03-09 17:30");
    assert_eq!(case.when(asked(1)), too_long(11));
}

#[test]
fn a_pause_moves_the_deadline_by_what_it_lasted() {
    for kind in [PauseKind::Hearing, PauseKind::AwaitingParty, PauseKind::ThreeWay] {
        let mut case = Case::triaged();
        assert_eq!(case.when(Action::Resume), Err(Rejection::NotPaused));
        case.must(Action::Pause(kind));
        assert_eq!(case.when(Action::Pause(kind)), Err(Rejection::Paused(kind)));
        assert_eq!(case.clock(ClockKind::Handle).due_at(), None, "nobody knows when it ends");
        assert!(case.dispute.wakes_at().is_none_or(|at| at > case.now));
        case.now += SignedDuration::from_hours(10 * 24);
        case.must(Action::Resume);
        // The day of receipt is not counted: nine whole days of the ten are.
        assert_eq!(case.due(ClockKind::Handle), "2026-03-02 17:30");
        let limit = &case.clock(ClockKind::Handle).limit;
        let again = calendar::due(
            case.rules.calendars.current(),
            &case.clock(ClockKind::Handle).settings,
            limit,
        );
        assert_eq!(again.unwrap().at, case.clock(ClockKind::Handle).due_at().unwrap());
    }
}

#[test]
fn a_case_that_is_over_asks_for_nothing_any_more() {
    let mut case = Case::mediating();
    case.must(asked(3));
    case.must(ended(Outcome::Failed));
    assert_eq!(case.dispute.extension, None);
    case.must(Action::Redo(RedoReason::TriedAgain));
    assert_eq!(
        case.when(Action::DecideExtension(true)),
        Err(Rejection::ExtensionPending { pending: false })
    );
}

#[test]
fn only_what_is_late_is_deferred_and_it_comes_back_on_its_day() {
    let mut case = Case::triaged();
    let due_at = case.clock(ClockKind::Handle).due_at();
    assert_eq!(case.when(defer("2026-06-01")), Err(Rejection::NotOverdue { due_at }));
    case.now = "2026-02-27T02:00:00Z".parse().unwrap();
    case.ring();
    for wrong in ["2026-02-27", "2025-01-01", "2028-06-01"] {
        let refusal = case.when(defer(wrong)).unwrap_err();
        assert!(
            matches!(refusal, Rejection::DatesContradict { field: "review_date", .. }),
            "{wrong}"
        );
    }
    case.must(defer("2026-06-01"));
    assert_eq!(case.when(defer("2026-07-01")), Err(Rejection::Deferral { deferred: true }));
    assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), "2026-06-01 00:00");
    let facts = case.ring_next();
    let (day, next_raise_at) = ("2026-06-01".parse().unwrap(), case.rules.raised_after(case.now));
    assert_eq!(facts, [Fact::ReviewDue { day, next_raise_at }]);
    // Looked at, and deferred once more; then it is worked on again.
    case.must(defer("2026-07-01"));
    case.must(Action::EndDeferral);
    assert_eq!(case.when(Action::EndDeferral), Err(Rejection::Deferral { deferred: false }));
    // Who takes it up again has as long as anybody before the next tier is told.
    assert_eq!(case.dispute.wakes_at(), case.rules.raised_after(case.now));
}
