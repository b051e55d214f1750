//! One try of one notice: opened, sent, and what became of it reported.

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
use super::state::{Pending, Settled};
use crate::failure::Failure;
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

impl Teller {
    /// Tries a notice; returns what is left to do of it.
    ///
    /// # Errors
    ///
    /// The node refuses this caller as such: nothing is to be gained by going on.
    pub(super) async fn attempt(
        &self,
        position: u64,
        mut pending: Pending,
    ) -> Result<Option<Pending>, Failure> {
        if pending.settled.is_none() {
            match self.open(position).await? {
                Opened::Gone => return Ok(None),
                Opened::Later => self.put_off(&mut pending, None),
                Opened::Nobody(settled) => pending.settled = Some(settled),
                Opened::Message(message) => {
                    pending.attempts += 1;
                    let verdict = self.carrier.send(&message).await;
                    pending.settled = self.judge(position, &mut pending, &message, verdict);
                }
            }
        }
        match pending.settled.clone() {
            None => Ok(Some(pending)),
            Some(settled) => self.report(position, pending, &settled).await,
        }
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
        let settled = |reason: i32, unreached| {
            Some(Settled { event_id: message.event_id.clone(), reason, unreached })
        };
        match verdict {
            Verdict::Taken => {
                self.say(position, &message.label, &format!("delivered 已送达 (try {tries})"));
                settled(0, message.unreached)
            }
            Verdict::Refused(why) => {
                self.say(
                    position,
                    &message.label,
                    &format!("refused by the gateway 网关拒收: {why}"),
                );
                settled(UndeliverableReason::RefusedByGateway.into(), 0)
            }
            Verdict::Later { why, .. } if self.is_enough(pending) => {
                self.say(
                    position,
                    &message.label,
                    &format!("given up 放弃 after try {tries}: {why}"),
                );
                settled(UndeliverableReason::GaveUp.into(), 0)
            }
            Verdict::Later { why, after } => {
                self.put_off(pending, after);
                self.say(
                    position,
                    &message.label,
                    &format!("put off 稍后重试 (try {tries}): {why}"),
                );
                None
            }
        }
    }

    fn is_enough(&self, pending: &Pending) -> bool {
        pending.attempts >= self.limits.attempts
            || self.clock.now().duration_since(pending.since) >= self.limits.give_up_after
    }

    fn put_off(&self, pending: &mut Pending, wish: Option<Duration>) {
        let pause = self.backoff.pause(pending.attempts.max(1)).max(wish.unwrap_or_default());
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        pending.next = self.clock.now().saturating_add(pause).unwrap_or(jiff::Timestamp::MAX);
    }

    /// Says what became of a notice. The id of the request comes from the event, so that saying it again says it once.
    async fn report(
        &self,
        position: u64,
        mut pending: Pending,
        settled: &Settled,
    ) -> Result<Option<Pending>, Failure> {
        let result = match settled.reason {
            0 => DeliveryResult::Delivered,
            _ => DeliveryResult::Undeliverable,
        };
        let request = ReportDeliveryRequest {
            request_id: request_id(&settled.event_id, result).to_string(),
            notice_position: position,
            result: result.into(),
            reason: settled.reason,
            attempts: pending.attempts,
            unreached: settled.unreached,
        };
        if let Err(status) = self.session.notices().report_delivery(request).await {
            match trouble(&status) {
                Trouble::OfTheCaller => return Err(status.into()),
                Trouble::Passing => {
                    self.put_off(&mut pending, None);
                    return Ok(Some(pending));
                }
                // It was said before, by a process that was ended before it could remember that.
                Trouble::OfTheNotice if reason(&status) == "REQUEST_ID_REUSED" => {}
                Trouble::OfTheNotice => {
                    self.say(position, "", &format!("cannot be reported: {}", reason(&status)));
                }
            }
        }
        if let Ok(reason @ (UndeliverableReason::NoContact | UndeliverableReason::Erased)) =
            UndeliverableReason::try_from(settled.reason)
        {
            self.say(position, "", &format!("nobody to tell 无法告知: {}", reason.as_str_name()));
        }
        self.opened().remove(&position);
        Ok(None)
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

/// An id of a request that is the same for the same event and result.
fn request_id(event_id: &str, result: DeliveryResult) -> Uuid {
    let digest = Sha256::digest(format!("yiwang notify\0{event_id}\0{}", result.as_str_name()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_that_of_event_and_result() {
        let id = |event, result| request_id(event, result).to_string();
        let first = id("e-1", DeliveryResult::Delivered);
        assert_eq!(first, id("e-1", DeliveryResult::Delivered));
        assert_ne!(first, id("e-1", DeliveryResult::Undeliverable));
        assert_ne!(first, id("e-2", DeliveryResult::Delivered));
        // Without a time in it, so that no node finds it too old.
        assert_eq!(request_id("e-1", DeliveryResult::Delivered).get_version_num(), 8);
    }
}
