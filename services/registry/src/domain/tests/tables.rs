//! Tables of rows: every fault told, nothing repeated that could name a person, the same table twice changes nothing.

use std::collections::BTreeMap;

use super::*;
use crate::domain::book::{Book as _, Id, Noun};
use crate::domain::geojson;
use crate::domain::import::{Chunk, Import, ImportKind, Order};
use crate::domain::table::{self, RawRow};

pub(super) fn row(line: u32, cells: &[(&str, &str)]) -> RawRow {
    let cells = cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
    RawRow { line, cells: cells.collect() }
}

pub(super) fn order(kind: ImportKind) -> Order {
    Order {
        id: slug("import-1"),
        kind,
        skip_bad_rows: false,
        dry_run: false,
        sample: true,
        effective: TODAY,
        area: area("3703"),
    }
}

/// The world with an import that has begun.
pub(super) fn importing(world: World, order: Order) -> World {
    world.after(Act::CreateImport(order), TODAY)
}

pub(super) fn import(world: &World) -> &Import {
    world.book.import(&slug("import-1")).unwrap()
}

/// Stages rows; the world after it, and what was found.
pub(super) fn stage(world: World, rows: &[RawRow]) -> (World, Chunk) {
    let needed = table::needs(import(&world), rows);
    let found =
        needed.into_iter().filter_map(|id| Some((id.clone(), world.book.get(&id)?.clone())));
    let book = Pages(found.collect());
    let chunk = table::check(import(&world), rows, &book, now(), Reach::default());
    let world = world.after(Act::StageRows(Box::new(chunk.clone())), TODAY);
    (world, chunk)
}

pub(super) fn activate() -> Act {
    Act::ActivateImport { id: slug("import-1") }
}

pub(super) fn grid_row(line: u32, code: &str, more: &[(&str, &str)]) -> RawRow {
    let mut row = row(line, &[("grid_code", code), ("name", "一网格"), ("households", "300")]);
    row.cells.extend(more.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())));
    row
}

/// Code of the grid, other cells, column at fault, reason.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[test]
fn every_fault_of_a_grid_row_is_told() {
    let crossing = r#"{"type":"Polygon","coordinates":[[[117,36],[117.1,36.1],[117.1,36],[117,36.1],[117,36]]]}"#;
    let overlapping = geojson::format(&box_of(5, 0, 15, 10));
    let outside = geojson::format(&box_of(95, 0, 120, 10));
    let new = "370306004001007";
    let cases: &[Case<'_>] = &[
        ("3.70306E+14", &[], "grid_code", "SCIENTIFIC_NUMBER"),
        ("37030600400107", &[], "grid_code", "LEADING_ZERO_LOST"),
        ("永安网格", &[], "grid_code", "NOT_A_CODE"),
        ("370303004001001", &[], "grid_code", "UNKNOWN_PARENT"),
        ("370106004001001", &[], "grid_code", "OUTSIDE_CALLER"),
        (new, &[("community_code", "370306004002")], "community_code", "PARENT_MISMATCH"),
        (new, &[("households", "-3")], "households", "OUT_OF_RANGE"),
        (new, &[("households", "三百")], "households", "NOT_A_NUMBER"),
        (new, &[("valid_from", "45123")], "valid_from", "DATE_SERIAL"),
        (new, &[("valid_from", "2026.2.3")], "valid_from", "NOT_A_DATE"),
        (new, &[("name", "=HYPERLINK(\"http://x\")")], "name", "FORMULA"),
        (new, &[("name", "\t=1+1")], "name", "FORMULA"),
        (new, &[("name", "永安\u{fffd}")], "name", "CONTROL_CHARACTER"),
        (new, &[("name", "")], "name", "MISSING"),
        (new, &[("kind", "big")], "kind", "UNKNOWN_VALUE"),
        (new, &[("kind", "micro")], "parent_grid_code", "UNKNOWN_PARENT"),
        (new, &[("outline", crossing)], "outline", "BAD_OUTLINE"),
        (new, &[("outline", &overlapping)], "outline", "OUTLINE_OVERLAP"),
        (new, &[("outline", &outside)], "outline", "OUTLINE_OUTSIDE"),
        (new, &[("longitude", "east"), ("latitude", "36")], "longitude", "NOT_A_NUMBER"),
        (new, &[("longitude", "217"), ("latitude", "36")], "longitude", "OUT_OF_RANGE"),
        (new, &[("colour", "red")], "colour", "UNKNOWN_COLUMN"),
    ];
    for (code, more, column, reason) in cases {
        let world = importing(World::with_grids(), order(ImportKind::Grids));
        let (world, chunk) = stage(world, &[grid_row(2, code, more)]);
        let found: Vec<(&str, &str)> = chunk
            .faults
            .iter()
            .map(|fault| (fault.column.as_str(), fault.reason.as_str()))
            .collect();
        assert_eq!(found, [(*column, *reason)], "{code} {more:?}");
        assert!(chunk.faults[0].line == 2 && !chunk.faults[0].message_zh.is_empty());
        assert_eq!(world.when(activate()), Err(Rejection::ImportHasBadRows { bad: 1 }));
    }
}

