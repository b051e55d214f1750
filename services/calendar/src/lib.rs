//! When things are due: working days of China, time limits, pauses, extensions and cards.
//!
//! The crate is pure: it reads no clock, no file and no environment. A deadline is a function of
//! what is stored with a case ([`TimeLimit`]), of a versioned [`Calendar`] and of the
//! [`Settings`] of the place, and of nothing else; whoever holds these three can compute it again
//! and gets the same answer.
//!
//! Where things are, in reading order:
//!
//! * [`Calendar`]: which days are worked, from `data/cn_workdays.csv`; beyond its years the
//!   answer is provisional and says so. [`Calendars`]: several versions of them.
//! * [`OfficeHours`], [`Settings`]: what a place decides for itself.
//! * [`Limit`], [`Unit`]: "5wd", "30d", "24h", "8oh".
//! * [`TimeLimit`], [`Pause`], [`Extension`]: the stored inputs of one deadline.
//! * [`due()`]: the deadline, with the exact counting rules; [`needs_recompute`].
//! * [`card()`]: green, yellow or red.
//! * [`explain()`]: the same deadline in words, in English and Chinese; [`in_words`]: a limit.
//! * [`Rules`]: the shipped table of limits, each with its source.
//! * [`written_day`]: a day as people write it.
//!
//! ```
//! use calendar::{Calendar, Card, Rules, Settings, TimeLimit, card, due, explain};
//!
//! let (calendar, settings) = (Calendar::china(), Settings::default());
//! let rule = Rules::shipped().get("hotline.handle").expect("a shipped rule");
//! let received = "2026-09-28T10:00:00+08:00".parse()?;
//! let order = TimeLimit {
//!     yellow_before: Rules::shipped().yellow_before(rule),
//!     red_after: Rules::shipped().red_after(rule),
//!     rule_key: Some(rule.key.clone()),
//!     ..TimeLimit::new(received, rule.limit, calendar)
//! };
//! let due = due(calendar, &settings, &order)?;
//! assert_eq!(due.at, "2026-10-10T17:30:00+08:00".parse()?);
//! assert_eq!(card(&due, received), Card::Green);
//! let words = explain(calendar, &settings, &order, Some(rule))?;
//! assert!(words.zh.contains("2026年10月1日至7日放假（国庆节），不计入。"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Instants are [`jiff::Timestamp`]; days and office hours are those of Asia/Shanghai, which has
//! been UTC+08:00 without summer time since 1991, so no time zone database is needed.

mod calendar;
mod card;
mod due;
mod explain;
mod limit;
mod office;
mod pauses;
mod rows;
mod rules;
mod settings;
mod time_limit;
mod written;
mod zone;

pub use calendar::{Calendar, Calendars, Day, DayKind, VersionError, WorkingDays};
pub use card::{Card, card};
pub use due::{Due, DueError, Receipt, Step, due, needs_recompute};
pub use explain::{Explanation, explain, in_words};
pub use limit::{Limit, LimitError, Unit};
pub use office::{OfficeHours, OfficeHoursError, OfficeSpan};
pub use rows::{CalendarError, RowError, RowProblem, RulesError};
pub use rules::{Authority, ExtensionError, Rule, Rules};
pub use settings::{DayEnd, LateReceipt, RedCard, Settings};
pub use time_limit::{Extension, Pause, TimeLimit};
pub use written::written_day;
pub use zone::business_date;
