//! `yiwang team`.

mod duty;
mod statistics;
mod watch;

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    AreaCodes, CreateTeamRequest, DisbandTeamRequest, GeoPoint, GetTeamRequest, ListTeamsRequest,
    Team as WireTeam, UpdateTeamRequest, WorkerIds,
};

pub(crate) use self::duty::Duty;
use super::Context;
use super::shared::{pages, parse_day, parse_point};
use crate::failure::Failure;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang team …`
#[derive(Debug, Subcommand)]
pub(crate) enum Team {
    /// Lists teams.
    List {
        /// Only teams of this subtree; default: the caller's area.
        #[arg(long, default_value = "")]
        area: String,
        /// As of this day; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        as_of: String,
        /// At most so many.
        #[arg(long, default_value_t = 10_000)]
        limit: usize,
    },
    /// Shows a team.
    Show {
        /// Id of the team.
        id: String,
    },
    /// Forms a team.
    Create(Create),
    /// Corrects what is said of a team; what is not named stays.
    Update {
        /// Id of the team.
        id: String,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
        /// A member, by worker id; several are possible and replace those there are.
        #[arg(long = "member", value_name = "WORKER")]
        members: Vec<String>,
        /// Where it sets out from, LONGITUDE,LATITUDE.
        #[arg(long, value_name = "LON,LAT", value_parser = parse_point, allow_hyphen_values = true)]
        base: Option<GeoPoint>,
        /// An area that it serves; several are possible and replace those there are.
        #[arg(long = "serves", value_name = "CODE")]
        serves: Vec<String>,
    },
    /// Puts teams on and off duty.
    Duty {
        #[command(subcommand)]
        duty: Duty,
    },
    /// Shows what teams are asked for, as it happens (实时派单).
    Watch {
        /// A team; several are possible; default: all of the caller's area.
        teams: Vec<String>,
        /// End after so many lines.
        #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
        limit: usize,
    },
    /// Says how teams answer: offers, and how long they take (响应统计).
    #[command(after_help = "\
Example / 示例: yiwang team statistics t-370306004-1 --from 2026-03-01 --until 2026-04-01
P50 and P90 by nearest rank: of n times in order the one at place ⌈p/100 × n⌉.")]
    Statistics(statistics::Statistics),
    /// Ends a team.
    Disband {
        /// Id of the team.
        id: String,
        /// First day no longer; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
}

/// A team that is formed.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Id of the team.
    id: String,
    /// Its name.
    #[arg(long)]
    name: String,
    /// The area that it belongs to.
    #[arg(long)]
    area: String,
    /// Where it sets out from, LONGITUDE,LATITUDE.
    #[arg(long, value_name = "LON,LAT", value_parser = parse_point, allow_hyphen_values = true)]
    base: GeoPoint,
    /// The unit that it belongs to.
    #[arg(long, default_value = "")]
    unit: String,
    /// A member, by worker id; several are possible.
    #[arg(long = "member", value_name = "WORKER")]
    members: Vec<String>,
    /// An area that it serves; several are possible; default: its own.
    #[arg(long = "serves", value_name = "CODE")]
    serves: Vec<String>,
    /// First day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
    from: String,
}

pub(crate) async fn run(command: Team, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let (mut teams, request_id, etag) = (session.teams(), session.request_id(), String::new());
    let team = match command {
        Team::List { area, as_of, limit } => {
            return write_list(screen, &fetch(&session, &area, &as_of, limit).await?);
        }
        Team::Duty { duty } => return duty.send(&session).await?.show(screen),
        Team::Watch { teams, limit } => return watch::run(&session, screen, teams, limit).await,
        Team::Statistics(asked) => return statistics::run(&session, screen, asked).await,
        Team::Show { id } => {
            teams.get_team(GetTeamRequest { team_id: id }).await?.into_inner().team
        }
        Team::Create(create) => {
            let request = CreateTeamRequest {
                request_id,
                team_id: create.id,
                unit_id: create.unit,
                area_code: create.area,
                display_name: create.name,
                member_worker_ids: create.members,
                base_point: Some(create.base),
                served_area_codes: create.serves,
                valid_from_date: create.from,
            };
            teams.create_team(request).await?.into_inner().team
        }
        Team::Update { id, name, members, base, serves } => {
            let members = WorkerIds { worker_ids: members };
            let areas = AreaCodes { area_codes: serves };
            let request = UpdateTeamRequest {
                request_id,
                team_id: id,
                display_name: name,
                members: (!members.worker_ids.is_empty()).then_some(members),
                base_point: base,
                served_areas: (!areas.area_codes.is_empty()).then_some(areas),
                etag,
            };
            teams.update_team(request).await?.into_inner().team
        }
        Team::Disband { id, on } => {
            let request = DisbandTeamRequest { request_id, team_id: id, valid_to_date: on, etag };
            teams.disband_team(request).await?.into_inner().team
        }
    };
    let team = team.unwrap_or_default();
    if screen.json { screen.message(&team) } else { write_list(screen, &[team]) }
}

/// Fetches teams.
pub(super) async fn fetch(
    session: &Session,
    area: &str,
    as_of: &str,
    limit: usize,
) -> Result<Vec<WireTeam>, Failure> {
    pages(limit, |page_size, page_token| {
        let request = ListTeamsRequest {
            area_code: area.to_owned(),
            on_duty: false,
            as_of_date: as_of.to_owned(),
            page_size,
            page_token,
        };
        let mut client = session.teams();
        async move {
            let answer = client.list_teams(request).await?.into_inner();
            Ok((answer.teams, answer.next_page_token))
        }
    })
    .await
}

fn write_list(screen: Screen, teams: &[WireTeam]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(teams);
    }
    let rows = teams.iter().map(|team| {
        let facts = team.facts.clone().unwrap_or_default();
        vec![
            facts.team_id,
            facts.display_name,
            facts.area_code,
            facts.served_area_codes.join(" "),
            facts.member_worker_ids.len().to_string(),
        ]
    });
    let header = ["Team 编号", "Name 名称", "Area 区域", "Serves 服务区域", "Members 人数"];
    screen.table(&header, rows.collect())
}
