//! Which of two limits is the longer one, where that can be told whatever day they begin on.

use calendar::{Limit, Unit};

/// Seconds of a unit of the clock.
fn seconds(limit: Limit) -> Option<u64> {
    let amount = u64::from(limit.amount);
    match limit.unit {
        _ if limit.office_hours => None,
        Unit::Second => Some(amount),
        Unit::Minute => Some(amount * 60),
        Unit::Hour => Some(amount * 3_600),
        Unit::WorkingDay | Unit::CalendarDay | Unit::Month => None,
    }
}

/// The most calendar days that a limit may last; nothing = holidays decide, or opening hours.
fn at_most_days(limit: Limit) -> Option<u64> {
    let amount = u64::from(limit.amount);
    match limit.unit {
        Unit::CalendarDay => Some(amount),
        Unit::Month => Some(amount * 31),
        Unit::WorkingDay => None,
        Unit::Second | Unit::Minute | Unit::Hour => {
            seconds(limit).map(|seconds| seconds.div_ceil(86_400))
        }
    }
}

/// The fewest calendar days that a limit lasts.
fn at_least_days(limit: Limit) -> Option<u64> {
    let amount = u64::from(limit.amount);
    match limit.unit {
        // A working day is a day, and a holiday only puts the end off.
        Unit::CalendarDay | Unit::WorkingDay => Some(amount),
        Unit::Month => Some(amount * 28),
        Unit::Second | Unit::Minute | Unit::Hour => None,
    }
}

/// Whether `limit` is never longer than `than`. `false` where they cannot be compared.
pub fn no_longer(limit: Limit, than: Limit) -> bool {
    if (limit.unit, limit.office_hours) == (than.unit, than.office_hours) {
        return limit.amount <= than.amount;
    }
    if let (Some(one), Some(other)) = (seconds(limit), seconds(than)) {
        return one <= other;
    }
    match (at_most_days(limit), at_least_days(than)) {
        (Some(most), Some(least)) => most <= least,
        (Some(_) | None, Some(_) | None) => false,
    }
}
