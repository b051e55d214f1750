//! `yiwang worker`.

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    AssignWorkerRequest, DismissWorkerRequest, GetWorkerRequest, ListWorkersRequest,
    RegisterWorkerRequest, UnassignWorkerRequest, Worker as WireWorker,
};

use super::Context;
use super::shared::{pages, parse_day};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;

/// `yiwang worker …`
#[derive(Debug, Subcommand)]
pub(crate) enum Worker {
    /// Lists workers. `yiwang grid list --without-worker` lists the grids that have none.
    List(List),
    /// Shows a worker with the grids served.
    Show {
        /// Id of the worker.
        id: String,
    },
    /// Enters a worker in a post.
    Register(Register),
    /// Puts a worker in charge of a grid.
    Assign {
        /// Id of the worker.
        id: String,
        /// Code of the grid.
        grid: String,
        /// From this day on; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
    /// Ends the charge of a worker for a grid.
    Unassign {
        /// Id of the worker.
        id: String,
        /// Code of the grid.
        grid: String,
        /// From this day on; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
    /// Ends a worker's post; name and phone are forgotten.
    Dismiss {
        /// Id of the worker.
        id: String,
        /// First day no longer in the post; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
}

#[derive(Debug, Default, clap::Args)]
pub(crate) struct List {
    /// Only workers of this subtree; default: the caller's area.
    #[arg(long, default_value = "")]
    pub(super) area: String,
    /// Only workers that serve this grid.
    #[arg(long, default_value = "")]
    pub(super) grid: String,
    /// Only workers in this post.
    #[arg(long, value_parser = labels::post::parser())]
    pub(super) post: Option<i32>,
    /// As of this day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(super) as_of: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 10_000)]
    pub(super) limit: usize,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Register {
    /// The post.
    #[arg(long, value_parser = labels::post::parser())]
    post: i32,
    /// The area.
    #[arg(long)]
    area: String,
    /// The name as residents know it.
    #[arg(long)]
    name: String,
    /// The work phone.
    #[arg(long, default_value = "")]
    phone: String,
    /// Id; default: given by the service.
    #[arg(long, default_value = "")]
    id: String,
    /// The unit.
    #[arg(long, default_value = "")]
    unit: String,
}

pub(crate) async fn run(command: Worker, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let (mut workers, request_id, etag) = (session.workers(), session.request_id(), String::new());
    let worker = match command {
        Worker::List(list) => return write_list(screen, &fetch(&session, &list).await?),
        Worker::Show { id } => {
            workers.get_worker(GetWorkerRequest { worker_id: id }).await?.into_inner().worker
        }
        Worker::Register(register) => {
            let request = RegisterWorkerRequest {
                request_id,
                worker_id: register.id,
                post: register.post,
                area_code: register.area,
                unit_id: register.unit,
                display_name: register.name,
                work_phone: register.phone,
                valid_from_date: String::new(),
            };
            workers.register_worker(request).await?.into_inner().worker
        }
        Worker::Assign { id, grid, on } => {
            let request = AssignWorkerRequest {
                request_id,
                worker_id: id,
                grid_code: grid,
                effective_date: on,
                etag,
            };
            workers.assign_worker(request).await?.into_inner().worker
        }
        Worker::Unassign { id, grid, on } => {
            let request = UnassignWorkerRequest {
                request_id,
                worker_id: id,
                grid_code: grid,
                effective_date: on,
                etag,
            };
            workers.unassign_worker(request).await?.into_inner().worker
        }
        Worker::Dismiss { id, on } => {
            let request =
                DismissWorkerRequest { request_id, worker_id: id, valid_to_date: on, etag };
            workers.dismiss_worker(request).await?.into_inner().worker
        }
    };
    let worker = worker.unwrap_or_default();
    if screen.json { screen.message(&worker) } else { write_list(screen, &[worker]) }
}

/// Fetches workers.
pub(super) async fn fetch(session: &Session, list: &List) -> Result<Vec<WireWorker>, Failure> {
    pages(list.limit, |page_size, page_token| {
        let request = ListWorkersRequest {
            area_code: list.area.clone(),
            grid_code: list.grid.clone(),
            post: list.post.unwrap_or_default(),
            as_of_date: list.as_of.clone().unwrap_or_default(),
            page_size,
            page_token,
        };
        let mut client = session.workers();
        async move {
            let answer = client.list_workers(request).await?.into_inner();
            Ok((answer.workers, answer.next_page_token))
        }
    })
    .await
}

fn write_list(screen: Screen, workers: &[WireWorker]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(workers);
    }
    let rows = workers.iter().map(|worker| {
        let facts = worker.facts.clone().unwrap_or_default();
        let grids: Vec<&str> =
            worker.assignments.iter().map(|assignment| assignment.grid_code.as_str()).collect();
        vec![
            facts.worker_id,
            worker.display_name.clone(),
            labels::post::label(facts.post),
            facts.area_code,
            grids.join(" "),
            facts.valid_from_date,
            facts.valid_to_date,
        ]
    });
    let header =
        ["Worker 编号", "Name 姓名", "Post 岗位", "Area 区域", "Grids 网格", "From 自", "Until 止"];
    screen.table(&header, rows.collect())
}
