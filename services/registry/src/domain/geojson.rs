//! Outlines as GeoJSON (RFC 7946): `Polygon` and `MultiPolygon`, nothing else.

use std::fmt::Write as _;

use geo::Validation;
use serde::Deserialize;

use super::place::{Outline, Point};

/// Most points of one outline: checking it takes time that grows with their square.
pub const MOST_POINTS: usize = 3_000;
/// Most rings of one outline.
pub const MOST_RINGS: usize = 200;

/// Why a text is no outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOutline {
    /// Not GeoJSON of the right type.
    #[error("is no GeoJSON Polygon or MultiPolygon with longitude, latitude pairs")]
    NotGeoJson,
    /// A coordinate is not on the earth.
    #[error("has a coordinate that is not on the earth; the order is longitude, latitude")]
    NotOnEarth,
    /// A ring has too few points.
    #[error("has a ring of fewer than four points")]
    TooFewPoints,
    /// A ring does not end where it begins.
    #[error("has a ring that does not end where it begins")]
    NotClosed,
    /// A ring crosses itself or another one.
    #[error("crosses or touches itself")]
    CrossesItself,
    /// More points than are kept.
    #[error("has more than 3,000 points or 200 rings")]
    TooLong,
}

impl BadOutline {
    /// The same in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            BadOutline::NotGeoJson => "不是 GeoJSON 的 Polygon 或 MultiPolygon",
            BadOutline::NotOnEarth => "坐标超出范围；顺序应为经度、纬度",
            BadOutline::TooFewPoints => "环的点数少于四个",
            BadOutline::NotClosed => "环首尾不闭合",
            BadOutline::CrossesItself => "边界自相交",
            BadOutline::TooLong => "点数超过 3000 或环数超过 200",
        }
    }
}

type Position = Vec<f64>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Vec<Position>>),
    MultiPolygon(Vec<Vec<Vec<Position>>>),
}

/// Reads and checks an outline.
pub fn parse(text: &str) -> Result<Outline, BadOutline> {
    checked(read(text)?)
}

/// The outline, when it keeps the limits and does not cross itself.
pub fn checked(outline: Outline) -> Result<Outline, BadOutline> {
    let rings = || outline.0.iter().flatten();
    if rings().map(Vec::len).sum::<usize>() > MOST_POINTS || rings().count() > MOST_RINGS {
        return Err(BadOutline::TooLong);
    }
    if outline.0.is_empty() || rings().any(|ring| ring.len() < 4) {
        return Err(BadOutline::TooFewPoints);
    }
    if !outline.shape().is_valid() {
        return Err(BadOutline::CrossesItself);
    }
    Ok(outline)
}

/// Reads an outline that was checked before.
pub fn read(text: &str) -> Result<Outline, BadOutline> {
    let polygons = match serde_json::from_str(text).map_err(|_| BadOutline::NotGeoJson)? {
        Geometry::Polygon(polygon) => vec![polygon],
        Geometry::MultiPolygon(polygons) => polygons,
    };
    if polygons.is_empty() || polygons.iter().any(Vec::is_empty) {
        return Err(BadOutline::TooFewPoints);
    }
    let rings = |polygon: Vec<Vec<Position>>| polygon.into_iter().map(ring).collect();
    Ok(Outline(polygons.into_iter().map(rings).collect::<Result<_, _>>()?))
}

fn ring(positions: Vec<Position>) -> Result<Vec<Point>, BadOutline> {
    let point = |position: &Position| match position.as_slice() {
        [longitude, latitude] | [longitude, latitude, _] => {
            Point::of(*longitude, *latitude).ok_or(BadOutline::NotOnEarth)
        }
        _ => Err(BadOutline::NotGeoJson),
    };
    let mut points = positions.iter().map(point).collect::<Result<Vec<_>, _>>()?;
    points.dedup();
    if points.first() != points.last() {
        return Err(BadOutline::NotClosed);
    }
    if points.len() < 4 {
        return Err(BadOutline::TooFewPoints);
    }
    Ok(points)
}

/// Writes an outline: a `Polygon` when it is one, else a `MultiPolygon`.
pub fn format(outline: &Outline) -> String {
    let mut text = String::new();
    match outline.0.as_slice() {
        [polygon] => {
            text.push_str(r#"{"type":"Polygon","coordinates":"#);
            write_polygon(&mut text, polygon);
        }
        polygons => {
            text.push_str(r#"{"type":"MultiPolygon","coordinates":"#);
            write_list(&mut text, polygons, |text, polygon| write_polygon(text, polygon));
        }
    }
    text.push('}');
    text
}

fn write_polygon(text: &mut String, polygon: &[Vec<Point>]) {
    write_list(text, polygon, |text, ring| {
        write_list(text, ring, |text, point| {
            // Writing to a String cannot fail.
            let _ = write!(text, "[{},{}]", point.longitude(), point.latitude());
        });
    });
}

fn write_list<T>(text: &mut String, items: &[T], mut write_item: impl FnMut(&mut String, &T)) {
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_item(text, item);
    }
    text.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"type":"Polygon","coordinates":[[[117.8,36.8],[117.9,36.8],[117.9,36.9],[117.8,36.8]]]}"#;
        let outline = parse(text).unwrap();
        assert_eq!(format(&outline), text);
        let two = Outline(vec![
            outline.0[0].clone(),
            parse(&text.replace("117", "118")).unwrap().0[0].clone(),
        ]);
        assert_eq!(parse(&format(&two)), Ok(two));
    }

    #[test]
    fn every_fault_is_named() {
        let polygon =
            |rings: &str| parse(&format!(r#"{{"type":"Polygon","coordinates":{rings}}}"#));
        let cases = [
            ("[[[0,0],[1,0],[1,1],[0,1]]]", BadOutline::NotClosed),
            ("[[[0,0],[1,0],[0,0]]]", BadOutline::TooFewPoints),
            ("[]", BadOutline::TooFewPoints),
            ("[[[0,0],[1,1],[1,0],[0,1],[0,0]]]", BadOutline::CrossesItself),
            ("[[[0,0],[0,136.8],[1,1],[0,0]]]", BadOutline::NotOnEarth),
            ("[[[0],[1,0],[1,1],[0,1]]]", BadOutline::NotGeoJson),
            ("7", BadOutline::NotGeoJson),
        ];
        for (rings, fault) in cases {
            assert_eq!(polygon(rings), Err(fault), "{rings}");
        }
        assert_eq!(parse(r#"{"type":"Point","coordinates":[1,1]}"#), Err(BadOutline::NotGeoJson));
    }
}
