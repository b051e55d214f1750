//! Areas and functional zones.

use super::*;
use crate::domain::book::Book as _;
use crate::domain::rejection::What;

fn create(code: &str) -> Act {
    Act::CreateArea { code: area(code), name: "新社区".to_owned(), outline: None }
}

#[test]
fn an_area_is_entered_below_an_existing_one() {
    let world = World::new();
    let events = world.when(create("370306004003")).unwrap();
    let [Event::AreaCreated(facts)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((facts.code.as_str(), facts.period), ("370306004003", Period::since(TODAY)));
    let world = world.after(create("370306004003"), TODAY);
    assert!(world.book.area(&area("370306004")).unwrap().children.contains(&area("370306004003")));
}

#[test]
fn areas_are_refused_for_a_reason() {
    let not_found = |code: &str| Rejection::not_found(What::Area, code);
    let cases = [
        (create("370306005001"), not_found("370306005")),
        (create("370106"), not_found("370106")),
        (
            create(COMMUNITY),
            Rejection::AlreadyExists { what: What::Area, id: COMMUNITY.to_owned() },
        ),
        (
            Act::RetireArea { code: area("370306004"), superseded_by: Vec::new() },
            Rejection::AreaInUse { code: "370306004".to_owned(), inside: COMMUNITY.to_owned() },
        ),
        (
            Act::RetireArea { code: area(COMMUNITY), superseded_by: Vec::new() },
            Rejection::AreaInUse {
                code: COMMUNITY.to_owned(),
                inside: "370306004001001".to_owned(),
            },
        ),
        (
            Act::RetireArea {
                code: area("370306004002"),
                superseded_by: vec![area("370306004009")],
            },
            not_found("370306004009"),
        ),
        (
            Act::CreateArea {
                code: area("370306004003"),
                name: "远方".to_owned(),
                outline: Some(box_of(150, 0, 160, 10)),
            },
            Rejection::OutlineOutside { code: "370306".to_owned() },
        ),
    ];
    for (act, rejection) in cases {
        assert_eq!(World::with_grids().when(act.clone()), Err(rejection), "{act:?}");
    }
}

#[test]
fn an_ended_area_is_kept_and_takes_nothing_new() {
    let retire =
        Act::RetireArea { code: area("370306004002"), superseded_by: vec![area(COMMUNITY)] };
    let world = World::new().after(retire.clone(), TODAY);
    let ended = &world.book.area(&area("370306004002")).unwrap().facts;
    assert_eq!((ended.period.to, &ended.superseded_by), (Some(TODAY), &vec![area(COMMUNITY)]));
    assert_eq!(
        world.when(Act::CreateGrid {
            community: area("370306004002"),
            parent: None,
            part: part(1, None)
        }),
        Err(Rejection::AreaRetired { code: "370306004002".to_owned(), on: TODAY })
    );
    assert_eq!(world.when(retire), Err(Rejection::AlreadyEnded { id: "370306004002".to_owned() }));
}

#[test]
fn a_stale_etag_and_a_foreign_area_change_nothing() {
    let act =
        Act::UpdateArea { code: area(COMMUNITY), name: Some("甲".to_owned()), outline: None };
    let world = World::new();
    assert!(world.ask(act.clone(), None, Some(1)).is_ok());
    assert_eq!(
        world.ask(act.clone(), None, Some(7)),
        Err(Rejection::EtagStale { id: COMMUNITY.to_owned(), revision: 1 })
    );
    let elsewhere = world.seen_from("370303");
    assert_eq!(elsewhere.when(act), Err(Rejection::not_found(What::Area, COMMUNITY)));
}

#[test]
fn a_zone_manages_areas_from_a_day_on() {
    let create = Act::CreateZone {
        id: slug("gaoxin"),
        area: area("3703"),
        name: "高新区".to_owned(),
        areas: vec![area(COMMUNITY)],
    };
    let world = World::new().after(create, date(2026, 1, 1));
    let set = Act::SetZoneAreas { id: slug("gaoxin"), areas: vec![area("370306004")] };
    let world = world.after(set.clone(), date(2026, 6, 1));
    let zone = world.book.zone(&slug("gaoxin")).unwrap();
    let other = area("370306004002");
    assert!(!zone.manages(&other, date(2026, 5, 31)) && zone.manages(&other, date(2026, 6, 1)));
    assert!(zone.manages(&area(COMMUNITY), date(2026, 1, 1)));
    assert!(!zone.manages(&area(COMMUNITY), date(2025, 12, 31)));
    assert_eq!(
        world.when_on(set, date(2026, 3, 1)),
        Err(Rejection::LaterChange { code: "gaoxin".to_owned(), date: date(2026, 6, 1) })
    );
}
