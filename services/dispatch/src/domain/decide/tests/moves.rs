//! A case goes to somebody else: no clock is touched, nobody's duty is forgotten.

use super::*;
use crate::domain::dispute::{MOST_STEPS, Move};
use crate::domain::event::{Recipient, Template};

fn up() -> Action {
    Action::Escalate(None, None, MoveReason::BeyondThisTier)
}

fn back(step: Option<u32>) -> Action {
    Action::Return(step, MoveReason::NotCompetent)
}

fn designated(code: &str) -> Action {
    let reason = MoveReason::CompetenceDecided;
    Action::Delegate { to: place(code), reason, designate: true }
}

fn not_possible(result: Result<Vec<Fact>, Rejection>) -> &'static str {
    match result {
        Err(Rejection::MoveNotPossible { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// A city that looks at the case.
fn seen_by_the_city() -> Case {
    let mut case = Case::triaged();
    case.by.0 = area("3703");
    case
}

#[test]
fn a_hard_case_travels_up_to_the_city_and_back_and_keeps_its_clocks_and_duties() {
    let mut case = seen_by_the_city();
    let (clocks, first) = (case.dispute.clocks.clone(), case.dispute.first_receiver.clone());
    let handler = case.dispute.first_handler.clone();
    assert_eq!(handler, Some(place("370306001002")));
    for (action, holder, how) in [
        (up(), "370306001", Move::Escalated),
        (up(), "370306", Move::Escalated),
        (up(), "3703", Move::Escalated),
        (designated("370306001"), "370306001", Move::Designated),
        (delegated("370306001002"), "370306001002", Move::Delegated),
        (back(Some(2)), "370306001", Move::Returned),
    ] {
        let facts = case.must(action);
        assert!(matches!(&facts[..], [Fact::Moved(_)]), "{facts:?}");
        let step = case.dispute.holder();
        assert_eq!((step.place.area.as_str(), step.how), (holder, how));
        let told = &case.notices[0];
        assert_eq!((told.recipient, told.template), (Recipient::Holder, Template::HandedOver));
    }
    assert_eq!(case.dispute.clocks, clocks);
    assert_eq!(
        (case.dispute.first_receiver.clone(), case.dispute.first_handler.clone()),
        (first, handler)
    );
    let numbers: Vec<u32> = case.dispute.steps.iter().map(|step| step.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn who_was_designated_may_not_return_the_case() {
    let mut case = seen_by_the_city();
    case.must(up());
    case.must(up());
    case.must(designated("370306001"));
    assert_eq!(case.when(back(None)), Err(Rejection::Designated { step: 4 }));
    assert_eq!(case.when(back(Some(1))), Err(Rejection::Designated { step: 4 }));
    case.must(up());
    case.must(back(Some(1)));
}

#[test]
fn a_case_is_returned_to_a_step_that_there_was() {
    let mut case = seen_by_the_city();
    assert_eq!(case.when(back(None)), Err(Rejection::NoSuchStep { step: 0 }));
    case.must(up());
    for step in [2, 3, 99] {
        assert_eq!(case.when(back(Some(step))), Err(Rejection::NoSuchStep { step }));
    }
    case.must(back(None));
    assert_eq!(case.dispute.holder().place, place("370306001002"));
}

#[test]
fn where_a_case_cannot_go_is_said() {
    let mut case = seen_by_the_city();
    let to = |code: &str| Action::Escalate(Some(area(code)), None, MoveReason::BeyondThisTier);
    for code in ["370306001002", "370306001003", "370307", "37", "370306001002003"] {
        assert_eq!(not_possible(case.when(to(code))), "NOT_ABOVE", "{code}");
    }
    case.must(to("3703"));
    assert_eq!(not_possible(case.when(up())), "NO_TIER_ABOVE");
    for (code, why) in [
        ("370307", "NOT_OF_THE_GRID"),
        ("37", "NOT_BELOW"),
        ("370306001002003", "NOT_BELOW"),
        ("3703", "THE_SAME"),
    ] {
        assert_eq!(not_possible(case.when(delegated(code))), why, "{code}");
    }
}

#[test]
fn a_unit_is_one_of_the_area_and_exists() {
    let mut case = seen_by_the_city();
    case.must(up());
    let to = |code: &str, unit: &str| Action::Delegate {
        to: Place { area: area(code), unit: Some(id(unit)) },
        reason: MoveReason::NeedsDepartments,
        designate: false,
    };
    assert_eq!(not_possible(case.when(to("370306001002", "rmtj-1"))), "UNIT_NOT_THERE");
    let unknown = Rejection::OrganisationNotFound { organisation: id("nobody") };
    assert_eq!(case.when(to("370306001", "nobody")), Err(unknown));
    case.caught_up = false;
    assert_eq!(case.when(to("370306001", "nobody")), Err(Rejection::RegistryNotCaughtUp));
    case.must(to("370306001", "rmtj-1"));
    assert_eq!(case.dispute.holder().place.unit, Some(id("rmtj-1")));
    case.must(delegated("370306001"));
    assert_eq!(case.dispute.holder().place.unit, None, "back to the centre of the town");
}

#[test]
fn who_stands_below_the_holder_does_not_act_on_the_case_but_helps() {
    let mut case = Case::called();
    case.must(Action::DeclineOffer(id("near"), DeclineReason::Busy));
    case.must(Action::DeclineOffer(id("far"), DeclineReason::Busy));
    case.must(up());
    case.by.0 = area("370306001002");
    let holder = place("370306001");
    assert_eq!(case.when(Action::CallTeam(None)), Err(Rejection::NotHolder(holder)));
    case.must(Action::AddNote);
    case.must(Action::Remind);
    case.by.0 = area("370306001");
    case.must(Action::CallTeam(None));
    case.by.0 = area("370306001002");
    case.must(Action::AcceptOffer(id("near")));
}

#[test]
fn a_case_does_not_travel_for_ever() {
    let mut case = seen_by_the_city();
    while case.dispute.steps.len() < MOST_STEPS {
        case.must(up());
        case.must(back(None));
        if case.dispute.steps.len() == MOST_STEPS - 1 {
            case.must(up());
        }
    }
    assert_eq!(case.when(back(None)), Err(Rejection::TooMany { what: "steps" }));
}
