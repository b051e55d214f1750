//! Cases of a ledger of paper: what they are here, when their limits end, and what is refused.

use std::collections::BTreeMap;

use calendar::Card;

use super::*;
use crate::domain::dispute::table::TAKEN_OVER;
use crate::domain::dispute::{Paper, PaperEnd, Turn};
use crate::domain::takeover::{FaultReason, PaperPlace, PaperRow, TakeOver};

pub(crate) fn row(line: u32, number: &str) -> PaperRow {
    let day = |text: &str| text.parse().unwrap();
    PaperRow {
        line,
        dispute_id: Uuid::from_u128(100 + u128::from(line)),
        source: Source { system: id("yongan"), number: SourceNumber::parse(number).unwrap() },
        place: PaperPlace::Grid(grid().code),
        reported_on: day("2025-11-03"),
        accepted_on: day("2025-11-04"),
        scale: Scale::Individual,
        people: 4,
        parties: 2,
        channel: Channel::Resident,
        paper: Paper {
            old_type: None,
            kind: dispute_types::intake("02").unwrap(),
            level: None,
            due_on: None,
            end: None,
            organisation: None,
        },
        sealing: Some(sealing(100 + u128::from(line), SealedKind::Details)),
    }
}

fn closed(row: PaperRow) -> PaperRow {
    let day = |text: &str| text.parse().unwrap();
    let outcome = Outcome::AgreedWritten { partial: false };
    let end = PaperEnd { outcome, on: day("2025-11-10"), closed_on: day("2025-11-12") };
    PaperRow { paper: Paper { end: Some(end), ..row.paper.clone() }, ..row }
}

fn with_level(row: PaperRow, level: Level) -> PaperRow {
    PaperRow { paper: Paper { level: Some(level), ..row.paper.clone() }, ..row }
}

pub(crate) fn ask(rows: Vec<PaperRow>) -> TakeOver {
    TakeOver {
        scope: area("3703"),
        rows,
        communities: BTreeMap::new(),
        faults: Vec::new(),
        partial: false,
        min_registry: 0,
    }
}

/// Decides with one grid and one unit known, and these cases recorded.
fn decided(asked: &TakeOver, recorded: &[&Dispute]) -> Result<Ruling, Rejection> {
    let case = Case::reported();
    let (grid, unit) = (grid(), unit());
    let mut shelf = Shelf::default();
    shelf.grids.insert(grid.code, &grid);
    shelf.units.insert(unit.id.clone(), &unit);
    for dispute in recorded {
        shelf.recorded.insert(dispute.source.clone().unwrap(), dispute);
    }
    take_over(&case.context(), &shelf, asked)
}

/// The one case that a row makes, with what is known around it.
fn taken(row: PaperRow) -> Case {
    let mut case = Case::reported();
    let ruling = decided(&ask(vec![row]), &[]).unwrap();
    let [event] = ruling.events.as_slice() else { panic!("{:?}", ruling.events) };
    let Fact::TakenOver(paper) = &event.fact else { panic!("{event:?}") };
    case.dispute = evolve::taken_over(event, paper, case.now);
    case
}

/// A case on paper that had come so far; with a level, so that it can be done again.
pub(super) fn case_in(state: State) -> Case {
    let general = with_level(row(2, "1"), Level::General);
    if state == State::Closed {
        taken(closed(general))
    } else if state == State::Triaged {
        taken(general)
    } else {
        taken(row(2, "1"))
    }
}

fn faults(asked: &TakeOver, recorded: &[&Dispute]) -> Vec<(u32, String, FaultReason)> {
    let Ok(Answer::TakenOver { faults, .. }) = decided(asked, recorded).unwrap().answer else {
        panic!("a ledger is answered with what became of it")
    };
    faults.into_iter().map(|fault| (fault.line, fault.column, fault.reason)).collect()
}

