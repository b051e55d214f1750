//! Accepting, rejecting, and how hard it is.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, RejectDisputeRequest, TriageDisputeRequest,
};

use super::{Desk, Done, Which, Words, send};
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Intake {
    /// Accepts a reported dispute (受理).
    Accept(Which),
    /// Rejects a reported dispute (不予受理).
    Reject {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::reject_reason::parser())]
        reason: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Gives a dispute its level, and so its time limit (分级).
    #[command(after_help = "\
Examples / 示例:
  yiwang dispute triage 0306-4821-93756 general
  yiwang dispute triage 0306-4821-93756 complex --type 0103 --protective
Again until a team is called; the limit counts from acceptance however often the level changes.")]
    Triage {
        #[command(flatten)]
        which: Which,
        /// The level.
        #[arg(value_parser = labels::level::parser())]
        level: i32,
        /// Its type, when the one reported was not right; see `yiwang dispute types`.
        #[arg(long = "type", value_name = "CODE", default_value = "")]
        type_code: String,
        /// The case needs protection; a mark that was set stays.
        #[arg(long)]
        protective: bool,
        /// Somebody's life is in danger: the police come first, and that it was found is on record.
        #[arg(long)]
        danger_to_life: bool,
        #[command(flatten)]
        words: Words,
    },
}

impl Intake {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Intake::Accept(which) => send!(desk, accept_dispute, which, AcceptDisputeRequest {}),
            Intake::Reject { which, reason, words: Words { note } } => {
                send!(desk, reject_dispute, which, RejectDisputeRequest { reason, note })
            }
            Intake::Triage { which, level, type_code, protective, danger_to_life, words } => {
                let note = words.note;
                send!(
                    desk,
                    triage_dispute,
                    which,
                    TriageDisputeRequest { level, note, type_code, protective, danger_to_life }
                )
            }
        }
    }
}
