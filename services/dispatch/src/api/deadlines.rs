//! Deadlines explained, and what the timers are doing.

use kit::{Call, Problem};
use yiwang_proto::dispatch::v1 as pb;

use super::Disputes;
use super::convert::form::Form;
use super::convert::{clock, enums, time};
use super::submit::dispute;
use crate::domain::dispute::{Clock, DUE_BY_PAPER, Dispute};
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
        let (mut text_en, mut text_zh) = self.in_words(found)?;
        if let Some(of) = dispute(&state).filter(|_| found.taken_over) {
            let (en, zh) = origin(of, found);
            (text_en, text_zh) = (format!("{en} {text_en}"), format!("{zh}{text_zh}"));
        }
        if kind.is_of_the_parties() {
            text_en.push_str(
                " It is the parties' time: the whole of its last day counts, and no card is shown.",
            );
            text_zh.push_str("本期限属当事人申请期限:最后一日全天有效,不出牌。");
        }
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

/// Where a clock is from that counts from a day on paper: nobody counted it here.
fn origin(dispute: &Dispute, clock: &Clock) -> (String, String) {
    let taken = calendar::business_date(dispute.created_at);
    let accepted = calendar::business_date(clock.limit.start);
    let ledger = dispute.source.as_ref().map(|source| source.system.as_str()).unwrap_or_default();
    let due = dispute.paper.as_ref().and_then(|paper| paper.due_on);
    let by_paper = clock.limit.rule_key.as_deref() == Some(DUE_BY_PAPER);
    let (rule, rule_zh) = match due.filter(|_| by_paper) {
        Some(day) => (
            format!("to the last day that the ledger tells, {day}"),
            format!("至台账所载期限{day}"),
        ),
        None => (
            "by the rule that held when it was counted here".to_owned(),
            "按在本系统计时之日有效的规则计算".to_owned(),
        ),
    };
    (
        format!(
            "Taken over on {taken} from the paper ledger {ledger}: it counts from the acceptance on paper, {accepted}, {rule}."
        ),
        format!("本时限于{taken}由纸质台账{ledger}转入:自台账所载受理日{accepted}起,{rule_zh}。"),
    )
}
