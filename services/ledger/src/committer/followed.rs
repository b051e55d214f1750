//! Followed pages and events set aside: another service's facts, applied in the same commit as the cursor.

use crate::authority::{Actor, Authority, CannotApply, Moment};
use crate::committer::draft::{Cause, Draft, caught};
use crate::incoming::Incoming;
use crate::own::{self, Blocked, Own, SetAside};
use crate::submit::{AsideOrder, Followed, FollowedPage};
use kit::IdSource;
use yiwang_proto::feed::v1::Record;

/// Reason of an event that only waits for its subject's turn.
const BEHIND_ANOTHER: &str = "BEHIND_ANOTHER";
/// Reason of an event whose effect breaks a constraint of the database.
const STORE_REFUSED: &str = "STORE_REFUSED";

impl<A: Authority> Draft<A> {
    /// Applies a page when the cursor is where the follower believes; otherwise does nothing.
    pub(super) fn followed(
        &mut self,
        authority: &A,
        ids: &IdSource,
        page: &FollowedPage,
    ) -> Followed {
        let key = own::cursor_key(&page.service);
        let stands = match self.own.get(&key) {
            Some(Own::Cursor(cursor)) => {
                cursor.position == page.after && cursor.hash == hex::encode(&page.after_hash)
            }
            _ => page.after == 0,
        };
        if !stands {
            return Followed::Missed;
        }
        let was_caught_up =
            matches!(self.own.get(&key), Some(Own::Cursor(cursor)) if cursor.caught_up);
        let by = self.by_the_node();
        let mut set_aside = 0;
        for incoming in &page.records {
            if !self.apply_or_set_aside(authority, ids, page, incoming, &by) {
                set_aside += 1;
            }
        }
        let cursor = page.cursor(was_caught_up);
        self.own.put(key, Own::Cursor(cursor));
        self.own.keep();
        Followed::Applied { set_aside }
    }

