//! The team on the spot, what the parties say, and mediation.

use clap::Subcommand;
use jiff::Timestamp;
use yiwang_proto::dispatch::v1::{
    AcceptOfferRequest, CallTeamRequest, DeclineOfferRequest, PartyConsent, RecordArrivalRequest,
    RecordConsentRequest, StartMediationRequest, TeamSearch,
};

use super::{Desk, Done, Which, Words, send};
use crate::command::shared::{parse_time, to_wire};
use crate::failure::Failure;
use crate::labels;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Team {
    /// Calls a mediation team: the nearest, or the one named (呼叫调解队).
    #[command(after_help = "\
Examples / 示例:
  yiwang team duty on t-370306004-1
  yiwang dispute call 0306-4821-93756
Asked are teams on duty that serve the place and have room / 只派给在岗、服务该地且有余量的调解队.")]
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
                let request = CallTeamRequest {
                    request_id: desk.session.request_id(),
                    dispute_id: desk.find(which.dispute).await?,
                    etag: which.etag,
                    team_id,
                    ..CallTeamRequest::default()
                };
                let answer = desk.session.disputes().call_team(request).await?.into_inner();
                let (dispute, position) = (answer.dispute.clone(), answer.feed_position);
                let done = Done::of("call_team", dispute, position, &answer)?;
                Ok(match &answer.search {
                    Some(search) => done.noting(nobody(search)),
                    None => done,
                })
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

/// Why nobody could be asked, and what to do about it.
fn nobody(search: &TeamSearch) -> String {
    let TeamSearch { serving, off_duty, engaged, asked } = *search;
    if serving == 0 {
        return "\
Nobody could be asked: no team serves the place. See `yiwang team list`; `yiwang team update TEAM --serves AREA` lets one serve it.
无队可派：没有调解队服务该地。可用 `yiwang team list` 查看，并用 `yiwang team update 队伍 --serves 区划` 增加服务区域。"
            .to_owned();
    }
    let mut lines = vec![
        format!(
            "Nobody could be asked: of {serving} that serve the place, {off_duty} off duty, {engaged} with as many cases as they take, {asked} asked and not coming. The clock runs on."
        ),
        format!(
            "无队可派：服务该地的{serving}支队伍中，{off_duty}支未值班，{engaged}支已满额，{asked}支已问未到。到场时限继续计时。"
        ),
    ];
    for (count, line) in [
        (off_duty, "  yiwang team duty on TEAM                # 上岗"),
        (
            engaged,
            "  yiwang team duty on TEAM --capacity N   # N = one more than now / 比现在多一件",
        ),
        (1, "  yiwang dispute call DISPUTE             # 再次呼叫，全部重新询问"),
    ] {
        if count > 0 {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_could_not_ask_anybody_is_told_what_to_do() {
        let told = |serving, off_duty, engaged, asked| {
            nobody(&TeamSearch { serving, off_duty, engaged, asked })
        };
        let none = told(0, 0, 0, 0);
        assert!(none.contains("no team serves the place") && none.contains("--serves"), "{none}");
        let off = told(2, 2, 0, 0);
        assert!(off.contains("team duty on TEAM ") && !off.contains("--capacity"), "{off}");
        let full = told(3, 0, 1, 2);
        assert!(full.contains("--capacity N") && !full.contains("duty on TEAM  "), "{full}");
        assert!(full.contains("dispute call"), "{full}");
    }
}
