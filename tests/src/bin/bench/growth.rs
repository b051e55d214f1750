//! What grows: lifecycles per second and pages of lists with nothing, with a hundred thousand and with a million disputes
//! stored, on both databases, in one run.
//!
//! Each size is a node and a database of its own, filled once; all of them stand side by side and are measured in turn,
//! round by round, so that what else the machine does touches all alike. The city is the sample's, so that disputes lie
//! in thousands of grids and communities. Those that are stored are reported by the same rpc as any other and stay open:
//! the worst case for lists of work. Lifecycles are compared with the emptiest store, pages with the first that has a
//! thousand: that thousand lies in a few communities, one per town, at every size, and the lists are asked for there, so
//! that pages that are compared are equally full and boards count as much; all others lie elsewhere.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use kit::{Clock, IdSource};
use tests::callers::EVERYTHING;
use tests::load::report;
use tests::node::Node;
use tokio::task::JoinSet;
use tokio::time::Instant;
use yiwang_proto::dispatch::v1::dispute_service_client::DisputeServiceClient;
use yiwang_proto::dispatch::v1::{
    AcceptDisputeRequest, AcceptOfferRequest, CallTeamRequest, CloseDisputeRequest, Consent,
    Dispute, GetBoardRequest, GetDisputeRequest, Level, ListDisputesRequest, MediationKind,
    OutcomeKind, PartyConsent, Performance, Place, RecordArrivalRequest, RecordFollowUpRequest,
    RecordOutcomeRequest, StartMediationRequest, TriageDisputeRequest, VerifyDisputeRequest,
    dispute,
};
use yiwang_proto::registry::v1::grid_service_client::GridServiceClient;
use yiwang_proto::registry::v1::{ListGridsRequest, ListTeamsRequest, ListUnitsRequest};
use yiwang_proto::registry::v1::{
    UnitKind, team_service_client::TeamServiceClient, unit_service_client::UnitServiceClient,
};

use crate::figures::Figures;
use crate::node::City;

type Client = DisputeServiceClient<kit::client::Connection>;

/// Callers that fill the store.
const FILLERS: usize = 256;
/// Callers that live through lifecycles; each keeps to a town of its own, so that no team is wanted twice.
const LIVES: usize = 16;
/// Times that each list is asked for at least.
const PAGES: usize = 300;
/// How long each list is asked for at least: the p99 of a quick page is no page that something else held up.
const ASKING: Duration = Duration::from_secs(2);

/// Disputes that lie where lists are asked for; the fewest that pages are compared with.
const LISTED: u64 = 1_000;
/// Places where lists are asked for: each has more disputes than a page.
const ASKED: usize = 16;
/// Rows of a page.
const PAGE: i32 = 50;

/// How growth is measured.
pub(crate) struct Growth<'a> {
    /// Numbers of stored disputes, ascending.
    pub(crate) sizes: &'a [u64],
    /// Rounds over all sizes.
    pub(crate) rounds: u32,
    /// Seconds of lifecycles per size and round.
    pub(crate) seconds: u64,
    /// Where progress is told.
    pub(crate) progress: fn(&str),
}

/// A node with so many disputes stored.
struct Store {
    size: u64,
    node: Node,
    places: Arc<Places>,
}

impl Growth<'_> {
    /// Fills one store per size on each database, and measures them side by side.
    pub(crate) async fn measure(&self, figures: &mut Figures) -> Result<()> {
        for number in 0..2 {
            let (mut cities, mut stores, mut database) = (Vec::new(), Vec::new(), "");
            for size in self.sizes {
                let city = City::load().await?;
                let (name, plan) = city.plans()[number];
                let node = Node::start(plan).await?;
                let places = Arc::new(Places::read(&node).await?);
                (self.progress)(&format!("{name}: storing {size}"));
                fill(&node, &places, *size).await?;
                stores.push(Store { size: *size, node, places });
                cities.push(city);
                database = name;
            }
            for round in 1..=self.rounds {
                (self.progress)(&format!("{database}: round {round} of {}", self.rounds));
                for store in &stores {
                    self.round(database, store, figures).await?;
                }
            }
            for mut store in stores {
                ensure!(store.node.stop().await?.success(), "{}", store.node.log()?);
            }
            for city in cities {
                city.drop().await?;
            }
        }
        Ok(())
    }

    async fn round(&self, database: &str, store: &Store, figures: &mut Figures) -> Result<()> {
        let size = store.size;
        let figure = |size: u64, what: &str| format!("growth/{database}/{size}/{what}");
        let base = |at_least: u64, what: &str| {
            let first = self.sizes.iter().copied().find(|size| *size >= at_least)?;
            (size > first).then(|| figure(first, what))
        };
        let rate = lives(&store.node, &store.places, self.seconds).await?;
        let (name, to) = (figure(size, "lifecycles"), base(0, "lifecycles"));
        figures.add(&name, "/s", rate, to.as_deref());
        if size >= LISTED {
            for (list, p99) in pages(&store.node, &store.places).await? {
                let what = format!("{list} p99");
                figures.add(&figure(size, &what), "ms", p99, base(LISTED, &what).as_deref());
            }
        }
        Ok(())
    }
}

