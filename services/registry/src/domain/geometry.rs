//! How outlines may lie to each other.
//!
//! Borders are surveyed twice and digitised by hand, so neighbours never fit exactly: up to 0.5 % of the smaller one may
//! overlap, and up to 0.5 % of an outline may lie outside of what contains it.

use geo::{Area, BooleanOps, MultiPolygon, PreparedGeometry, Relate};

use super::place::Outline;

/// Share of the smaller outline that may overlap or lie outside.
pub const TOLERANCE: f64 = 0.005;

/// An outline that many others are checked against.
#[derive(Debug)]
pub struct Container {
    shape: MultiPolygon<f64>,
    prepared: PreparedGeometry<'static, MultiPolygon<f64>>,
}

impl Container {
    /// Prepares an outline.
    pub fn new(outline: &Outline) -> Self {
        let shape = outline.shape();
        Container { prepared: PreparedGeometry::from(shape.clone()), shape }
    }

    /// Whether `inner` lies within, up to the tolerance.
    pub fn holds(&self, inner: &Outline) -> bool {
        let inner = inner.shape();
        if self.prepared.relate(&inner).is_covers() {
            return true;
        }
        let outside = inner.difference(&self.shape).unsigned_area();
        outside <= TOLERANCE * inner.unsigned_area()
    }
}

/// Whether two outlines overlap by more than the tolerance.
pub fn overlap(left: &Outline, right: &Outline) -> bool {
    if !left.is_near(right) {
        return false;
    }
    let (left, right) = (left.shape(), right.shape());
    let smaller = left.unsigned_area().min(right.unsigned_area());
    left.intersection(&right).unsigned_area() > TOLERANCE * smaller
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geojson;

    fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Outline {
        let ring = format!(
            "[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]"
        );
        geojson::parse(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#)).unwrap()
    }

    #[test]
    fn neighbours_share_a_border_but_no_ground() {
        let left = rectangle(117.0, 36.0, 117.1, 36.1);
        assert!(!overlap(&left, &rectangle(117.1, 36.0, 117.2, 36.1)));
        assert!(!overlap(&left, &rectangle(117.0999, 36.0, 117.2, 36.1)));
        assert!(overlap(&left, &rectangle(117.09, 36.0, 117.2, 36.1)));
        assert!(overlap(&left, &rectangle(117.02, 36.02, 117.03, 36.03)));
    }

    #[test]
    fn an_inner_outline_may_touch_the_border() {
        let outer = Container::new(&rectangle(117.0, 36.0, 117.1, 36.1));
        assert!(outer.holds(&rectangle(117.0, 36.0, 117.05, 36.05)));
        assert!(outer.holds(&rectangle(116.9999, 36.0, 117.05, 36.05)));
        assert!(!outer.holds(&rectangle(116.99, 36.0, 117.05, 36.05)));
    }
}
