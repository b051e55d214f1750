//! Notes, opening and erasing of sealed details.

use super::{Answer, Context, Ruling};
use crate::domain::command::Act;
use crate::domain::dispute::Dispute;
use crate::domain::event::{Event, Fact};
use crate::domain::pin::Pin;
use crate::domain::rejection::Rejection;
use crate::domain::sealed::{EraseReason, OpenRefusal, Purpose};

/// Opens details for a purpose. That they were opened is a fact, and so is that they were not.
pub(super) fn open(
    context: &Context<'_>,
    dispute: &Dispute,
    act: &Act,
    purpose: Purpose,
    may_see: bool,
) -> Result<Ruling, Rejection> {
    if let Some((reason, rejection)) = refusal(dispute, act, may_see) {
        let events = vec![Event::of(dispute, Fact::DetailsRefused { purpose, reason }, None)];
        return Ok(Ruling::new(events, Err(rejection)));
    }
    super::check(context, dispute, act)?;
    let sealed: Vec<_> = dispute.sealed.iter().map(|piece| piece.id).collect();
    let fact = Fact::DetailsOpened { purpose, sealed: sealed.clone() };
    let answer = Ok(Answer::Opened { dispute_id: dispute.id, sealed });
    Ok(Ruling::new(vec![Event::of(dispute, fact, None)], answer))
}

/// Why somebody does not get to see what is sealed, as the case records it and as the caller is told.
pub(super) fn refusal(
    dispute: &Dispute,
    act: &Act,
    may_see: bool,
) -> Option<(OpenRefusal, Rejection)> {
    if !act.scope.covers(&dispute.grid.area()) {
        Some((OpenRefusal::AreaNotYours, Rejection::DisputeNotFound))
    } else if !may_see {
        Some((OpenRefusal::RoleMissing, Rejection::DetailsNotYours(OpenRefusal::RoleMissing)))
    } else {
        None
    }
}

/// Puts a note to the file.
pub(super) fn note(dispute: &Dispute, act: &Act) -> Ruling {
    let Some(sealing) = act.sealing else {
        unreachable!("a note without words is refused at the edge");
    };
    let answer = Ok(Answer::Noted { dispute_id: dispute.id, sealed_id: sealing.id });
    let events = vec![Event::of(dispute, Fact::NoteAdded, Some(sealing))];
    Ruling::new(events, answer)
}

/// Erases everything that is sealed, every file, and the PIN. Possible in every state: what was recorded in error must
/// not wait for the end of the case.
pub(super) fn erase(dispute: &Dispute, pin: Option<&Pin>, reason: EraseReason) -> Ruling {
    let sealed: Vec<_> = dispute.sealed.iter().map(|piece| piece.id).collect();
    let files: Vec<_> = dispute.files.iter().map(|file| file.id).collect();
    let fact = Fact::DetailsErased { reason, sealed: sealed.clone(), files: files.clone() };
    let answer = Ok(Answer::Erased { dispute_id: dispute.id, sealed, files });
    let ruling = Ruling::new(vec![Event::of(dispute, fact, None)], answer);
    Ruling { pin: pin.map(Pin::erased), ..ruling }
}
