//! Commands that take a dispute from report to closed.

use clap::Subcommand;
use jiff::Timestamp;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, AcceptOfferRequest, CallTeamRequest, CloseDisputeRequest,
    DeclineOfferRequest, PartyConsent, RecordArrivalRequest, RecordConsentRequest,
    RecordFollowUpRequest, RecordOutcomeRequest, RejectDisputeRequest, StartMediationRequest,
    TriageDisputeRequest,
};

use super::super::shared::{parse_time, to_wire};
use super::{position_line, resolve, show};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// Which dispute, and as whom it was seen.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Its id or its case code.
    dispute: String,
    /// The etag that you have seen; refused when the dispute has changed since.
    #[arg(long, default_value = "")]
    etag: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Accepts a reported dispute.
    Accept(Which),
    /// Rejects a reported dispute.
    Reject {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_parser = labels::reject_reason::parser())]
        reason: i32,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Gives a dispute its level, and so its time limit.
    Triage {
        #[command(flatten)]
        which: Which,
        /// The level.
        #[arg(value_parser = labels::level::parser())]
        level: i32,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Calls a mediation team: the nearest, or the one named.
    Call {
        #[command(flatten)]
        which: Which,
        /// The team to ask instead of the nearest.
        #[arg(long, default_value = "")]
        team: String,
    },
    /// The team that was asked comes.
    AcceptOffer {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
    },
    /// The team that was asked does not come; the next one is asked.
    Decline {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
        /// Why.
        #[arg(long, value_parser = labels::decline_reason::parser())]
        reason: i32,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// The team is on the spot.
    Arrive {
        #[command(flatten)]
        which: Which,
        /// The team.
        team: String,
        /// Since when; default: now.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        at: Option<Timestamp>,
    },
    /// Records what a party says to being mediated.
    Consent {
        #[command(flatten)]
        which: Which,
        /// Number of the party, from 1.
        party: u32,
        /// What it says.
        #[arg(value_parser = labels::consent::parser())]
        consent: i32,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    #[command(flatten)]
    Late(Late),
}

/// Commands from mediation on.
#[derive(Debug, Subcommand)]
pub(crate) enum Late {
    /// Begins mediation; every party must have consented.
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
    /// Records how the dispute ended.
    Outcome {
        #[command(flatten)]
        which: Which,
        /// How.
        #[arg(value_parser = labels::outcome::parser())]
        kind: i32,
        /// Only a part was agreed.
        #[arg(long)]
        partial: bool,
        /// Where it is referred to.
        #[arg(long, value_parser = labels::referral::parser())]
        referral: Option<i32>,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Records a look at the case after its outcome.
    FollowUp {
        #[command(flatten)]
        which: Which,
        /// Whether the agreement is kept.
        #[arg(value_parser = labels::performance::parser())]
        performance: i32,
        /// The dispute has broken out again.
        #[arg(long)]
        relapsed: bool,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Closes a dispute that has an outcome.
    Close {
        #[command(flatten)]
        which: Which,
        /// Words to it; sealed.
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// Sends a command and shows the dispute as it is now.
macro_rules! send {
    ($session:ident, $screen:ident, $rpc:ident, $which:ident, $request:ident { $($field:tt)* }) => {{
        let request = $request {
            request_id: $session.request_id(),
            dispute_id: resolve($session, $which.dispute).await?,
            etag: $which.etag,
            $($field)*
        };
        let answer = $session.disputes().$rpc(request).await?.into_inner();
        if $screen.json {
            return $screen.message(&answer);
        }
        show::one($screen, answer.dispute.as_ref())?;
        position_line($screen, answer.feed_position)
    }};
}

pub(super) async fn run(change: Change, session: &Session, screen: Screen) -> Result<(), Failure> {
    match change {
        Change::Accept(which) => {
            send!(session, screen, accept_dispute, which, AcceptDisputeRequest {})
        }
        Change::Reject { which, reason, note } => {
            send!(session, screen, reject_dispute, which, RejectDisputeRequest { reason, note })
        }
        Change::Triage { which, level, note } => {
            send!(
                session,
                screen,
                triage_dispute,
                which,
                TriageDisputeRequest { level, note, ..Default::default() }
            )
        }
        Change::Call { which, team } => {
            send!(
                session,
                screen,
                call_team,
                which,
                CallTeamRequest { team_id: team, ..Default::default() }
            )
        }
        Change::AcceptOffer { which, team } => {
            send!(session, screen, accept_offer, which, AcceptOfferRequest { team_id: team })
        }
        Change::Decline { which, team, reason, note } => {
            send!(
                session,
                screen,
                decline_offer,
                which,
                DeclineOfferRequest { team_id: team, reason, note }
            )
        }
        Change::Arrive { which, team, at } => {
            let arrival_time = at.map(to_wire);
            send!(
                session,
                screen,
                record_arrival,
                which,
                RecordArrivalRequest { team_id: team, arrival_time }
            )
        }
        Change::Consent { which, party, consent, note } => {
            let consent = Some(PartyConsent { party, consent });
            send!(session, screen, record_consent, which, RecordConsentRequest { consent, note })
        }
        Change::Late(late) => run_late(late, session, screen).await,
    }
}

async fn run_late(change: Late, session: &Session, screen: Screen) -> Result<(), Failure> {
    match change {
        Late::Mediate { which, kind, organisation } => {
            let (organisation_id, consents) = (organisation, Vec::new());
            send!(
                session,
                screen,
                start_mediation,
                which,
                StartMediationRequest { kind, organisation_id, consents, ..Default::default() }
            )
        }
        Late::Outcome { which, kind, partial, referral, note } => {
            let referral = referral.unwrap_or_default();
            send!(
                session,
                screen,
                record_outcome,
                which,
                RecordOutcomeRequest { kind, partial, referral, note, ..Default::default() }
            )
        }
        Late::FollowUp { which, performance, relapsed, note } => {
            send!(
                session,
                screen,
                record_follow_up,
                which,
                RecordFollowUpRequest { performance, relapsed, note }
            )
        }
        Late::Close { which, note } => {
            send!(session, screen, close_dispute, which, CloseDisputeRequest { note })
        }
    }
}
