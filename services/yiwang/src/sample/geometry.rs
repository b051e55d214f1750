//! Cutting regions into parts of given sizes, and writing them as GeoJSON.

use std::fmt::Write as _;

use geo::{Area as _, BooleanOps as _, BoundingRect as _, Coord, LineString, MultiPolygon, Rect};

/// Decimals that outlines keep: a centimetre, as in the registry.
const DECIMALS: f64 = 1e7;
/// Pieces below this many square degrees, some ten square metres, are dust from cutting.
const DUST: f64 = 1e-9;
/// A degree of longitude against one of latitude at Zibo.
const SLANT: f64 = 0.8;

/// Which coordinate a straight cut is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Longitude,
    Latitude,
}

/// Cuts `region` into one part per weight, each part's area in proportion to its weight.
pub fn divide(region: MultiPolygon, weights: &[usize]) -> Vec<MultiPolygon> {
    if weights.len() <= 1 {
        return vec![region; weights.len()];
    }
    let total: usize = weights.iter().sum();
    let (at, first) = halfway(weights, total);
    let share = to_float(first) / to_float(total);
    let (low, high) = halve(&region, share);
    let mut parts = divide(low, &weights[..at]);
    parts.extend(divide(high, &weights[at..]));
    parts
}

/// Where to part a list so that both sides weigh about the same: how many come first, and their weight.
fn halfway(weights: &[usize], total: usize) -> (usize, usize) {
    let mut best = (1, weights[0]);
    let mut sum = 0;
    for (at, weight) in weights[..weights.len() - 1].iter().enumerate() {
        sum += weight;
        if (2 * sum).abs_diff(total) < (2 * best.1).abs_diff(total) {
            best = (at + 1, sum);
        }
    }
    best
}

/// Cuts a region in two, the first part with the given share of the area. Cuts across the longer side, unless that
/// tears the region into more pieces than the other cut.
fn halve(region: &MultiPolygon, share: f64) -> (MultiPolygon, MultiPolygon) {
    let Some(bounds) = region.bounding_rect() else {
        return (region.clone(), MultiPolygon::new(Vec::new()));
    };
    let (first, second) = if bounds.width() * SLANT >= bounds.height() {
        (Axis::Longitude, Axis::Latitude)
    } else {
        (Axis::Latitude, Axis::Longitude)
    };
    let halves = cut(region, bounds, first, share);
    let pieces = |halves: &(MultiPolygon, MultiPolygon)| halves.0.0.len() + halves.1.0.len();
    if pieces(&halves) <= 2 {
        return halves;
    }
    let others = cut(region, bounds, second, share);
    if pieces(&others) < pieces(&halves) { others } else { halves }
}

fn cut(
    region: &MultiPolygon,
    bounds: Rect,
    axis: Axis,
    share: f64,
) -> (MultiPolygon, MultiPolygon) {
    let (min, max) = (bounds.min(), bounds.max());
    let (mut low, mut high) = match axis {
        Axis::Longitude => (min.x, max.x),
        Axis::Latitude => (min.y, max.y),
    };
    let wanted = region.unsigned_area() * share;
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if area_below(region, axis, middle) < wanted { low = middle } else { high = middle }
    }
    let at = round(f64::midpoint(low, high));
    let margin = 1.0;
    let (below, above) = match axis {
        Axis::Longitude => (
            Rect::new((min.x - margin, min.y - margin), (at, max.y + margin)),
            Rect::new((at, min.y - margin), (max.x + margin, max.y + margin)),
        ),
        Axis::Latitude => (
            Rect::new((min.x - margin, min.y - margin), (max.x + margin, at)),
            Rect::new((min.x - margin, at), (max.x + margin, max.y + margin)),
        ),
    };
    let piece = |half: Rect| without_dust(region.intersection(&half.to_polygon()));
    (piece(below), piece(above))
}

/// The area of a region on the lower side of a cut, by Green's theorem: edges along the cut add nothing.
fn area_below(region: &MultiPolygon, axis: Axis, at: f64) -> f64 {
    let rings =
        region.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    let sum: f64 =
        rings.flat_map(LineString::lines).map(|line| edge(line.start, line.end, axis, at)).sum();
    sum.abs()
}

