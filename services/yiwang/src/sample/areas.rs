//! The real part: the area tree and the outlines of the districts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde_json::Value;

use super::geometry::mended;

const AREAS: &[u8] = include_bytes!("../../data/zibo_areas.csv");
const DISTRICTS: &[u8] = include_bytes!("../../data/zibo_districts.geojson");

static TREE: LazyLock<AreaTree> = LazyLock::new(AreaTree::read);

/// An administrative area as the statistics list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleArea {
    /// Code of 2, 4, 6, 9 or 12 digits.
    pub code: String,
    /// Official name.
    pub name: String,
}

impl SampleArea {
    /// Returns whether the area is a residents' community of a town and not a village, as its name says.
    #[must_use]
    pub fn is_urban(&self) -> bool {
        let village = ["村委会", "村民委员会"].iter().any(|end| self.name.ends_with(end));
        !village && ["居委", "居民委员会", "社区"].iter().any(|part| self.name.contains(part))
    }
}

/// All areas, in the order of their codes within each level.
#[derive(Debug)]
pub struct AreaTree {
    areas: BTreeMap<String, SampleArea>,
}

impl AreaTree {
    /// Returns the shipped tree of Zibo, read once.
    #[must_use]
    pub fn zibo() -> &'static AreaTree {
        &TREE
    }

    fn read() -> AreaTree {
        let mut areas = BTreeMap::new();
        for row in csv::Reader::from_reader(AREAS).records() {
            let row = row.expect("the shipped area tree is valid: tested");
            let area = SampleArea { code: row[0].to_owned(), name: row[3].to_owned() };
            areas.insert(area.code.clone(), area);
        }
        AreaTree { areas }
    }

    /// Returns the area of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&SampleArea> {
        self.areas.get(code)
    }

    /// Returns every area, each after the areas above it.
    pub fn iter(&self) -> impl Iterator<Item = &SampleArea> {
        self.areas.values()
    }

    /// Returns the areas below `code` whose own code has `digits` digits.
    pub fn below<'a>(
        &'a self,
        code: &'a str,
        digits: usize,
    ) -> impl Iterator<Item = &'a SampleArea> {
        self.areas
            .range(code.to_owned()..)
            .map(|(_, area)| area)
            .take_while(move |area| area.code.starts_with(code))
            .filter(move |area| area.code.len() == digits)
    }
}

/// Returns the outlines of the districts by code, mended where the published rings cross or touch themselves.
#[must_use]
pub fn outlines() -> BTreeMap<String, MultiPolygon> {
    published().into_iter().map(|(code, outline)| (code, mended(&outline))).collect()
}

/// The outlines as published.
fn published() -> BTreeMap<String, MultiPolygon> {
    let file: Value = serde_json::from_slice(DISTRICTS).expect("the shipped outlines: tested");
    let features = file["features"].as_array().into_iter().flatten();
    features
        .map(|feature| {
            let code = feature["properties"]["code"].as_str().unwrap_or_default();
            let rings = feature["geometry"]["coordinates"].as_array().into_iter().flatten();
            let mut rings = rings.map(ring);
            let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
            let polygon = Polygon::new(exterior, rings.collect());
            (code.to_owned(), MultiPolygon::new(vec![polygon]))
        })
        .collect()
}

fn ring(points: &Value) -> LineString {
    let number = |point: &Value, at: usize| point[at].as_f64().unwrap_or_default();
    let points = points.as_array().into_iter().flatten();
    points.map(|point| Coord { x: number(point, 0), y: number(point, 1) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Validation as _};

    #[test]
    fn mending_changes_next_to_nothing() {
        let published = published();
        let outlines = outlines();
        assert_eq!(outlines.len(), 8);
        for (code, outline) in outlines {
            assert!(outline.is_valid(), "{code}");
            // A corner that touches itself cuts small parts off.
            let largest = outline.iter().map(Area::unsigned_area).fold(0.0, f64::max);
            assert!(largest / outline.unsigned_area() > 0.999, "{code}");
            let share = outline.unsigned_area() / published[&code].unsigned_area();
            assert!((share - 1.0).abs() < 1e-4, "{code}: {share}");
        }
    }
}
