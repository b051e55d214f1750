//! Nouns as resources.

use jiff::Timestamp;
use jiff::civil::Date;
use yiwang_proto::registry::v1 as pb;

use super::facts::{self, end, texts};
use super::{enums, time};
use crate::domain::area::Area;
use crate::domain::grid::Grid;
use crate::domain::import::{Fault, Import};
use crate::domain::lineage::{Lineage, Share};
use crate::domain::team::{Duty, Team};
use crate::domain::unit::Unit;
use crate::domain::worker::{Contact, Worker};
use crate::domain::zone::Zone;

pub(crate) fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

pub(crate) fn area(area: &Area, with_outline: bool) -> pb::Area {
    let mut known = facts::area(&area.facts);
    if !with_outline {
        known.outline_geojson.clear();
    }
    pb::Area {
        parent_area_code: area.facts.code.parent().map(String::from).unwrap_or_default(),
        facts: Some(known),
        create_time: Some(time(area.mark.created_at)),
        update_time: Some(time(area.mark.updated_at)),
        etag: etag(area.mark.revision),
    }
}

pub(crate) fn area_ref(area: &Area) -> pb::AreaRef {
    pb::AreaRef {
        area_code: area.facts.code.to_string(),
        level: enums::level(area.facts.code.level()),
        display_name: area.facts.name.clone(),
    }
}

pub(crate) fn zone(zone: &Zone, day: Date) -> pb::Jurisdiction {
    let managed = zone.areas_on(day);
    pb::Jurisdiction {
        facts: Some(facts::zone(&zone.facts)),
        area_codes: managed.map(|managed| texts(&managed.areas)).unwrap_or_default(),
        area_codes_since_date: managed.map(|managed| managed.from.to_string()).unwrap_or_default(),
        create_time: Some(time(zone.mark.created_at)),
        update_time: Some(time(zone.mark.updated_at)),
        etag: etag(zone.mark.revision),
    }
}

/// A grid as of a day; nothing when it has no version, which cannot be.
pub(crate) fn grid(grid: &Grid, day: Date, with_outline: bool) -> Option<pb::Grid> {
    let version = grid.on(day).or_else(|| grid.nearest(day))?;
    let mut known = facts::grid(version);
    if !with_outline {
        known.outline_geojson.clear();
    }
    let period = grid.period()?;
    Some(pb::Grid {
        community_code: version.code.community().to_string(),
        facts: Some(known),
        valid_from_date: period.from.to_string(),
        valid_to_date: end(period),
        successor_grid_codes: grid.successors.iter().map(|step| step.to.to_string()).collect(),
        predecessor_grid_codes: grid
            .predecessors
            .iter()
            .map(|step| step.from.to_string())
            .collect(),
        create_time: Some(time(grid.mark.created_at)),
        update_time: Some(time(grid.mark.updated_at)),
        etag: etag(grid.mark.revision),
    })
}

pub(crate) fn lineage(lineage: &Lineage) -> pb::GetGridLineageResponse {
    let share = |share: &Share| pb::GridShare {
        grid_code: share.grid.to_string(),
        weight: share.weight,
        retired: share.retired,
    };
    pb::GetGridLineageResponse {
        origins: lineage.origins.iter().map(facts::step).collect(),
        steps: lineage.steps.iter().map(facts::step).collect(),
        shares: lineage.shares.iter().map(share).collect(),
    }
}

pub(crate) fn worker(worker: &Worker, contact: Option<&Contact>) -> pb::Worker {
    pb::Worker {
        facts: Some(facts::worker(&worker.facts)),
        display_name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
        work_phone: contact.map(|contact| contact.phone.clone()).unwrap_or_default(),
        assignments: worker.assignments.iter().map(facts::assignment).collect(),
        create_time: Some(time(worker.mark.created_at)),
        update_time: Some(time(worker.mark.updated_at)),
        etag: etag(worker.mark.revision),
    }
}

pub(crate) fn unit(unit: &Unit) -> pb::Unit {
    pb::Unit {
        facts: Some(facts::unit(&unit.facts)),
        create_time: Some(time(unit.mark.created_at)),
        update_time: Some(time(unit.mark.updated_at)),
        etag: etag(unit.mark.revision),
    }
}

pub(crate) fn team(team: &Team, now: Timestamp) -> pb::Team {
    let (state, since, until) = match team.duty.at(now) {
        Duty::Off { since } => (pb::DutyState::OffDuty, since, None),
        Duty::On { since, until } => (pb::DutyState::OnDuty, Some(since), until),
    };
    pb::Team {
        facts: Some(facts::team(&team.facts)),
        duty: Some(pb::Duty {
            state: state.into(),
            since_time: since.map(time),
            until_time: until.map(time),
        }),
        create_time: Some(time(team.mark.created_at)),
        update_time: Some(time(team.mark.updated_at)),
        etag: etag(team.mark.revision),
    }
}

pub(crate) fn import(import: &Import) -> pb::Import {
    let order = &import.order;
    pb::Import {
        import_id: order.id.to_string(),
        kind: enums::import_kind(order.kind),
        skip_bad_rows: order.skip_bad_rows,
        dry_run: order.dry_run,
        sample: order.sample,
        effective_date: order.effective.to_string(),
        area_code: order.area.to_string(),
        state: enums::progress(import.progress),
        rows: import.counts.rows,
        bad_rows: import.counts.bad,
        created_rows: import.counts.created,
        changed_rows: import.counts.changed,
        unchanged_rows: import.counts.unchanged,
    }
}

pub(crate) fn fault(fault: &Fault) -> pb::RowFault {
    pb::RowFault {
        line: fault.line,
        column: fault.column.clone(),
        value: fault.value.clone(),
        reason: fault.reason.clone(),
        message: fault.message.clone(),
        message_zh: fault.message_zh.clone(),
    }
}
