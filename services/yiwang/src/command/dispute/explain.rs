//! `yiwang dispute explain`: a dispute's deadline, derived anew from what is stored with it.

use calendar::{Calendars, Rules, TimeLimit, due};
use dispatch::counting::{extension_from, pause_from, settings_from, timestamp};
use yiwang_proto::dispatch::v1::{Dispute, Triage};

use super::super::calendar::tell;
use super::super::shared::show;
use crate::failure::Failure;
use crate::screen::Screen;

/// Explains when the limit of a dispute ends, and notes it if the stored end is another one.
pub(super) fn deadline(
    screen: Screen,
    dispute: &Dispute,
    calendars: &Calendars,
) -> Result<(), Failure> {
    let Some(triage) = &dispute.triage else {
        return Err(Failure::wrong(
            "the dispute has no level and no limit yet",
            "该纠纷尚未分级，没有期限",
        ));
    };
    let days = calendars.get(&triage.calendar_version).ok_or_else(|| {
        let version = &triage.calendar_version;
        Failure::wrong(
            format!(
                "it was counted by calendar {version}, which is not here; name its file with --days and --days-version"
            ),
            format!("该期限按日历 {version} 计算，本机没有该版本；请用 --days 和 --days-version 指定文件"),
        )
    })?;
    let unreadable = || Failure::Fault("the answer has a limit that cannot be read".to_owned());
    let time_limit = stored(triage).ok_or_else(unreadable)?;
    // An older node does not say how it counted: by the defaults.
    let settings = triage.settings.clone().map_or_else(|| Some(Default::default()), settings_from);
    let settings = settings.ok_or_else(unreadable)?;
    let shipped = Rules::shipped().get(&triage.rule_key);
    let rule = shipped.filter(|rule| rule.source == triage.rule_source);
    tell(days, &settings, &time_limit, rule, screen)?;
    if rule.is_none() && !screen.json {
        screen.line(format!("source / 依据: {} ({})", triage.rule_source, triage.rule_key))?;
    }
    let counted = due(days, &settings, &time_limit).ok().map(|due| due.at);
    let recorded = timestamp(triage.due_time);
    if let (Some(counted), Some(recorded)) = (counted, recorded)
        && counted != recorded
    {
        let (counted, recorded) = (show(counted), show(recorded));
        screen.note(format!(
            "recorded is {recorded}, not {counted} / 记录的期限为 {recorded}，与 {counted} 不符"
        ));
        return Err(Failure::Quiet(crate::failure::EXIT_REFUSED));
    }
    Ok(())
}

/// The stored inputs of a deadline.
fn stored(triage: &Triage) -> Option<TimeLimit> {
    Some(TimeLimit {
        start: timestamp(triage.start_time)?,
        limit: triage.limit.parse().ok()?,
        calendar_version: triage.calendar_version.clone(),
        pauses: triage.pauses.iter().cloned().map(pause_from).collect::<Option<_>>()?,
        extensions: triage.extensions.iter().cloned().map(extension_from).collect::<Option<_>>()?,
        yellow_before: None,
        red_after: None,
        rule_key: Some(triage.rule_key.clone()),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use prost_types::Timestamp as WireTime;
    use yiwang_proto::dispatch::v1::{CountingSettings, LimitExtension, LimitPause};

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the form of a field")]
    fn wire(text: &str) -> Option<WireTime> {
        let time: Timestamp = text.parse().unwrap();
        Some(crate::command::shared::to_wire(time))
    }

    /// Seven days from Thu 12 Feb 2026 roll from 19 Feb over the Spring Festival to Tue 24 Feb.
    fn triage() -> Triage {
        Triage {
            limit: "7d".to_owned(),
            rule_key: "zz_centre.general".to_owned(),
            rule_source: "东至县".to_owned(),
            start_time: wire("2026-02-12T12:00:00Z"),
            due_time: wire("2026-02-24T09:30:00Z"),
            calendar_version: "cn-2026.1".to_owned(),
            ..Triage::default()
        }
    }

    fn explained(triage: Triage) -> Result<(), String> {
        let dispute = Dispute { triage: Some(triage), ..Dispute::default() };
        deadline(Screen { json: false }, &dispute, &Calendars::shipped())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_deadline_is_derived_from_what_is_stored() {
        assert_eq!(explained(triage()), Ok(()));
        // A pause, an extension and settings move it as they did when it was counted.
        let mut moved = triage();
        moved.settings = Some(CountingSettings {
            office_hours: "09:00-17:00".to_owned(),
            calendar_days_end_at_midnight: true,
            ..CountingSettings::default()
        });
        moved.pauses = vec![LimitPause {
            stop_time: wire("2026-02-25T16:00:00Z"),
            resume_time: wire("2026-02-26T16:00:00Z"),
        }];
        moved.extensions =
            vec![LimitExtension { limit: "7d".to_owned(), reason_code: "complex".to_owned() }];
        // 12 + 14 is Thu 26 Feb, which is paused: Fri 27, until 24:00.
        moved.due_time = wire("2026-02-27T16:00:00Z");
        assert_eq!(explained(moved), Ok(()));
    }

    #[test]
    fn what_cannot_be_derived_is_said() {
        let dispute = Dispute::default();
        let none = deadline(Screen { json: false }, &dispute, &Calendars::shipped()).unwrap_err();
        assert_eq!(none.to_string(), "the dispute has no level and no limit yet");
        let other = Triage { calendar_version: "cn-2027.1".to_owned(), ..triage() };
        assert!(explained(other).unwrap_err().contains("counted by calendar cn-2027.1"));
        let wrong = Triage { due_time: wire("2026-02-19T09:30:00Z"), ..triage() };
        assert_eq!(explained(wrong), Err("exit code 1".to_owned()));
    }
}
