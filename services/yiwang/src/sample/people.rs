//! The sample as tables, in the form that everybody imports: areas, units, workers, teams and grids.

use std::collections::BTreeMap;

use super::areas::{AreaTree, SampleArea, outlines};
use super::geometry::geojson;
use super::layout::SampleGrid;
use crate::sheet::{Sheet, SheetRow};

/// Every so many grids one has no worker, so that the report of those is not empty.
const WITHOUT_WORKER: usize = 97;
/// Teams of a town, each with so many mediators.
const TEAMS: usize = 2;
const MEMBERS: usize = 2;

/// The area tree with the outlines of the districts.
#[must_use]
pub fn areas(tree: &AreaTree) -> Sheet {
    let outlines = outlines();
    let rows = tree.iter().map(|area| {
        let outline = outlines.get(&area.code).map(geojson).unwrap_or_default();
        vec![area.code.clone(), area.name.clone(), outline]
    });
    sheet(&["code", "name", "outline"], rows)
}

/// The grids.
#[must_use]
pub fn grids(layout: &[SampleGrid]) -> Sheet {
    let columns = ["grid_code", "name", "households", "longitude", "latitude", "outline"];
    let rows = layout.iter().map(|grid| {
        vec![
            grid.code.clone(),
            grid.name.clone(),
            grid.households.to_string(),
            grid.base.x().to_string(),
            grid.base.y().to_string(),
            grid.outline_geojson(),
        ]
    });
    sheet(&columns, rows)
}

/// A governance centre and a mediation committee for each town.
#[must_use]
pub fn units(tree: &AreaTree) -> Sheet {
    let rows = towns(tree).flat_map(|town| {
        let (code, name) = (&town.code, &town.name);
        [
            (centre(code), format!("{name}综治中心（样例）"), "centre"),
            (committee(code), format!("{name}人民调解委员会（样例）"), "peoples_mediation"),
        ]
        .map(|(id, unit, kind)| vec![id, unit, kind.to_owned(), code.clone()])
    });
    sheet(&["unit_id", "name", "kind", "area_code"], rows)
}

/// A full-time worker for nearly every grid, and the mediators of the teams.
#[must_use]
pub fn workers(tree: &AreaTree, layout: &[SampleGrid]) -> Sheet {
    let served = layout.iter().enumerate().filter(|(at, _)| (at + 1) % WITHOUT_WORKER != 0);
    let workers = (1..).zip(served).map(|(number, (_, grid))| {
        let town = &grid.code[..9];
        vec![
            format!("w-{}", grid.code),
            format!("样例网格员{number:04}"),
            "full_time".to_owned(),
            grid.community().to_owned(),
            centre(town),
            grid.code.clone(),
        ]
    });
    let seats = towns(tree).flat_map(|town| {
        (1..=TEAMS).flat_map(move |team| (1..=MEMBERS).map(move |seat| (town, team, seat)))
    });
    let mediators = (1..).zip(seats).map(|(number, (town, team, seat))| {
        vec![
            member(&town.code, team, seat),
            format!("样例调解员{number:03}"),
            "mediator".to_owned(),
            town.code.clone(),
            committee(&town.code),
            String::new(),
        ]
    });
    let columns = ["worker_id", "name", "post", "area_code", "unit_id", "grid_codes"];
    sheet(&columns, workers.chain(mediators))
}

/// Two "blue vest" teams for each town, at the base points of its first and its middle grid.
#[must_use]
pub fn teams(tree: &AreaTree, layout: &[SampleGrid]) -> Sheet {
    let columns = [
        "team_id",
        "name",
        "unit_id",
        "area_code",
        "member_ids",
        "longitude",
        "latitude",
        "served_areas",
    ];
    let rows = towns(tree).flat_map(|town| {
        let grids: Vec<&SampleGrid> =
            layout.iter().filter(|grid| grid.code.starts_with(&town.code)).collect();
        (1..=TEAMS).filter_map(move |number| {
            let grid = grids.get((number - 1) * grids.len() / TEAMS)?;
            let members: Vec<String> =
                (1..=MEMBERS).map(|seat| member(&town.code, number, seat)).collect();
            Some(vec![
                team(&town.code, number),
                format!("{}蓝马甲调解{number}队（样例）", town.name),
                committee(&town.code),
                town.code.clone(),
                members.join(";"),
                grid.base.x().to_string(),
                grid.base.y().to_string(),
                town.code.clone(),
            ])
        })
    });
    sheet(&columns, rows)
}

/// Id of a town's governance centre.
#[must_use]
pub fn centre(town: &str) -> String {
    format!("u-{town}-centre")
}

/// Id of a town's mediation committee.
#[must_use]
pub fn committee(town: &str) -> String {
    format!("u-{town}-mediation")
}

/// Id of a town's team, numbered from 1.
#[must_use]
pub fn team(town: &str, number: usize) -> String {
    format!("t-{town}-{number}")
}

fn member(town: &str, team: usize, seat: usize) -> String {
    format!("m-{town}-{team}-{seat}")
}

fn towns(tree: &AreaTree) -> impl Iterator<Item = &SampleArea> {
    tree.below("3703", 9)
}

fn sheet(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Sheet {
    let rows = (2..).zip(rows).map(|(line, cells)| {
        let cells: BTreeMap<String, String> = columns
            .iter()
            .map(|column| (*column).to_owned())
            .zip(cells)
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        SheetRow { line, cells }
    });
    Sheet {
        header: 1,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: rows.collect(),
        faults: Vec::new(),
        notices: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::layout;

    #[test]
    fn the_tables_have_the_city_in_full() {
        let (tree, layout) = (AreaTree::zibo(), layout());
        let areas = areas(tree);
        assert_eq!(areas.rows.len(), 3_029);
        let outlined = areas.rows.iter().filter(|row| row.cells.contains_key("outline")).count();
        assert_eq!(outlined, 8);
        assert_eq!(grids(&layout).rows.len(), 6_464);
        assert_eq!(units(tree).rows.len(), 176);
        assert_eq!(teams(tree, &layout).rows.len(), 176);
        let workers = workers(tree, &layout).rows.len();
        assert_eq!(workers, 6_464 - 6_464 / 97 + 352);
    }

    #[test]
    fn whoever_is_made_up_is_called_a_sample() {
        let (tree, layout) = (AreaTree::zibo(), layout());
        for sheet in [units(tree), workers(tree, &layout), teams(tree, &layout)] {
            assert!(sheet.rows.iter().all(|row| row.cells["name"].contains("样例")));
        }
    }
}
