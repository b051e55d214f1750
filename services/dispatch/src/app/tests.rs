//! The authority as the committer drives it: declared reads, decisions, facts, replays.

mod model;
mod world;

use ledger::{Authority, States};
use proptest::prelude::*;
use uuid::Uuid;

use self::world::World;
use super::*;
use crate::domain::codes::Id;
use crate::domain::command::Report;
use crate::domain::decide::tests::{
    ended, every_action, given, id, mediate, refused, report, source, team, triage, visited,
};
use crate::domain::dispute::{
    ClockKind, DeclineReason, Level, MediationKind, Offering, Outcome, Performance, Stage,
};
use crate::domain::sealed::{Purpose, SealedKind};

#[test]
fn a_report_touches_four_rows_at_most_and_writes_one_event() {
    let mut world = World::new();
    let mut report = report();
    report.source = Some(source());
    let order = world.report(report);
    let states = States::new();
    assert_eq!(world.dispatch.reads(&order, &states).len(), 4);
    let answer = world.submit(&order).unwrap();
    assert_eq!(answer, Answer::Reported { dispute_id: Uuid::from_u128(1) });
    assert_eq!(world.log.len(), 1);
    let tables: Vec<_> = world.touched.iter().map(|key| key.table.name).collect();
    assert_eq!(tables, ["counter", "dispute", "sealed", "source"]);
}

#[test]
fn two_cases_that_want_the_last_free_team_in_one_batch_do_not_both_get_it() {
    for (capacity, got) in [(1, [true, false]), (2, [true, true])] {
        let mut world = World::new();
        let mut near = team("near", 1.0);
        near.capacity = capacity;
        let mut far = team("far", 9.0);
        far.duty = crate::domain::places::Duty::Off;
        for team in [near, far] {
            world.states.put(team_key(&team.id), State::Team(team));
        }
        world.states.keep();
        for number in [1, 2] {
            let order = world.report(Report { dispute_id: Uuid::from_u128(number), ..report() });
            world.submit(&order).unwrap();
            world.act(number, Action::Accept).unwrap();
            world.act(number, triage(Level::Simple)).unwrap();
        }
        let orders = [1, 2].map(|number| world.order(number, Action::CallTeam(None)));
        assert!(world.submit_batch(&orders).iter().all(|(answer, _)| answer.is_ok()));
        let offered = [1, 2].map(|number| world.dispute(number).unwrap().stage.offer().is_some());
        assert_eq!(offered, got, "capacity {capacity}");
    }
}

#[test]
fn who_is_asked_next_when_a_duty_ends_answers_within_the_citys_limit() {
    use crate::domain::catalogue::{Catalogue, CatalogueLimit, CatalogueMatter, LimitedStep};
    use crate::domain::duty::{DutyAct, DutyWish};
    use crate::domain::rules::StepLimit;
    let from = "2026-01-01".parse().unwrap();
    let offer = CatalogueLimit {
        matter: "dispute".to_owned(),
        step: LimitedStep::Offer,
        tier: None,
        level: None,
        rule: StepLimit::new("5min".parse().unwrap(), "city.offer", "市级规定"),
        extension_most: None,
        from,
        until: None,
    };
    let (code, types) = ("dispute".to_owned(), vec!["02".to_owned()]);
    let matters = vec![CatalogueMatter { code, types, from, until: None }];
    let catalogue = Catalogue { version: 1, matters, limits: vec![offer] };
    let mut world = World::new();
    world.states.put(catalogue_key(), State::Catalogue(catalogue));
    world.states.keep();
    let order = world.report(report());
    world.submit(&order).unwrap();
    for action in [Action::Accept, triage(Level::Simple), Action::CallTeam(None)] {
        world.act(1, action).unwrap();
    }
    let minutes = |world: &World| {
        let offer = world.dispute(1).unwrap().stage.offer().cloned().unwrap();
        (offer.team, offer.answer_until.duration_since(offer.at).as_mins())
    };
    assert_eq!(minutes(&world), (id("near"), 5));
    let (scope, wish) = (crate::domain::decide::tests::area("3703"), DutyWish::End(id("near")));
    let end = Command::Duty(DutyAct { scope, min_registry: 0, wish });
    world.submit(&Order::from(end)).unwrap();
    assert_eq!(minutes(&world), (id("far"), 5));
}

