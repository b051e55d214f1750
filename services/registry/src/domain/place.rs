//! Places: points and outlines on the earth, WGS-84, in whole ten-millionths of a degree (about 1 cm), so that the same
//! place is always the same number.

use geo::{BooleanOps, Intersects, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};

const UNITS: f64 = 1e7;

/// A point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    /// Ten-millionths of a degree east.
    pub east: i32,
    /// Ten-millionths of a degree north.
    pub north: i32,
}

impl Point {
    /// Reads degrees; nothing when they are not on the earth.
    pub fn of(longitude: f64, latitude: f64) -> Option<Self> {
        let on_earth = (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude);
        on_earth.then(|| Point { east: units(longitude), north: units(latitude) })
    }

    /// Degrees east.
    pub fn longitude(&self) -> f64 {
        f64::from(self.east) / UNITS
    }

    /// Degrees north.
    pub fn latitude(&self) -> f64 {
        f64::from(self.north) / UNITS
    }

    /// Cells that contain the point, from the whole earth down: where outlines that may contain it are filed.
    pub fn cells(&self) -> Vec<String> {
        let deepest = cell_path(self, self);
        (0..=deepest.len()).map(|length| format!("c{}", &deepest[..length])).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "180 degrees are 1.8e9 units, an i32 holds 2.1e9"
)]
fn units(degrees: f64) -> i32 {
    (degrees * UNITS).round() as i32
}

/// One or several polygons; the first ring of each is its border, the others are holes. Rings are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline(pub Vec<Vec<Vec<Point>>>);

impl Outline {
    /// The same in degrees, for geometry.
    pub fn shape(&self) -> MultiPolygon<f64> {
        let ring = |points: &Vec<Point>| -> LineString<f64> {
            points.iter().map(|point| (point.longitude(), point.latitude())).collect()
        };
        let polygons = self.0.iter().filter_map(|rings| {
            let (border, holes) = rings.split_first()?;
            Some(Polygon::new(ring(border), holes.iter().map(ring).collect()))
        });
        polygons.collect()
    }

    /// Reads a shape in degrees; parts that are not on the earth are left out.
    pub fn of_shape(shape: &MultiPolygon<f64>) -> Self {
        let ring = |line: &LineString<f64>| -> Vec<Point> {
            line.coords().filter_map(|at| Point::of(at.x, at.y)).collect()
        };
        let polygon = |polygon: &Polygon<f64>| -> Vec<Vec<Point>> {
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
        };
        Outline(shape.iter().map(polygon).collect())
    }

    /// Both outlines as one.
    #[must_use]
    pub fn joined(&self, other: &Outline) -> Self {
        Self::of_shape(&self.shape().union(&other.shape()))
    }

    /// Whether the smallest upright rectangles around both have a point in common.
    pub fn is_near(&self, other: &Outline) -> bool {
        let (Some((low, high)), Some((other_low, other_high))) = (self.bounds(), other.bounds())
        else {
            return false;
        };
        low.east <= other_high.east
            && other_low.east <= high.east
            && low.north <= other_high.north
            && other_low.north <= high.north
    }

    /// The south-western and the north-eastern corner.
    fn bounds(&self) -> Option<(Point, Point)> {
        let mut points = self.0.iter().flatten().flatten();
        let first = *points.next()?;
        Some(points.fold((first, first), |(low, high), point| {
            let low = Point { east: low.east.min(point.east), north: low.north.min(point.north) };
            let high =
                Point { east: high.east.max(point.east), north: high.north.max(point.north) };
            (low, high)
        }))
    }

    /// Whether the point lies within or on the border.
    pub fn contains(&self, point: &Point) -> bool {
        self.shape().intersects(&geo::Point::new(point.longitude(), point.latitude()))
    }

    /// Smallest cell that contains the whole outline: the earth halved both ways again and again.
    pub fn cell(&self) -> String {
        self.bounds()
            .map_or_else(|| "c".to_owned(), |(low, high)| format!("c{}", cell_path(&low, &high)))
    }
}

/// Quadrants that contain both points, the largest first, at most 18 (cells of about 150 m).
fn cell_path(low: &Point, high: &Point) -> String {
    let mut path = String::new();
    let (mut west, mut south) = (-1_800_000_000_i64, -900_000_000_i64);
    let (mut width, mut height) = (3_600_000_000_i64, 1_800_000_000_i64);
    for _ in 0..18 {
        (width, height) = (width / 2, height / 2);
        let right = |point: &Point| i64::from(point.east) >= west + width;
        let upper = |point: &Point| i64::from(point.north) >= south + height;
        if right(low) != right(high) || upper(low) != upper(high) {
            break;
        }
        let (is_right, is_upper) = (right(low), upper(low));
        path.push(match (is_right, is_upper) {
            (false, false) => '0',
            (true, false) => '1',
            (false, true) => '2',
            (true, true) => '3',
        });
        west += if is_right { width } else { 0 };
        south += if is_upper { height } else { 0 };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(east: i32, north: i32, side: i32) -> Outline {
        let at = |x, y| Point { east: x, north: y };
        let ring = vec![
            at(east, north),
            at(east + side, north),
            at(east + side, north + side),
            at(east, north + side),
            at(east, north),
        ];
        Outline(vec![vec![ring]])
    }

    #[test]
    fn a_point_finds_the_cell_of_every_outline_that_contains_it() {
        let point = Point::of(117.870_123_4, 36.803_456_7).unwrap();
        for side in [10, 1_000, 50_000, 3_000_000] {
            let outline = square(point.east - side / 3, point.north - side / 2, side);
            assert!(outline.contains(&point));
            assert!(point.cells().contains(&outline.cell()), "{side}");
        }
    }

    #[test]
    fn shapes_are_the_same_number_after_a_round_trip() {
        let outline = square(1_178_701_234, 368_034_567, 12_345);
        assert_eq!(Outline::of_shape(&outline.shape()), outline);
    }
}
