//! What is written while a scenario is played: one line for each event, and below it how the case stands.

mod words;

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
        let line = format!("{time:<19}  {case:<8} {who:<12} {what}  {}", words::of(kind, &payload));
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
