//! Deadlines explained, and what the timers are doing.

use kit::{Call, Problem};
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::form::Form;
use super::convert::{clock, enums, time};
use super::submit::dispute;
use crate::domain::dispute::Clock;
use crate::domain::rejection::Rejection;
use crate::error::DOMAIN;
use crate::store;

impl Disputes {
    /// Says how the end of a clock came about: by the very inputs that are stored with it.
    pub(super) async fn explain(
        &self,
        call: &Call,
        body: &pb::ExplainDeadlineRequest,
    ) -> Result<pb::ExplainDeadlineResponse, Problem> {
        let mut form = Form::default();
        let id = form.uuid("dispute_id", &body.dispute_id);
        let kind = form.choice("clock", body.clock, enums::clock_from);
        let (id, kind) = form.finish(id.zip(kind))?;
        self.visible(call, id).await?;
        let state = self.state(id).await?;
        let found = dispute(&state).and_then(|dispute| dispute.clock(kind));
        let found = found.ok_or(Rejection::NoSuchClock)?;
        let (text_en, text_zh) = self.in_words(found)?;
        let resumed_due_time = self.if_resumed(found).map(time);
        let clock = Some(clock::clock_to(kind, found));
        Ok(pb::ExplainDeadlineResponse { clock, text_en, text_zh, resumed_due_time })
    }

    fn in_words(&self, clock: &Clock) -> Result<(String, String), Problem> {
        let calendars = &self.ledger.authority().rules.calendars;
        // A version that this process has not loaded gives way to the current one: the text then says by which.
        let version = &clock.limit.calendar_version;
        let calendar = calendars.get(version).unwrap_or_else(|| calendars.current());
        let rules = calendar::Rules::shipped();
        // A place may give a key of ours a limit of its own: then its source counts, which the clock has.
        let shipped = clock.limit.rule_key.as_deref().and_then(|key| rules.get(key));
        let rule = shipped
            .filter(|rule| rule.limit == clock.limit.limit && rule.source == clock.rule_source);
        let limit = clock.limit.counted_by(calendar);
        let words = calendar::explain(calendar, &clock.settings, &limit, rule)
            .map_err(|_| Problem::from(Rejection::LimitOutOfRange))?;
        let (mut en, mut zh) = (words.en, words.zh);
        if rule.is_none() {
            en.push_str(&format!(" Source: {}.", clock.rule_source));
            zh.push_str(&format!("依据:{}。", clock.rule_source));
        }
        Ok((en, zh))
    }

    /// When a clock that stands still would end if it went on now.
    fn if_resumed(&self, clock: &Clock) -> Option<jiff::Timestamp> {
        if clock.ends.is_some() || !clock.is_running() {
            return None;
        }
        let calendar = self.ledger.authority().rules.calendars.current();
        clock.resumed(calendar, self.ledger.now())?.due_at()
    }

    /// What the timers are doing.
    pub(super) async fn timers(&self) -> Result<pb::GetTimersResponse, Problem> {
        let now = self.ledger.now();
        let unavailable = |error: ledger::DbError| error.into_problem(DOMAIN);
        let due = store::due(self.ledger.db(), now, None, 1).await.map_err(unavailable)?;
        let next = store::next_waking(self.ledger.db(), now).await.map_err(unavailable)?;
        Ok(pb::GetTimersResponse {
            held: self.timers.are_held(),
            due_since_time: due.first().map(|due| time(due.at)),
            next_time: next.map(time),
            now_time: Some(time(now)),
        })
    }
}