    /// Applies a record, or sets it aside with its reason; false when it was set aside.
    fn apply_or_set_aside(
        &mut self,
        authority: &A,
        ids: &IdSource,
        page: &FollowedPage,
        incoming: &Incoming,
        by: &Moment,
    ) -> bool {
        let (service, header) = (page.service.as_str(), incoming.header());
        let blocked_key = own::blocked_key(service, &header.subject);
        let waiting = match self.own.get(&blocked_key) {
            Some(Own::Blocked(blocked)) => blocked.waiting,
            _ => 0,
        };
        let obstacle = if waiting > 0 {
            CannotApply { reason: BEHIND_ANOTHER, detail: String::new() }
        } else if page.refused {
            CannotApply { reason: STORE_REFUSED, detail: header.r#type.clone() }
        } else {
            match self.apply(authority, ids, incoming, by) {
                Ok(()) => return true,
                Err(obstacle) => obstacle,
            }
        };
        let position = header.position;
        tracing::warn!(service, position, subject = %header.subject, reason = obstacle.reason, "a followed event was set aside");
        let aside = SetAside {
            service: service.to_owned(),
            subject: header.subject.clone(),
            area_code: header.area_code.clone(),
            position,
            reason: obstacle.reason.to_owned(),
            detail: obstacle.detail,
            header: hex::encode(&incoming.record.header),
            payload: hex::encode(&incoming.record.payload),
            open: true,
            discarded_by: String::new(),
            discarded_at: 0,
        };
        self.own.put(own::set_aside_key(service, position), Own::SetAside(aside));
        self.own.put(blocked_key, Own::Blocked(Blocked { waiting: waiting + 1 }));
        self.own.keep();
        false
    }

    /// When and for whom followed events are applied.
    fn by_the_node(&self) -> Moment {
        self.moment(&Actor { caller_id: "node".to_owned(), unit_id: self.log.node.clone() })
    }

    fn apply(
        &mut self,
        authority: &A,
        ids: &IdSource,
        incoming: &Incoming,
        by: &Moment,
    ) -> Result<(), CannotApply> {
        let foreign = incoming.foreign()?;
        let states = &mut self.states;
        let applied = caught(|| authority.follow(states, foreign, by)).unwrap_or_else(|| {
            Err(CannotApply { reason: "PANICKED", detail: foreign.header.r#type.clone() })
        });
        match applied {
            Ok(events) => {
                let cause = Cause { actor: &by.actor, traceparent: &foreign.header.traceparent };
                match self.record(authority, ids, events, Vec::new(), &cause) {
                    Some(_) => Ok(()),
                    None => Err(CannotApply {
                        reason: "PANICKED",
                        detail: foreign.header.r#type.clone(),
                    }),
                }
            }
            Err(obstacle) => {
                self.states.forget();
                Err(obstacle)
            }
        }
    }

    /// Carries out an operator's order on the events of one subject; returns how many no longer wait.
    pub(super) fn aside(
        &mut self,
        authority: &A,
        ids: &IdSource,
        (service, subject): (&str, &str),
        positions: &[u64],
        order: &AsideOrder,
        actor: &Actor,
    ) -> u64 {
        let freed = match order {
            AsideOrder::Discard(position) => {
                // What waited first when the operator looked waits first as long as it waits: whoever comes later
                // stands behind it. Once it is gone, this order has nothing to do, least of all with the next one.
                u64::from(
                    positions.first() == Some(position) && self.discard(service, *position, actor),
                )
            }
            AsideOrder::Retry => self.retry(authority, ids, service, positions),
        };
        if freed > 0 {
            self.unblock(service, subject, freed);
        }
        freed
    }

    fn discard(&mut self, service: &str, position: u64, actor: &Actor) -> bool {
        let Some(waiting) = self.waiting(service, position) else { return false };
        let discarded = SetAside {
            open: false,
            discarded_by: actor.caller_id.clone(),
            discarded_at: self.now.as_microsecond(),
            ..waiting.clone()
        };
        self.own.put(own::set_aside_key(service, position), Own::SetAside(discarded));
        self.own.keep();
        true
    }

    fn retry(&mut self, authority: &A, ids: &IdSource, service: &str, positions: &[u64]) -> u64 {
        let by = self.by_the_node();
        let mut freed = 0;
        for position in positions {
            let Some(waiting) = self.waiting(service, *position).cloned() else { continue };
            let applied = match record_of(&waiting) {
                Some(incoming) => self.apply(authority, ids, &incoming, &by),
                None => Err(CannotApply::undecodable("")),
            };
            let after = match &applied {
                Ok(()) => SetAside { open: false, ..waiting },
                Err(obstacle) => SetAside {
                    reason: obstacle.reason.to_owned(),
                    detail: obstacle.detail.clone(),
                    ..waiting
                },
            };
            self.own.put(own::set_aside_key(service, *position), Own::SetAside(after));
            self.own.keep();
            if applied.is_err() {
                break;
            }
            freed += 1;
        }
        freed
    }

    fn unblock(&mut self, service: &str, subject: &str, freed: u64) {
        let key = own::blocked_key(service, subject);
        if let Some(Own::Blocked(blocked)) = self.own.get(&key) {
            let waiting = blocked.waiting.saturating_sub(freed);
            self.own.put(key, Own::Blocked(Blocked { waiting }));
            self.own.keep();
        }
    }

    /// The event that waits at `position`, if it still does.
    fn waiting(&self, service: &str, position: u64) -> Option<&SetAside> {
        let key = own::set_aside_key(service, position);
        if !self.own.knows(&key) {
            return None;
        }
        match self.own.get(&key) {
            Some(Own::SetAside(aside)) if aside.open => Some(aside),
            _ => None,
        }
    }

    /// The same, read.
    pub(super) fn waiting_record(&self, service: &str, position: u64) -> Option<Incoming> {
        record_of(self.waiting(service, position)?)
    }
}

/// The record as it came.
fn record_of(aside: &SetAside) -> Option<Incoming> {
    let record = Record {
        header: hex::decode(&aside.header).ok()?,
        payload: hex::decode(&aside.payload).ok()?,
        ..Record::default()
    };
    Some(Incoming::read(record, aside.position))
}