fn edge(start: Coord, end: Coord, axis: Axis, at: f64) -> f64 {
    let across = |point: Coord| match axis {
        Axis::Longitude => (point.x, point.y),
        Axis::Latitude => (point.y, -point.x),
    };
    let ((mut p0, mut q0), (mut p1, mut q1)) = (across(start), across(end));
    if p0 > at && p1 > at {
        return 0.0;
    }
    if (p0 > at) != (p1 > at) {
        let crossing = q0 + (q1 - q0) * (at - p0) / (p1 - p0);
        if p0 > at { (p0, q0) = (at, crossing) } else { (p1, q1) = (at, crossing) }
    }
    f64::midpoint(q0, q1) * (p1 - p0)
}

fn without_dust(mut region: MultiPolygon) -> MultiPolygon {
    region.0.retain(|part| part.unsigned_area() > DUST);
    region
}

/// Takes out what makes a region invalid: repeated points, slivers where a ring crosses itself, dust.
#[must_use]
pub fn mended(region: &MultiPolygon) -> MultiPolygon {
    rounded(&without_dust(region.union(&MultiPolygon::new(Vec::new()))))
}

/// Rounds every coordinate to a centimetre, dropping points that coincide.
#[must_use]
pub fn rounded(region: &MultiPolygon) -> MultiPolygon {
    let ring = |ring: &LineString| {
        let mut points: Vec<Coord> =
            ring.coords().map(|point| Coord { x: round(point.x), y: round(point.y) }).collect();
        points.dedup();
        LineString::new(points)
    };
    let parts = region.iter().map(|part| {
        geo::Polygon::new(ring(part.exterior()), part.interiors().iter().map(ring).collect())
    });
    MultiPolygon::new(parts.collect())
}

/// Rounds a coordinate to a centimetre.
pub(super) fn round(degrees: f64) -> f64 {
    (degrees * DECIMALS).round() / DECIMALS
}

/// Writes a region as a GeoJSON Polygon, or as a `MultiPolygon` when it has several parts.
#[must_use]
pub fn geojson(region: &MultiPolygon) -> String {
    let mut text = String::with_capacity(512);
    let one = region.0.len() == 1;
    let kind = if one { "Polygon" } else { "MultiPolygon" };
    write!(text, r#"{{"type":"{kind}","coordinates":"#).ok();
    list(&mut text, !one, &region.0, |text, part| {
        let rings: Vec<&LineString> =
            std::iter::once(part.exterior()).chain(part.interiors()).collect();
        list(text, true, &rings, |text, ring| {
            list(text, true, &ring.0, |text, point| {
                write!(text, "[{},{}]", round(point.x), round(point.y)).ok();
            });
        });
    });
    text.push('}');
    text
}

fn list<T>(text: &mut String, brackets: bool, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    if brackets {
        text.push('[');
    }
    for (at, value) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        item(text, value);
    }
    if brackets {
        text.push(']');
    }
}

fn to_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> MultiPolygon {
        Rect::new((0.0, 0.0), (1.0, 1.0)).to_polygon().into()
    }

    #[test]
    fn parts_have_the_areas_asked_for() {
        let parts = divide(square(), &[1, 2, 5, 2]);
        let areas: Vec<f64> = parts.iter().map(Area::unsigned_area).collect();
        for (area, wanted) in areas.iter().zip([0.1, 0.2, 0.5, 0.2]) {
            assert!((area - wanted).abs() < 1e-6, "{areas:?}");
        }
    }

    use geo::Area;

    #[test]
    fn a_region_is_written_as_geojson() {
        let text = geojson(&square());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["type"], "Polygon");
        assert_eq!(value["coordinates"][0].as_array().unwrap().len(), 5);
        let two = MultiPolygon::new([square().0, square().0].concat());
        let value: serde_json::Value = serde_json::from_str(&geojson(&two)).unwrap();
        assert_eq!(
            (value["type"].as_str(), value["coordinates"].as_array().unwrap().len()),
            (Some("MultiPolygon"), 2)
        );
    }
}
