//! The dispute: two households in Yong'an Street who quarrelled over a shared water valve.

use std::time::Duration;

use kit::client::{Backoff, retry};
use kit::{Clock, IdSource};
use tokio::time::Instant;
use yiwang_proto::dispatch::v1::arrival_clock::Standing;
use yiwang_proto::dispatch::v1::dispute::State;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, AcceptOfferRequest, CallTeamRequest, Channel, CloseDisputeRequest,
    Consent, DeclineOfferRequest, DeclineReason, Details, Dispute, Level,
    ListDisputeHistoryRequest, ListDisputesRequest, MediationKind, OpenDetailsRequest, OutcomeKind,
    Party, PartyConsent, Performance, Purpose, RecordArrivalRequest, RecordConsentRequest,
    RecordFollowUpRequest, RecordOutcomeRequest, ReportDisputeRequest, ReportDisputeResponse,
    Scale, Source, StartMediationRequest, TriageDisputeRequest, VerifyDisputeRequest,
};
use yiwang_proto::registry::v1::ListGridsRequest;

use super::{COMMUNITY, TOWN};
use crate::command::show_wire;
use crate::failure::Failure;
use crate::labels;
use crate::sample::people;
use crate::screen::Screen;
use crate::session::Session;

/// A dispute between neighbours (邻里纠纷) by scheme zz17.
const TYPE: &str = "0201";
/// The system that the walks come from: reporting with it and the number of a walk gives that walk's dispute.
const SOURCE: &str = "yiwang-demo";
/// How long dispatch may take to read the registry's log.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the walk leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// Id of the dispute.
    pub dispute_id: String,
    /// Its case code.
    pub case_code: String,
    /// How many events it has.
    pub events: usize,
}

/// The walk so far.
struct Walk<'a> {
    session: &'a Session,
    screen: Screen,
    grid: String,
    /// Of all the walks on this data.
    number: usize,
    dispute: Dispute,
    step: u32,
}

/// Pauses between the attempts of a command: dispatch may still be reading the registry's log, and says so.
fn patience() -> Backoff {
    let ids = IdSource::system(Clock::system());
    Backoff::new(Duration::from_millis(50), Duration::from_secs(1), ids)
}

/// Sends a command of the walk and shows what it did.
macro_rules! step {
    ($walk:ident, $rpc:ident, $title:literal, $state:ident, $request:ident { $($field:tt)* }) => {{
        let request = $request {
            request_id: $walk.session.request_id(),
            dispute_id: $walk.dispute.dispute_id.clone(),
            etag: $walk.dispute.etag.clone(),
            $($field)*
        };
        let pauses = patience();
        let answer = retry(&pauses, Instant::now() + PATIENCE, || {
            let (mut client, request) = ($walk.session.disputes(), request.clone());
            async move { client.$rpc(request).await }
        });
        let answer = answer.await?.into_inner();
        $walk.took($title, State::$state, answer.dispute, answer.feed_position)?;
    }};
}

/// The community's first grid; not always the same one, when the node was used since it was filled.
async fn first_grid(session: &Session) -> Result<String, Failure> {
    let request = ListGridsRequest {
        area_code: COMMUNITY.to_owned(),
        page_size: 1,
        ..ListGridsRequest::default()
    };
    let grid = session.grids().list_grids(request).await?.into_inner().grids.into_iter().next();
    let code = grid.and_then(|grid| grid.facts).map(|facts| facts.grid_code);
    code.ok_or_else(|| {
        Failure::wrong(
            "on this day the sample has no grids yet; give a later --clock, or other --data",
            "该日期尚无样例网格；请用更晚的 --clock 或另一个 --data",
        )
    })
}

/// Ends what a walk before left unfinished, because its team would stay busy; returns how many walks there were.
async fn tidy(session: &Session, screen: Screen) -> Result<usize, Failure> {
    let (mut walks, mut token) = (0, String::new());
    loop {
        let request = ListDisputesRequest {
            area_code: COMMUNITY.to_owned(),
            page_size: 1000,
            page_token: token,
            ..ListDisputesRequest::default()
        };
        let page = session.disputes().list_disputes(request).await?.into_inner();
        let own = |dispute: &Dispute| dispute.source.as_ref().is_some_and(|s| s.system == SOURCE);
        for dispute in page.disputes.into_iter().filter(own) {
            walks += 1;
            match dispute.state() {
                State::Unspecified
                | State::Reported
                | State::Rejected
                | State::Concluded
                | State::Verified
                | State::Closed => continue,
                State::Accepted
                | State::Triaged
                | State::Called
                | State::Offered
                | State::UnderWay
                | State::Arrived
                | State::Mediating => {}
            }
            let request = RecordOutcomeRequest {
                request_id: session.request_id(),
                dispute_id: dispute.dispute_id,
                etag: dispute.etag,
                kind: OutcomeKind::Withdrawn.into(),
                ..RecordOutcomeRequest::default()
            };
            session.disputes().record_outcome(request).await?;
            screen.tell(format!(
                "An unfinished walk is withdrawn, its team is free / 撤回未走完的演示案件，释放调解队: {}",
                dispute.case_code
            ))?;
        }
        token = page.next_page_token;
        if token.is_empty() {
            return Ok(walks);
        }
    }
}

