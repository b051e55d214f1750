use super::*;
use crate::domain::dispute::{Offering, Stopped};
use crate::domain::event::Search;

fn offered(facts: &[Fact]) -> Option<(&str, u32)> {
    facts.iter().find_map(|fact| {
        let Fact::TeamOffered(offered) = fact else { return None };
        Some((offered.team.as_str(), offered.round))
    })
}

fn decline(team: &str) -> Action {
    Action::DeclineOffer(id(team), DeclineReason::Busy)
}

#[test]
fn the_nearest_is_asked_first_then_the_next_then_nobody_is_left() {
    let mut case = Case::triaged();
    assert_eq!(offered(&case.must(Action::CallTeam(None))), Some(("near", 1)));
    assert_eq!(offered(&case.must(decline("near"))), Some(("far", 2)));
    let last = case.must(decline("far"));
    let search = Search { serving: 2, asked: 2, ..Search::default() };
    assert_eq!(last.last(), Some(&Fact::NoTeamFound(search)));
    // Called again, all are asked anew.
    assert_eq!(offered(&case.must(Action::CallTeam(None))), Some(("near", 3)));
}

#[test]
fn one_clock_runs_from_the_first_call_through_every_decline_to_arrival() {
    let mut case = Case::triaged();
    case.must(Action::CallTeam(None));
    let called_at = case.now;
    let clock = case.clock(ClockKind::Arrive).clone();
    assert_eq!(clock.due_at(), Some(called_at + SignedDuration::from_mins(10)));
    let actions = [
        decline("near"),
        decline("far"),
        Action::CallTeam(None),
        Action::CallTeam(None),
        Action::AcceptOffer(id("far")),
        decline("far"),
        Action::CallTeam(Some(id("far"))),
        Action::AcceptOffer(id("far")),
        Action::RecordArrival(id("far"), None),
    ];
    for action in actions {
        case.must(action.clone());
        let now = Clock { stopped: None, ..case.clock(ClockKind::Arrive).clone() };
        assert_eq!(now, clock, "{action:?}");
    }
    let Stage::Arrived { scene, .. } = &case.dispute.stage else { panic!("{:?}", case.dispute) };
    let stopped = case.clock(ClockKind::Arrive).stopped;
    assert_eq!(stopped, Some(Stopped { at: case.now, done: true }));
    assert_eq!(scene.declined, [], "nobody was left, so that all were asked anew");
}

#[test]
fn a_case_does_not_grow_with_the_offers_that_are_made() {
    let mut case = Case::triaged();
    for round in 0..50 {
        // By name again and again, then the nearest until nobody is left.
        case.must(Action::CallTeam(Some(id("near"))));
        case.must(Action::CallTeam(Some(id("near"))));
        case.must(decline("near"));
        case.must(decline("far"));
        let Stage::Called(call) = &case.dispute.stage else { panic!("{:?}", case.dispute.stage) };
        assert_eq!(call.declined, [id("near"), id("far")], "round {round}");
        assert_eq!(call.rounds, 3 * (round + 1));
    }
}

#[test]
fn arrival_is_in_time_up_to_the_last_instant() {
    for (seconds, in_time) in [(0, true), (1, false)] {
        let mut case = Case::called();
        case.must(Action::AcceptOffer(id("near")));
        let due_at = case.clock(ClockKind::Arrive).due_at().unwrap();
        let at = due_at + SignedDuration::from_secs(seconds);
        case.now = at + SignedDuration::from_mins(5);
        let facts = case.must(Action::RecordArrival(id("near"), Some(at)));
        assert_eq!(facts, [Fact::TeamArrived { team: id("near"), at, in_time }]);
    }
}