#[test]
fn the_same_source_twice_in_one_batch_is_one_case() {
    let mut world = World::new();
    let numbers = [1, 2, 3].map(Uuid::from_u128);
    let orders: Vec<_> = numbers
        .into_iter()
        .map(|dispute_id| world.report(Report { dispute_id, source: Some(source()), ..report() }))
        .collect();
    for (answer, _) in world.submit_batch(&orders) {
        assert_eq!(answer.unwrap().dispute_id(), Uuid::from_u128(1));
    }
    assert_eq!(world.log.len(), 1);
    // And in the next one.
    let answer = world.submit(&orders[2]).unwrap();
    assert_eq!(answer, Answer::Existing { dispute_id: Uuid::from_u128(1) });
}

#[test]
fn cases_of_one_batch_have_codes_and_teams_of_their_own() {
    let mut world = World::new();
    let numbers = [1, 2, 3];
    let orders: Vec<_> = numbers
        .iter()
        .map(|number| world.report(Report { dispute_id: Uuid::from_u128(*number), ..report() }))
        .collect();
    assert!(world.submit_batch(&orders).iter().all(|(answer, _)| answer.is_ok()));
    let codes: std::collections::BTreeSet<_> =
        numbers.iter().map(|number| world.dispute(*number).unwrap().code.to_string()).collect();
    assert_eq!(codes.len(), 3);
    // From acceptance to the call, all of them in one commit.
    let actions = [Action::Accept, triage(Level::Simple), Action::CallTeam(None)];
    let orders: Vec<_> = actions
        .iter()
        .flat_map(|action| numbers.map(|number| (number, action.clone())))
        .map(|(number, action)| world.order(number, action))
        .collect();
    assert!(world.submit_batch(&orders).iter().all(|(answer, _)| answer.is_ok()));
    let asked = numbers
        .map(|number| world.dispute(number).unwrap().stage.engaged_team().map(Id::to_string));
    assert_eq!(asked, [Some("near".to_owned()), Some("far".to_owned()), None]);
}

#[test]
fn a_team_has_one_case_at_a_time() {
    let mut world = World::new();
    for number in 1..=3 {
        let order = world.report(Report { dispute_id: Uuid::from_u128(number), ..report() });
        world.submit(&order).unwrap();
        for action in [Action::Accept, triage(Level::Simple), Action::CallTeam(None)] {
            world.act(number, action).unwrap();
        }
    }
    let asked: Vec<_> = (1..=3)
        .map(|number| world.dispute(number).unwrap().stage.engaged_team().cloned())
        .collect();
    assert_eq!(asked, [Some(id("near")), Some(id("far")), None]);
    // Once a team declines, the case that nobody was left for gets it.
    world.act(1, Action::DeclineOffer(id("near"), DeclineReason::TooFar)).unwrap();
    world.act(3, Action::CallTeam(None)).unwrap();
    assert_eq!(world.dispute(3).unwrap().stage.engaged_team(), Some(&id("near")));
}

#[test]
fn erasing_blanks_ciphertext_and_destroys_the_keys_of_the_case() {
    let mut world = World::new();
    let order = world.report(report());
    world.submit(&order).unwrap();
    assert_eq!(world.keys, [subject(Uuid::from_u128(1))]);
    let piece =
        |world: &World| match world.states.get(&sealed_key(Uuid::from_u128(1), Uuid::from_u128(7)))
        {
            Some(State::Sealed(piece)) => piece.clone(),
            other => panic!("{other:?}"),
        };
    assert_eq!(piece(&world).ciphertext, b"ciphertext");
    world.act(1, Action::EraseDetails(crate::domain::sealed::EraseReason::Ordered)).unwrap();
    assert!(piece(&world).ciphertext.is_empty());
    assert_eq!(piece(&world).kind, SealedKind::Details);
    let erased = vec![Uuid::from_u128(7).to_string()];
    assert_eq!(world.destroyed, [(subject(Uuid::from_u128(1)), erased)]);
}

#[test]
fn a_refused_opening_leaves_a_fact_and_nothing_sealed_is_kept_of_a_refused_command() {
    let mut world = World::new();
    let order = world.report(report());
    world.submit(&order).unwrap();
    let open = Action::OpenDetails { purpose: Purpose::HandleCase, may_see: false };
    assert!(world.act(1, open).is_err());
    assert_eq!(world.log.len(), 2);
    assert!(world.act(1, Action::Close).is_err());
    assert_eq!(world.log.len(), 2);
}

