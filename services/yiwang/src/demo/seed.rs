//! Fills a node: the same imports that everybody uses, over the real port.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic_types::StatusExt as _;
use yiwang_proto::dispatch::v1::StartDutyRequest;
use yiwang_proto::registry::v1::{CreateJurisdictionRequest, GetWorkerRequest, ImportKind};

use super::{GRID, TOWN};
use crate::failure::Failure;
use crate::import::{Wish, import};
use crate::sample::{AreaTree, layout, people};
use crate::screen::Screen;
use crate::session::Session;
use crate::sheet::Sheet;

/// Zones that the city works with and that have no code of their own.
const ZONES: [(&str, &str); 3] =
    [("gaoxin", "高新区"), ("jingkai", "经开区"), ("wenchanghu", "文昌湖区")];
const CITY: &str = "3703";
/// How often it is looked whether dispatch has read on.
const GLANCE: Duration = Duration::from_millis(20);

/// Imports the sample, unless the node has it already.
pub(crate) async fn seed(session: &Session, screen: Screen, since: &str) -> Result<(), Failure> {
    // Workers come last of all, in one piece, and stay known whatever is done with their grids.
    let request = GetWorkerRequest { worker_id: format!("w-{GRID}") };
    if session.workers().get_worker(request).await.is_ok() {
        screen.tell("The sample is there already / 样例数据已存在")?;
        return on_duty(session, 0).await;
    }
    let seeding = Seeding { session, screen, since };
    let began = Instant::now();
    screen.tell("Importing the sample city / 导入样例城市")?;
    let tree = AreaTree::zibo();
    let grids = layout();
    // Grids come last: dispatch reads the log in order, so that whoever finds the grid there finds the teams, too.
    seeding.bring(ImportKind::Areas, "areas 区划", false, people::areas(tree)).await?;
    seeding.zones().await?;
    seeding.bring(ImportKind::Units, "units 单位", true, people::units(tree)).await?;
    let workers = people::workers(tree, &grids);
    let (with_grids, without): (Vec<_>, Vec<_>) =
        workers.rows.clone().into_iter().partition(|row| row.cells.contains_key("grid_codes"));
    let part = |rows| Sheet { rows, ..workers.clone() };
    seeding.bring(ImportKind::Workers, "mediators 调解员", true, part(without)).await?;
    let teams = people::teams(tree, &grids);
    let known = seeding.bring(ImportKind::Teams, "teams 调解队", true, teams).await?;
    on_duty(session, known).await?;
    seeding.bring(ImportKind::Grids, "grids 网格", true, people::grids(&grids)).await?;
    seeding.bring(ImportKind::Workers, "workers 网格员", true, part(with_grids)).await?;
    screen.tell(format!("  done in {:.1} s / 完成", began.elapsed().as_secs_f64()))
}

/// Puts the town's teams on duty, once dispatch has read registry's log up to `known`.
async fn on_duty(session: &Session, known: u64) -> Result<(), Failure> {
    for number in [1, 2] {
        let request = StartDutyRequest {
            team_id: people::team(TOWN, number),
            min_registry_position: known,
            ..StartDutyRequest::default()
        };
        loop {
            let request = StartDutyRequest { request_id: session.request_id(), ..request.clone() };
            match session.duties().start_duty(request).await {
                Ok(_) => break,
                Err(status) if is_behind(&status) => sleep(GLANCE).await,
                Err(status) => return Err(status.into()),
            }
        }
    }
    Ok(())
}

/// Whether dispatch has yet to read what registry has.
fn is_behind(status: &tonic::Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason);
    reason.as_deref() == Some("REGISTRY_NOT_CAUGHT_UP")
}

/// What all parts of the sample go by.
struct Seeding<'a> {
    session: &'a Session,
    screen: Screen,
    since: &'a str,
}

impl Seeding<'_> {
    /// Imports a sheet; returns the position of registry's log at which it holds.
    async fn bring(
        &self,
        kind: ImportKind,
        what: &'static str,
        sample: bool,
        sheet: Sheet,
    ) -> Result<u64, Failure> {
        let began = Instant::now();
        let wish = Wish {
            kind,
            dry_run: false,
            skip_bad_rows: false,
            sample,
            effective_date: self.since.to_owned(),
        };
        let bar = self.screen.progress(sheet.rows.len() as u64, what);
        let report = import(
            self.session,
            &wish,
            sheet,
            |done| bar.set_position(done),
            std::future::pending(),
        )
        .await;
        bar.finish_and_clear();
        let report = report?;
        if let Some(fault) = report.faults.first() {
            return Err(Failure::Fault(format!(
                "{what}: {} faults, the first on line {}: {} {}",
                report.faults.len(),
                fault.line,
                fault.reason,
                fault.en
            )));
        }
        self.screen.tell(format!(
            "  {:>6} {what}  position / 位置 registry {}  {:.1} s",
            report.import.rows,
            report.position,
            began.elapsed().as_secs_f64()
        ))?;
        Ok(report.position)
    }

    async fn zones(&self) -> Result<(), Failure> {
        for (id, name) in ZONES {
            let request = CreateJurisdictionRequest {
                request_id: self.session.request_id(),
                jurisdiction_id: id.to_owned(),
                area_code: CITY.to_owned(),
                display_name: name.to_owned(),
                valid_from_date: self.since.to_owned(),
                area_codes: Vec::new(),
            };
            // A run before may have come so far.
            match self.session.areas().create_jurisdiction(request).await {
                Ok(_) => {}
                Err(status) if status.code() == tonic::Code::AlreadyExists => {}
                Err(status) => return Err(status.into()),
            }
        }
        Ok(())
    }
}
