//! How a limit is counted, on the wire and back. `None` = a value that this release does not know.

use calendar::{DayEnd, Extension, LateReceipt, Pause, RedCard, Settings};
use jiff::Timestamp;
use yiwang_proto::dispatch::v1 as pb;

use super::time;

/// Settings as the wire has them.
pub(crate) fn settings_to(settings: &Settings) -> pb::CountingSettings {
    pb::CountingSettings {
        office_hours: settings.office_hours.to_string(),
        working_days_end_at_midnight: settings.working_day_ends == DayEnd::Midnight,
        calendar_days_end_at_midnight: settings.calendar_day_ends == DayEnd::Midnight,
        late_receipt_same_day: settings.late_receipt == LateReceipt::SameDay,
        calendar_days_from_next_opening: settings.calendar_day_late_receipt
            == LateReceipt::NextOpening,
        red_card_at_due: settings.red_card == RedCard::AtDue,
    }
}

/// Settings as they were sent.
pub(crate) fn settings_from(settings: pb::CountingSettings) -> Option<Settings> {
    let ends = |midnight| if midnight { DayEnd::Midnight } else { DayEnd::ClosingTime };
    let late = |next| if next { LateReceipt::NextOpening } else { LateReceipt::SameDay };
    Some(Settings {
        office_hours: settings.office_hours.parse().ok()?,
        working_day_ends: ends(settings.working_days_end_at_midnight),
        calendar_day_ends: ends(settings.calendar_days_end_at_midnight),
        late_receipt: late(!settings.late_receipt_same_day),
        calendar_day_late_receipt: late(settings.calendar_days_from_next_opening),
        red_card: if settings.red_card_at_due {
            RedCard::AtDue
        } else {
            RedCard::FirstOverdueWorkingDay
        },
    })
}

/// A pause as the wire has it.
pub(crate) fn pause_to(pause: &Pause) -> pb::LimitPause {
    pb::LimitPause { stop_time: Some(time(pause.from)), resume_time: pause.until.map(time) }
}

/// A pause as it was sent.
pub(crate) fn pause_from(pause: pb::LimitPause) -> Option<Pause> {
    let until = match pause.resume_time {
        Some(time) => Some(timestamp(Some(time))?),
        None => None,
    };
    Some(Pause { from: timestamp(pause.stop_time)?, until })
}

/// An extension as the wire has it.
pub(crate) fn extension_to(extension: &Extension) -> pb::LimitExtension {
    pb::LimitExtension {
        limit: extension.limit.to_string(),
        reason_code: extension.reason_code.clone(),
    }
}

/// An extension as it was sent.
pub(crate) fn extension_from(extension: pb::LimitExtension) -> Option<Extension> {
    Some(Extension { limit: extension.limit.parse().ok()?, reason_code: extension.reason_code })
}

/// An instant as it was sent.
pub(crate) fn timestamp(time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.seconds, time.nanos).ok()
}
