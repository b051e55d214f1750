//! Commands about what is sealed: notes, opening, erasing.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    AddNoteRequest, EraseDetailsRequest, OpenDetailsRequest, OpenedPiece,
};

use super::super::shared::show_wire;
use super::{position_line, resolve};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
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

pub(super) async fn run(people: People, session: &Session, screen: Screen) -> Result<(), Failure> {
    let (request_id, etag) = (session.request_id(), String::new());
    let mut disputes = session.disputes();
    match people {
        People::Note { dispute, note } => {
            let dispute_id = resolve(session, dispute).await?;
            let request = AddNoteRequest { request_id, dispute_id, etag, note };
            let answer = disputes.add_note(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            screen.line(format!("sealed / 已密封 {}", answer.sealed_id))?;
            position_line(screen, answer.feed_position)
        }
        People::Open { dispute, purpose } => {
            let dispute_id = resolve(session, dispute).await?;
            let request = OpenDetailsRequest { request_id, dispute_id, etag, purpose };
            let answer = disputes.open_details(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            answer.pieces.iter().try_for_each(|piece| show(screen, piece))?;
            position_line(screen, answer.feed_position)
        }
        People::Erase { dispute, reason } => {
            let dispute_id = resolve(session, dispute).await?;
            let request = EraseDetailsRequest { request_id, dispute_id, etag, reason };
            let answer = disputes.erase_details(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            screen.line(format!("erased / 已删除 {}", answer.erased_count))?;
            position_line(screen, answer.feed_position)
        }
    }
}

fn show(screen: Screen, piece: &OpenedPiece) -> Result<(), Failure> {
    let kind = labels::sealed_kind::label(piece.kind);
    screen.line(format!("{kind} · {}", show_wire(piece.create_time.as_ref())))?;
    if !piece.text.is_empty() {
        screen.line(format!("  {}", piece.text))?;
    }
    let Some(details) = &piece.details else { return Ok(()) };
    screen.line(format!("  place 地点: {}\n  summary 概要: {}", details.place, details.summary))?;
    for (number, party) in (1..).zip(&details.parties) {
        screen.line(format!(
            "  party 当事人 {number}: {} · {} · {} · {}",
            party.name, party.phone, party.address, party.statement
        ))?;
    }
    Ok(())
}
