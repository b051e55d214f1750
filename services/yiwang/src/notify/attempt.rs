//! The two steps of a notice: it is opened and sent, and what became of it is reported.

mod opening;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use kit::Clock;
use kit::client::Backoff;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use uuid::Uuid;
use yiwang_proto::dispatch::v1::{DeliveryResult, ReportDeliveryRequest, UndeliverableReason};

use self::opening::Opened;
use super::carrier::{Carrier, Verdict};
use super::message::Message;
use super::refusal::{Trouble, reason, trouble};
use super::state::{Pending, Settled, Unreported};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// How long a notice is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// At most so often.
    pub(crate) attempts: u32,
    /// At most for so long.
    pub(crate) give_up_after: SignedDuration,
}

/// Tells people.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) session: Session,
    pub(crate) carrier: Carrier,
    pub(crate) limits: Limits,
    pub(crate) backoff: Backoff,
    pub(crate) clock: Clock,
    pub(crate) screen: Screen,
    /// Messages that were opened and not settled yet, each with when.
    pub(crate) opened: Mutex<BTreeMap<u64, (Instant, Arc<Message>)>>,
}

/// What is left to do of a notice after a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// Nothing that dispatch would take.
    Unreported(Unreported),
    /// The same step, when its time has come.
    Later(Pending),
    /// To report what became of it, once that is written down.
    Report(Pending),
}

impl Teller {
    /// Does the next step of a notice.
    ///
    /// # Errors
    ///
    /// The node refuses this caller as such, or its log is another one: nothing is to be gained by going on.
    pub(super) async fn step(&self, position: u64, pending: Pending) -> Result<Left, Failure> {
        match pending.settled.clone() {
            None => self.tell(position, pending).await,
            Some(settled) => self.report(position, pending, settled).await,
        }
    }

    async fn tell(&self, position: u64, mut pending: Pending) -> Result<Left, Failure> {
        match self.open(position, &pending).await? {
            Opened::Message(message) => {
                pending.attempts += 1;
                let verdict = self.carrier.send(&message).await;
                pending.settled = self.judge(position, &mut pending, &message, verdict);
            }
            Opened::Nobody(why) => {
                let name = labels::undeliverable::label(why);
                self.say(position, "", &format!("nobody is told 不再告知: {name}"));
                pending.settled = Some(Settled { reason: why, unreached: 0 });
            }
            Opened::Unreached => self.put_off(&mut pending, None),
            Opened::Failed(why) => {
                pending.openings += 1;
                pending.settled = self.again(position, &mut pending, "", (&why, None));
            }
            Opened::Refused(why) => {
                self.say(position, "", &format!("cannot be opened 无法取得告知对象: {why}"));
                pending.settled = Some(given_up());
            }
        }
        if pending.settled.is_none() {
            return Ok(Left::Later(pending));
        }
        self.opened().remove(&position);
        Ok(Left::Report(pending))
    }

    /// What a verdict makes of a notice; nothing while it is to be tried again.
    fn judge(
        &self,
        position: u64,
        pending: &mut Pending,
        message: &Message,
        verdict: Verdict,
    ) -> Option<Settled> {
        let tries = pending.attempts;
        match verdict {
            Verdict::Taken => {
                self.say(position, &message.label, &format!("delivered 已送达 (try {tries})"));
                Some(Settled { reason: 0, unreached: message.unreached })
            }
            Verdict::Refused(why) => {
                self.say(
                    position,
                    &message.label,
                    &format!("refused by the gateway 网关拒收: {why}"),
                );
                let reason = UndeliverableReason::RefusedByGateway.into();
                Some(Settled { reason, unreached: 0 })
            }
            Verdict::Later { why, after } => {
                self.again(position, pending, &message.label, (&why, after))
            }
        }
    }

    /// Puts a notice off that was tried in vain, or gives it up when that was often or long enough.
    fn again(
        &self,
        position: u64,
        pending: &mut Pending,
        label: &str,
        (why, wish): (&str, Option<Duration>),
    ) -> Option<Settled> {
        let tries = pending.tries();
        if self.is_enough(pending) {
            self.say(position, label, &format!("given up 放弃 after try {tries}: {why}"));
            return Some(given_up());
        }
        self.put_off(pending, wish);
        self.say(position, label, &format!("put off 稍后重试 (try {tries}): {why}"));
        None
    }

    fn is_enough(&self, pending: &Pending) -> bool {
        pending.tries() >= self.limits.attempts
            || self.clock.now().duration_since(pending.since) >= self.limits.give_up_after
    }

    fn put_off(&self, pending: &mut Pending, wish: Option<Duration>) {
        let pause = self.backoff.pause(pending.tries().max(1)).max(wish.unwrap_or_default());
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        pending.next = self.clock.now().saturating_add(pause).unwrap_or(jiff::Timestamp::MAX);
    }

    /// Says what became of a notice. The id of the request comes from the event, so that saying it again says it once.
    async fn report(
        &self,
        position: u64,
        mut pending: Pending,
        settled: Settled,
    ) -> Result<Left, Failure> {
        let result = match settled.reason {
            0 => DeliveryResult::Delivered,
            _ => DeliveryResult::Undeliverable,
        };
        let request = ReportDeliveryRequest {
            request_id: request_id(&pending.event_id, result).to_string(),
            notice_position: position,
            result: result.into(),
            reason: settled.reason,
            attempts: pending.attempts,
            unreached: settled.unreached,
            expected_event_id: pending.event_id.clone(),
        };
        let Err(status) = self.session.notices().report_delivery(request).await else {
            return Ok(Left::Nothing);
        };
        let refusal = reason(&status);
        match trouble(&status) {
            Trouble::OfTheCaller | Trouble::OfTheLog => Err(status.into()),
            Trouble::Passing => {
                self.put_off(&mut pending, None);
                Ok(Left::Later(pending))
            }
            // It was said before, by a process that was ended before it could remember that.
            Trouble::OfTheNotice if refusal == "REQUEST_ID_REUSED" => Ok(Left::Nothing),
            Trouble::OfTheNotice => {
                let said = "cannot be reported, the state file keeps it 无法回报，已记入状态文件";
                self.say(position, "", &format!("{said}: {refusal}"));
                let delivered = result == DeliveryResult::Delivered;
                let (event_id, at) = (pending.event_id, self.clock.now());
                Ok(Left::Unreported(Unreported { event_id, delivered, refusal, at }))
            }
        }
    }

    /// Forgets contacts that were kept for long enough, whatever became of their notices.
    pub(super) fn forget(&self) {
        self.opened().retain(|_, (at, _)| opening::is_fresh(*at));
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, (Instant, Arc<Message>)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One line on what became of a notice. Output that nobody reads must not keep anybody from being told.
    fn say(&self, position: u64, label: &str, what: &str) {
        if self.screen.json {
            let line = serde_json::json!({ "position": position, "notice": label, "said": what });
            self.screen.value(&line, false).ok();
        } else {
            self.screen.line(format!("{position:>8}  {label:<24} {what}")).ok();
        }
    }
}

fn given_up() -> Settled {
    Settled { reason: UndeliverableReason::GaveUp.into(), unreached: 0 }
}

/// An id of a request that is the same for the same event and result.
fn request_id(event_id: &str, result: DeliveryResult) -> Uuid {
    let digest = Sha256::digest(format!("yiwang notify\0{event_id}\0{}", result.as_str_name()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests;
