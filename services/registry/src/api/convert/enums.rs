//! Enums of the wire and of the domain, side by side.

use yiwang_proto::registry::v1 as pb;

use crate::domain::code::Level;
use crate::domain::grid::{GridKind, Operation};
use crate::domain::import::{ImportKind, Progress};
use crate::domain::unit::UnitKind;
use crate::domain::worker::Post;

macro_rules! side_by_side {
    ($domain:ident, $wire:path, $to:ident, $from:ident: $($one:ident = $other:ident),* $(,)?) => {
        /// The value on the wire.
        pub(crate) fn $to(value: $domain) -> i32 {
            use $wire as Wire;
            match value {
                $($domain::$one => Wire::$other.into(),)*
            }
        }
        /// The value of a number on the wire; nothing when it is unspecified or unknown.
        pub(crate) fn $from(value: i32) -> Option<$domain> {
            use $wire as Wire;
            match Wire::try_from(value).ok()? {
                $(Wire::$other => Some($domain::$one),)*
                Wire::Unspecified => None,
            }
        }
    };
}

side_by_side!(Level, pb::AreaLevel, level, to_level:
    Province = Province, City = City, District = District, Town = Town, Community = Community);
side_by_side!(GridKind, pb::GridKind, grid_kind, to_grid_kind:
    Comprehensive = Comprehensive, Dedicated = Dedicated, Micro = Micro);
side_by_side!(Operation, pb::LineageOperation, operation, to_operation:
    Split = Split, Merge = Merge, Move = Move);
side_by_side!(Post, pb::Post, post, to_post:
    FullTime = FullTime, PartTime = PartTime, GridLead = GridLead, Adviser = Adviser,
    Officer = Officer, PoliceAssistant = PoliceAssistant, Mediator = Mediator,
    Volunteer = Volunteer);
side_by_side!(UnitKind, pb::UnitKind, unit_kind, to_unit_kind:
    Department = Department, Office = Office, Station = Station, Centre = Centre,
    PeoplesMediation = PeoplesMediation, TradeMediation = TradeMediation,
    AdministrativeMediation = AdministrativeMediation, JudicialMediation = JudicialMediation);
side_by_side!(ImportKind, pb::ImportKind, import_kind, to_import_kind:
    Areas = Areas, Grids = Grids, Workers = Workers, Units = Units, Teams = Teams);

side_by_side!(Progress, pb::import::State, progress, to_progress:
    Staging = Staging, Activated = Activated, Cancelled = Cancelled);
