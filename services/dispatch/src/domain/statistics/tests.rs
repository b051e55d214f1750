use uuid::Uuid;

use super::*;
use crate::domain::codes::GridCode;
use crate::domain::decide::tests::{GRID, id, start};

fn offer(number: u32) -> Assignment {
    Assignment {
        dispute: Uuid::from_u128(1),
        number,
        grid: GridCode::parse(GRID).unwrap(),
        team: id("near"),
        called_at: start(),
        offered_at: start() + SignedDuration::from_secs(5),
        answer_until: start() + SignedDuration::from_secs(65),
        estimate: None,
        accepted_at: None,
        arrived_at: None,
        ended: None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields are that it fills")]
fn at(seconds: i64) -> Option<Timestamp> {
    Some(start() + SignedDuration::from_secs(seconds))
}

#[test]
fn percentiles_are_by_nearest_rank() {
    // (durations, P50, P90)
    let table: [(&[u32], Option<u32>, Option<u32>); 6] = [
        (&[], None, None),
        (&[7], Some(7), Some(7)),
        (&[30, 10], Some(10), Some(30)),
        (&[3, 1, 2], Some(2), Some(3)),
        (&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], Some(5), Some(9)),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], Some(6), Some(10)),
    ];
    for (durations, half, most) in table {
        let times = Times::of(durations.to_vec());
        assert_eq!((times.percentile(50), times.percentile(90)), (half, most), "{durations:?}");
        assert_eq!(times.count() as usize, durations.len());
    }
}

#[test]
fn every_offer_counts_for_what_became_of_it() {
    let came = |arrived| Assignment {
        accepted_at: at(25),
        arrived_at: at(arrived),
        ended: Some((End::Done, at(9_000).unwrap())),
        ..offer(1)
    };
    let ended = |end, accepted_at| Assignment {
        accepted_at,
        ended: Some((end, at(700).unwrap())),
        ..offer(2)
    };
    let offers = [
        came(600),
        came(601),
        ended(End::Declined, None),
        ended(End::Declined, at(15)),
        ended(End::Lapsed, None),
        ended(End::Lapsed, at(35)),
        ended(End::Withdrawn, None),
        // The case ended while the team was under way: nobody knows whether it would have come.
        ended(End::Cancelled, at(45)),
        Assignment { accepted_at: at(55), ..offer(3) },
        offer(4),
    ];
    let found = count(&offers);
    assert_eq!((found.offered, found.accepted, found.arrived), (10, 6, 2));
    assert_eq!((found.declined, found.lapsed, found.withdrawn), (2, 2, 1));
    assert_eq!((found.trips, found.in_ten_minutes), (4, 1), "ten minutes are the last instant");
    assert_eq!(found.offer_to_accept.count(), 6);
    assert_eq!(found.offer_to_accept.percentile(50), Some(20));
    assert_eq!(found.accept_to_arrive.percentile(50), Some(575));
    assert_eq!(found.call_to_arrive.percentile(90), Some(601));
    assert_eq!(count(&[]), Statistics::default());
}