#[test]
fn the_last_day_that_the_paper_told_stays_however_hard_the_case_is_said_to_be() {
    let mut told = row(2, "1");
    told.paper.due_on = Some("2026-12-31".parse().unwrap());
    let mut case = taken(told);
    case.must(Action::Triage(Triaging {
        level: Level::Simple,
        kind: None,
        protective: false,
        danger: false,
    }));
    assert_eq!(case.due(ClockKind::Handle), "2026-12-31 17:30");
}

#[test]
fn a_case_on_paper_keeps_its_days_and_begins_where_it_had_come_to() {
    let accepted = taken(row(2, "1"));
    assert_eq!(accepted.state(), State::Accepted);
    // Without a level on paper it has as long as a general case.
    assert_eq!(accepted.due(ClockKind::Handle), "2025-11-11 17:30");
    assert!(accepted.clock(ClockKind::Handle).taken_over);
    let dispute = &accepted.dispute;
    assert_eq!(shanghai(dispute.reported_at), "2025-11-03 00:00");
    assert_eq!(shanghai(dispute.accepted_at.unwrap()), "2025-11-04 00:00");
    assert_eq!((dispute.created_at, dispute.revision), (accepted.now, 1));
    assert_eq!(Some(dispute.steps[0].at), dispute.accepted_at);
    assert!(dispute.source.is_some() && dispute.paper.is_some());
    assert_eq!(dispute.clocks.len(), 1, "nobody is to accept it any more");
    assert_eq!(dispute.holder().place, place("370306001002"));
    assert_eq!(dispute.first_handler, Some(place("370306001002")));

    assert_eq!(taken(with_level(row(2, "1"), Level::General)).state(), State::Triaged);
    let over = taken(closed(with_level(row(2, "1"), Level::General)));
    assert_eq!((over.state(), over.dispute.wakes_at()), (State::Closed, None));
    let Stage::Closed { conclusion, verified_at: None, at } = &over.dispute.stage else {
        panic!("{:?}", over.dispute.stage)
    };
    assert_eq!(shanghai(conclusion.at), "2025-11-10 00:00");
    assert_eq!(shanghai(*at), "2025-11-12 00:00");
    let clock = over.clock(ClockKind::Handle);
    assert!(clock.taken_over && !clock.is_running());
    for state in [State::Accepted, State::Triaged, State::Closed] {
        assert!(TAKEN_OVER.contains(&state));
    }
}

#[test]
fn a_limit_counts_from_the_acceptance_on_paper() {
    // Seven days from Tue 4 November 2025; the day that the paper tells, and the next working day after one that is none.
    let general = taken(with_level(row(2, "1"), Level::General));
    assert_eq!(general.due(ClockKind::Handle), "2025-11-11 17:30");
    for (day, due) in [("2026-03-10", "2026-03-10 17:30"), ("2026-03-14", "2026-03-16 17:30")] {
        let mut by_paper = with_level(row(2, "1"), Level::General);
        by_paper.paper.due_on = day.parse().ok();
        let case = taken(by_paper);
        assert_eq!(case.due(ClockKind::Handle), due);
        assert!(case.clock(ClockKind::Handle).taken_over);
        assert_eq!(case.clock(ClockKind::Handle).limit.rule_key.as_deref(), Some("paper.due_date"));
    }
}

#[test]
fn a_limit_that_is_long_over_is_told_once_and_further_up_from_then_on() {
    let mut case = taken(with_level(row(2, "1"), Level::General));
    assert!(case.clock(ClockKind::Handle).is_over(case.now));
    let facts = case.ring();
    let [Fact::CardShown { card: Card::Red, raised: Some(raised), .. }] = facts.as_slice() else {
        panic!("{facts:?}")
    };
    assert_eq!(raised.to, area("370306001"), "the town, and nobody above it yet");
    // Three working days from Fri 13 February: 14 February is one, Spring Festival lies between.
    let next = raised.next_at.unwrap();
    assert!(next > case.now + SignedDuration::from_hours(72), "{next}");
    assert!(case.ring().is_empty());
    assert_eq!(case.clock(ClockKind::Handle).next(), Some((next, Turn::Raise)));
    assert_eq!(case.ring_next().len(), 1, "and then the district");
}

