//! The team on the spot, what the parties say, and mediation.

use clap::Subcommand;
use jiff::Timestamp;
use yiwang_proto::dispatch::v1::{
    AcceptOfferRequest, CallTeamRequest, DeclineOfferRequest, PartyConsent, RecordArrivalRequest,
    RecordConsentRequest, StartMediationRequest,
};

use super::{Desk, Done, Which, Words, send};
use crate::command::shared::{parse_time, to_wire};
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Team {
    /// Calls a mediation team: the nearest, or the one named (呼叫调解队).
    Call {
        #[command(flatten)]
        which: Which,
        /// The team to ask instead of the nearest.
        #[arg(long, default_value = "")]
        team: String,
    },
    /// The team that was asked comes (接单).
    AcceptOffer {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
    },
    /// The team that was asked does not come; the next one is asked (谢绝).
    Decline {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
        /// Why.
        #[arg(long, value_parser = labels::decline_reason::parser())]
        reason: i32,
        #[command(flatten)]
        words: Words,
    },
    /// The team is on the spot (到场).
    Arrive {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
        /// Since when; default: now.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        at: Option<Timestamp>,
    },
    /// Records what a party says to being mediated (意愿).
    Consent {
        #[command(flatten)]
        which: Which,
        /// Number of the party, from 1.
        party: u32,
        /// What it says.
        #[arg(value_parser = labels::consent::parser())]
        consent: i32,
        #[command(flatten)]
        words: Words,
    },
    /// Begins mediation; every party must have consented (开始调解).
    #[command(after_help = "\
Example / 示例: yiwang dispute mediate 0306-4821-93756 --kind peoples --organisation u-370306004-mediation
The organisation opens a file and numbers it; the team is free for another case.")]
    Mediate {
        #[command(flatten)]
        which: Which,
        /// The kind.
        #[arg(long, value_parser = labels::mediation_kind::parser())]
        kind: i32,
        /// The organisation: id of a unit.
        #[arg(long, value_name = "UNIT")]
        organisation: String,
    },
}

impl Team {
    pub(super) async fn send(self, desk: &Desk<'_>) -> Result<Done, Failure> {
        match self {
            Team::Call { which, team: team_id } => {
                let request = CallTeamRequest::default();
                send!(desk, call_team, which, CallTeamRequest { team_id, ..request })
            }
            Team::AcceptOffer { which, team: team_id } => {
                send!(desk, accept_offer, which, AcceptOfferRequest { team_id })
            }
            Team::Decline { which, team: team_id, reason, words: Words { note } } => {
                send!(desk, decline_offer, which, DeclineOfferRequest { team_id, reason, note })
            }
            Team::Arrive { which, team: team_id, at } => {
                let arrival_time = at.map(to_wire);
                send!(desk, record_arrival, which, RecordArrivalRequest { team_id, arrival_time })
            }
            Team::Consent { which, party, consent, words: Words { note } } => {
                let consent = Some(PartyConsent { party, consent });
                send!(desk, record_consent, which, RecordConsentRequest { consent, note })
            }
            Team::Mediate { which, kind, organisation: organisation_id } => {
                let request = StartMediationRequest::default();
                send!(
                    desk,
                    start_mediation,
                    which,
                    StartMediationRequest { kind, organisation_id, ..request }
                )
            }
        }
    }
}
