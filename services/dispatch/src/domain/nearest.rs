//! Which team is nearest: straight line × factor ÷ speed. An estimate, not a routing.

use std::cmp::Ordering;

use geo::{Distance, Haversine};

use crate::domain::dispute::Estimate;
use crate::domain::places::{Point, Team};
use crate::domain::rules::Way;

/// Orders teams, each with where it starts from, for a case at `place`: by estimated time, those without an estimate
/// last, then by id.
pub fn nearest<'a>(
    place: Option<Point>,
    teams: impl IntoIterator<Item = (&'a Team, Option<Point>)>,
    way: Way,
) -> Vec<(&'a Team, Option<Estimate>)> {
    let mut ordered: Vec<_> =
        teams.into_iter().map(|(team, from)| (team, estimate(from, place, way))).collect();
    ordered.sort_by(|(one, near), (other, far)| {
        let by_time = match (near, far) {
            (Some(near), Some(far)) => (near.seconds, near.metres).cmp(&(far.seconds, far.metres)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_time.then_with(|| one.id.cmp(&other.id))
    });
    ordered
}

/// Estimates a way; none when an end of it is not known.
pub fn estimate(from: Option<Point>, to: Option<Point>, way: Way) -> Option<Estimate> {
    let (from, to) = (from?, to?);
    let metres = Haversine.distance(
        geo::Point::new(from.longitude, from.latitude),
        geo::Point::new(to.longitude, to.latitude),
    );
    let seconds = metres * way.factor / (way.speed_kmh / 3.6);
    Some(Estimate {
        metres: whole(metres),
        factor: way.factor,
        speed_kmh: way.speed_kmh,
        seconds: whole(seconds.ceil()),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to u32 first")]
fn whole(number: f64) -> u32 {
    number.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::codes::{AreaCode, Id};
    use crate::domain::places::Duty;

    const WAY: Way = Way { factor: 1.4, speed_kmh: 25.0 };

    fn team(id: &str, point: Option<(f64, f64)>) -> Team {
        Team {
            id: Id::parse(id).unwrap(),
            name: id.to_owned(),
            point: point.map(|(longitude, latitude)| Point { longitude, latitude }),
            serves: Vec::new(),
            until: None,
            area: AreaCode::parse("370306001").unwrap(),
            duty: Duty::On,
            since: None,
            capacity: 1,
        }
    }

    #[test]
    fn an_estimate_is_line_times_factor_by_speed() {
        let (from, to) = (
            Point { longitude: 117.85, latitude: 36.80 },
            Point { longitude: 117.86, latitude: 36.80 },
        );
        let estimate = estimate(Some(from), Some(to), WAY).unwrap();
        // A hundredth of a degree at 36.8° north is 890 m; times 1.4 at 25 km/h is 180 s.
        assert_eq!(estimate.metres, 890);
        assert_eq!(estimate.seconds, 180);
    }

    #[test]
    fn the_nearest_comes_first_and_who_cannot_be_told_comes_last() {
        let place = Some(Point { longitude: 117.85, latitude: 36.80 });
        let teams = [
            team("unknown", None),
            team("far", Some((117.95, 36.80))),
            team("b-near", Some((117.86, 36.80))),
            team("a-near", Some((117.86, 36.80))),
        ];
        for place in [place, None] {
            let bases = teams.iter().map(|team| (team, team.point));
            let order: Vec<_> =
                nearest(place, bases, WAY).iter().map(|(team, _)| team.id.as_str()).collect();
            assert_eq!(order, ["a-near", "b-near", "far", "unknown"]);
        }
        // Where it is counts more than where it starts from by rule.
        let near = Some(Point { longitude: 117.851, latitude: 36.80 });
        let known = teams.iter().map(|team| (team, near.filter(|_| team.id.as_str() == "far")));
        assert_eq!(nearest(place, known, WAY)[0].0.id.as_str(), "far");
    }
}
