//! What is written while a scenario is played: one line for each event, and below it how the case stands.

use prost::Name;
use serde_json::{Value, json};
use yiwang_proto::dispatch::v1 as pb;
use yiwang_proto::feed::v1::{Envelope, Header};

use super::facts::{self, moment, wire_moment};
use crate::command::place;
use crate::failure::Failure;
use crate::labels;
use crate::screen::{Screen, encoded_to_json};

/// Where a timeline is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    pub(super) screen: Screen,
}

/// Name of an event's type without the package.
pub(super) fn kind(header: &Header) -> &str {
    header.r#type.rsplit('.').next().unwrap_or_default()
}

impl Timeline {
    /// Begins.
    pub(super) fn title(self, name: &str, en: &str, zh: &str) -> Result<(), Failure> {
        if self.screen.json {
            return self
                .screen
                .value(&json!({"scenario": name, "title": en, "titleZh": zh}), false);
        }
        self.screen.line(format!("\n{name}: {en} / {zh}"))
    }

    /// Words of the file.
    pub(super) fn say(self, words: &str) -> Result<(), Failure> {
        if words.is_empty() {
            return Ok(());
        }
        if self.screen.json {
            return self.screen.value(&json!({"say": words}), false);
        }
        self.screen.line(format!("\n— {words}"))
    }

    /// Something that happened, in a case that is called so here.
    pub(super) fn event(self, event: &Envelope, case: &str) -> Result<(), Failure> {
        let header = event.header.clone().unwrap_or_default();
        let payload = event.payload.clone().unwrap_or_default();
        let (kind, time) = (kind(&header), wire_moment(header.record_time.as_ref()));
        let actor = header.actor.clone().unwrap_or_default();
        let by_time = actor.caller_id == "node";
        if self.screen.json {
            let name = payload.type_url.rsplit('/').next().unwrap_or_default();
            let payload = encoded_to_json(name, &payload.value).unwrap_or(Value::Null);
            let who = if by_time { None } else { Some(actor.caller_id) };
            let value = json!({
                "time": time, "who": who, "case": case, "event": kind, "payload": payload,
            });
            return self.screen.value(&value, false);
        }
        let who = if by_time { "(by time 按时)" } else { &actor.caller_id };
        let what = format!("{kind} {}", labels::event(kind));
        let line = format!("{time:<19}  {case:<8} {who:<12} {what}  {}", details(kind, &payload));
        self.screen.line(line.trim_end())
    }

    /// How a case stands now.
    pub(super) fn standing(self, case: &str, dispute: &pb::Dispute) -> Result<(), Failure> {
        if self.screen.json {
            let facts = facts::of(dispute).into_iter().filter(|(_, value)| !value.is_empty());
            let facts: serde_json::Map<String, Value> =
                facts.map(|(name, value)| (name, value.into())).collect();
            return self.screen.value(&json!({"case": case, "stands": facts}), false);
        }
        let holder = place(dispute.holder.as_ref().and_then(|step| step.place.as_ref()));
        let mut said = vec![labels::state::label(dispute.state), format!("holder 承办 {holder}")];
        let running = dispute.clocks.iter().filter(|clock| clock.stop_time.is_none());
        said.extend(running.map(|clock| {
            let due = wire_moment(clock.due_time.as_ref());
            let due = if due.is_empty() { "stands still 中止" } else { &due };
            let card = match clock.card() {
                pb::Card::Unspecified | pb::Card::Green => String::new(),
                pb::Card::Yellow | pb::Card::Red => {
                    format!(" [{}]", labels::card::label(clock.card))
                }
            };
            format!("{} {due}{card}", labels::clock::label(clock.kind))
        }));
        self.screen.line(format!("{:21}→ {}", "", said.join(" · ")))
    }

    /// A command was refused, as the file says.
    pub(super) fn refused(
        self,
        time: jiff::Timestamp,
        case: &str,
        who: &str,
        (reason, message): (&str, &str),
    ) -> Result<(), Failure> {
        let time = moment(time);
        if self.screen.json {
            let value = json!({
                "time": time, "who": who, "case": case, "refused": reason, "message": message,
            });
            return self.screen.value(&value, false);
        }
        self.screen
            .line(format!("{time:<19}  {case:<8} {who:<12} refused 被拒绝  {reason}: {message}"))
    }

    /// Nothing happens until then.
    pub(super) fn passed(self, until: jiff::Timestamp) -> Result<(), Failure> {
        if self.screen.json {
            return self.screen.value(&json!({"time": moment(until)}), false);
        }
        self.screen.line(format!("{}  …", moment(until)))
    }
}

