//! Workers, units and teams.

use super::*;
use crate::domain::book::{Book as _, Id, Noun};
use crate::domain::command::{Crew, TeamChange, WorkerChange};
use crate::domain::place::Point;
use crate::domain::rejection::What;
use crate::domain::team::Duty;
use crate::domain::unit::UnitKind;
use crate::domain::worker::{Contact, Post};

const WEST: &str = "370306004001001";

fn contact() -> Contact {
    Contact { name: "王秀英".to_owned(), phone: "0533-1234567".to_owned() }
}

fn register() -> Act {
    Act::RegisterWorker {
        id: slug("w1"),
        post: Post::FullTime,
        area: area("370306004"),
        unit: None,
        contact: contact(),
    }
}

fn hired() -> World {
    World::with_grids().after(register(), date(2026, 1, 1))
}

fn team() -> Act {
    let base = Point::of(117.05, 36.05).unwrap();
    let crew = Crew { members: vec![slug("w1")], base, serves: Vec::new() };
    Act::CreateTeam {
        id: slug("t1"),
        area: area("370306004"),
        unit: None,
        name: "蓝马甲一队".to_owned(),
        crew,
    }
}

#[test]
fn a_name_is_kept_but_told_to_nobody() {
    let decided = World::with_grids().ask(register(), None, None).unwrap();
    let told = format!("{:?}", decided.events);
    assert!(!told.contains("王秀英") && !told.contains("0533"), "{told}");
    assert_eq!(decided.keeps, [(Id::Contact(slug("w1")), Noun::Contact(contact()))]);
    assert!(!format!("{decided:?}").contains("王秀英"));
}

#[test]
fn a_contact_changes_without_telling_what_it_is() {
    let change = WorkerChange { phone: Some("0533-7654321".to_owned()), ..WorkerChange::default() };
    let act = Act::UpdateWorker { id: slug("w1"), change };
    let told = hired().when(act.clone()).unwrap();
    assert_eq!(told, [Event::WorkerContactChanged { id: slug("w1"), area: area("370306004") }]);
    let world = hired().after(act.clone(), TODAY);
    assert_eq!(world.book.contact(&slug("w1")).unwrap().name, "王秀英");
    assert_eq!(world.when(act).unwrap(), [], "the same again changes nothing");
}

#[test]
fn a_worker_serves_grids_until_leaving() {
    let assign = Act::AssignWorker { id: slug("w1"), grid: grid(WEST) };
    let world = hired().after(assign.clone(), date(2026, 2, 1));
    assert_eq!(world.when(assign), Err(Rejection::AlreadyAssigned { grid: grid(WEST) }));
    let unknown = Act::AssignWorker { id: slug("w1"), grid: grid("370306004001009") };
    assert_eq!(world.when(unknown), Err(Rejection::not_found(What::Grid, "370306004001009")));
    let unassign = Act::UnassignWorker { id: slug("w1"), grid: grid(WEST) };
    let early = world.when_on(unassign.clone(), date(2026, 1, 15));
    assert_eq!(early, Err(Rejection::NotAssigned { grid: grid(WEST) }));
    let unassigned = world.clone().after(unassign, TODAY);
    let worker = unassigned.book.worker(&slug("w1")).unwrap();
    assert_eq!(worker.assignments[0].period.to, Some(TODAY));
    let left = world.after(Act::DismissWorker { id: slug("w1") }, TODAY);
    let worker = left.book.worker(&slug("w1")).unwrap();
    assert_eq!(
        (worker.facts.period.to, worker.assignments[0].period.to),
        (Some(TODAY), Some(TODAY))
    );
    assert_eq!(left.book.contact(&slug("w1")), Some(&Contact::default()), "the name is forgotten");
    assert_eq!(
        left.when(register()),
        Err(Rejection::AlreadyExists { what: What::Worker, id: "w1".to_owned() })
    );
}

#[test]
fn a_unit_changes_and_ends() {
    let create = Act::CreateUnit {
        id: slug("u1"),
        kind: UnitKind::PeoplesMediation,
        tier: None,
        area: area("370306004"),
        name: "永安街道人民调解委员会".to_owned(),
    };
    let world = World::new().after(create, TODAY);
    assert_eq!(world.book.unit(&slug("u1")).unwrap().facts.tier, crate::domain::Level::Town);
    let retire = Act::RetireUnit { id: slug("u1") };
    assert_eq!(
        world.when_on(retire.clone(), date(2026, 1, 1)),
        Err(Rejection::DateConflict { date: date(2026, 1, 1), other: TODAY })
    );
    let world = world.after(retire.clone(), date(2026, 3, 1));
    assert_eq!(world.when(retire), Err(Rejection::AlreadyEnded { id: "u1".to_owned() }));
}

#[test]
fn a_team_is_on_duty_until_its_shift_ends() {
    let set = |on_duty, until| Act::SetTeamDuty { id: slug("t1"), on_duty, until };
    let world = hired().after(team(), TODAY);
    assert_eq!(world.book.team(&slug("t1")).unwrap().facts.serves, [area("370306004")]);
    assert_eq!(world.when(set(false, None)).unwrap(), [], "off duty already");
    let evening: Timestamp = "2026-02-13T10:00:00Z".parse().unwrap();
    let world = world.after(set(true, Some(evening)), TODAY);
    let duty = world.book.team(&slug("t1")).unwrap().duty;
    assert!(matches!(duty.at(now()), Duty::On { .. }));
    assert_eq!(duty.at(evening), Duty::Off { since: Some(evening) });
    for until in ["2026-02-13T01:00:00Z", "2026-02-21T01:00:00Z"] {
        let found = world.when(set(true, Some(until.parse().unwrap())));
        assert!(matches!(found, Err(Rejection::DateOutOfRange { .. })), "{until}");
    }
    let world = world.after(Act::DisbandTeam { id: slug("t1") }, TODAY);
    assert!(matches!(world.book.team(&slug("t1")).unwrap().duty, Duty::Off { .. }));
    let gone = world.when(set(true, None));
    assert_eq!(gone, Err(Rejection::AlreadyEnded { id: "t1".to_owned() }));
}

#[test]
fn a_team_has_known_members_and_areas() {
    assert_eq!(World::new().when(team()), Err(Rejection::not_found(What::Worker, "w1")));
    let world = hired().after(team(), TODAY);
    let serves = Some(vec![area("370303")]);
    let act =
        Act::UpdateTeam { id: slug("t1"), change: TeamChange { serves, ..TeamChange::default() } };
    assert_eq!(world.when(act), Err(Rejection::not_found(What::Area, "370303")));
}
