//! Files of a case: attached, read, detached. Whether the bytes are there is known outside.

use uuid::Uuid;

use super::{Answer, Context, Ruling, details};
use crate::domain::command::{Act, Attaching, Verb};
use crate::domain::dispute::{Attachment, Dispute};
use crate::domain::event::{Attached, Event, Fact};
use crate::domain::rejection::Rejection;
use crate::domain::sealed::{EraseReason, Purpose, Sealing};

/// Most files of a case at a time.
pub const MOST_FILES: usize = 50;
/// Most files that a case has ever had: the ids of those that were erased are kept, so that none is used again.
pub const MOST_FILES_EVER: usize = 200;

/// Whether bytes for a file are taken: before anything is kept of what may be refused in the end.
pub fn may_upload(dispute: &Dispute, node: &str, file: Uuid) -> Result<(), Rejection> {
    if dispute.home != node {
        return Err(Rejection::NotHome { home: dispute.home.clone() });
    }
    let (state, verb) = (dispute.state(), Verb::Attach);
    if !state.allowed().contains(&verb) {
        let (dispute_id, allowed) = (dispute.id, state.allowed());
        return Err(Rejection::IllegalTransition {
            dispute_id,
            state: state.name(),
            verb,
            allowed,
        });
    }
    if dispute.file(file).is_some() { Ok(()) } else { has_room(dispute, file) }
}

fn has_room(dispute: &Dispute, file: Uuid) -> Result<(), Rejection> {
    if dispute.erased_files.contains(&file) {
        return Err(Rejection::FileIdTaken { file });
    }
    let now = dispute.files.len();
    if now >= MOST_FILES || now + dispute.erased_files.len() >= MOST_FILES_EVER {
        return Err(Rejection::TooMany { what: "files" });
    }
    Ok(())
}

/// Attaches a file. The same one again is no second one.
pub(super) fn attach(
    dispute: &Dispute,
    asked: &Attaching,
    sealing: Option<Sealing>,
) -> Result<Ruling, Rejection> {
    if let Some(known) = dispute.file(asked.file) {
        let same =
            (known.kind, known.file_type, known.size) == (asked.kind, asked.file_type, asked.size);
        let taken = Rejection::FileIdTaken { file: asked.file };
        return if same { Ok(Ruling::done(dispute, Vec::new())) } else { Err(taken) };
    }
    has_room(dispute, asked.file)?;
    let digest = asked.digest.ok_or(Rejection::FileNotUploaded)?;
    let Attaching { file, kind, file_type, size, .. } = *asked;
    let fact = Fact::FileAttached(Attached { file, kind, file_type, size, digest });
    Ok(Ruling::done(dispute, vec![Event::of(dispute, fact, sealing)]))
}

/// Opens a file for a purpose. That it was opened is a fact, and so is that it was not.
pub(super) fn read(
    context: &Context<'_>,
    dispute: &Dispute,
    act: &Act,
    (file, purpose, may_see): (Uuid, Purpose, bool),
) -> Result<Ruling, Rejection> {
    if let Some((reason, rejection)) = details::refusal(dispute, act, may_see) {
        let fact = Fact::FileRefused { file, purpose, reason };
        return Ok(Ruling::new(vec![Event::of(dispute, fact, None)], Err(rejection)));
    }
    super::check(context, dispute, act)?;
    dispute.file(file).ok_or(Rejection::FileNotFound { file })?;
    let answer = Answer::FileOpened { dispute_id: dispute.id, file, at: context.now };
    let events = vec![Event::of(dispute, Fact::FileOpened { file, purpose }, None)];
    Ok(Ruling::new(events, Ok(answer)))
}

/// Erases a file with its caption.
pub(super) fn detach(
    dispute: &Dispute,
    file: Uuid,
    reason: EraseReason,
) -> Result<Ruling, Rejection> {
    let Attachment { caption, .. } = dispute.file(file).ok_or(Rejection::FileNotFound { file })?;
    let (sealed, files) = (caption.iter().copied().collect(), vec![file]);
    let answer = Answer::Erased { dispute_id: dispute.id, sealed, files };
    let events = vec![Event::of(dispute, Fact::FileDetached { file, reason }, None)];
    Ok(Ruling::new(events, Ok(answer)))
}
