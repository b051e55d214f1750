//! The made-up part: grids with outlines and base points.

use geo::{BooleanOps as _, Centroid as _, Contains as _, InteriorPoint as _, MultiPolygon, Point};

use super::areas::{AreaTree, SampleArea, outlines};
use super::geometry::{divide, geojson, round, rounded};
use super::share::{grids_per_community, mix};

/// How many grids the city has.
pub const GRIDS: usize = 6_464;
const CITY: &str = "3703";
/// Households of a grid: from `FEWEST`, `RANGE` different numbers, 300 on average.
const FEWEST: u32 = 240;
const RANGE: u32 = 121;

/// A grid that is made up.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleGrid {
    /// 15 digits: community and sequence.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Households.
    pub households: u32,
    /// Outline, WGS-84.
    pub outline: MultiPolygon,
    /// A point within the outline.
    pub base: Point,
}

impl SampleGrid {
    /// Returns the code of the community.
    #[must_use]
    pub fn community(&self) -> &str {
        &self.code[..12]
    }

    /// Returns the outline as GeoJSON.
    #[must_use]
    pub fn outline_geojson(&self) -> String {
        geojson(&self.outline)
    }
}

/// Makes all 6,464 grids, in the order of their codes.
#[must_use]
pub fn layout() -> Vec<SampleGrid> {
    let tree = AreaTree::zibo();
    let communities: Vec<&SampleArea> = tree.below(CITY, 12).collect();
    let counts = grids_per_community(&communities, GRIDS);
    let counted: Vec<(&SampleArea, usize)> = communities.into_iter().zip(counts).collect();
    let districts = disjoint(outlines());
    // Each district is a matter of its own, and a core each saves a second at every start of the demo.
    let mut grids: Vec<SampleGrid> = std::thread::scope(|scope| {
        let threads: Vec<_> = districts
            .into_iter()
            .map(|(code, outline)| {
                let counted = &counted;
                scope.spawn(move || district(tree, &code, outline, counted))
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    grids.sort_by(|one, other| one.code.cmp(&other.code));
    grids
}

/// The published outlines overlap by slivers along the common borders; the district of the lower code keeps them.
fn disjoint(
    outlines: std::collections::BTreeMap<String, MultiPolygon>,
) -> Vec<(String, MultiPolygon)> {
    let mut kept: Vec<(String, MultiPolygon)> = Vec::new();
    for (code, outline) in outlines {
        let own = kept.iter().fold(outline, |own, (_, other)| own.difference(other));
        kept.push((code, own));
    }
    kept
}

fn district(
    tree: &AreaTree,
    code: &str,
    outline: MultiPolygon,
    counted: &[(&SampleArea, usize)],
) -> Vec<SampleGrid> {
    let of = |prefix: &str| -> Vec<(&SampleArea, usize)> {
        counted.iter().filter(|(area, _)| area.code.starts_with(prefix)).copied().collect()
    };
    let weight = |list: &[(&SampleArea, usize)]| list.iter().map(|(_, count)| count).sum();
    let towns: Vec<Vec<(&SampleArea, usize)>> =
        tree.below(code, 9).map(|town| of(&town.code)).filter(|list| !list.is_empty()).collect();
    let weights: Vec<usize> = towns.iter().map(|list| weight(list)).collect();
    let mut grids = Vec::new();
    for (communities, region) in towns.iter().zip(divide(outline, &weights)) {
        let weights: Vec<usize> = communities.iter().map(|(_, count)| *count).collect();
        for ((community, count), region) in communities.iter().zip(divide(region, &weights)) {
            let parts = divide(region, &vec![1; *count]);
            grids.extend((1..).zip(parts).map(|(at, part)| grid(community, at, &part)));
        }
    }
    grids
}

fn grid(community: &SampleArea, sequence: u32, region: &MultiPolygon) -> SampleGrid {
    let code = format!("{}{sequence:03}", community.code);
    let spread = u32::try_from(mix(&code) % u64::from(RANGE)).unwrap_or_default();
    let outline = rounded(region);
    let base = base_point(&outline);
    SampleGrid {
        name: format!("{}第{sequence}网格", short_name(&community.name)),
        households: FEWEST + spread,
        outline,
        base,
        code,
    }
}

/// The middle of an outline, or where that lies outside, some point within.
fn base_point(outline: &MultiPolygon) -> Point {
    let rounded = |point: Point| Point::new(round(point.x()), round(point.y()));
    let middle = outline.centroid().map(rounded).filter(|point| outline.contains(point));
    middle.or_else(|| outline.interior_point().map(rounded)).unwrap_or_default()
}

fn short_name(name: &str) -> &str {
    let ends = ["村民委员会", "居民委员会", "村委会", "居委会", "委员会"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

#[cfg(test)]
mod tests;