/// Actions as they come, sensible and not.
fn actions() -> impl Strategy<Value = Action> {
    let team = prop_oneof![Just(id("near")), Just(id("far")), Just(id("nobody"))];
    let more = prop_oneof![
        team.clone().prop_map(|team| Action::CallTeam(Some(team))),
        team.clone().prop_map(Action::AcceptOffer),
        team.clone().prop_map(|team| Action::DeclineOffer(team, DeclineReason::HeldUp)),
        team.prop_map(|team| Action::RecordArrival(team, None)),
        Just(Action::RecordConsent(refused(2))),
        Just(Action::RecordConsent(given(2))),
        Just(mediate()),
        Just(unwilling()),
        Just(ended(Outcome::AgreedOrally { partial: false })),
        Just(visited(Performance::InDefault)),
    ];
    // Every state is reached only through the ones before, so the likely next steps come often.
    prop_oneof![1 => proptest::sample::select(every_action()), 2 => more]
}

/// Mediation that a party does not want: refused, and what was said is on record.
fn unwilling() -> Action {
    let organisation = id("rmtj-1");
    let consents = vec![given(1), refused(2)];
    Action::StartMediation { kind: MediationKind::Peoples, organisation, consents }
}

/// Steps of three cases in batches of one to five.
fn batches() -> impl Strategy<Value = Vec<Vec<(u128, Action)>>> {
    let legal_start = vec![Action::Accept, triage(Level::General), Action::CallTeam(None)];
    let batch = proptest::collection::vec((1_u128..=3, actions()), 1..=5);
    (proptest::collection::vec(batch, 0..25), any::<bool>()).prop_map(move |(batches, begun)| {
        let begin = if begun { legal_start.clone() } else { Vec::new() };
        let begin = begin.into_iter().map(|action| (1, action)).collect();
        std::iter::once(begin).chain(batches).collect()
    })
}

/// What holds of every case at every time.
fn invariants(world: &World, clocks: &mut std::collections::BTreeMap<u128, jiff::Timestamp>) {
    let mut engaged = std::collections::BTreeSet::new();
    for number in 1..=3 {
        let Some(dispute) = world.dispute(number) else { continue };
        assert!(dispute.term >= 1);
        if let Some(team) = dispute.stage.engaged_team() {
            assert!(engaged.insert(team.clone()), "{team} has two cases");
        }
        if let Some(clock) = dispute.clock(ClockKind::Arrive) {
            let first = clocks.entry(number).or_insert(clock.limit.start);
            assert_eq!(*first, clock.limit.start, "the clock was started again");
        }
        if let Stage::Called(call) = &dispute.stage
            && let Offering::Open(offer) = &call.offering
        {
            let engagement = world.states.get(&engagement_key(&offer.team));
            let Some(State::Engagement(engagement)) = engagement else { panic!("{engagement:?}") };
            assert_eq!(engagement.cases.get(&dispute.id), Some(&dispute.offers));
        }
        let stored = project::row(&State::Dispute(dispute.clone()));
        let loaded = project::load(&crate::store::DISPUTE, &stored.body).unwrap();
        assert_eq!(loaded, State::Dispute(dispute.clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_commands_never_panic_and_a_replay_of_the_log_is_the_live_state(batches in batches()) {
        let mut world = World::new();
        let mut clocks = std::collections::BTreeMap::new();
        for number in 1..=3 {
            let order = world.report(Report { dispute_id: Uuid::from_u128(number), ..report() });
            world.submit(&order).unwrap();
        }
        for batch in batches {
            let orders: Vec<_> =
                batch.iter().map(|(number, action)| world.order(*number, action.clone())).collect();
            for ((_, action), (answer, facts)) in batch.iter().zip(world.submit_batch(&orders)) {
                if let Err(rejection) = answer {
                    let recorded = matches!(action, Action::OpenDetails { .. })
                        || matches!(rejection, Rejection::PartyRefused { .. });
                    prop_assert!(recorded || facts == 0, "{rejection:?}");
                }
            }
            invariants(&world, &mut clocks);
        }
        let mut replayed = States::new();
        for (published, stamp) in &world.log {
            let event = world.dispatch.recognise(&published.type_name, &published.payload).unwrap();
            prop_assert_eq!(&world.dispatch.publish(&event), published);
            for key in world.dispatch.touches(&event) {
                if !replayed.knows(&key) {
                    replayed.loaded(key, None);
                }
            }
            world.dispatch.evolve(&mut replayed, &event, stamp);
            replayed.keep();
        }
        let live: Vec<_> = world.states.iter().filter(|(key, _)| replayed.knows(key)).collect();
        let again: Vec<_> = replayed.iter().collect();
        prop_assert_eq!(live, again);
    }
}
