//! Grids and where their history belongs.

use std::collections::BTreeMap;

use super::*;
use crate::domain::book::Book as _;
use crate::domain::command::Drawing;
use crate::domain::grid::Grid;
use crate::domain::lineage::{self, Lineage};
use crate::domain::rejection::What;

const WEST: &str = "370306004001001";
const EAST: &str = "370306004001002";
const MAY: Date = date(2026, 5, 1);
const JUNE: Date = date(2026, 6, 1);

fn create(part: Part) -> Act {
    Act::CreateGrid { community: area(COMMUNITY), parent: None, part }
}

fn split(code: &str, first: u32, second: u32) -> Act {
    let parts =
        vec![part(first, Some(box_of(0, 0, 10, 5))), part(second, Some(box_of(0, 5, 10, 10)))];
    Act::SplitGrid { code: grid(code), parts }
}

fn rename(code: &str) -> Act {
    Act::RenameGrid { code: grid(code), name: "永安一网格".to_owned() }
}

fn history(world: &World, code: &str, day: Date) -> Lineage {
    let mut known: BTreeMap<GridCode, Grid> = BTreeMap::new();
    loop {
        let missing = lineage::missing(&grid(code), &known);
        if missing.is_empty() {
            return lineage::walk(&grid(code), &known, day);
        }
        for code in missing {
            known.insert(code.clone(), world.book.grid(&code).unwrap().clone());
        }
    }
}

fn shares(world: &World, code: &str, day: Date) -> Vec<(String, f64)> {
    let lineage = history(world, code, day);
    lineage.shares.into_iter().map(|share| (share.grid.to_string(), share.weight)).collect()
}

