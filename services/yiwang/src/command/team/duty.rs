//! `yiwang team duty`: who is on duty, until when, and for how much.

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::Value;
use yiwang_proto::dispatch::v1::{
    Duty as WireDuty, EndDutyRequest, HandOverShiftRequest, ListDutiesRequest, Position,
    ReportPositionRequest, StartDutyRequest,
};
use yiwang_proto::registry::v1::GeoPoint;

use crate::command::shared::{pages, parse_point, parse_time, show_wire, to_wire};
use crate::failure::Failure;
use crate::screen::{Screen, to_json};
use crate::session::Session;

/// `yiwang team duty …`
#[derive(Debug, Subcommand)]
pub(crate) enum Duty {
    /// Puts a team on duty, or changes its shift (上岗).
    On {
        /// Id of the team.
        team: String,
        #[command(flatten)]
        shift: Shift,
    },
    /// Takes a team off duty; what it has not answered goes to the next one (下岗).
    Off {
        /// Id of the team.
        team: String,
    },
    /// Hands a shift over: one team goes off and the other on, at once (交接班).
    #[command(after_help = "\
Example / 示例: yiwang team duty hand-over t-370306004-1 t-370306004-2 --until 2026-03-02T20:00 --capacity 2
Offers that were not answered go to the new team; cases that the old one is under way to, or at, stay with it.")]
    HandOver {
        /// The team that goes off.
        from: String,
        /// The team that goes on.
        to: String,
        #[command(flatten)]
        shift: Shift,
    },
    /// Lists teams with their duty (值班表).
    List {
        /// Only teams of this subtree; default: the caller's area.
        #[arg(long, default_value = "")]
        area: String,
        /// Only teams that can be called now.
        #[arg(long)]
        on_duty: bool,
        /// At most so many.
        #[arg(long, default_value_t = 10_000)]
        limit: usize,
    },
    /// Says where a team on duty is; nothing of it is kept beyond its shift (上报位置).
    Position {
        /// Id of the team.
        team: String,
        /// Where it is, LONGITUDE,LATITUDE.
        #[arg(value_name = "LON,LAT", value_parser = parse_point, allow_hyphen_values = true)]
        at: GeoPoint,
    },
}

/// How long a team is on duty, and for how much.
#[derive(Debug, clap::Args)]
pub(crate) struct Shift {
    /// When the shift ends, at most 7 days ahead; default: as it was, or of a new shift when it is ended.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    /// How many cases it takes at a time; default: as many as before, or in a new shift one.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    capacity: Option<u32>,
}

/// What a command about duty did.
#[derive(Debug)]
pub(crate) struct Done {
    /// The rpc that did it, as `start_duty`.
    pub(crate) rpc: &'static str,
    duties: Vec<WireDuty>,
    answer: Value,
}

impl Duty {
    /// Builds the request, sends it, and returns what it did.
    pub(crate) async fn send(self, session: &Session) -> Result<Done, Failure> {
        let (mut client, request_id) = (session.duties(), session.request_id());
        match self {
            Duty::On { team: team_id, shift: Shift { until, capacity } } => {
                let until_time = until.map(to_wire);
                let request = StartDutyRequest {
                    request_id,
                    team_id,
                    until_time,
                    capacity: capacity.unwrap_or_default(),
                    min_registry_position: 0,
                };
                let answer = client.start_duty(request).await?.into_inner();
                let duties = answer.duty.clone().into_iter().collect();
                Ok(Done { rpc: "start_duty", duties, answer: to_json(&answer)? })
            }
            Duty::Off { team: team_id } => {
                let request = EndDutyRequest { request_id, team_id };
                let answer = client.end_duty(request).await?.into_inner();
                let duties = answer.duty.clone().into_iter().collect();
                Ok(Done { rpc: "end_duty", duties, answer: to_json(&answer)? })
            }
            Duty::HandOver { from, to, shift: Shift { until, capacity } } => {
                let request = HandOverShiftRequest {
                    request_id,
                    from_team_id: from,
                    to_team_id: to,
                    until_time: until.map(to_wire),
                    capacity: capacity.unwrap_or_default(),
                    min_registry_position: 0,
                };
                let answer = client.hand_over_shift(request).await?.into_inner();
                let duties = [answer.from_duty.clone(), answer.to_duty.clone()];
                let duties = duties.into_iter().flatten().collect();
                Ok(Done { rpc: "hand_over_shift", duties, answer: to_json(&answer)? })
            }
            Duty::List { area, on_duty, limit } => {
                let duties = fetch(session, &area, on_duty, limit).await?;
                let values = duties.iter().map(to_json).collect::<Result<Vec<_>, _>>()?;
                Ok(Done { rpc: "list_duties", duties, answer: Value::Array(values) })
            }
            Duty::Position { team: team_id, at: GeoPoint { longitude, latitude } } => {
                let position = Some(Position { longitude, latitude, report_time: None });
                let request =
                    ReportPositionRequest { request_id, team_id, position, measure_time: None };
                let answer = client.report_position(request).await?.into_inner();
                Ok(Done { rpc: "report_position", duties: Vec::new(), answer: to_json(&answer)? })
            }
        }
    }
}

impl Done {
    /// Shows it to who asked for it on the command line.
    pub(super) fn show(&self, screen: Screen) -> Result<(), Failure> {
        if screen.json {
            return if let Value::Array(values) = &self.answer {
                values.iter().try_for_each(|value| screen.value(value, false))
            } else {
                screen.value(&self.answer, true)
            };
        }
        if self.rpc == "report_position" {
            return screen.line("known / 已更新");
        }
        let rows = self.duties.iter().map(|duty| {
            let state = if duty.on_duty { "on 值班" } else { "off 休息" };
            vec![
                duty.team_id.clone(),
                duty.display_name.clone(),
                duty.area_code.clone(),
                state.to_owned(),
                show_wire(duty.since_time.as_ref()),
                show_wire(duty.until_time.as_ref()),
                format!("{}/{}", duty.case_count, duty.capacity),
            ]
        });
        let header = [
            "Team 编号",
            "Name 名称",
            "Area 区域",
            "Duty 值班",
            "Since 自",
            "Until 至",
            "Cases 案件",
        ];
        screen.table(&header, rows.collect())
    }
}

async fn fetch(
    session: &Session,
    area: &str,
    on_duty: bool,
    limit: usize,
) -> Result<Vec<WireDuty>, Failure> {
    pages(limit, |page_size, page_token| {
        let area_code = area.to_owned();
        let request = ListDutiesRequest { area_code, on_duty, page_size, page_token };
        let mut client = session.duties();
        async move {
            let answer = client.list_duties(request).await?.into_inner();
            Ok((answer.duties, answer.next_page_token))
        }
    })
    .await
}
