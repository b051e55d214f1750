//! Who is on duty, how much a team takes, and what becomes of offers when a shift ends.

use super::*;
use crate::domain::duty::{DutyAct, DutyWish, Shift, ShiftWish, TeamEvent, TeamFact};
use crate::domain::event::{Happening, TeamOffered};
use crate::domain::places::{Position, Team};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn shift(until: Option<Timestamp>, capacity: u32) -> Shift {
    Shift { until, capacity }
}

/// What is asked of a shift; no end and no capacity = as it is.
fn asking(until: Option<Timestamp>, capacity: u32) -> ShiftWish {
    ShiftWish { until, capacity: Some(capacity).filter(|cases| *cases > 0) }
}

fn context(rules: &Rules) -> Context<'_> {
    Context {
        rules,
        now: start(),
        node: NODE,
        incarnation: 1,
        registry_caught_up: true,
        registry_read_once: true,
        registry_position: 9,
    }
}

fn ask(wish: DutyWish, teams: &[Team], asked: Vec<Asked<'_>>) -> Result<Vec<Happening>, Rejection> {
    let rules = rules();
    let known = teams.iter().map(|team| (team.id.clone(), team)).collect();
    let act = DutyAct { scope: area("370306"), min_registry: 0, wish };
    let ruling = super::super::duty(&context(&rules), &known, asked, &act);
    ruling.map(|(events, _)| events)
}

fn of_team(name: &str, fact: TeamFact) -> Happening {
    Happening::Team(TeamEvent { team: id(name), area: area("370306001"), fact })
}

fn off(name: &str) -> Team {
    Team { duty: Duty::Off, since: None, ..team(name, 1.0) }
}

/// Facts of cases, notices apart.
fn of_cases(events: &[Happening]) -> Vec<(u128, &Fact)> {
    let facts = events.iter().filter_map(|event| match event {
        Happening::Dispute(event) if !matches!(event.fact, Fact::NoticeDue(_)) => {
            Some((event.dispute_id.as_u128(), &event.fact))
        }
        Happening::Dispute(_) | Happening::Team(_) => None,
    });
    facts.collect()
}

#[test]
fn a_shift_begins_changes_and_ends() {
    let until = Some(start() + DAY);
    let begun = |shift| Ok(vec![of_team("near", TeamFact::DutyStarted { shift, from: None })]);
    let ended = Ok(vec![of_team("near", TeamFact::DutyEnded { to: None })]);
    let over = Team { duty: Duty::OnUntil(start()), ..team("near", 1.0) };
    let begin = |until, capacity| DutyWish::Start(id("near"), asking(until, capacity));
    let two = Team { duty: Duty::until(until), capacity: 2, ..team("near", 1.0) };
    let (longer, nothing) = (Some(start() + DAY + DAY), Ok(Vec::new()));
    let table = [
        (begin(None, 0), off("near"), begun(shift(None, 1))),
        (begin(until, 2), team("near", 1.0), begun(shift(until, 2))),
        // Nothing has to change.
        (begin(None, 1), team("near", 1.0), nothing.clone()),
        // What is not named stays while the shift goes on, and no longer.
        (begin(None, 0), two.clone(), nothing),
        (begin(longer, 0), two.clone(), begun(shift(longer, 2))),
        (begin(None, 3), two.clone(), begun(shift(until, 3))),
        (begin(None, 0), Team { duty: Duty::OnUntil(start()), ..two }, begun(shift(None, 1))),
        (DutyWish::End(id("near")), team("near", 1.0), ended.clone()),
        (DutyWish::End(id("near")), over, ended),
        (DutyWish::End(id("near")), off("near"), Ok(Vec::new())),
    ];
    for (wish, team, happens) in table {
        assert_eq!(ask(wish.clone(), &[team], Vec::new()), happens, "{wish:?}");
    }
}

#[test]
fn a_shift_ends_within_a_week() {
    let week = start() + 7 * DAY;
    let micro = SignedDuration::from_micros(1);
    for (until, possible) in
        [(start(), false), (start() + micro, true), (week, true), (week + micro, false)]
    {
        let wish = DutyWish::Start(id("near"), asking(Some(until), 1));
        let asked = ask(wish, &[off("near")], Vec::new());
        assert_eq!(asked.is_ok(), possible, "{until}: {asked:?}");
        assert!(possible || asked == Err(Rejection::DutyEndImpossible));
    }
}

#[test]
fn only_teams_of_the_callers_area_that_exist() {
    let elsewhere = Team { area: area("370303001"), ..off("near") };
    let gone = Team { until: Some("2026-02-13".parse().unwrap()), ..off("near") };
    let refused = Err(Rejection::TeamNotFound { team: id("near") });
    for known in [vec![], vec![elsewhere], vec![gone]] {
        let wish = DutyWish::Start(id("near"), asking(None, 1));
        assert_eq!(ask(wish, &known, Vec::new()), refused, "{known:?}");
    }
}