/// Walks the dispute from report to closed.
pub(super) async fn walk(session: &Session, screen: Screen) -> Result<Walked, Failure> {
    screen.tell("\nA dispute in Yong'an Street, Zhoucun / 周村区永安街道的一起邻里纠纷")?;
    let grid = first_grid(session).await?;
    let number = tidy(session, screen).await? + 1;
    let mut walk = Walk { session, screen, grid, number, dispute: Dispute::default(), step: 0 };
    walk.intake().await?;
    walk.team().await?;
    walk.mediation().await?;
    walk.end().await
}

impl Walk<'_> {
    async fn intake(&mut self) -> Result<(), Failure> {
        let walk = self;
        let answer = walk.report().await?;
        walk.took(
            "A grid worker reports: two households quarrel over a shared water valve / 网格员上报：两户因共用水阀争执",
            State::Reported,
            answer.dispute,
            answer.feed_position,
        )?;
        step!(
            walk,
            accept_dispute,
            "The governance centre accepts / 综治中心受理",
            Accepted,
            AcceptDisputeRequest {}
        );
        let (level, note) = (Level::General.into(), String::new());
        step!(
            walk,
            triage_dispute,
            "It is triaged as general / 分级：一般纠纷",
            Triaged,
            TriageDisputeRequest { level, note, ..Default::default() }
        );
        Ok(())
    }

    /// Reports; dispatch may still be reading the registry's log, and says so.
    async fn report(&self) -> Result<ReportDisputeResponse, Failure> {
        let party = |name: &str, phone: &str, statement: &str| Party {
            name: name.to_owned(),
            phone: phone.to_owned(),
            address: "光明社区样例小区1号楼1单元".to_owned(),
            statement: statement.to_owned(),
        };
        let request = ReportDisputeRequest {
            request_id: self.session.request_id(),
            grid_code: self.grid.clone(),
            type_code: TYPE.to_owned(),
            scale: Scale::Individual.into(),
            people: 4,
            channel: Channel::GridWorker.into(),
            source: Some(Source { system: SOURCE.to_owned(), number: self.number.to_string() }),
            details: Some(Details {
                parties: vec![
                    party("样例甲", "0533-0000001", "阀门关了没有告诉我们"),
                    party("样例乙", "0533-0000002", "水管漏水，必须关阀"),
                ],
                place: "楼道共用水阀处".to_owned(),
                summary: "两户共用一个水阀，一户未打招呼关阀维修，双方发生争执".to_owned(),
                reporter: None,
            }),
            without_pin: true,
            ..ReportDisputeRequest::default()
        };
        let pauses = patience();
        let answer = retry(&pauses, Instant::now() + PATIENCE, || {
            let (mut client, request) = (self.session.disputes(), request.clone());
            async move { client.report_dispute(request).await }
        });
        Ok(answer.await?.into_inner())
    }

    async fn team(&mut self) -> Result<(), Failure> {
        let walk = self;
        let team_id = String::new();
        step!(
            walk,
            call_team,
            "A mediation team is called; the ten minutes run / 呼叫蓝马甲调解队，十分钟计时开始",
            Offered,
            CallTeamRequest { team_id, ..Default::default() }
        );
        let team_id = walk.asked()?;
        let (reason, note) = (DeclineReason::Busy.into(), String::new());
        step!(
            walk,
            decline_offer,
            "The nearest team is busy; the next one is asked, the clock runs on / 最近的队伍另有任务，改呼下一队，计时不停",
            Offered,
            DeclineOfferRequest { team_id, reason, note }
        );
        let team_id = walk.asked()?;
        step!(
            walk,
            accept_offer,
            "That team comes / 该队接单出发",
            UnderWay,
            AcceptOfferRequest { team_id }
        );
        let (team_id, arrival_time) = (walk.dispute.team_id.clone(), None);
        step!(
            walk,
            record_arrival,
            "It is on the spot / 到场",
            Arrived,
            RecordArrivalRequest { team_id, arrival_time }
        );
        let standing = walk.dispute.arrival_clock.unwrap_or_default().standing();
        expect(standing == Standing::Met, "the team arrived in time")
    }

    /// The team that is being asked.
    fn asked(&self) -> Result<String, Failure> {
        let offer = self.dispute.offer.as_ref();
        offer.map(|offer| offer.team_id.clone()).ok_or_else(|| wrong("a team is asked"))
    }

    async fn mediation(&mut self) -> Result<(), Failure> {
        let walk = self;
        let purpose = Purpose::Mediate.into();
        step!(
            walk,
            open_details,
            "The mediators open the sealed details, and that is recorded / 调解员查看密封信息，查看留痕",
            Arrived,
            OpenDetailsRequest { purpose }
        );
        for (party, title) in [
            (1, "The first household agrees to mediation / 甲方同意调解"),
            (2, "The second one, too / 乙方同意调解"),
        ] {
            let consent = Some(PartyConsent { party, consent: Consent::Given.into() });
            let request = RecordConsentRequest {
                request_id: walk.session.request_id(),
                dispute_id: walk.dispute.dispute_id.clone(),
                etag: walk.dispute.etag.clone(),
                consent,
                note: String::new(),
            };
            let answer = walk.session.disputes().record_consent(request).await?.into_inner();
            walk.took(title, State::Arrived, answer.dispute, answer.feed_position)?;
        }
        let kind = MediationKind::Peoples.into();
        let (organisation_id, consents) = (people::committee(TOWN), Vec::new());
        step!(
            walk,
            start_mediation,
            "People's mediation begins / 开始人民调解",
            Mediating,
            StartMediationRequest { kind, organisation_id, consents, ..Default::default() }
        );
        Ok(())
    }

    async fn end(mut self) -> Result<Walked, Failure> {
        let walk = &mut self;
        let (kind, partial, referral) = (OutcomeKind::AgreedWritten.into(), false, 0);
        let note = "双方约定：关阀前相互告知，维修费用各半".to_owned();
        step!(
            walk,
            record_outcome,
            "They agree in writing / 达成书面协议",
            Concluded,
            RecordOutcomeRequest { kind, partial, referral, note, ..Default::default() }
        );
        let (performance, relapsed, note) = (Performance::Performed.into(), false, String::new());
        step!(
            walk,
            record_follow_up,
            "A look afterwards: it is kept / 回访：协议已履行",
            Concluded,
            RecordFollowUpRequest { performance, relapsed, note }
        );
        let note = String::new();
        step!(
            walk,
            verify_dispute,
            "The centre checks, and finds it as recorded / 核查属实",
            Verified,
            VerifyDisputeRequest { note }
        );
        let note = String::new();
        step!(walk, close_dispute, "It is closed / 结案", Closed, CloseDisputeRequest { note });
        let request = ListDisputeHistoryRequest {
            dispute_id: walk.dispute.dispute_id.clone(),
            page_size: 1000,
            page_token: String::new(),
        };
        let history = walk.session.disputes().list_dispute_history(request).await?.into_inner();
        let events = history.entries.len();
        expect(events >= 14, "every step is an event of its history")?;
        walk.screen.tell(format!(
            "\n{events} events, dispatch {} to {} / 共 {events} 个事件；case / 案号 {}",
            history.entries.first().map_or(0, |entry| entry.position),
            history.entries.last().map_or(0, |entry| entry.position),
            walk.dispute.case_code,
        ))?;
        walk.screen.tell(
            "Refused, referred, overdue, deferred, done again / 其他各种情形: yiwang scenario run --all",
        )?;
        let Dispute { dispute_id, case_code, .. } = self.dispute;
        Ok(Walked { dispute_id, case_code, events })
    }

    /// Takes a step's answer: checks the state, and tells position, state and deadline.
    fn took(
        &mut self,
        title: &str,
        state: State,
        dispute: Option<Dispute>,
        position: u64,
    ) -> Result<(), Failure> {
        let dispute = dispute.ok_or_else(|| wrong("the answer has the dispute"))?;
        expect(dispute.state() == state, "the state follows the step")?;
        expect(position > 0, "the step has a position")?;
        self.step += 1;
        self.dispute = dispute;
        self.screen.tell(format!("{:>2}. {title}", self.step))?;
        let mut said = vec![
            format!("position / 位置 dispatch {position}"),
            labels::state::label(state.into()),
        ];
        if self.step == 1 {
            said.push(format!("case / 案号 {}", self.dispute.case_code));
        }
        if let Some(deadline) = self.deadline() {
            said.push(deadline);
        }
        if let Some(offer) = &self.dispute.offer {
            said.push(format!("asked / 已呼叫 {} {}", offer.team_id, offer.team_name));
        }
        self.screen.tell(format!("      {}", said.join(" · ")))
    }

    /// The deadline that presses most.
    fn deadline(&self) -> Option<String> {
        let clock =
            self.dispute.arrival_clock.filter(|clock| clock.standing() == Standing::Running);
        if let Some(clock) = clock {
            return Some(format!("arrival due / 到场期限 {}", show_wire(clock.due_time.as_ref())));
        }
        let open =
            !matches!(self.dispute.state(), State::Closed | State::Concluded | State::Verified);
        let triage = self.dispute.triage.as_ref().filter(|_| open)?;
        let due = show_wire(triage.due_time.as_ref());
        Some(format!("due / 办理期限 {due} ({})", triage.limit))
    }
}

fn expect(held: bool, what: &str) -> Result<(), Failure> {
    if held { Ok(()) } else { Err(wrong(what)) }
}

fn wrong(what: &str) -> Failure {
    Failure::Fault(format!("the walk did not go as it should: {what}"))
}