#[test]
fn several_faults_of_one_row_are_told_at_once() {
    let world = importing(World::with_grids(), order(ImportKind::Grids));
    let bad = grid_row(7, "x", &[("households", ""), ("valid_from", "45123"), ("name", "@a")]);
    let (_, chunk) = stage(world, &[bad]);
    let mut columns: Vec<&str> = chunk.faults.iter().map(|fault| fault.column.as_str()).collect();
    columns.sort_unstable();
    assert_eq!(columns, ["grid_code", "households", "name", "valid_from"]);
}

#[test]
fn rows_rest_on_earlier_rows_and_clash_with_them() {
    let world = importing(World::new(), order(ImportKind::Grids));
    let left = geojson::format(&box_of(0, 0, 10, 10));
    let first = grid_row(2, "370306004001001", &[("outline", &left)]);
    let (world, chunk) = stage(world, std::slice::from_ref(&first));
    assert_eq!((chunk.counts.created, chunk.faults.len()), (1, 0));
    let clash = geojson::format(&box_of(5, 5, 15, 15));
    let micro = geojson::format(&box_of(1, 1, 2, 2));
    let part = [("kind", "micro"), ("parent_grid_code", "370306004001001"), ("outline", &*micro)];
    let rows = [
        grid_row(3, "370306004001002", &[("outline", &clash)]),
        RawRow { line: 4, ..first },
        grid_row(5, "370306004001003", &part),
    ];
    let (_, chunk) = stage(world, &rows);
    let found: Vec<(u32, &str)> =
        chunk.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
    assert_eq!(found, [(3, "OUTLINE_OVERLAP"), (4, "DUPLICATE")]);
    assert_eq!(chunk.counts.created, 1, "a micro grid of a grid staged before");
}

