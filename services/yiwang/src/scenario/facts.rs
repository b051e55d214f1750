//! What can be expected of a case, by short names: what a scenario's `expect` compares.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::offset;
use yiwang_proto::dispatch::v1::{Clock, ClockKind, Dispute};

use crate::command::{place, standing};
use crate::labels;

static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| of(&Dispute::default()).into_keys().collect());

/// Every name.
pub(super) fn names() -> &'static [String] {
    &NAMES
}

/// Writes a moment as scenarios do: by the clock of Shanghai, seconds only where there are some.
pub(super) fn moment(time: Timestamp) -> String {
    let time = offset(8).to_datetime(time);
    let form = if time.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    time.strftime(form).to_string()
}

/// Writes a moment of the contract; empty when there is none.
pub(super) fn wire_moment(time: Option<&prost_types::Timestamp>) -> String {
    let instant = |time: &prost_types::Timestamp| Timestamp::new(time.seconds, time.nanos).ok();
    time.and_then(instant).map(moment).unwrap_or_default()
}

/// What is so with a dispute; what is not so is empty.
pub(super) fn of(dispute: &Dispute) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut is = |name: &str, value: String| facts.insert(name.to_owned(), value);
    is("state", labels::state::name(dispute.state).to_owned());
    is("holder", place(dispute.holder.as_ref().and_then(|step| step.place.as_ref())));
    is("first_receiver", place(dispute.first_receiver.as_ref()));
    is("first_handler", place(dispute.first_handler.as_ref()));
    let level = dispute.triage.as_ref().map_or(0, |triage| triage.level);
    is("level", labels::level::name(level).to_owned());
    is("type", dispute.type_code.clone());
    is("protective", dispute.protective.to_string());
    is("asked", dispute.offer.as_ref().map_or(String::new(), |offer| offer.team_id.clone()));
    is("team", dispute.team_id.clone());
    is("declined", dispute.declined_team_ids.join(" "));
    is("steps", dispute.steps.len().to_string());
    is("reminders", dispute.reminders.to_string());
    is("follow_ups", dispute.follow_ups.len().to_string());
    is("redone", dispute.redo_count.to_string());
    is("sealed", dispute.sealed_count.to_string());
    is("merged", (!dispute.merged_into.is_empty()).to_string());
    is("duplicates", dispute.duplicate_ids.len().to_string());
    facts.extend(ending(dispute));
    facts.extend(oversight(dispute));
    facts.extend(clocks(dispute));
    facts
}

fn ending(dispute: &Dispute) -> [(String, String); 8] {
    let outcome = dispute.outcome.clone().unwrap_or_default();
    let mediation = dispute.mediation.clone().unwrap_or_default();
    [
        ("file", mediation.file_number),
        ("outcome", labels::outcome::name(outcome.kind).to_owned()),
        ("partial", outcome.partial.to_string()),
        ("referral", labels::referral::name(outcome.referral).to_owned()),
        ("referral_result", labels::referral_result::name(outcome.referral_result).to_owned()),
        ("confirmation", labels::confirmation::name(outcome.confirmation).to_owned()),
        ("confirmation_until", outcome.confirmation_until_date),
        ("rejected", labels::reject_reason::name(dispute.reject_reason).to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

fn oversight(dispute: &Dispute) -> [(String, String); 5] {
    let paused = dispute.pause.unwrap_or_default().kind;
    let supervised = dispute.supervision.clone().unwrap_or_default().kind;
    let deferral = dispute.deferral.clone().unwrap_or_default();
    let asked = dispute.extension_request.clone().unwrap_or_default().working_days;
    [
        ("paused", labels::pause_kind::name(paused).to_owned()),
        ("supervised", labels::supervision::name(supervised).to_owned()),
        ("deferred_until", deferral.review_date),
        ("review_overdue", deferral.review_overdue.to_string()),
        ("extension_asked", if asked == 0 { String::new() } else { format!("{asked}wd") }),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// Of every kind of clock its end, card and standing, and to whom it was raised; also of those that there are none of.
fn clocks(dispute: &Dispute) -> Vec<(String, String)> {
    let kinds = (1..).map_while(|number| ClockKind::try_from(number).ok());
    let none = Clock::default();
    let facts = kinds.flat_map(|kind| {
        let there = dispute.clocks.iter().find(|clock| clock.kind() == kind);
        let clock = there.unwrap_or(&none);
        let standing = there.map_or("", |clock| english(standing(clock)));
        let name = labels::clock::name(kind.into()).replace('-', "_");
        [
            (format!("{name}.due"), wire_moment(clock.due_time.as_ref())),
            (format!("{name}.card"), labels::card::name(clock.card).to_owned()),
            (format!("{name}.standing"), standing.to_owned()),
            (format!("{name}.raised"), clock.raised_to_area_code.clone()),
        ]
    });
    facts.collect()
}

/// The English part of a label in both languages.
fn english(label: &'static str) -> &'static str {
    label.rsplit_once(' ').map_or(label, |(english, _)| english)
}
