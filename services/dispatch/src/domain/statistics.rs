//! How a team answers: counts and times over its offers. Of teams only, never of persons.

use jiff::{SignedDuration, Timestamp};

use crate::domain::assignment::{Assignment, End};

/// What the city promises: a team is on the spot within ten minutes of the call.
const PROMISED: SignedDuration = SignedDuration::from_mins(10);

/// How a team answered the offers of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Offers.
    pub offered: u32,
    /// Of them accepted.
    pub accepted: u32,
    /// Of them declined.
    pub declined: u32,
    /// Of them lapsed.
    pub lapsed: u32,
    /// Of them taken back before the team had answered.
    pub withdrawn: u32,
    /// Of them with an arrival.
    pub arrived: u32,
    /// From offer to acceptance.
    pub offer_to_accept: Times,
    /// From acceptance to arrival.
    pub accept_to_arrive: Times,
    /// From the call to arrival.
    pub call_to_arrive: Times,
    /// Accepted offers that ended with the team: it came, gave the case back, or was given up.
    pub trips: u32,
    /// Of them with an arrival within ten minutes of the call.
    pub in_ten_minutes: u32,
}

/// Durations in seconds, begun ones not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    sorted: Vec<u32>,
}

impl Times {
    fn of(mut seconds: Vec<u32>) -> Self {
        seconds.sort_unstable();
        Times { sorted: seconds }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.sorted.len()).unwrap_or(u32::MAX)
    }

    /// The percentile by nearest rank: of n in order the one at place ⌈p/100 × n⌉. None of nothing.
    pub fn percentile(&self, percent: usize) -> Option<u32> {
        let place = (percent * self.sorted.len()).div_ceil(100).max(1);
        self.sorted.get(place - 1).copied()
    }
}

/// Counts the offers of a team.
pub fn count(offers: &[Assignment]) -> Statistics {
    let many = |which: &dyn Fn(&Assignment) -> bool| {
        u32::try_from(offers.iter().filter(|offer| which(offer)).count()).unwrap_or(u32::MAX)
    };
    let times = |between: &dyn Fn(&Assignment) -> Option<(Timestamp, Timestamp)>| {
        Times::of(offers.iter().filter_map(between).map(|(from, to)| seconds(from, to)).collect())
    };
    let ended = |offer: &Assignment, how: End| offer.ended.is_some_and(|(end, _)| end == how);
    let by_then = |offer: &Assignment| {
        offer.arrived_at.is_some_and(|at| at.duration_since(offer.called_at) <= PROMISED)
    };
    Statistics {
        offered: many(&|_| true),
        accepted: many(&|offer| offer.accepted_at.is_some()),
        declined: many(&|offer| ended(offer, End::Declined)),
        lapsed: many(&|offer| ended(offer, End::Lapsed)),
        withdrawn: many(&|offer| ended(offer, End::Withdrawn)),
        arrived: many(&|offer| offer.arrived_at.is_some()),
        offer_to_accept: times(&|offer| Some((offer.offered_at, offer.accepted_at?))),
        accept_to_arrive: times(&|offer| Some((offer.accepted_at?, offer.arrived_at?))),
        call_to_arrive: times(&|offer| Some((offer.called_at, offer.arrived_at?))),
        trips: many(&is_trip),
        in_ten_minutes: many(&by_then),
    }
}

/// Whether the team went, and it is known whether it came.
fn is_trip(offer: &Assignment) -> bool {
    let gave_up = offer.ended.is_some_and(|(end, _)| matches!(end, End::Declined | End::Lapsed));
    offer.arrived_at.is_some() || (offer.accepted_at.is_some() && gave_up)
}

fn seconds(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.duration_since(from).as_secs().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
