//! What an import may change, who is told of it, and what stops it.

use std::collections::BTreeMap;

use super::tables::{activate, grid_row, import, importing, order, row, stage};
use super::*;
use crate::domain::book::{Book as _, Id};
use crate::domain::import::{Chunk, ImportKind, Staged};
use crate::domain::unit::UnitKind;

fn found(chunk: &Chunk) -> Vec<(&str, &str)> {
    chunk.faults.iter().map(|fault| (fault.column.as_str(), fault.reason.as_str())).collect()
}

fn from_district() -> World {
    let mut order = order(ImportKind::Areas);
    order.area = area("370306");
    importing(World::new().seen_from("370306"), order)
}

#[test]
fn what_lies_above_the_caller_is_not_renamed() {
    let named = |name: &str| row(2, &[("code", "3703"), ("name", name)]);
    let (_, chunk) = stage(from_district(), &[named("别名")]);
    assert_eq!(found(&chunk), [("code", "OUTSIDE_CALLER")]);
    let (_, chunk) = stage(from_district(), &[named("区划3703")]);
    assert_eq!((chunk.counts.unchanged, found(&chunk)), (1, vec![]));
}

#[test]
fn every_area_gets_its_rows_and_their_activation() {
    let world = World::new().given(Event::AreaCreated(area_facts("370303", None)));
    let world = world.given(Event::AreaCreated(area_facts("370303001", None)));
    let world = world.given(Event::AreaCreated(area_facts("370303001001", None)));
    let rows = [
        grid_row(2, "370306004001001", &[]),
        grid_row(3, "370303001001001", &[]),
        grid_row(4, "370306004001002", &[]),
    ];
    let (world, _) = stage(importing(world, order(ImportKind::Grids)), &rows);
    let events = world.when(activate()).unwrap();
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else comes of an import")]
    let told = |follower: &str| -> Vec<(u32, Vec<String>)> {
        let seen = |event: &&Event| {
            crate::api::convert::events::publish(event).area_code.starts_with(follower)
        };
        let (mut waiting, mut held) = (BTreeMap::new(), Vec::new());
        for event in events.iter().filter(seen) {
            match event {
                Event::Staged { chunk, rows, .. } => {
                    let names = rows.names().into_iter().map(str::to_owned).collect::<Vec<_>>();
                    waiting.insert(*chunk, names);
                }
                Event::ImportActivated { first, chunks, created, .. } => {
                    let rows = (*first..first + chunks).flat_map(|chunk| waiting[&chunk].clone());
                    held.push((*created, rows.collect()));
                }
                other => panic!("{other:?}"),
            }
        }
        held
    };
    let there = (1, vec!["370303001001001".to_owned()]);
    let here = (2, vec!["370306004001001".to_owned(), "370306004001002".to_owned()]);
    assert_eq!(told("370306"), std::slice::from_ref(&here));
    assert_eq!(told(COMMUNITY), std::slice::from_ref(&here));
    assert_eq!(told("3703"), [there, here]);
    assert_eq!(told("370304"), []);
}