#[test]
fn nobody_arrives_in_the_future_or_before_accepting() {
    let mut case = Case::under_way();
    let accepted = case.now;
    // Every command moves the clock by a second; a team's may be two minutes ahead.
    let ahead = case.now + SignedDuration::from_secs(1 + 121);
    for at in [ahead, accepted - SignedDuration::from_micros(1)] {
        let arrival = Action::RecordArrival(id("near"), Some(at));
        assert_eq!(case.when(arrival), Err(Rejection::ArrivalTimeImpossible), "{at}");
    }
    let at = case.now + SignedDuration::from_secs(1 + 120);
    case.must(Action::RecordArrival(id("near"), Some(at)));
}

#[test]
fn only_the_team_whose_turn_it_is_answers() {
    let other = Rejection::NotThisTeam { team: id("near") };
    let mut case = Case::called();
    assert_eq!(case.when(Action::AcceptOffer(id("far"))), Err(other.clone()));
    assert_eq!(case.when(decline("far")), Err(other.clone()));
    case.must(Action::AcceptOffer(id("near")));
    assert_eq!(case.when(decline("far")), Err(other.clone()));
    assert_eq!(case.when(Action::RecordArrival(id("far"), None)), Err(other));
}

#[test]
fn who_is_off_duty_busy_or_gone_is_passed_over() {
    let mut case = Case::triaged();
    let mut off = team("off", 0.1);
    off.duty = Duty::Off;
    let mut ended = team("ended", 0.1);
    ended.duty = Duty::OnUntil(start());
    let mut gone = team("gone", 0.1);
    gone.until = Some("2026-02-13".parse().unwrap());
    let busy = (team("busy", 0.1), with(&[99]));
    let free = [off, ended, gone].map(|team| (team, Engagement::default()));
    case.teams = free.into_iter().chain([busy]).collect();
    let facts = case.must(Action::CallTeam(None));
    let search = Search { serving: 3, off_duty: 2, engaged: 1, asked: 0 };
    assert_eq!(facts.last(), Some(&Fact::NoTeamFound(search)));
    let Stage::Called(call) = &case.dispute.stage else { panic!("{:?}", case.dispute.stage) };
    assert_eq!(call.offering, Offering::Nobody);
}

#[test]
fn a_named_team_is_asked_if_it_can_be() {
    let mut case = Case::triaged();
    case.strangers = vec![team("elsewhere", 0.1)];
    case.teams[1].1 = with(&[99]);
    let refusals = [
        ("elsewhere", Rejection::TeamNotFree { team: id("elsewhere"), why: "NOT_SERVING" }),
        ("near", Rejection::TeamNotFree { team: id("near"), why: "ENGAGED" }),
        ("unknown", Rejection::TeamNotFound { team: id("unknown") }),
    ];
    for (wanted, refusal) in refusals {
        assert_eq!(case.when(Action::CallTeam(Some(id(wanted)))), Err(refusal), "{wanted}");
    }
    assert_eq!(case.state().name(), "TRIAGED", "a refusal starts no clock");
    assert_eq!(offered(&case.must(Action::CallTeam(Some(id("far"))))), Some(("far", 1)));
}

#[test]
fn nobody_is_called_while_somebody_nearer_may_be_unknown() {
    let mut case = Case::triaged();
    case.caught_up = false;
    for wanted in [None, Some(id("near")), Some(id("unknown"))] {
        assert_eq!(case.when(Action::CallTeam(wanted)), Err(Rejection::RegistryNotCaughtUp));
    }
    assert_eq!(case.state().name(), "TRIAGED", "a refusal starts no clock");
    case.caught_up = true;
    case.must(Action::CallTeam(None));
    // Whoever was asked can decline at any time.
    case.caught_up = false;
    assert_eq!(offered(&case.must(decline("near"))), Some(("far", 2)));
}

#[test]
fn a_team_that_does_not_answer_is_passed_over() {
    let mut case = Case::called();
    let facts = case.must(Action::CallTeam(None));
    assert_eq!(facts[0], Fact::OfferLapsed { team: id("near"), after_acceptance: false });
    assert_eq!(offered(&facts), Some(("far", 2)));
}
