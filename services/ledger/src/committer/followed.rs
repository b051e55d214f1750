//! Followed pages and events set aside: another service's facts, applied in the same commit as the cursor.

use crate::authority::{Actor, Authority, CannotApply, Foreign};
use crate::committer::draft::{Cause, Draft, caught, foreign};
use crate::own::{self, Blocked, CursorState, Own, SetAside};
use crate::submit::{AsideOrder, Followed, FollowedPage};
use kit::IdSource;
use yiwang_proto::feed::v1::Record;

/// Reason of an event that only waits for its subject's turn.
const BEHIND_ANOTHER: &str = "BEHIND_ANOTHER";

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
        let mut set_aside = 0;
        for record in &page.records {
            if !self.apply_or_set_aside(authority, ids, &page.service, record) {
                set_aside += 1;
            }
        }
        let cursor = CursorState {
            node: page.node.clone(),
            service: page.service.clone(),
            incarnation: page.incarnation,
            position: page.upto,
            hash: hex::encode(&page.upto_hash),
            caught_up: was_caught_up || page.caught_up,
        };
        self.own.put(key, Own::Cursor(cursor));
        self.own.keep();
        Followed::Applied { set_aside }
    }

    fn apply_or_set_aside(
        &mut self,
        authority: &A,
        ids: &IdSource,
        service: &str,
        record: &Record,
    ) -> bool {
        let Some(foreign) = foreign(record) else {
            tracing::error!(service, "a followed record cannot be read at all and was skipped");
            return false;
        };
        let blocked_key = own::blocked_key(service, &foreign.header.subject);
        let waiting = match self.own.get(&blocked_key) {
            Some(Own::Blocked(blocked)) => blocked.waiting,
            _ => 0,
        };
        let obstacle = if waiting > 0 {
            CannotApply { reason: BEHIND_ANOTHER, detail: String::new() }
        } else {
            match self.apply(authority, ids, &foreign) {
                Ok(()) => return true,
                Err(obstacle) => obstacle,
            }
        };
        let position = foreign.header.position;
        tracing::warn!(service, position, subject = %foreign.header.subject, reason = obstacle.reason, "a followed event was set aside");
        let aside = SetAside {
            service: service.to_owned(),
            subject: foreign.header.subject.clone(),
            position,
            reason: obstacle.reason.to_owned(),
            detail: obstacle.detail,
            header: hex::encode(&record.header),
            payload: hex::encode(&record.payload),
            open: true,
            discarded_by: String::new(),
        };
        self.own.put(own::set_aside_key(service, position), Own::SetAside(aside));
        self.own.put(blocked_key, Own::Blocked(Blocked { waiting: waiting + 1 }));
        self.own.keep();
        false
    }

    fn apply(
        &mut self,
        authority: &A,
        ids: &IdSource,
        foreign: &Foreign,
    ) -> Result<(), CannotApply> {
        let actor = Actor { caller_id: "node".to_owned(), unit_id: self.log.node.clone() };
        let moment = self.moment(&actor);
        let states = &mut self.states;
        let applied = caught(|| authority.follow(states, foreign, &moment)).unwrap_or_else(|| {
            Err(CannotApply { reason: "PANICKED", detail: foreign.header.r#type.clone() })
        });
        match applied {
            Ok(events) => {
                let cause = Cause { actor: &actor, traceparent: &foreign.header.traceparent };
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
        let mut freed = 0;
        for position in positions {
            let Some(foreign) = self.set_aside_foreign(service, *position) else { continue };
            let obstacle = match order {
                AsideOrder::Discard(_) => None,
                AsideOrder::Retry => self.apply(authority, ids, &foreign).err(),
            };
            let key = own::set_aside_key(service, *position);
            let Some(Own::SetAside(before)) = self.own.get(&key) else { continue };
            let after = SetAside {
                service: before.service.clone(),
                subject: before.subject.clone(),
                position: *position,
                header: before.header.clone(),
                payload: before.payload.clone(),
                open: obstacle.is_some(),
                discarded_by: match order {
                    AsideOrder::Discard(_) => actor.caller_id.clone(),
                    AsideOrder::Retry => String::new(),
                },
                reason: obstacle
                    .as_ref()
                    .map_or_else(|| before.reason.clone(), |o| o.reason.to_owned()),
                detail: obstacle
                    .as_ref()
                    .map_or_else(|| before.detail.clone(), |o| o.detail.clone()),
            };
            self.own.put(key, Own::SetAside(after));
            self.own.keep();
            if obstacle.is_some() {
                break;
            }
            freed += 1;
            if matches!(order, AsideOrder::Discard(_)) {
                break; // Only the first: the rest may apply once it is gone.
            }
        }
        self.unblock(service, subject, freed);
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
    pub(super) fn set_aside_foreign(&self, service: &str, position: u64) -> Option<Foreign> {
        let key = own::set_aside_key(service, position);
        if !self.own.knows(&key) {
            return None;
        }
        let Some(Own::SetAside(aside)) = self.own.get(&key) else { return None };
        if !aside.open {
            return None;
        }
        let record = Record {
            header: hex::decode(&aside.header).ok()?,
            payload: hex::decode(&aside.payload).ok()?,
            ..Record::default()
        };
        foreign(&record)
    }
}