#[test]
fn rows_above_the_importer_go_with_its_own_area() {
    let world = World { book: Pages::default(), scope: Scope(area("3703")), now: now() };
    let rows = [("37", "山东省"), ("3703", "淄博市"), ("370306", "周村区")];
    let rows = rows.map(|(code, name)| row(2, &[("code", code), ("name", name)]));
    let (world, _) = stage(importing(world, order(ImportKind::Areas)), &rows);
    let events = world.when(activate()).unwrap();
    let Event::Staged { area: first, rows: Staged::Areas(rows), .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!((first.as_str(), rows.len()), ("3703", 2));
}

#[test]
fn what_rows_rest_on_stops_the_import_when_it_changes() {
    let world = importing(World::new(), order(ImportKind::Grids));
    let (world, chunk) = stage(world, &[grid_row(2, "370306004002001", &[])]);
    assert_eq!(found(&chunk), []);
    let retire = Act::RetireArea { code: area("370306004002"), superseded_by: Vec::new() };
    let outdated = Rejection::ImportOutdated { code: "370306004002".to_owned() };
    assert_eq!(world.after(retire, TODAY).when(activate()), Err(outdated));

    let cells = [
        ("worker_id", "w1"),
        ("name", "王秀英"),
        ("post", "full_time"),
        ("area_code", "370306004"),
        ("grid_codes", "370306004001001"),
    ];
    let world = importing(World::with_grids(), order(ImportKind::Workers));
    let (world, chunk) = stage(world, &[row(2, &cells)]);
    assert_eq!(found(&chunk), []);
    let parts = vec![part(1, None), part(1, None)];
    let split = Act::SplitGrid { code: grid("370306004001001"), parts };
    let outdated = Rejection::ImportOutdated { code: COMMUNITY.to_owned() };
    assert_eq!(world.after(split, TODAY).when(activate()), Err(outdated));
}

#[test]
fn what_a_table_does_not_say_stays_as_it_is() {
    let world = importing(World::with_grids(), order(ImportKind::Grids));
    let (world, chunk) = stage(world, &[grid_row(2, "370306004001001", &[])]);
    assert_eq!(chunk.counts.changed, 1);
    let world = world.after(activate(), TODAY);
    let kept = world.book.grid(&grid("370306004001001")).unwrap();
    assert_eq!(kept.on(TODAY).unwrap().outline, Some(box_of(0, 0, 10, 10)));
}

#[test]
fn a_planned_change_does_not_make_the_same_table_another_one() {
    let rename = Act::RenameGrid { code: grid("370306004001001"), name: "别名".to_owned() };
    let retire = Act::RetireGrid { code: grid("370306004001002") };
    let world = World::with_grids().after(rename, date(2026, 5, 1)).after(retire, date(2026, 5, 1));
    let same = |line, code: &str, households: &str| {
        let name = format!("网格{code}");
        let mut row = grid_row(line, code, &[("households", households)]);
        row.cells.insert("name".to_owned(), name);
        row
    };
    let rows = [same(2, "370306004001001", "120"), same(3, "370306004001002", "180")];
    let (_, chunk) = stage(importing(world, order(ImportKind::Grids)), &rows);
    assert_eq!((chunk.counts.unchanged, found(&chunk)), (2, vec![]));
}

#[test]
fn rows_keep_the_rules_of_single_commands() {
    let unit = |tier: &str| {
        let cells = [
            ("unit_id", "u1"),
            ("name", "司法所"),
            ("kind", "station"),
            ("area_code", "370306004"),
            ("tier", tier),
        ];
        row(2, &cells)
    };
    let (_, chunk) = stage(importing(World::new(), order(ImportKind::Units)), &[unit("district")]);
    assert_eq!(found(&chunk), [("tier", "WRONG_TIER")]);
    let early = grid_row(2, "370306004001009", &[("valid_from", "2019-12-31")]);
    let late = grid_row(3, "370306004001010", &[("valid_from", "2031-01-01")]);
    let world = importing(World::new(), order(ImportKind::Grids));
    let (_, chunk) = stage(world, &[early, late]);
    let wanted = [("valid_from", "DATE_CONFLICT"), ("valid_from", "OUT_OF_RANGE")];
    assert_eq!(found(&chunk), wanted);
    let cells = [
        ("worker_id", "w1"),
        ("name", " =王秀英"),
        ("post", "full_time"),
        ("area_code", "370306004"),
        ("grid_codes", "370306004001001;370306004001001"),
    ];
    let world = importing(World::with_grids(), order(ImportKind::Workers));
    let (_, chunk) = stage(world, &[row(2, &cells)]);
    assert_eq!(found(&chunk), [("name", "FORMULA"), ("grid_codes", "DUPLICATE")]);
    assert!(chunk.faults[0].value.starts_with('('), "{chunk:?}");
}

#[test]
fn an_unknown_column_is_told_once_with_the_one_that_is_meant() {
    let more = [("housholds", "3")];
    let rows = [grid_row(2, "370306004001008", &more), grid_row(3, "370306004001009", &more)];
    let world = importing(World::new(), order(ImportKind::Grids));
    let (_, chunk) = stage(world, &rows);
    assert_eq!((found(&chunk), chunk.counts.bad), (vec![("housholds", "UNKNOWN_COLUMN")], 2));
    assert!(chunk.faults[0].message.ends_with("did you mean households"), "{chunk:?}");
}

#[test]
fn a_forgotten_import_is_given_up_after_a_day() {
    let mut world = importing(World::new(), order(ImportKind::Grids));
    let expire = Act::ExpireImport { id: slug("import-1") };
    let young = world.ask(expire.clone(), None, None).unwrap();
    assert_eq!((young.events, young.keeps), (vec![], vec![]));
    world.now = "2026-02-14T01:00:00Z".parse().unwrap();
    let world = world.after(expire, date(2026, 2, 14));
    assert_eq!(import(&world).progress, crate::domain::import::Progress::Cancelled);
    assert!(world.book.get(&Id::Import(slug("import-1"))).is_some());
}

#[test]
fn a_unit_of_another_area_or_an_ended_one_is_not_known() {
    let create = Act::CreateUnit {
        id: slug("u1"),
        kind: UnitKind::Station,
        tier: None,
        area: area("370306004"),
        name: "司法所".to_owned(),
    };
    let world = World::with_grids().after(create, TODAY);
    let world = world.after(Act::RetireUnit { id: slug("u1") }, date(2026, 3, 1));
    let register = Act::RegisterWorker {
        id: slug("w1"),
        post: crate::domain::worker::Post::FullTime,
        area: area("370306004"),
        unit: Some(slug("u1")),
        contact: crate::domain::worker::Contact::default(),
    };
    let unknown = Rejection::not_found(crate::domain::rejection::What::Unit, "u1");
    assert_eq!(world.when(register), Err(unknown));
}
