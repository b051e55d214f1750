//! `yiwang worker`.

use clap::Subcommand;
use yiwang_proto::registry::v1::{
    AssignWorkerRequest, Assignment, DismissWorkerRequest, GetWorkerRequest, ListWorkersRequest,
    RegisterWorkerRequest, UnassignWorkerRequest, UpdateWorkerRequest, Worker as WireWorker,
};

use super::Context;
use super::shared::{pages, parse_day, today};
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
    /// Corrects what is said of a worker; what is not named stays.
    Update {
        /// Id of the worker.
        id: String,
        /// The post.
        #[arg(long, value_parser = labels::post::parser())]
        post: Option<i32>,
        /// The name as residents know it.
        #[arg(long)]
        name: Option<String>,
        /// The work phone; empty takes it away.
        #[arg(long)]
        phone: Option<String>,
        /// The unit; empty takes it away.
        #[arg(long)]
        unit: Option<String>,
    },
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

impl Register {
    fn request(self, request_id: String) -> RegisterWorkerRequest {
        RegisterWorkerRequest {
            request_id,
            worker_id: self.id,
            post: self.post,
            area_code: self.area,
            unit_id: self.unit,
            display_name: self.name,
            work_phone: self.phone,
            valid_from_date: String::new(),
        }
    }
}

pub(crate) async fn run(command: Worker, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let (mut workers, request_id, etag) = (session.workers(), session.request_id(), String::new());
    let worker = match command {
        Worker::List(list) => {
            let day = list.as_of.clone().unwrap_or_else(today);
            return write_list(screen, &fetch(&session, &list).await?, &day);
        }
        Worker::Show { id } => {
            workers.get_worker(GetWorkerRequest { worker_id: id }).await?.into_inner().worker
        }
        Worker::Register(register) => {
            let request = register.request(request_id);
            workers.register_worker(request).await?.into_inner().worker
        }
        Worker::Update { id, post, name, phone, unit } => {
            let request = UpdateWorkerRequest {
                request_id,
                worker_id: id,
                post: post.unwrap_or_default(),
                unit_id: unit,
                display_name: name,
                work_phone: phone,
                etag,
            };
            workers.update_worker(request).await?.into_inner().worker
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
    if screen.json { screen.message(&worker) } else { write_list(screen, &[worker], &today()) }
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

/// The grids that a worker serves on a day.
pub(super) fn serves<'a>(
    assignments: &'a [Assignment],
    day: &'a str,
) -> impl Iterator<Item = &'a str> {
    // Days are written so that their order is that of the texts.
    let on = move |one: &&Assignment| {
        let ended = !one.valid_to_date.is_empty() && one.valid_to_date.as_str() <= day;
        one.valid_from_date.as_str() <= day && !ended
    };
    assignments.iter().filter(on).map(|assignment| assignment.grid_code.as_str())
}

fn write_list(screen: Screen, workers: &[WireWorker], day: &str) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(workers);
    }
    let rows = workers.iter().map(|worker| {
        let facts = worker.facts.clone().unwrap_or_default();
        let grids: Vec<&str> = serves(&worker.assignments, day).collect();
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