#[test]
fn a_team_takes_as_many_cases_as_it_said() {
    for (capacity, cases, search) in [
        (1, &[][..], None),
        (1, &[99][..], Some(1)),
        (2, &[99][..], None),
        (2, &[98, 99][..], Some(1)),
    ] {
        let mut case = Case::triaged();
        let near = Team { capacity, ..team("near", 1.0) };
        case.teams = vec![(near, with(cases))];
        let facts = case.must(Action::CallTeam(None));
        let engaged = facts.iter().find_map(|fact| {
            let Fact::NoTeamFound(search) = fact else { return None };
            Some(search.engaged)
        });
        assert_eq!(engaged, search, "{capacity} {cases:?}");
        let mut named = Case::triaged();
        named.teams = vec![(Team { capacity, ..team("near", 1.0) }, with(cases))];
        assert_eq!(named.when(Action::CallTeam(Some(id("near")))).is_err(), search.is_some());
    }
}

#[test]
fn who_said_a_short_time_ago_where_it_is_starts_from_there() {
    let here = Point { longitude: 117.851, latitude: 36.80 };
    let minutes = SignedDuration::from_mins;
    let asked = |said: Option<Position>, since: Option<Timestamp>| {
        let mut case = Case::triaged();
        case.now = start() + minutes(60);
        case.teams[0].0.since = since;
        case.positions = said.map(|said| (id("far"), said)).into_iter().collect();
        let facts = case.must(Action::CallTeam(None));
        let offered = facts.iter().find_map(|fact| {
            let Fact::TeamOffered(TeamOffered { team, estimate, .. }) = fact else { return None };
            Some((team.clone(), *estimate))
        });
        let (team, estimate) = offered.unwrap();
        (team.as_str().to_owned(), estimate.unwrap().metres)
    };
    let at = |minute| Some(Position { point: here, at: start() + minutes(minute) });
    let since = Some(start());
    // Every command moves the clock by a second, so that ten minutes before are just over.
    // Nearest by where it is, 89 m away; what is recorded is the way from its base point.
    assert_eq!(asked(at(51), since), ("far".to_owned(), 8013));
    assert_eq!(asked(at(50), since), ("near".to_owned(), 890), "ten minutes are over");
    assert_eq!(asked(at(55), Some(start() + minutes(57))).0, "near", "said in another shift");
    assert_eq!(asked(at(55), None).0, "near");
    assert_eq!(asked(None, since).0, "near");
}

/// Cases with an open offer to `near`, each with the teams around it.
fn waiting(count: u128) -> Vec<Dispute> {
    let cases = (1..=count).map(|number| {
        let dispute = Case::called().dispute;
        Dispute { id: Uuid::from_u128(number), ..dispute }
    });
    cases.collect()
}

fn asked<'a>(
    cases: &'a [Dispute],
    grid: &'a Grid,
    teams: &'a [(Team, Engagement)],
) -> Vec<Asked<'a>> {
    let around = || Around {
        grid: Some(grid),
        teams: teams.iter().map(|(team, busy)| (team, busy.clone())).collect(),
        ..Around::default()
    };
    cases.iter().map(|dispute| Asked { dispute, around: around(), rules: None }).collect()
}

#[test]
fn a_shift_is_handed_over_with_what_was_not_answered() {
    let (cases, grid) = (waiting(2), grid());
    let near = Team { capacity: 2, ..team("near", 1.0) };
    let teams =
        [(near.clone(), with(&[1, 2])), (team("far", 9.0), with(&[])), (off("new"), with(&[]))];
    let wish = |capacity| {
        let (from, to) = (id("near"), id("new"));
        DutyWish::HandOver { from, to, shift: asking(None, capacity) }
    };
    // (capacity of the new shift, who is asked for the two cases)
    for (capacity, next) in [(2, ["new", "new"]), (1, ["new", "far"])] {
        let known = [near.clone(), off("new")];
        let events = ask(wish(capacity), &known, asked(&cases, &grid, &teams)).unwrap();
        let from = Some(id("near"));
        let begun = TeamFact::DutyStarted { shift: shift(None, capacity), from };
        assert_eq!(events[0], of_team("new", begun));
        assert_eq!(events[1], of_team("near", TeamFact::DutyEnded { to: Some(id("new")) }));
        let facts = of_cases(&events);
        assert_eq!(facts.len(), 4);
        for (place, (case, team)) in [1, 2].into_iter().zip(next).enumerate() {
            let withdrawn = Fact::OfferWithdrawn { team: id("near") };
            assert_eq!(facts[2 * place], (case, &withdrawn));
            let Fact::TeamOffered(offered) = facts[2 * place + 1].1 else { panic!("{facts:?}") };
            assert_eq!((offered.team.as_str(), offered.round), (team, 2), "{capacity}");
        }
    }
    let wish = wish(1);
    let refused = Err(Rejection::TeamOffDuty { team: id("near") });
    assert_eq!(ask(wish, &[off("near"), off("new")], Vec::new()), refused);
}

