//! What is sealed: notes, opening, erasing.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    AddNoteRequest, EraseDetailsRequest, OpenDetailsRequest, OpenedPiece,
};

use super::{Desk, Done};
use crate::command::shared::show_wire;
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Details {
    /// Puts a sealed note to the file.
    Note {
        /// Id or case code of the dispute.
        dispute: String,
        /// The note.
        note: String,
    },
    /// Opens what is sealed, for a purpose; both are recorded.
    Open {
        /// Id or case code of the dispute.
        dispute: String,
        /// What for.
        #[arg(long, value_parser = labels::purpose::parser())]
        purpose: i32,
    },
    /// Erases all that is sealed, for good.
    Erase {
        /// Id or case code of the dispute.
        dispute: String,
        /// Why.
        #[arg(long, value_parser = labels::erase_reason::parser())]
        reason: i32,
    },
}

impl Details {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        let (request_id, etag) = (desk.session.request_id(), String::new());
        let mut disputes = desk.session.disputes();
        match self {
            Details::Note { dispute, note } => {
                let dispute_id = desk.find(dispute).await?;
                let request = AddNoteRequest { request_id, dispute_id, etag, note };
                let answer = disputes.add_note(request).await?.into_inner();
                let said = vec![format!("sealed / 已密封 {}", answer.sealed_id)];
                let done =
                    Done::of("add_note", answer.dispute.clone(), answer.feed_position, &answer)?;
                Ok(done.instead(said))
            }
            Details::Open { dispute, purpose } => {
                let dispute_id = desk.find(dispute).await?;
                let request = OpenDetailsRequest { request_id, dispute_id, etag, purpose };
                let answer = disputes.open_details(request).await?.into_inner();
                let said = answer.pieces.iter().flat_map(lines).collect();
                let done = Done::of(
                    "open_details",
                    answer.dispute.clone(),
                    answer.feed_position,
                    &answer,
                )?;
                Ok(done.instead(said))
            }
            Details::Erase { dispute, reason } => {
                let dispute_id = desk.find(dispute).await?;
                let request = EraseDetailsRequest { request_id, dispute_id, etag, reason };
                let answer = disputes.erase_details(request).await?.into_inner();
                let said = vec![format!("erased / 已删除 {}", answer.erased_count)];
                let done = Done::of(
                    "erase_details",
                    answer.dispute.clone(),
                    answer.feed_position,
                    &answer,
                )?;
                Ok(done.instead(said))
            }
        }
    }
}

/// An opened piece as lines.
fn lines(piece: &OpenedPiece) -> Vec<String> {
    let kind = labels::sealed_kind::label(piece.kind);
    let mut lines = vec![format!("{kind} · {}", show_wire(piece.create_time.as_ref()))];
    if !piece.text.is_empty() {
        lines.push(format!("  {}", piece.text));
    }
    let Some(details) = &piece.details else { return lines };
    lines.push(format!("  place 地点: {}", details.place));
    lines.push(format!("  summary 概要: {}", details.summary));
    lines.extend((1..).zip(&details.parties).map(|(number, party)| {
        format!(
            "  party 当事人 {number}: {} · {} · {} · {}",
            party.name, party.phone, party.address, party.statement
        )
    }));
    if let Some(reporter) = &details.reporter {
        lines.push(format!("  reporter 反映人: {} · {}", reporter.name, reporter.phone));
    }
    lines
}
