//! Teams that do not answer, or answer and never come.

use calendar::Card;

use super::time::shown;
use super::*;
use crate::domain::event::{Recipient, Template};

#[test]
fn a_team_that_does_not_answer_within_a_minute_is_passed_over() {
    let mut case = Case::called();
    let asked_at = case.now;
    let facts = case.ring_next();
    assert_eq!(case.now, asked_at + SignedDuration::from_secs(60));
    assert_eq!(facts[0], Fact::OfferLapsed { team: id("near"), after_acceptance: false });
    assert_eq!(case.dispute.stage.engaged_team(), Some(&id("far")));
    let facts = case.ring_next();
    assert!(matches!(facts.last(), Some(Fact::NoTeamFound(_))), "{facts:?}");
    let told: Vec<_> = case.notices.iter().map(|n| (n.recipient, n.template)).collect();
    assert_eq!(told, [(Recipient::Holder, Template::NoTeam)]);
    assert_eq!(case.state(), State::Called);
}

#[test]
fn a_team_that_vanishes_is_given_up_and_the_next_one_asked() {
    let mut case = Case::under_way();
    let due_at = case.clock(ClockKind::Arrive).due_at().unwrap();
    let facts = case.ring_next();
    assert_eq!(shown(&facts), [(ClockKind::Arrive, Card::Red, None)]);
    assert_eq!(
        case.now,
        due_at + SignedDuration::from_micros(1),
        "at the end itself it is not over"
    );
    let facts = case.ring_next();
    assert_eq!(case.now, due_at + SignedDuration::from_mins(10));
    assert_eq!(facts[0], Fact::OfferLapsed { team: id("near"), after_acceptance: true });
    assert_eq!(
        (case.state(), case.dispute.stage.engaged_team()),
        (State::Offered, Some(&id("far")))
    );
    // It comes late: the clock says so, and it is the same clock.
    case.must(Action::AcceptOffer(id("far")));
    let facts = case.must(Action::RecordArrival(id("far"), None));
    assert!(matches!(facts[0], Fact::TeamArrived { in_time: false, .. }));
}
