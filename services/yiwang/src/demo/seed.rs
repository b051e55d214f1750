//! Fills a node: the same imports that everybody uses, over the real port.

use tokio::time::Instant;
use yiwang_proto::registry::v1::{
    CreateJurisdictionRequest, DutyState, GetWorkerRequest, ImportKind, SetTeamDutyRequest,
};

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

/// Imports the sample, unless the node has it already.
pub(super) async fn seed(session: &Session, screen: Screen, since: &str) -> Result<(), Failure> {
    // Workers come last of all, in one piece, and stay known whatever is done with their grids.
    let request = GetWorkerRequest { worker_id: format!("w-{GRID}") };
    if session.workers().get_worker(request).await.is_ok() {
        return screen.line("The sample is there already / 样例数据已存在");
    }
    let seeding = Seeding { session, screen, since };
    let began = Instant::now();
    screen.line("Importing the sample city / 导入样例城市")?;
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
    seeding.bring(ImportKind::Teams, "teams 调解队", true, teams).await?;
    for number in [1, 2] {
        let request = SetTeamDutyRequest {
            request_id: session.request_id(),
            team_id: people::team(TOWN, number),
            state: DutyState::OnDuty.into(),
            until_time: None,
            etag: String::new(),
        };
        session.teams().set_team_duty(request).await?;
    }
    seeding.bring(ImportKind::Grids, "grids 网格", true, people::grids(&grids)).await?;
    seeding.bring(ImportKind::Workers, "workers 网格员", true, part(with_grids)).await?;
    screen.line(format!("  done in {:.1} s / 完成", began.elapsed().as_secs_f64()))
}

/// What all parts of the sample go by.
struct Seeding<'a> {
    session: &'a Session,
    screen: Screen,
    since: &'a str,
}

impl Seeding<'_> {
    async fn bring(
        &self,
        kind: ImportKind,
        what: &'static str,
        sample: bool,
        sheet: Sheet,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let wish = Wish {
            kind,
            dry_run: false,
            skip_bad_rows: false,
            sample,
            effective_date: self.since.to_owned(),
        };
        let bar = self.screen.progress(sheet.rows.len() as u64, what);
        let report = import(self.session, &wish, sheet, |done| bar.set_position(done)).await;
        bar.finish_and_clear();
        let report = report?;
        if let Some(fault) = report.faults.first() {
            return Err(Failure::Fault(format!(
                "{what}: {} faults, the first on line {}: {} {}",
                report.faults.len(),
                fault.line,
                fault.reason,
                fault.message
            )));
        }
        self.screen.line(format!(
            "  {:>6} {what}  position / 位置 registry {}  {:.1} s",
            report.import.rows,
            report.position,
            began.elapsed().as_secs_f64()
        ))
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