#[test]
fn a_level_given_here_counts_from_the_acceptance_on_paper_and_a_redo_does_not() {
    let mut case = taken(row(2, "1"));
    case.must(triage(Level::Complex));
    assert_eq!(case.due(ClockKind::Handle), "2025-11-24 17:30");
    assert!(case.clock(ClockKind::Handle).taken_over);
    case.must(triage(Level::General));
    assert!(case.clock(ClockKind::Handle).taken_over, "also of another level");
    let mut again = taken(closed(with_level(row(2, "1"), Level::General)));
    again.must(Action::Redo(RedoReason::PartyAsks));
    assert_eq!(again.state(), State::Triaged);
    assert!(!again.clock(ClockKind::Handle).taken_over);
    again.must(triage(Level::Simple));
    assert!(!again.clock(ClockKind::Handle).taken_over);
}

#[test]
fn nobody_is_told_of_cases_taken_over_and_each_has_a_code_of_its_own() {
    let rows = (2..=6).map(|line| row(line, &line.to_string())).collect();
    let ruling = decided(&ask(rows), &[]).unwrap();
    let mut codes = std::collections::BTreeSet::new();
    for event in &ruling.events {
        let Fact::TakenOver(taken) = &event.fact else { panic!("{event:?}") };
        codes.insert(taken.code.to_string());
    }
    assert_eq!((codes.len(), ruling.events.len(), ruling.pin), (5, 5, None));
    let counter = ruling.counter.unwrap();
    let next = counter.give(rules().node_number, 1).unwrap().0;
    assert!(!codes.contains(&next.to_string()));
}

#[test]
fn the_unit_of_the_paper_has_the_case_as_long_as_it_exists() {
    let with_unit = |name: &str| {
        let mut row = row(2, "1");
        row.paper.organisation = Some(id(name));
        row
    };
    let case = taken(with_unit("rmtj-1"));
    let unit_place = Place { area: area("370306001"), unit: Some(id("rmtj-1")) };
    assert_eq!(case.dispute.holder().place, unit_place);
    let column = "organisation_id".to_owned();
    let unknown = faults(&ask(vec![with_unit("nobody")]), &[]);
    assert_eq!(unknown, [(2, column.clone(), FaultReason::UnknownReference)]);
    let narrow = TakeOver { scope: area("370306001002"), ..ask(vec![with_unit("rmtj-1")]) };
    assert_eq!(faults(&narrow, &[]), [(2, column, FaultReason::OutsideCaller)]);
}

#[test]
fn a_place_has_to_be_the_callers_and_to_exist_and_to_be_one_grid() {
    let at = |place| PaperRow { place, ..row(2, "1") };
    let other = GridCode::parse("370306001002009").unwrap();
    let community = area("370306001002");
    let wrong = |column: &str, reason| vec![(2, column.to_owned(), reason)];
    let unknown = ask(vec![at(PaperPlace::Grid(other))]);
    assert_eq!(faults(&unknown, &[]), wrong("grid_code", FaultReason::UnknownReference));
    let outside = TakeOver { scope: area("370307"), ..ask(vec![row(2, "1")]) };
    assert_eq!(faults(&outside, &[]), wrong("grid_code", FaultReason::OutsideCaller));

    let mut asked = ask(vec![at(PaperPlace::Community(community))]);
    assert_eq!(faults(&asked, &[]), wrong("community_code", FaultReason::UnknownReference));
    // A grid that was seen and does not exist any more does not count.
    asked.communities.insert(community, vec![grid().code, other]);
    assert_eq!(decided(&asked, &[]).unwrap().events[0].grid, grid().code);
    let case = Case::reported();
    let (one, two) = (grid(), Grid { code: other, ..grid() });
    let mut shelf = Shelf::default();
    shelf.grids.extend([(one.code, &one), (two.code, &two)]);
    let ruling = take_over(&case.context(), &shelf, &asked).unwrap();
    let Ok(Answer::TakenOver { faults, stopped: true, .. }) = ruling.answer else { panic!() };
    assert_eq!(faults[0].reason, FaultReason::CommunityAmbiguous);
    assert_eq!(faults[0].hint, format!("{GRID},{other}"));
}

