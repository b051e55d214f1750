//! Notices on their way to people: who is meant by one, and those that could not be delivered.
//!
//! A notice names a role. Who that is, is found when somebody is about to be told: names and telephones lie sealed in the
//! case, everybody else is a place, a team, or the system that the case came from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::codes::{AreaCode, GridCode, Id};
use crate::domain::dispute::{Channel, Dispute, Place, Source};
use crate::domain::event::{Event, Fact, Notice, Recipient, Template};
use crate::domain::sealed::SealedKind;

/// A notice as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its position.
    pub position: u64,
    /// What it says.
    pub notice: Notice,
}

/// Why somebody could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undeliverable {
    /// Nothing is known by which they could be reached.
    NoContact,
    /// The gateway does not take the notice.
    RefusedByGateway,
    /// It was tried often enough, or long enough.
    GaveUp,
    /// What was known of them has been erased.
    Erased,
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It was handed on.
    Delivered {
        /// How many of those who are meant were not told.
        unreached: u32,
    },
    /// Nobody tries any more.
    Undeliverable(Undeliverable),
}

/// A notice that could not be delivered. A state row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// Its dispute.
    pub dispute: Uuid,
    /// Grid of the dispute.
    pub grid: GridCode,
    /// What it says.
    pub notice: Notice,
    /// Why it was not delivered.
    pub reason: Undeliverable,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when nobody tries any more.
    pub at: Timestamp,
    /// Whether it is listed: it was neither retried nor delivered since. An offer that was given up never is, because nobody
    /// would be told of it anew.
    pub listed: bool,
}

/// Who is meant by a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// Persons whose names and telephones are sealed in these pieces.
    People(Vec<Uuid>),
    /// Who reported it by that system, which knows them.
    Source(Source),
    /// An area's centre, or a unit.
    Place(Place),
    /// A team.
    Team(Id),
    /// Nobody can be reached.
    Nobody(Undeliverable),
}

/// Case whose reporter is meant: a duplicate is a case of its own.
pub fn case_of(dispute: Uuid, notice: &Notice) -> Uuid {
    let duplicate = Uuid::parse_str(&notice.target).ok();
    duplicate.filter(|_| notice.recipient == Recipient::Reporter).unwrap_or(dispute)
}

/// Who is meant by a notice, as the case says now; `of` is the case that [`case_of`] names.
pub fn meant(notice: &Notice, dispute: &Dispute, of: &Dispute) -> Meant {
    let holder = &dispute.holder().place;
    match notice.recipient {
        Recipient::Reporter => reporter(of),
        Recipient::Parties => people(of),
        Recipient::Holder => Meant::Place(holder.clone()),
        Recipient::UpperTier => match above(notice, holder) {
            Some(area) => Meant::Place(Place { area, unit: None }),
            None => Meant::Nobody(Undeliverable::NoContact),
        },
        Recipient::Team => match Id::parse(&notice.target) {
            Ok(team) if is_over(notice, &team, dispute) => Meant::Nobody(Undeliverable::GaveUp),
            Ok(team) => Meant::Team(team),
            Err(_) => Meant::Nobody(Undeliverable::NoContact),
        },
    }
}

/// Whether a team would be told of an offer that waits for its answer no more: it was answered, its time is over, or another
/// team is asked.
fn is_over(notice: &Notice, team: &Id, dispute: &Dispute) -> bool {
    let waits = dispute.stage.offer().is_some_and(|offer| offer.team == *team);
    notice.template == Template::Offer && !waits
}

/// Who left a telephone is told there. Otherwise the system that the case came from tells its own users; and what a desk
/// or a grid worker brought is told where it was received. A resident who left nothing cannot be told.
fn reporter(of: &Dispute) -> Meant {
    let told_there =
        if of.reporter_reachable { people(of) } else { Meant::Nobody(Undeliverable::NoContact) };
    match (told_there, &of.source) {
        (Meant::People(pieces), _) => Meant::People(pieces),
        (_, Some(source)) => Meant::Source(source.clone()),
        (nobody, None) if of.reporter_reachable || is_of_a_resident(of.channel) => nobody,
        (_, None) => Meant::Place(of.first_receiver.clone()),
    }
}

/// Whether it is a resident who came, and not a desk, a body or a worker.
fn is_of_a_resident(channel: Channel) -> bool {
    match channel {
        Channel::Resident | Channel::SecretaryPhone => true,
        Channel::GridWorker
        | Channel::Hotline12345
        | Channel::Police110
        | Channel::Petition
        | Channel::Department
        | Channel::UpperTier
        | Channel::Court
        | Channel::OwnMotion => false,
    }
}

/// What is sealed of the people of a case.
fn people(of: &Dispute) -> Meant {
    let details = of.sealed.iter().filter(|piece| piece.kind == SealedKind::Details);
    let pieces: Vec<_> = details.map(|piece| piece.id).collect();
    if !pieces.is_empty() {
        Meant::People(pieces)
    } else if of.erased_at.is_some() {
        Meant::Nobody(Undeliverable::Erased)
    } else {
        Meant::Nobody(Undeliverable::NoContact)
    }
}

/// The tier above: the one that the notice names, or the next above who has the case.
fn above(notice: &Notice, holder: &Place) -> Option<AreaCode> {
    match (AreaCode::parse(&notice.target), &holder.unit) {
        (Ok(area), _) => Some(area),
        (Err(_), Some(_)) => Some(holder.area),
        (Err(_), None) => holder.area.parent(),
    }
}

/// Position of the notice whose row a fact changes.
pub fn changed(fact: &Fact) -> Option<u64> {
    if let Fact::NoticeUndeliverable { due, .. } | Fact::NoticeDelivered { due, .. } = fact {
        Some(due.position)
    } else if let Fact::NoticeDue(notice) = fact {
        notice.retry_of
    } else {
        None
    }
}

/// The row of a notice after a fact that was recorded at `at`; nothing where there is none.
pub fn evolve(before: Option<&Undelivered>, event: &Event, at: Timestamp) -> Option<Undelivered> {
    if let Fact::NoticeUndeliverable { due, reason, attempts } = &event.fact {
        let is_over = due.notice.template == Template::Offer && *reason == Undeliverable::GaveUp;
        return Some(Undelivered {
            dispute: event.dispute_id,
            grid: event.grid,
            notice: due.notice.clone(),
            reason: *reason,
            attempts: *attempts,
            at,
            listed: !is_over,
        });
    }
    Some(Undelivered { listed: false, ..before?.clone() })
}