/// What is worth a word about an event, in both languages where it has names.
fn details(kind: &str, payload: &prost_types::Any) -> String {
    let team = |id: &str| id.to_owned();
    match kind {
        "DisputeRejected" => {
            read(payload, |event: pb::DisputeRejected| labels::reject_reason::label(event.reason))
        }
        "DisputeTriaged" => read(payload, |event: pb::DisputeTriaged| {
            format!("{} {}", labels::level::label(event.level), event.limit)
        }),
        "TeamOffered" => read(payload, |event: pb::TeamOffered| {
            let until = wire_moment(event.answer_until_time.as_ref());
            format!("{} (until 答复截止 {until})", event.team_id)
        }),
        "NoTeamFound" => read(payload, |event: pb::NoTeamFound| {
            format!(
                "{} serving 服务, {} asked 已问, {} off duty 休息, {} engaged 在忙",
                event.serving, event.asked, event.off_duty, event.engaged
            )
        }),
        "OfferAccepted" => read(payload, |event: pb::OfferAccepted| team(&event.team_id)),
        "OfferDeclined" => read(payload, |event: pb::OfferDeclined| {
            format!("{} {}", event.team_id, labels::decline_reason::label(event.reason))
        }),
        "OfferLapsed" => read(payload, |event: pb::OfferLapsed| {
            let how =
                if event.after_acceptance { "never came 失联" } else { "no answer 未答复" };
            format!("{} {how}", event.team_id)
        }),
        "TeamArrived" => read(payload, |event: pb::TeamArrived| {
            let how = if event.in_time { "in time 按时" } else { "late 超时" };
            format!("{} {how}", event.team_id)
        }),
        "ConsentRecorded" => read(payload, |event: pb::ConsentRecorded| {
            let said = event.consent.unwrap_or_default();
            format!("{}: {}", said.party, labels::consent::label(said.consent))
        }),
        "MediationStarted" => read(payload, |event: pb::MediationStarted| {
            format!("{} {}", labels::mediation_kind::label(event.kind), event.file_number)
        }),
        _ => later(kind, payload),
    }
}

/// The same of what comes after mediation, or beside the course of a case.
fn later(kind: &str, payload: &prost_types::Any) -> String {
    match kind {
        "OutcomeRecorded" => read(payload, |event: pb::OutcomeRecorded| {
            let referral = labels::referral::label(event.referral);
            let part = if event.partial { "in part 部分" } else { "" };
            format!("{} {referral}{part}", labels::outcome::label(event.kind))
        }),
        "ConfirmationRecorded" => read(payload, |event: pb::ConfirmationRecorded| {
            labels::confirmation::label(event.confirmation)
        }),
        "ReferralResultRecorded" => read(payload, |event: pb::ReferralResultRecorded| {
            labels::referral_result::label(event.result)
        }),
        "FollowUpRecorded" => read(payload, |event: pb::FollowUpRecorded| {
            let relapsed = if event.relapsed { ", relapsed 复发" } else { "" };
            format!("{}{relapsed}", labels::performance::label(event.performance))
        }),
        "DisputeRedone" => {
            read(payload, |event: pb::DisputeRedone| labels::redo_reason::label(event.reason))
        }
        "DisputeMoved" => read(payload, |event: pb::DisputeMoved| {
            let step = event.step.unwrap_or_default();
            let (how, why) =
                (labels::step_move::label(step.r#move), labels::move_reason::label(step.reason));
            format!("{how} → {}, {why}", place(step.place.as_ref()))
        }),
        "SupervisionSet" => read(payload, |event: pb::SupervisionSet| {
            labels::supervision::label(event.supervision.unwrap_or_default().kind)
        }),
        "ExtensionRequested" => read(payload, |event: pb::ExtensionRequested| {
            let request = event.request.unwrap_or_default();
            format!(
                "{}wd {}",
                request.working_days,
                labels::extension_reason::label(request.reason)
            )
        }),
        "ExtensionDecided" => read(payload, |event: pb::ExtensionDecided| {
            if event.granted { "granted 同意".to_owned() } else { "refused 不同意".to_owned() }
        }),
        "LimitPaused" => {
            read(payload, |event: pb::LimitPaused| labels::pause_kind::label(event.kind))
        }
        "DisputeDeferred" => read(payload, |event: pb::DisputeDeferred| {
            let deferral = event.deferral.unwrap_or_default();
            format!(
                "{} → {}",
                labels::deferral_reason::label(deferral.reason),
                deferral.review_date
            )
        }),
        "ReviewDue" => read(payload, |event: pb::ReviewDue| event.review_date),
        "CardShown" => read(payload, |event: pb::CardShown| {
            let (clock, card) =
                (labels::clock::label(event.clock), labels::card::label(event.card));
            let to = event.raised_to_area_code;
            let raised =
                if to.is_empty() { String::new() } else { format!(", raised to 报至 {to}") };
            format!("{clock}: {card}{raised}")
        }),
        "NoticeDue" => read(payload, |event: pb::NoticeDue| {
            let to =
                event.recipient().as_str_name().trim_start_matches("RECIPIENT_").to_lowercase();
            format!("{} → {to} {}", event.template, event.target)
        }),
        _ => String::new(),
    }
}

fn read<M: Default + Name>(payload: &prost_types::Any, words: impl Fn(M) -> String) -> String {
    payload.to_msg().map(words).unwrap_or_default()
}