#[test]
fn the_same_table_twice_changes_nothing() {
    let rows = [
        grid_row(2, "370306004001001", &[("longitude", "117.05"), ("latitude", "36.0512345")]),
        grid_row(3, "370306004001002", &[("households", "180.0")]),
    ];
    let world = importing(World::new(), order(ImportKind::Grids));
    let (world, _) = stage(world, &rows);
    let events = world.when(activate()).unwrap();
    let [Event::Staged { rows: staged, .. }, Event::ImportActivated { created: 2, .. }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(staged.names().len(), 2);
    let mut world = world.after(activate(), TODAY);
    world.book.0.remove(&Id::Import(slug("import-1")));
    let (world, chunk) = stage(importing(world, order(ImportKind::Grids)), &rows);
    assert_eq!((chunk.counts.unchanged, chunk.counts.created, chunk.counts.changed), (2, 0, 0));
    assert_eq!(world.when(activate()).unwrap(), []);
}

#[test]
fn a_different_row_is_a_new_version_from_the_imports_day() {
    let world = importing(World::with_grids(), order(ImportKind::Grids));
    let (world, chunk) = stage(world, &[grid_row(2, "370306004001001", &[])]);
    assert_eq!(chunk.counts.changed, 1);
    let world = world.after(activate(), TODAY);
    let found = world.book.grid(&grid("370306004001001")).unwrap();
    assert_eq!(found.versions.len(), 2);
    assert_eq!(
        (found.on(date(2026, 2, 12)).unwrap().households, found.on(TODAY).unwrap().households),
        (120, 300)
    );
}

#[test]
fn what_changed_since_the_check_stops_the_import() {
    let world = importing(World::with_grids(), order(ImportKind::Grids));
    let (world, _) = stage(world, &[grid_row(2, "370306004001007", &[])]);
    let rename = Act::RenameGrid { code: grid("370306004001001"), name: "别名".to_owned() };
    let world = world.after(rename, TODAY);
    let outdated = Rejection::ImportOutdated { code: COMMUNITY.to_owned() };
    assert_eq!(world.when(activate()), Err(outdated));
}

#[test]
fn bad_rows_are_left_out_when_asked() {
    let lenient = Order { skip_bad_rows: true, ..order(ImportKind::Grids) };
    let world = importing(World::new(), lenient);
    let rows = [grid_row(2, "370306004001001", &[]), grid_row(3, "3.7E+14", &[])];
    let (world, chunk) = stage(world, &rows);
    assert_eq!((chunk.counts.rows, chunk.counts.bad), (2, 1));
    let world = world.after(activate(), TODAY);
    assert!(world.book.grid(&grid("370306004001001")).is_some());
    let found = world.when(activate());
    assert!(matches!(found, Err(Rejection::ImportNotStaging { .. })), "{found:?}");
}

#[test]
fn a_dry_run_keeps_no_names_and_is_not_activated() {
    let cells = [
        ("worker_id", "w1"),
        ("name", "王秀英"),
        ("work_phone", "+86 533 1234567"),
        ("post", "full_time"),
        ("area_code", "370306004"),
        ("grid_codes", "370306004001001; 370306004001002"),
    ];
    let dry = Order { dry_run: true, ..order(ImportKind::Workers) };
    let (world, chunk) = stage(importing(World::with_grids(), dry), &[row(2, &cells)]);
    assert_eq!((chunk.faults.as_slice(), chunk.counts.created), (&[][..], 1));
    let kept = world.book.chunk(&slug("import-1"), 1).unwrap();
    assert!(kept.contacts.is_empty());
    assert_eq!(world.when(activate()), Err(Rejection::ImportDryRun));
}

#[test]
fn names_in_a_table_reach_the_contact_and_nothing_else() {
    let cells = |grids: &str| {
        row(
            2,
            &[
                ("worker_id", "w1"),
                ("name", "王秀英"),
                ("work_phone", "13853312345"),
                ("post", "full_time"),
                ("area_code", "370306004"),
                ("grid_codes", grids),
            ],
        )
    };
    let world = importing(World::with_grids(), order(ImportKind::Workers));
    let (world, chunk) = stage(world, &[cells("370306004001001")]);
    assert_eq!(chunk.faults, []);
    let told = format!("{:?}", world.when(activate()).unwrap());
    assert!(!told.contains("王秀英") && !told.contains("13853312345"), "{told}");
    let mut world = world.after(activate(), TODAY);
    assert_eq!(world.book.contact(&slug("w1")).unwrap().name, "王秀英");
    let kept = world.book.chunk(&slug("import-1"), 1).unwrap();
    assert!(kept.contacts.is_empty(), "forgotten once activated");
    assert_eq!(world.book.worker(&slug("w1")).unwrap().assignments.len(), 1);

    world.book.0.remove(&Id::Import(slug("import-1")));
    let world = importing(world, order(ImportKind::Workers));
    let (again, chunk) = stage(world.clone(), &[cells("370306004001001")]);
    assert_eq!(chunk.counts.unchanged, 1, "{chunk:?}");
    assert_eq!(again.when(activate()).unwrap(), []);
    let (world, _) = stage(world, &[cells("370306004001002")]);
    let world = world.after(activate(), TODAY);
    let served = &world.book.worker(&slug("w1")).unwrap().assignments;
    assert_eq!((served[0].period.to, served[1].period.to), (Some(TODAY), None));
}

#[test]
fn a_fault_repeats_codes_only() {
    let world = importing(World::with_grids(), order(ImportKind::Workers));
    let bad = row(
        2,
        &[
            ("worker_id", "13853312345"),
            ("name", "=王秀英"),
            ("work_phone", "call 13853312345"),
            ("post", "王秀英"),
            ("area_code", "3.70306E+8"),
            ("王秀英", "x"),
        ],
    );
    let (_, chunk) = stage(world, &[bad]);
    let told = format!("{:?}", chunk.faults);
    assert!(!told.contains("秀英") && !told.contains("13853312345"), "{told}");
    assert!(told.contains("3.70306E+8"), "{told}");
    assert!(chunk.faults.len() >= 6, "{told}");
}

#[test]
fn a_tree_is_imported_parents_first() {
    let area_row = |line, code: &str, name: &str| row(line, &[("code", code), ("name", name)]);
    let empty = World { book: Pages::default(), scope: Scope(area("3703")), now: now() };
    let world = importing(empty, order(ImportKind::Areas));
    let rows = [
        area_row(2, "37", "山东省"),
        area_row(3, "3703", "淄博市"),
        area_row(4, "370306", "周村区"),
        area_row(5, "370303004", "无上级"),
        area_row(6, "44", "广东省"),
    ];
    let (world, chunk) = stage(world, &rows);
    let found: Vec<(u32, &str)> =
        chunk.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
    assert_eq!(found, [(5, "UNKNOWN_PARENT"), (6, "OUTSIDE_CALLER")]);
    let (world, chunk) = stage(world, &[area_row(7, "370306004", "永安街道")]);
    assert_eq!(
        (chunk.faults.as_slice(), chunk.counts.created),
        (&[][..], 1),
        "rests on the chunk before"
    );
    assert_eq!(import(&world).counts.created, 4);
}

#[test]
fn units_and_teams_name_what_is_known() {
    let world = importing(World::new(), order(ImportKind::Units));
    let unit = row(
        2,
        &[
            ("unit_id", "tw-ya"),
            ("name", "永安街道人民调解委员会"),
            ("kind", "peoples_mediation"),
            ("area_code", "370306004"),
        ],
    );
    let (world, chunk) = stage(world, &[unit]);
    assert_eq!(chunk.faults, []);
    let mut world = world.after(activate(), TODAY);
    world.book.0.remove(&Id::Import(slug("import-1")));
    let world = importing(world, order(ImportKind::Teams));
    let team = |line, unit: &str, member: &str| {
        row(
            line,
            &[
                ("team_id", &format!("t{line}")),
                ("name", "蓝马甲"),
                ("unit_id", unit),
                ("area_code", "370306004"),
                ("member_ids", member),
                ("longitude", "117.05"),
                ("latitude", "36.05"),
            ],
        )
    };
    let (world, chunk) = stage(world, &[team(2, "tw-ya", ""), team(3, "tw-xx", "w9")]);
    let found: BTreeMap<&str, &str> =
        chunk.faults.iter().map(|fault| (fault.column.as_str(), fault.reason.as_str())).collect();
    let unknown = "UNKNOWN_REFERENCE";
    assert_eq!(found, BTreeMap::from([("unit_id", unknown), ("member_ids", unknown)]));
    let kept = world.book.get(&Id::Chunk(slug("import-1"), 1));
    assert!(matches!(kept, Some(Noun::Chunk(chunk)) if chunk.staged.names() == ["t2"]));
}