#[test]
fn who_takes_over_has_the_shift_of_the_other_unless_another_is_named() {
    let until = Some(start() + DAY);
    let near = Team { duty: Duty::until(until), capacity: 3, ..team("near", 1.0) };
    let longer = Some(start() + DAY + DAY);
    for (asked, has) in [
        (asking(None, 0), shift(until, 3)),
        (asking(longer, 0), shift(longer, 3)),
        (asking(None, 1), shift(until, 1)),
    ] {
        let wish = DutyWish::HandOver { from: id("near"), to: id("new"), shift: asked };
        let events = ask(wish, &[near.clone(), off("new")], Vec::new()).unwrap();
        let begun = TeamFact::DutyStarted { shift: has, from: Some(id("near")) };
        assert_eq!(events[0], of_team("new", begun));
    }
}

#[test]
fn a_hand_over_shortens_no_shift_of_a_team_on_duty() {
    let (soon, later) = (Some(start() + DAY), Some(start() + DAY + DAY));
    let on = |name, until, capacity| Team { duty: Duty::until(until), capacity, ..team(name, 1.0) };
    // (shift of who goes off, of who takes over, what is asked, what the latter has then)
    for (from, to, asked, has) in [
        ((soon, 3), (later, 1), asking(None, 0), shift(later, 3)),
        ((later, 1), (soon, 3), asking(None, 0), shift(later, 3)),
        ((soon, 2), (None, 1), asking(None, 0), shift(None, 2)),
        ((None, 2), (soon, 1), asking(None, 0), shift(None, 2)),
        // What is named holds, as of any shift.
        ((later, 3), (later, 3), asking(soon, 2), shift(soon, 2)),
    ] {
        let teams = [on("near", from.0, from.1), on("new", to.0, to.1)];
        let wish = DutyWish::HandOver { from: id("near"), to: id("new"), shift: asked };
        let events = ask(wish, &teams, Vec::new()).unwrap();
        let begun = TeamFact::DutyStarted { shift: has, from: Some(id("near")) };
        assert_eq!(events[0], of_team("new", begun), "{from:?} {to:?}");
    }
    // Nothing changes for who is on duty for longer and for more.
    let teams = [on("near", soon, 1), on("new", later, 2)];
    let wish = DutyWish::HandOver { from: id("near"), to: id("new"), shift: asking(None, 0) };
    let ended = of_team("near", TeamFact::DutyEnded { to: Some(id("new")) });
    assert_eq!(ask(wish, &teams, Vec::new()), Ok(vec![ended]));
}

#[test]
fn who_goes_off_duty_is_asked_no_more() {
    let (cases, grid) = (waiting(1), grid());
    let both = [(team("near", 1.0), with(&[1])), (team("far", 9.0), with(&[]))];
    let events = ask(DutyWish::End(id("near")), &[team("near", 1.0)], asked(&cases, &grid, &both));
    let facts = events.as_deref().map(of_cases).unwrap();
    let Fact::TeamOffered(offered) = facts[1].1 else { panic!("{facts:?}") };
    assert_eq!(offered.team, id("far"));

    let alone = &both[..1];
    let events = ask(DutyWish::End(id("near")), &[team("near", 1.0)], asked(&cases, &grid, alone));
    let facts = events.as_deref().map(of_cases).unwrap();
    assert!(matches!(facts[1].1, Fact::NoTeamFound(search) if search.off_duty == 1), "{facts:?}");

    // Of a case that lives elsewhere nothing is decided here.
    let abroad = [Dispute { home: "elsewhere".to_owned(), ..cases[0].clone() }];
    let events = ask(DutyWish::End(id("near")), &[team("near", 1.0)], asked(&abroad, &grid, &both));
    assert_eq!(events.as_deref().map(of_cases), Ok(Vec::new()));
}

#[test]
fn an_offer_taken_back_is_no_answer_of_the_team() {
    let mut case = Case::called();
    let events = {
        let around = case.around();
        super::super::team::withdraw(&case.context(), &case.dispute, &around, None)
    };
    // Withdrawn while still on duty it would be asked again: nothing says that it did not come.
    let next = case.happens(events);
    assert!(matches!(&next[1], Fact::TeamOffered(offered) if offered.team == id("near")));
    assert_eq!((case.dispute.offers, case.state()), (2, State::Offered));
}
