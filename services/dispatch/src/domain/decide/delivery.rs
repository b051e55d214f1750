//! What becomes of notices: who is meant is opened, what became of it is recorded, what failed is tried again.

use super::{Answer, Context, Ruling};
use crate::domain::command::{NoticeAct, NoticeWish};
use crate::domain::dispute::Dispute;
use crate::domain::event::{Event, Fact, Notice};
use crate::domain::notice::{Delivery, Due, Meant, Undelivered, meant};
use crate::domain::rejection::Rejection;
use crate::domain::sealed::{OpenRefusal, Purpose};

/// What dispatch knows around a notice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// The dispute.
    pub dispute: Option<&'a Dispute>,
    /// The case whose reporter is meant: the dispute itself, or a duplicate.
    pub of: Option<&'a Dispute>,
    /// The notice's row, if it could not be delivered.
    pub row: Option<&'a Undelivered>,
}

/// Decides what is asked about a notice that stands in the log.
pub fn notice(
    context: &Context<'_>,
    known: Told<'_>,
    act: &NoticeAct,
) -> Result<Ruling, Rejection> {
    let (Some(dispute), Some(of)) = (known.dispute, known.of) else {
        return Err(Rejection::NoticeNotFound);
    };
    let covered = act.scope.covers(&dispute.grid.area());
    if let NoticeWish::Open { may_open } = act.wish {
        // A duplicate may lie elsewhere.
        let covered = covered && act.scope.covers(&of.grid.area());
        return open(context, (dispute, of), act, (covered, may_open));
    }
    if !covered {
        return Err(Rejection::NoticeNotFound);
    }
    is_home(context, dispute)?;
    let fact = match act.wish {
        NoticeWish::Open { .. } => unreachable!("decided before"),
        NoticeWish::Report { delivery, attempts } => reported(known.row, act, delivery, attempts),
        NoticeWish::Retry => Some(again(known.row, act)?),
    };
    let events = fact.map(|fact| Event::of(dispute, fact, None)).into_iter().collect();
    Ok(Ruling::done(dispute, events))
}

fn is_home(context: &Context<'_>, dispute: &Dispute) -> Result<(), Rejection> {
    if dispute.home == context.node {
        return Ok(());
    }
    Err(Rejection::NotHome { home: dispute.home.clone() })
}

/// Opens who is meant. That something sealed was opened is a fact of the case that it was sealed for, and so is that it
/// was not; where nothing sealed is needed, nothing is opened.
fn open(
    context: &Context<'_>,
    (dispute, of): (&Dispute, &Dispute),
    act: &NoticeAct,
    (covered, may_open): (bool, bool),
) -> Result<Ruling, Rejection> {
    let purpose = Purpose::Notify;
    let refusal = if !covered {
        Some((OpenRefusal::AreaNotYours, Rejection::NoticeNotFound))
    } else if !may_open {
        Some((OpenRefusal::RoleMissing, Rejection::ContactNotYours))
    } else {
        None
    };
    let meant = meant(&act.due.notice, dispute, of);
    match (refusal, meant) {
        (Some((reason, rejection)), Meant::People(_)) => {
            let events = vec![Event::of(of, Fact::DetailsRefused { purpose, reason }, None)];
            Ok(Ruling::new(events, Err(rejection)))
        }
        (
            Some((_, rejection)),
            Meant::Source(_) | Meant::Place(_) | Meant::Team(_) | Meant::Nobody(_),
        ) => Err(rejection),
        (None, meant) => {
            is_home(context, dispute)?;
            let Meant::People(sealed) = meant else {
                return Ok(Ruling::done(dispute, Vec::new()));
            };
            let fact = Fact::DetailsOpened { purpose, sealed: sealed.clone() };
            let answer = Answer::Opened { dispute_id: dispute.id, sealed };
            Ok(Ruling::new(vec![Event::of(of, fact, None)], Ok(answer)))
        }
    }
}

/// What became of a notice; that it could not be delivered is said once.
fn reported(
    row: Option<&Undelivered>,
    act: &NoticeAct,
    delivery: Delivery,
    attempts: u32,
) -> Option<Fact> {
    let Due { position, notice } = act.due.clone();
    let due = Due { position, notice: Notice { retry_of: None, ..notice } };
    match delivery {
        Delivery::Delivered { unreached } => {
            Some(Fact::NoticeDelivered { due, attempts, unreached })
        }
        Delivery::Undeliverable(_) if row.is_some() => None,
        Delivery::Undeliverable(reason) => {
            Some(Fact::NoticeUndeliverable { due, reason, attempts })
        }
    }
}

/// The same notice anew.
fn again(row: Option<&Undelivered>, act: &NoticeAct) -> Result<Fact, Rejection> {
    let position = act.due.position;
    let row = row.filter(|row| row.listed).ok_or(Rejection::NoticeNotListed { position })?;
    Ok(Fact::NoticeDue(Notice { retry_of: Some(position), ..row.notice.clone() }))
}