/// Where disputes can be: grids where lists are asked for, those of all other communities, and for each caller a town with
/// its teams and committee.
struct Places {
    grids: Vec<String>,
    asked: Vec<String>,
    towns: Vec<Town>,
}

/// A town of its own for a caller.
#[derive(Clone)]
struct Town {
    grid: String,
    committee: String,
}

impl Places {
    async fn read(node: &Node) -> Result<Self> {
        let connection = node.connect(&EVERYTHING)?;
        let mut client = GridServiceClient::new(connection.clone());
        let (mut grids, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListGridsRequest {
                area_code: "3703".to_owned(),
                page_size: 1000,
                page_token: token,
                ..ListGridsRequest::default()
            };
            let page = client.list_grids(request).await?.into_inner();
            grids.extend(page.grids.into_iter().filter_map(|grid| Some(grid.facts?.grid_code)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let mut units = UnitServiceClient::new(connection.clone());
        let request = ListUnitsRequest { page_size: 1000, ..ListUnitsRequest::default() };
        let units = units.list_units(request).await?.into_inner().units;
        let mut teams = TeamServiceClient::new(connection);
        let request = ListTeamsRequest { page_size: 1000, ..ListTeamsRequest::default() };
        let teams = teams.list_teams(request).await?.into_inner().teams;
        let mut towns = Vec::<Town>::new();
        for unit in units.iter().filter_map(|unit| unit.facts.as_ref()) {
            let facts = teams.iter().filter_map(|team| team.facts.as_ref());
            let serving: Vec<_> =
                facts.filter(|team| team.served_area_codes.contains(&unit.area_code)).collect();
            let grid = grids.iter().find(|grid| grid.starts_with(&unit.area_code));
            let committee = (unit.area_code.len(), unit.kind());
            if let ((9, UnitKind::PeoplesMediation), Some(grid), false) =
                (committee, grid, serving.is_empty())
                && !towns.iter().any(|town| town.grid == *grid)
                && towns.len() < LIVES
            {
                for team in serving {
                    tests::world::on_duty(node, &team.team_id, 0).await?;
                }
                let (grid, committee) = (grid.clone(), unit.unit_id.clone());
                towns.push(Town { grid, committee });
            }
        }
        ensure!(grids.len() > 1000 && !towns.is_empty(), "{} grids", grids.len());
        let mut asked = Vec::<String>::new();
        for grid in &grids {
            let taken = |other: &String| other[..9] == grid[..9];
            if !asked.iter().any(taken) && !towns.iter().any(|town| taken(&town.grid)) {
                asked.push(grid.clone());
            }
        }
        asked.truncate(ASKED);
        ensure!(asked.len() == ASKED, "{} towns without callers", asked.len());
        grids.retain(|grid| !asked.iter().any(|other| other[..12] == grid[..12]));
        Ok(Places { grids, asked, towns })
    }

    /// The grid of the dispute with this number.
    fn of(&self, number: u64) -> Result<&str> {
        let at = usize::try_from(number)?;
        let listed = number < LISTED;
        Ok(if listed { &self.asked[at % ASKED] } else { &self.grids[at * 7919 % self.grids.len()] })
    }
}

fn clients(node: &Node, count: usize) -> Result<Vec<Client>> {
    let connections: Vec<_> = (0..4).map(|_| node.connect(&EVERYTHING)).collect::<Result<_>>()?;
    Ok((0..count).map(|n| DisputeServiceClient::new(connections[n % 4].clone())).collect())
}

/// Sends a command of a life and takes the dispute as it is then.
macro_rules! step {
    ($client:ident, $ids:ident, $id:ident, $rpc:ident, $request:ident { $($field:ident),* }) => {{
        let request = $request {
            request_id: $ids.uuid().to_string(),
            dispute_id: $id.clone(),
            $($field,)*
            ..Default::default()
        };
        $client.$rpc(request).await.context(stringify!($rpc))?.into_inner().dispute.context("no dispute")?
    }};
}

/// Reports disputes all over the city.
async fn fill(node: &Node, places: &Arc<Places>, count: u64) -> Result<()> {
    let callers = u64::try_from(FILLERS)?;
    let mut tasks = JoinSet::new();
    for (number, mut client) in clients(node, FILLERS)?.into_iter().enumerate() {
        let number = u64::try_from(number)?;
        let share = count / callers + u64::from(number < count % callers);
        let places = Arc::clone(places);
        tasks.spawn(async move {
            let ids = IdSource::system(Clock::system());
            for made in 0..share {
                let at = made * callers + number;
                let made = client.report_dispute(report(ids.uuid(), places.of(at)?)).await?;
                if at < LISTED {
                    // Who accepts first is who handles first, and has a list of its own.
                    let id = made.into_inner().dispute.context("no dispute")?.dispute_id;
                    step!(client, ids, id, accept_dispute, AcceptDisputeRequest {});
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(one) = tasks.join_next().await {
        one??;
    }
    Ok(())
}

/// Whole lives per second: report, dispatch, arrive, outcome, close, get.
async fn lives(node: &Node, places: &Places, seconds: u64) -> Result<f64> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    let towns = places.towns.iter().cloned();
    for (mut client, town) in clients(node, LIVES)?.into_iter().zip(towns) {
        tasks.spawn(async move {
            let (ids, mut lived) = (IdSource::system(Clock::system()), 0_u32);
            while Instant::now() < end {
                live(&mut client, &ids, &town).await?;
                lived += 1;
            }
            anyhow::Ok(lived)
        });
    }
    let mut all = 0_u32;
    while let Some(one) = tasks.join_next().await {
        all += one??;
    }
    Ok(f64::from(all) / Duration::from_secs(seconds).as_secs_f64())
}

async fn live(client: &mut Client, ids: &IdSource, town: &Town) -> Result<Dispute> {
    let made = client.report_dispute(report(ids.uuid(), &town.grid)).await?.into_inner();
    let id = made.dispute.context("no dispute")?.dispute_id;
    let level = Level::Simple.into();
    step!(client, ids, id, accept_dispute, AcceptDisputeRequest {});
    step!(client, ids, id, triage_dispute, TriageDisputeRequest { level });
    let called = step!(client, ids, id, call_team, CallTeamRequest {});
    let team_id = called.offer.context("nobody was asked")?.team_id;
    let team = team_id.clone();
    step!(client, ids, id, accept_offer, AcceptOfferRequest { team_id });
    let team_id = team;
    step!(client, ids, id, record_arrival, RecordArrivalRequest { team_id });
    let given = |party| PartyConsent { party, consent: Consent::Given.into() };
    let consents = vec![given(1), given(2)];
    let (kind, organisation_id) = (MediationKind::Peoples.into(), town.committee.clone());
    step!(
        client,
        ids,
        id,
        start_mediation,
        StartMediationRequest { kind, organisation_id, consents }
    );
    let kind = OutcomeKind::AgreedOral.into();
    step!(client, ids, id, record_outcome, RecordOutcomeRequest { kind });
    let performance = Performance::Performed.into();
    step!(client, ids, id, record_follow_up, RecordFollowUpRequest { performance });
    step!(client, ids, id, verify_dispute, VerifyDisputeRequest {});
    step!(client, ids, id, close_dispute, CloseDisputeRequest {});
    let get = GetDisputeRequest { dispute_id: id };
    let found = client.get_dispute(get).await?.into_inner().dispute.context("gone")?;
    ensure!(found.state() == dispute::State::Closed, "{found:?}");
    Ok(found)
}

/// p99 of a page of each list, and of a board, in milliseconds.
async fn pages(node: &Node, places: &Places) -> Result<Vec<(&'static str, f64)>> {
    let mut client = clients(node, 1)?.remove(0);
    let at = |number: usize, digits: usize| places.asked[number % ASKED][..digits].to_owned();
    let holder = |number: usize| Some(Place { area_code: at(number, 12), unit_id: String::new() });
    let page = || ListDisputesRequest { page_size: PAGE, ..ListDisputesRequest::default() };
    let mut found = Vec::new();
    for name in ["city", "town", "community", "state", "holder", "first handler", "due", "board"] {
        let mut times = Histogram::<u64>::new(3)?;
        let (mut number, first) = (0, Instant::now());
        while number < PAGES || first.elapsed() < ASKING {
            let asked = match name {
                "town" => ListDisputesRequest { area_code: at(number, 9), ..page() },
                "community" => ListDisputesRequest { area_code: at(number, 12), ..page() },
                "state" => {
                    ListDisputesRequest { states: vec![dispute::State::Closed.into()], ..page() }
                }
                "holder" => ListDisputesRequest { holder: holder(number), ..page() },
                "first handler" => ListDisputesRequest { first_handler: holder(number), ..page() },
                "due" => {
                    let seconds = 4_000_000_000;
                    let due_time_until = Some(prost_types::Timestamp { seconds, nanos: 0 });
                    ListDisputesRequest { due_time_until, ..page() }
                }
                _ => page(),
            };
            let begun = Instant::now();
            if name == "board" {
                client.get_board(GetBoardRequest { holder: holder(number) }).await?;
            } else {
                let rows = client.list_disputes(asked).await?.into_inner().disputes.len();
                ensure!(rows == usize::try_from(PAGE)?, "{name}: {rows} rows are no full page");
            }
            times.record(u64::try_from(begun.elapsed().as_micros())?)?;
            number += 1;
        }
        let p99 = Duration::from_micros(times.value_at_quantile(0.99)).as_secs_f64() * 1e3;
        found.push((name, p99));
    }
    Ok(found)
}
