//! Watching over a case: reminding, supervising, more time, standing still, deferring.

use clap::{Subcommand, ValueEnum};
use yiwang_proto::dispatch::v1::{
    DecideExtensionRequest, DeferDisputeRequest, EndDeferralRequest, LiftSupervisionRequest,
    PauseDisputeRequest, RemindDisputeRequest, RequestExtensionRequest, ResumeDisputeRequest,
    SuperviseDisputeRequest,
};

use super::{Desk, Done, Which, Words, send};
use crate::command::shared::parse_day;
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Oversight {
    /// Reminds the holder of a case (催办).
    Remind(Plain),
    /// Puts a case under supervision, or changes how (督办); only from above its holder.
    #[command(after_help = "Example / 示例: yiwang dispute supervise 0306-4821-93756 listed")]
    Supervise {
        #[command(flatten)]
        which: Which,
        /// How.
        #[arg(value_parser = labels::supervision::parser())]
        kind: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Ends the supervision of a case; only from above its holder.
    LiftSupervision(Plain),
    /// Asks for more time to handle a case (申请延期).
    #[command(after_help = "\
Example / 示例: yiwang dispute extend 0306-4821-93756 --days 5 --reason expert-opinion
All extensions of a case together are no longer than its rule allows: `yiwang calendar rules`.")]
    Extend {
        #[command(flatten)]
        which: Which,
        /// How many working days more.
        #[arg(long, value_name = "WORKING-DAYS")]
        days: u32,
        /// Why.
        #[arg(long, value_parser = labels::extension_reason::parser())]
        reason: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Grants or refuses an extension that was asked for; only from above the holder (延期审批).
    DecideExtension {
        #[command(flatten)]
        which: Which,
        /// The decision.
        decision: Decision,
        #[command(flatten)]
        words: Words,
    },
    /// Makes the limit to the outcome stand still (中止).
    #[command(after_help = "\
Example / 示例: yiwang dispute pause 0306-4821-93756 hearing
While it stands still nothing that moves the case on is possible; `resume` moves the end by the time that it stood still.")]
    Pause {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(value_parser = labels::pause_kind::parser())]
        kind: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Lets the limit to the outcome go on (恢复).
    Resume(Plain),
    /// Enters a case whose limit is over into the ledger of deferred cases; only from above its holder (挂账).
    #[command(after_help = "\
Example / 示例: yiwang dispute defer 0306-4821-93756 --reason long-standing --review-on 2026-09-01")]
    Defer {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::deferral_reason::parser())]
        reason: i32,
        /// Day on which it has to be looked at again: after today, within two years.
        #[arg(long, value_name = "DATE", value_parser = parse_day)]
        review_on: String,
        #[command(flatten)]
        words: Words,
    },
    /// Takes a case out of the ledger of deferred cases (销账).
    EndDeferral(Plain),
}

/// A command with nothing but words to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Plain {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    words: Words,
}

/// What is decided about an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Decision {
    /// It is granted.
    Grant,
    /// It is refused.
    Refuse,
}

impl Oversight {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Oversight::Remind(Plain { which, words: Words { note } }) => {
                send!(desk, remind_dispute, which, RemindDisputeRequest { note })
            }
            Oversight::Supervise { which, kind, words: Words { note } } => {
                send!(desk, supervise_dispute, which, SuperviseDisputeRequest { kind, note })
            }
            Oversight::LiftSupervision(Plain { which, words: Words { note } }) => {
                send!(desk, lift_supervision, which, LiftSupervisionRequest { note })
            }
            Oversight::Extend { which, days: working_days, reason, words: Words { note } } => {
                send!(
                    desk,
                    request_extension,
                    which,
                    RequestExtensionRequest { working_days, reason, note }
                )
            }
            Oversight::DecideExtension { which, decision, words: Words { note } } => {
                let granted = decision == Decision::Grant;
                send!(desk, decide_extension, which, DecideExtensionRequest { granted, note })
            }
            Oversight::Pause { which, kind, words: Words { note } } => {
                send!(desk, pause_dispute, which, PauseDisputeRequest { kind, note })
            }
            Oversight::Resume(Plain { which, words: Words { note } }) => {
                send!(desk, resume_dispute, which, ResumeDisputeRequest { note })
            }
            Oversight::Defer { which, reason, review_on: review_date, words: Words { note } } => {
                send!(desk, defer_dispute, which, DeferDisputeRequest { reason, review_date, note })
            }
            Oversight::EndDeferral(Plain { which, words: Words { note } }) => {
                send!(desk, end_deferral, which, EndDeferralRequest { note })
            }
        }
    }
}