#[test]
fn nobody_is_called_unknown_while_registry_has_not_been_read() {
    let mut case = Case::reported();
    case.caught_up = false;
    let asked = ask(vec![row(2, "1")]);
    let refused = take_over(&case.context(), &Shelf::default(), &asked);
    assert_eq!(refused, Err(Rejection::RegistryNotCaughtUp));
    let ahead = TakeOver { min_registry: 10, ..asked };
    assert_eq!(decided(&ahead, &[]), Err(Rejection::RegistryBehind { at: 9 }));
}

#[test]
fn one_fault_stops_all_unless_the_good_rows_are_asked_for() {
    let bad = PaperRow { place: PaperPlace::Community(area("370306009001")), ..row(3, "2") };
    let mut asked = ask(vec![row(2, "1"), bad, row(4, "3")]);
    let all = decided(&asked, &[]).unwrap();
    assert!(all.events.is_empty() && all.counter.is_none());
    let Ok(Answer::TakenOver { rows, faults, stopped: true }) = all.answer else { panic!() };
    assert_eq!((rows.len(), faults.len()), (2, 1), "what would be is told all the same");
    asked.partial = true;
    let good = decided(&asked, &[]).unwrap();
    assert_eq!(good.events.len(), 2);
    assert!(matches!(good.answer, Ok(Answer::TakenOver { stopped: false, .. })));
}

#[test]
fn a_number_that_is_recorded_is_the_same_case_or_a_fault() {
    let mut before = taken(with_level(row(2, "1"), Level::General));
    // What became of the case here since makes no other row of it.
    before.must(Action::Triage(Triaging {
        level: Level::Complex,
        kind: dispute_types::intake("0101").ok(),
        protective: false,
        danger: false,
    }));
    let same =
        PaperRow { dispute_id: Uuid::from_u128(7), ..with_level(row(9, "1"), Level::General) };
    let again = decided(&ask(vec![same.clone()]), &[&before.dispute]).unwrap();
    let Ok(Answer::TakenOver { rows, .. }) = &again.answer else { panic!() };
    assert!(again.events.is_empty() && rows[0].existing);
    assert_eq!(rows[0].dispute, before.dispute.id);

    type Change = fn(&mut PaperRow);
    let others: [(&str, Change); 8] = [
        ("report_date", |row| row.reported_on = "2025-11-02".parse().unwrap()),
        ("accept_date", |row| row.accepted_on = "2025-11-05".parse().unwrap()),
        ("people", |row| row.people = 5),
        ("party_count", |row| row.parties = 3),
        ("channel", |row| row.channel = Channel::Petition),
        ("type_code", |row| row.paper.kind = dispute_types::intake("0101").unwrap()),
        ("level", |row| row.paper.level = None),
        ("state", |row| *row = closed(row.clone())),
    ];
    for (column, change) in others {
        let mut other = same.clone();
        change(&mut other);
        let ruling = decided(&ask(vec![other]), &[&before.dispute]).unwrap();
        let Ok(Answer::TakenOver { faults, .. }) = ruling.answer else { panic!() };
        assert_eq!((faults[0].reason, faults[0].hint.as_str()), (FaultReason::Differs, column));
    }
    let mut reported = Case::reported().dispute;
    reported.source = Some(same.source.clone());
    let was_reported = faults(&ask(vec![same.clone()]), &[&reported]);
    assert_eq!(was_reported, [(9, "number".to_owned(), FaultReason::Differs)]);
    let elsewhere = TakeOver { scope: area("370307"), ..ask(vec![same]) };
    let told = faults(&elsewhere, &[&before.dispute]);
    assert_eq!(told, [(9, "number".to_owned(), FaultReason::OutsideCaller)]);
}
