//! Who has the case: up, down and back. No move touches a clock.

use clap::Subcommand;
use yiwang_proto::dispatch::v1::{
    DelegateDisputeRequest, EscalateDisputeRequest, ReturnDisputeRequest,
};

use super::{Desk, Done, Which, Words, send};
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Moves {
    /// Sends a case up: to the tier above its holder, or further (上报).
    #[command(after_help = "\
Examples / 示例:
  yiwang dispute escalate 0306-4821-93756 --reason beyond-this-tier
  yiwang dispute escalate 0306-4821-93756 --reason needs-departments --to 370306
While nobody is working with the parties: before a team is asked, or after nobody was left.")]
    Escalate {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::move_reason::parser())]
        reason: i32,
        /// Area to send it to; default: the next tier.
        #[arg(long, value_name = "CODE", default_value = "")]
        to: String,
        /// Unit there; default: the area's own centre.
        #[arg(long, value_name = "UNIT", default_value = "")]
        unit: String,
        #[command(flatten)]
        words: Words,
    },
    /// Sends a case down towards its grid, or to a unit of the same area (交办、指定承办).
    #[command(after_help = "\
Examples / 示例:
  yiwang dispute delegate 0306-4821-93756 --to 370306004 --reason nearer-to-parties
  yiwang dispute delegate 0306-4821-93756 --to 370306004 --unit u-370306004-mediation --reason competence-decided --designate
Who was designated may not return it.")]
    Delegate {
        #[command(flatten)]
        which: Which,
        /// Area to send it to: the holder's or below it, and one that the grid belongs to.
        #[arg(long, value_name = "CODE")]
        to: String,
        /// Unit there; default: the area's own centre.
        #[arg(long, value_name = "UNIT", default_value = "")]
        unit: String,
        /// Why.
        #[arg(long, value_parser = labels::move_reason::parser())]
        reason: i32,
        /// Decides who is competent: it may not be returned.
        #[arg(long)]
        designate: bool,
        #[command(flatten)]
        words: Words,
    },
    /// Returns a case to an earlier step (退回).
    #[command(after_help = "\
Example / 示例: yiwang dispute return 0306-4821-93756 --reason not-competent --to-step 1
`yiwang dispute show` numbers the steps.")]
    Return {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::move_reason::parser())]
        reason: i32,
        /// Number of the step; default: the one before.
        #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
        to_step: u32,
        #[command(flatten)]
        words: Words,
    },
}

impl Moves {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Moves::Escalate { which, reason, to, unit, words: Words { note } } => {
                let (to_area_code, to_unit_id) = (to, unit);
                send!(
                    desk,
                    escalate_dispute,
                    which,
                    EscalateDisputeRequest { reason, to_area_code, to_unit_id, note }
                )
            }
            Moves::Delegate { which, to, unit, reason, designate, words: Words { note } } => {
                let (to_area_code, to_unit_id) = (to, unit);
                send!(
                    desk,
                    delegate_dispute,
                    which,
                    DelegateDisputeRequest { reason, to_area_code, to_unit_id, designate, note }
                )
            }
            Moves::Return { which, reason, to_step: to_step_number, words: Words { note } } => {
                send!(
                    desk,
                    return_dispute,
                    which,
                    ReturnDisputeRequest { reason, to_step_number, note }
                )
            }
        }
    }
}
