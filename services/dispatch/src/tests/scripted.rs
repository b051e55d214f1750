//! A registry that has a log and nothing else: whatever is put in is published as it is.

use ledger::{Authority, Decision, Key, Moment, Published, Stamp, States, StoredRow, Table};
use prost::{Message, Name};
use yiwang_proto::registry::v1 as pb;

#[derive(Debug)]
pub(super) struct Scripted;

#[derive(Debug, thiserror::Error)]
#[error("never")]
pub(super) struct Never;

impl From<Never> for kit::Problem {
    fn from(_: Never) -> kit::Problem {
        kit::Problem::internal("registry.yiwang")
    }
}

/// Events of a place with a town, two grids (one of them retired), an organisation and two teams on duty.
#[expect(clippy::too_many_lines, reason = "a list")]
pub(super) fn place() -> Vec<Published> {
    let area = |code: &str| pb::AreaCreated {
        area: Some(pb::AreaFacts {
            area_code: code.to_owned(),
            display_name: code.to_owned(),
            valid_from_date: "2020-01-01".to_owned(),
            ..pb::AreaFacts::default()
        }),
    };
    let grid = |code: &str| pb::GridCreated {
        grid: Some(pb::GridFacts {
            grid_code: code.to_owned(),
            display_name: "网格".to_owned(),
            base_point: Some(pb::GeoPoint { longitude: 117.85, latitude: 36.8 }),
            valid_from_date: "2020-01-01".to_owned(),
            ..pb::GridFacts::default()
        }),
    };
    let team = |id: &str, longitude: f64| pb::TeamFacts {
        team_id: id.to_owned(),
        display_name: id.to_owned(),
        base_point: Some(pb::GeoPoint { longitude, latitude: 36.8 }),
        area_code: "370306001".to_owned(),
        served_area_codes: vec!["370306001".to_owned()],
        valid_from_date: "2020-01-01".to_owned(),
        ..pb::TeamFacts::default()
    };
    let duty = |id: &str| pb::TeamDutySet {
        team_id: id.to_owned(),
        state: pb::DutyState::OnDuty.into(),
        ..pb::TeamDutySet::default()
    };
    let retired = "370306001002001".to_owned();
    let unit = pb::UnitFacts {
        unit_id: "rmtj-1".to_owned(),
        kind: pb::UnitKind::PeoplesMediation.into(),
        display_name: "永安街道人民调解委员会".to_owned(),
        area_code: "370306001".to_owned(),
        ..pb::UnitFacts::default()
    };
    let teams = vec![team("near", 117.86), team("far", 117.95)];
    // One UUID in a thousand looks as if it held a mobile number, as this one does.
    let import_id = "01a24abd-ce74-7c93-a08f-d19176155902".to_owned();
    vec![
        event(&area("3703")),
        event(&area("370306")),
        event(&grid(super::GRID)),
        event(&grid(&retired)),
        event(&pb::GridRetired { grid_code: retired, valid_to_date: "2021-01-01".to_owned() }),
        event(&pb::UnitCreated { unit: Some(unit) }),
        event(&pb::TeamsStaged {
            import_id: import_id.clone(),
            chunk: 1,
            teams,
            area_code: "370306".to_owned(),
        }),
        event(&pb::ImportActivated {
            import_id,
            kind: pb::ImportKind::Teams.into(),
            chunks: 1,
            first_chunk: 1,
            ..pb::ImportActivated::default()
        }),
        event(&duty("near")),
        event(&duty("far")),
    ]
}

fn event<M: Message + Name>(message: &M) -> Published {
    Published {
        type_name: M::full_name(),
        payload: message.encode_to_vec(),
        subject: format!("{}/1", M::NAME),
        area_code: "3703".to_owned(),
        addressee: String::new(),
        schema_version: 1,
    }
}

impl Authority for Scripted {
    type Command = Vec<Published>;
    type Event = Published;
    type State = ();
    type Answer = ();
    type Rejection = Never;

    fn service(&self) -> &'static str {
        "registry"
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[]
    }

    fn reads(&self, _: &Vec<Published>, _: &States<()>) -> Vec<Key> {
        Vec::new()
    }

    fn decide(
        &self,
        _: &States<()>,
        command: &Vec<Published>,
        _: &Moment,
    ) -> Result<Decision<Self>, Never> {
        Ok(Decision::done(command.clone(), ()))
    }

    fn evolve(&self, _: &mut States<()>, _: &Published, _: &Stamp) {}

    fn touches(&self, _: &Published) -> Vec<Key> {
        Vec::new()
    }

    fn publish(&self, event: &Published) -> Published {
        event.clone()
    }

    fn recognise(&self, _: &str, _: &[u8]) -> Option<Published> {
        None
    }

    fn store(&self, (): &()) -> StoredRow {
        StoredRow { body: String::new(), values: Vec::new() }
    }

    fn load(&self, _: &'static Table, _: &str) -> Result<(), serde_json::Error> {
        Ok(())
    }
}
