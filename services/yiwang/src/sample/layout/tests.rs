use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use geo::{Area as _, BoundingRect as _, Intersects as _, Validation as _};

use super::*;

static LAYOUT: LazyLock<Vec<SampleGrid>> = LazyLock::new(layout);

#[test]
fn every_community_has_a_grid_and_all_have_6464() {
    assert_eq!(LAYOUT.len(), GRIDS);
    let communities: BTreeSet<&str> = LAYOUT.iter().map(SampleGrid::community).collect();
    assert_eq!(communities.len(), 2_931);
    let codes: BTreeSet<&str> = LAYOUT.iter().map(|grid| grid.code.as_str()).collect();
    assert_eq!(codes.len(), GRIDS);
    let households: u32 = LAYOUT.iter().map(|grid| grid.households).sum();
    assert!((1_930_000..1_950_000).contains(&households), "{households}");
}

#[test]
fn outlines_are_valid_and_hold_their_base_points() {
    for grid in LAYOUT.iter() {
        assert!(grid.outline.is_valid(), "{}: {:?}", grid.code, grid.outline);
        assert!(grid.outline.unsigned_area() > 1e-6, "{}", grid.code);
        assert!(grid.outline.contains(&grid.base), "{}", grid.code);
    }
    let torn = LAYOUT.iter().filter(|grid| grid.outline.0.len() > 1).count();
    assert!(torn * 50 < GRIDS, "{torn} grids have several parts");
}

#[test]
fn grids_tile_their_district_and_stay_within() {
    let outlines = outlines();
    for (code, district) in &outlines {
        let grids = LAYOUT.iter().filter(|grid| grid.code.starts_with(code.as_str()));
        let sum: f64 = grids.clone().map(|grid| grid.outline.unsigned_area()).sum();
        let share = sum / district.unsigned_area();
        assert!((0.99..1.0005).contains(&share), "{code}: {share}");
        // Registry bears half a percent of a grid outside; every 37th grid stands for all.
        for grid in grids.step_by(37) {
            let outside = grid.outline.difference(district).unsigned_area();
            assert!(outside < grid.outline.unsigned_area() * 0.001, "{}", grid.code);
        }
    }
}

#[test]
fn neighbours_do_not_overlap() {
    let mut cells: BTreeMap<(i64, i64), Vec<&SampleGrid>> = BTreeMap::new();
    #[expect(clippy::cast_possible_truncation, reason = "degrees fit")]
    let cell = |degrees: f64| (degrees * 20.0).floor() as i64;
    for grid in LAYOUT.iter() {
        let bounds = grid.outline.bounding_rect().unwrap();
        for x in cell(bounds.min().x)..=cell(bounds.max().x) {
            for y in cell(bounds.min().y)..=cell(bounds.max().y) {
                cells.entry((x, y)).or_default().push(grid);
            }
        }
    }
    // A tenth of all places, all pairs within each.
    for grids in cells.values().step_by(10) {
        for (at, one) in grids.iter().enumerate() {
            for other in &grids[at + 1..] {
                if !one.outline.intersects(&other.outline) {
                    continue;
                }
                let shared = one.outline.intersection(&other.outline).unsigned_area();
                let smaller = one.outline.unsigned_area().min(other.outline.unsigned_area());
                assert!(shared < smaller * 0.001, "{} {}: {shared}", one.code, other.code);
            }
        }
    }
}

#[test]
fn the_rule_gives_the_same_again() {
    assert_eq!(*LAYOUT, layout());
}
