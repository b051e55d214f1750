//! What happens by time alone.

use calendar::{Card, Limit};

use super::*;
use crate::domain::event::{Recipient, Template};

/// What a clock has shown: clock, card, area that it was raised to.
pub(super) fn shown(facts: &[Fact]) -> Vec<(ClockKind, Card, Option<String>)> {
    let shown = facts.iter().filter_map(|fact| {
        let Fact::CardShown { clock, card, raised, .. } = fact else { return None };
        Some((*clock, *card, raised.map(|raised| raised.to.as_str().to_owned())))
    });
    shown.collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_limit_turns_yellow_then_red_and_goes_up_tier_by_tier() {
    let mut case = Case::triaged();
    assert_eq!(case.due(ClockKind::Handle), "2026-02-24 17:30");
    let table = [
        // One working day ahead is before Spring Festival.
        ("2026-02-14 17:30", Card::Yellow, None),
        ("2026-02-25 08:30", Card::Red, Some("370306001")),
        // Three working days, over a Saturday that is worked; red is the opening of the day after.
        ("2026-03-02 08:30", Card::Red, Some("370306")),
        ("2026-03-06 08:30", Card::Red, Some("3703")),
    ];
    for (when, card, raised) in table {
        assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), when);
        let raised = raised.map(str::to_owned);
        assert_eq!(shown(&case.ring_next()), [(ClockKind::Handle, card, raised)], "{when}");
    }
    assert_eq!(case.dispute.wakes_at(), None, "above the city there is nobody");
    assert_eq!(case.state(), State::Triaged, "who has the case, keeps it");
}

#[test]
fn nothing_happens_before_its_time_or_twice() {
    let mut case = Case::triaged();
    case.now = case.dispute.wakes_at().unwrap() - SignedDuration::from_micros(1);
    assert!(case.ring().is_empty());
    case.now += SignedDuration::from_micros(1);
    assert_eq!(case.ring().len(), 1);
    assert!(case.ring().is_empty());
    // A clock that went back shows nothing anew.
    case.now = start();
    assert!(case.ring().is_empty());
}

#[test]
fn what_is_long_overdue_is_red_at_once() {
    let mut case = Case::triaged();
    case.now = at("2026-08-03T02:00:00Z");
    let raised = Some("370306001".to_owned());
    assert_eq!(shown(&case.ring()), [(ClockKind::Handle, Card::Red, raised)]);
    let told: Vec<_> = case.notices.iter().map(|n| (n.recipient, n.template)).collect();
    assert_eq!(told, [(Recipient::Holder, Template::Red), (Recipient::UpperTier, Template::Red)]);
    assert_eq!(case.notices[1].target, "370306001");
}

#[test]
fn a_report_that_nobody_accepts_is_raised_too() {
    let mut case = Case::reported();
    assert_eq!(case.due(ClockKind::Accept), "2026-02-14 17:30");
    let raised = Some("370306001".to_owned());
    assert_eq!(shown(&case.ring_next()), [(ClockKind::Accept, Card::Red, raised)]);
    case.must(Action::Accept);
    // Accepted late, and that is that; the clock to the outcome runs on, also if nobody says how hard the case is.
    assert_eq!(shown(&case.ring_next()), [(ClockKind::Handle, Card::Yellow, None)]);
}

#[test]
fn visits_and_the_check_have_clocks_of_their_own() {
    let mut case = Case::agreed();
    let raised = Some("370306001".to_owned());
    for (when, kind, to) in [
        ("2026-02-25 08:30", ClockKind::FirstFollowUp, None),
        ("2026-03-17 08:30", ClockKind::SecondFollowUp, raised),
    ] {
        assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), when);
        assert_eq!(shown(&case.ring_next()), [(kind, Card::Red, to)]);
    }
    case.must(visited(Performance::Performed));
    case.must(visited(Performance::Performed));
    let raised = Some("370306001".to_owned());
    assert_eq!(shown(&case.ring_next()), [(ClockKind::Verify, Card::Red, raised)]);
}

#[test]
fn more_time_takes_no_card_back_and_the_next_card_comes_at_its_new_time() {
    let mut case = Case::triaged();
    case.ring_next();
    assert_eq!(case.clock(ClockKind::Handle).shown, Card::Yellow);
    case.must(Action::RequestExtension(5, ExtensionReason::PartiesAsk));
    case.must(Action::DecideExtension(true));
    assert_eq!(case.clock(ClockKind::Handle).shown, Card::Yellow);
    assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), "2026-03-03 08:30");
}

#[test]
fn what_was_red_and_got_more_time_goes_further_up_only_when_it_is_over_again() {
    let mut case = Case::triaged();
    case.ring_next();
    case.ring_next();
    assert_eq!(case.clock(ClockKind::Handle).shown, Card::Red);
    assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), "2026-03-02 08:30");
    case.must(Action::RequestExtension(5, ExtensionReason::PartiesAsk));
    case.must(Action::DecideExtension(true));
    assert_eq!(shanghai(case.dispute.wakes_at().unwrap()), "2026-03-03 08:30");
    let raised = Some("370306".to_owned());
    assert_eq!(shown(&case.ring_next()), [(ClockKind::Handle, Card::Red, raised)]);
}

#[test]
fn a_pause_that_cannot_end_now_stops_nothing_else_and_ends_later() {
    let mut case = Case::triaged();
    case.teams.clear();
    case.must(Action::CallTeam(None));
    case.must(Action::Pause(PauseKind::Hearing));
    let over = case.now + SignedDuration::from_secs(1);
    case.dispute.paused.as_mut().unwrap().until = over;
    let handle = case.dispute.clocks.get_mut(&ClockKind::Handle).unwrap();
    let possible = std::mem::replace(&mut handle.limit.limit, Limit::calendar_days(u32::MAX));
    case.now += SignedDuration::from_mins(11);
    assert_eq!(shown(&case.ring()), [(ClockKind::Arrive, Card::Red, None)]);
    assert_eq!((case.dispute.wakes_at(), case.dispute.paused.is_some()), (Some(over), true));

    case.dispute.clocks.get_mut(&ClockKind::Handle).unwrap().limit.limit = possible;
    let facts = case.ring();
    assert!(matches!(facts.as_slice(), [Fact::LimitResumed { .. }]), "{facts:?}");
    assert_eq!(case.dispute.paused, None);
}
