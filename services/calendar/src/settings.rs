//! What a place decides for itself about counting time.

use serde::{Deserialize, Serialize};

use crate::office::OfficeHours;

/// How a place counts; every field has a default, so that a configuration names only what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When the office works on working days.
    pub office_hours: OfficeHours,
    /// When the last day of a limit in working days ends; default: closing time.
    pub working_day_ends: DayEnd,
    /// When the last day of a limit in calendar days or months ends; default: closing time.
    pub calendar_day_ends: DayEnd,
    /// How a receipt after closing or on a rest day counts for limits in working days.
    pub late_receipt: LateReceipt,
    /// The same for limits in calendar days and months; default: the calendar day of receipt.
    ///
    /// Civil Code art. 201 leaves out the day on which a period begins and knows no other
    /// exception; only the last day minds rest days (art. 203). A place whose rules take a
    /// receipt after closing as one of the next opening sets so here.
    pub calendar_day_late_receipt: LateReceipt,
    /// When an overdue limit shows the red card.
    pub red_card: RedCard,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            office_hours: OfficeHours::default(),
            working_day_ends: DayEnd::default(),
            calendar_day_ends: DayEnd::default(),
            late_receipt: LateReceipt::NextOpening,
            calendar_day_late_receipt: LateReceipt::SameDay,
            red_card: RedCard::default(),
        }
    }
}

/// When the last day of a limit ends. Civil Code art. 203: at 24:00, or where there are business
/// hours, when business stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEnd {
    /// At the closing time of the office hours.
    #[default]
    ClosingTime,
    /// At 24:00, which as an instant is 00:00 of the following day.
    Midnight,
}

/// How a receipt at closing time or later, or on a rest day, counts for limits in days.
///
/// Limits in hours by the wall clock run at once, those in office hours from the next opening by
/// themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateReceipt {
    /// As received at the next opening; that day is then the day not counted.
    NextOpening,
    /// As received on its own calendar day.
    SameDay,
}

/// When an overdue limit shows the red card. A limit that is not counted in days shows it when
/// it ends, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedCard {
    /// At the opening of the first working day after the last day
    /// (山东省省级政务服务投诉热线管理办法 2017: "超期第1个工作日"); yellow until then.
    #[default]
    FirstOverdueWorkingDay,
    /// As soon as the limit has ended.
    AtDue,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_names_only_what_differs() {
        let text = r#"{"office_hours": "09:00-17:00", "working_day_ends": "midnight"}"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        let expected = Settings {
            office_hours: "09:00-17:00".parse().unwrap(),
            working_day_ends: DayEnd::Midnight,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let late = r#"{"calendar_day_late_receipt": "next_opening"}"#;
        let settings: Settings = serde_json::from_str(late).unwrap();
        let both = (settings.late_receipt, settings.calendar_day_late_receipt);
        assert_eq!(both, (LateReceipt::NextOpening, LateReceipt::NextOpening));
        assert!(serde_json::from_str::<Settings>(r#"{"closing": "17:00"}"#).is_err());
        assert!(serde_json::from_str::<Settings>(r#"{"office_hours": "9 to 5"}"#).is_err());
    }
}