#[test]
fn the_next_code_is_never_one_that_was_used() {
    let world = World::with_grids();
    let retire = Act::RetireGrid { code: grid(EAST) };
    let world = world.after(retire, TODAY);
    let events = world.when(create(part(300, None))).unwrap();
    let [Event::GridCreated(facts)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(facts.code.as_str(), "370306004001003");
}

#[test]
fn the_thousandth_grid_is_refused() {
    let last = grid_facts("370306004001999", 1, None);
    let world = World::new().given(Event::GridCreated(last));
    assert_eq!(
        world.when(create(part(1, None))),
        Err(Rejection::SequenceExhausted { community: COMMUNITY.to_owned() })
    );
}

#[test]
fn an_outline_lies_in_its_area_and_beside_its_neighbours() {
    let cases = [
        (box_of(20, 0, 30, 10), Ok(())),
        (box_of(15, 0, 30, 10), Err(Rejection::OutlineOverlap { code: grid(EAST) })),
        (box_of(95, 0, 105, 10), Err(Rejection::OutlineOutside { code: "370306".to_owned() })),
    ];
    for (outline, wanted) in cases {
        let found = World::with_grids().when(create(part(300, Some(outline.clone()))));
        assert_eq!(found.map(drop), wanted, "{outline:?}");
    }
    // The ground of a grid that ends tomorrow is free from tomorrow on.
    let tomorrow = date(2026, 2, 14);
    let world = World::with_grids().after(Act::RetireGrid { code: grid(EAST) }, tomorrow);
    let act = create(part(300, Some(box_of(10, 0, 20, 10))));
    assert_eq!(world.when(act.clone()), Err(Rejection::OutlineOverlap { code: grid(EAST) }));
    assert!(world.when_on(act, tomorrow).is_ok());
}

#[test]
fn a_change_ends_the_version_before_it() {
    let world = World::with_grids().after(rename(WEST), MAY);
    let found = world.book.grid(&grid(WEST)).unwrap();
    assert_eq!(found.versions.len(), 2);
    assert_eq!(found.on(date(2026, 4, 30)).unwrap().name, format!("网格{WEST}"));
    assert_eq!(found.on(MAY).unwrap().name, "永安一网格");
    // On the same day it replaces the version, before it there is a later change.
    let counted = Drawing { outline: None, base: None, households: Some(130) };
    let redraw = Act::RedrawGrid { code: grid(WEST), drawing: counted };
    let later = Rejection::LaterChange { code: WEST.to_owned(), date: MAY };
    assert_eq!(world.when_on(redraw.clone(), date(2026, 4, 1)), Err(later.clone()));
    assert_eq!(world.when_on(split(WEST, 1, 1), MAY), Err(later));
    let world = world.after(redraw, MAY);
    let found = world.book.grid(&grid(WEST)).unwrap();
    assert_eq!((found.versions.len(), found.on(MAY).unwrap().households), (2, 130));
    assert_eq!(found.on(MAY).unwrap().name, "永安一网格");
}

#[test]
fn days_out_of_reach_are_refused() {
    let world = World::with_grids();
    for day in [date(2023, 2, 12), date(2027, 2, 15)] {
        let found = world.when_on(rename(WEST), day);
        assert!(matches!(found, Err(Rejection::DateOutOfRange { .. })), "{day}: {found:?}");
    }
}

#[test]
fn a_split_shares_history_by_households() {
    let world = World::with_grids().after(split(WEST, 50, 70), MAY);
    let old = world.book.grid(&grid(WEST)).unwrap();
    assert_eq!(old.period().unwrap().to, Some(MAY));
    assert_eq!(shares(&world, WEST, date(2026, 4, 30)), [(WEST.to_owned(), 1.0)]);
    let after = shares(&world, WEST, MAY);
    assert_eq!(after[0].0, "370306004001003");
    assert!((after[0].1 - 50.0 / 120.0).abs() < 1e-8 && (after[1].1 - 70.0 / 120.0).abs() < 1e-8);
    assert_eq!(
        world.when_on(rename(WEST), JUNE),
        Err(Rejection::GridRetired { code: grid(WEST), on: JUNE })
    );
    let origins = history(&world, "370306004001004", JUNE).origins;
    assert_eq!((origins.len(), origins[0].from.as_str()), (1, WEST));
}

#[test]
fn history_goes_on_through_split_merge_and_move() {
    let merge =
        Act::MergeGrids { codes: vec![grid("370306004001003"), grid(EAST)], part: part(0, None) };
    let to = Act::MoveGrid { code: grid("370306004001005"), to: area("370306004002") };
    let world = World::with_grids()
        .after(split(WEST, 30, 90), MAY)
        .after(merge, JUNE)
        .after(to, date(2026, 7, 1));
    let moved = world.book.grid(&grid("370306004002001")).unwrap();
    assert_eq!(moved.versions[0].households, 30 + 180);
    assert!(moved.versions[0].outline.is_some(), "the outlines of both, joined");
    let today = shares(&world, WEST, date(2026, 8, 1));
    assert_eq!(today[0], ("370306004001004".to_owned(), 0.75));
    assert_eq!(today[1], ("370306004002001".to_owned(), 0.25));
    assert_eq!(shares(&world, WEST, date(2026, 6, 15))[1].0, "370306004001005");
    assert_eq!(shares(&world, EAST, date(2026, 8, 1)), [("370306004002001".to_owned(), 1.0)]);
    assert_eq!(history(&world, "370306004002001", JUNE).origins.len(), 4);
}

#[test]
fn a_grid_retired_without_successor_keeps_its_history() {
    let world = World::with_grids().after(Act::RetireGrid { code: grid(WEST) }, MAY);
    let lineage = history(&world, WEST, JUNE);
    assert_eq!((lineage.shares[0].weight, lineage.shares[0].retired), (1.0, true));
}

#[test]
fn parts_may_not_overlap_and_merged_grids_share_a_community() {
    let outlines = [box_of(0, 0, 10, 6), box_of(0, 4, 10, 10)];
    let parts = outlines.map(|outline| part(1, Some(outline))).to_vec();
    let world = World::with_grids();
    assert_eq!(
        world.when(Act::SplitGrid { code: grid(WEST), parts }),
        Err(Rejection::OutlineOverlap { code: grid("370306004001003") })
    );
    let other = grid_facts("370306004002001", 10, None);
    let world = world.given(Event::GridCreated(other));
    let codes = vec![grid(WEST), grid("370306004002001")];
    assert_eq!(
        world.when(Act::MergeGrids { codes, part: part(0, None) }),
        Err(Rejection::NotSameCommunity { code: grid("370306004002001") })
    );
}

#[test]
fn a_micro_grid_is_a_part_of_a_grid() {
    let micro = Part { kind: Some(GridKind::Micro), ..part(60, Some(box_of(0, 0, 5, 5))) };
    let begin = |parent: Option<&str>| Act::CreateGrid {
        community: area(COMMUNITY),
        parent: parent.map(grid),
        part: micro.clone(),
    };
    let world = World::with_grids();
    assert_eq!(world.when(begin(None)), Err(Rejection::ParentGrid));
    assert_eq!(
        world.when(begin(Some(EAST))),
        Err(Rejection::OutlineOutside { code: EAST.to_owned() })
    );
    let world = world.after(begin(Some(WEST)), TODAY);
    let code = grid("370306004001003");
    assert_eq!(
        world.when(begin(Some(WEST))),
        Err(Rejection::OutlineOverlap { code: code.clone() })
    );
    assert_eq!(
        world.when_on(split(WEST, 1, 1), MAY),
        Err(Rejection::HasMicroGrids { code: grid(WEST), micro: code.clone() })
    );
    assert_eq!(
        world.when_on(Act::MoveGrid { code: code.clone(), to: area("370306004002") }, MAY),
        Err(Rejection::MicroGrid { code })
    );
}

#[test]
fn an_unknown_grid_names_its_neighbours() {
    let found = World::with_grids().when(rename("370306004001009"));
    let Err(Rejection::NotFound { what, did_you_mean, .. }) = found else { panic!("{found:?}") };
    assert_eq!((what, did_you_mean), (What::Grid, vec![grid(WEST), grid(EAST)]));
    let hidden = World::with_grids().seen_from("370303").when(rename(WEST));
    assert_eq!(hidden, Err(Rejection::not_found(What::Grid, WEST)));
}

#[test]
fn history_through_many_splits_and_merges_is_walked_once() {
    let mut world = World::new().given(Event::GridCreated(grid_facts(WEST, 100, None)));
    let (mut code, mut day) = (grid(WEST), date(2026, 3, 1));
    for _ in 0..8 {
        let parts = vec![part(5, None); 20];
        world = world.after(Act::SplitGrid { code, parts }, day);
        day = day.tomorrow().unwrap();
        let layout = world.book.layout(&area(COMMUNITY)).unwrap();
        let codes: Vec<GridCode> = layout.grids.keys().rev().take(20).cloned().collect();
        world = world.after(Act::MergeGrids { codes, part: part(0, None) }, day);
        day = day.tomorrow().unwrap();
        code = world.book.layout(&area(COMMUNITY)).unwrap().grids.keys().last().unwrap().clone();
    }
    let lineage = history(&world, WEST, day);
    assert_eq!((lineage.shares.len(), lineage.steps.len()), (1, 8 * 40));
    assert!((lineage.shares[0].weight - 1.0).abs() < 1e-9);
}

#[test]
fn whoever_serves_a_grid_serves_what_takes_its_place() {
    let register = Act::RegisterWorker {
        id: slug("w1"),
        post: crate::domain::worker::Post::FullTime,
        area: area("370306004"),
        unit: None,
        contact: crate::domain::worker::Contact::default(),
    };
    let assign = Act::AssignWorker { id: slug("w1"), grid: grid(WEST) };
    let world = World::with_grids().after(register, TODAY).after(assign, TODAY);
    let served = |world: &World, day: Date| -> Vec<String> {
        let worker = world.book.worker(&slug("w1")).unwrap();
        let now = worker.assignments.iter().filter(|entry| entry.period.covers(day));
        now.map(|entry| entry.grid.to_string()).collect()
    };
    let world = world.after(split(WEST, 50, 70), MAY);
    assert_eq!(served(&world, date(2026, 4, 30)), [WEST]);
    let (first, second) = ("370306004001003", "370306004001004");
    assert_eq!(served(&world, MAY), [first, second]);
    let codes = vec![grid(first), grid(second)];
    let world = world.after(Act::MergeGrids { codes, part: part(0, None) }, JUNE);
    assert_eq!(served(&world, JUNE), ["370306004001005"]);
    let to = area("370306004002");
    let world = world.after(Act::MoveGrid { code: grid("370306004001005"), to }, date(2026, 7, 1));
    assert_eq!(served(&world, date(2026, 7, 1)), ["370306004002001"]);
    let retire = Act::RetireGrid { code: grid("370306004002001") };
    let world = world.after(retire, date(2026, 8, 1));
    assert_eq!(served(&world, date(2026, 8, 1)), [""; 0]);
}
