//! The outcome and what follows it: confirmation, follow-up, verification, closing; or doing it again.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    CloseDisputeRequest, MergeDisputeRequest, RecordConfirmationRequest, RecordFollowUpRequest,
    RecordOutcomeRequest, RecordReferralResultRequest, RedoDisputeRequest, VerifyDisputeRequest,
};

use super::{Desk, Done, Which, Words, send};
use crate::command::shared::parse_day;
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Conclusion {
    /// Records how the dispute ended (结果).
    #[command(after_help = "\
Examples / 示例:
  yiwang dispute outcome 0306-4821-93756 agreed-written --perform-on 2026-04-01 2026-05-01
  yiwang dispute outcome 0306-4821-93756 agreed-oral --partial
  yiwang dispute outcome 0306-4821-93756 referred --referral arbitration
After an agreement the clocks to two follow-ups run; after anything else the clock to verification.")]
    Outcome {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        outcome: Outcome,
    },
    /// Records what became of the judicial confirmation of an agreement (司法确认).
    Confirm {
        #[command(flatten)]
        which: Which,
        /// What.
        #[arg(value_parser = labels::confirmation::parser())]
        confirmation: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Records what the procedure led to that a dispute was referred to.
    ReferralResult {
        #[command(flatten)]
        which: Which,
        /// What it led to.
        #[arg(value_parser = labels::referral_result::parser())]
        result: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Records a look at the case after its outcome (回访).
    FollowUp {
        #[command(flatten)]
        which: Which,
        /// Whether the agreement is kept.
        #[arg(value_parser = labels::performance::parser())]
        performance: i32,
        /// The dispute has broken out again.
        #[arg(long)]
        relapsed: bool,
        #[command(flatten)]
        words: Words,
    },
    /// The outcome was checked and found as recorded (核查).
    #[command(after_help = "\
An agreement needs a follow-up first. Who finds the outcome otherwise than recorded asks for `redo`.")]
    Verify {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        words: Words,
    },
    /// Closes a dispute whose outcome was verified (结案).
    Close {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        words: Words,
    },
    /// Does a dispute again that has an outcome: back to triaged, with a new limit of the same length (重办).
    #[command(after_help = "\
Example / 示例: yiwang dispute redo 0306-4821-93756 --reason negative-follow-up")]
    Redo {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::redo_reason::parser())]
        reason: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Merges a dispute into another one that is about the same matter (合并); its reporter is told what becomes of that.
    #[command(after_help = "\
Example / 示例: yiwang dispute merge 0306-4821-93756 --into 0306-1180-27447")]
    Merge {
        #[command(flatten)]
        which: Which,
        /// Id or case code of the dispute that goes on.
        #[arg(long, value_name = "DISPUTE")]
        into: String,
        #[command(flatten)]
        words: Words,
    },
}

/// How a dispute ended.
// The command has a group of this name.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Outcome {
    /// How.
    #[arg(value_parser = labels::outcome::parser())]
    kind: i32,
    /// Only a part was agreed.
    #[arg(long)]
    partial: bool,
    /// Where it is referred to; with `referred` only.
    #[arg(long, value_parser = labels::referral::parser())]
    referral: Option<i32>,
    /// Days on which something has to be performed, e.g. 2026-04-01; with an agreement only.
    #[arg(long, value_name = "DATE", num_args = 1.., value_parser = parse_day)]
    perform_on: Vec<String>,
    /// Day on which the agreement took effect, from which the time for a court counts; with an agreement only; default:
    /// today.
    #[arg(long, value_name = "DATE", value_parser = parse_day, default_value = "")]
    agreed_on: String,
    #[command(flatten)]
    words: Words,
}

impl Outcome {
    async fn send(self, desk: &Desk<'_>, which: Which) -> Result<Done, Failure> {
        let Outcome { kind, partial, perform_on, agreed_on, words: Words { note }, .. } = self;
        let request = RecordOutcomeRequest {
            kind,
            partial,
            referral: self.referral.unwrap_or_default(),
            note,
            performance_dates: perform_on,
            agreement_date: agreed_on,
            ..RecordOutcomeRequest::default()
        };
        send!(desk, record_outcome, which, RecordOutcomeRequest { ..request })
    }
}

impl Conclusion {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Conclusion::Outcome { which, outcome } => outcome.send(desk, which).await,
            Conclusion::Confirm { which, confirmation, words: Words { note } } => {
                send!(
                    desk,
                    record_confirmation,
                    which,
                    RecordConfirmationRequest { confirmation, note }
                )
            }
            Conclusion::ReferralResult { which, result, words: Words { note } } => {
                send!(
                    desk,
                    record_referral_result,
                    which,
                    RecordReferralResultRequest { result, note }
                )
            }
            Conclusion::FollowUp { which, performance, relapsed, words: Words { note } } => {
                send!(
                    desk,
                    record_follow_up,
                    which,
                    RecordFollowUpRequest { performance, relapsed, note }
                )
            }
            Conclusion::Verify { which, words: Words { note } } => {
                send!(desk, verify_dispute, which, VerifyDisputeRequest { note })
            }
            Conclusion::Close { which, words: Words { note } } => {
                send!(desk, close_dispute, which, CloseDisputeRequest { note })
            }
            Conclusion::Redo { which, reason, words: Words { note } } => {
                send!(desk, redo_dispute, which, RedoDisputeRequest { reason, note })
            }
            Conclusion::Merge { which, into, words: Words { note } } => {
                let into_dispute_id = desk.find(into).await?;
                send!(desk, merge_dispute, which, MergeDisputeRequest { into_dispute_id, note })
            }
        }
    }
}
