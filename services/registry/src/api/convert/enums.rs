//! Enums of the wire and of the domain, side by side.

use yiwang_proto::registry::v1 as pb;

use crate::domain::catalogue::{Authority, Hardness, Scheme, Step, TypeUse};
use crate::domain::code::Level;
use crate::domain::grid::{GridKind, Operation};
use crate::domain::import::{ImportKind, Progress};
use crate::domain::table::catalogue::Kind as CatalogueKind;
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
side_by_side!(Step, pb::LimitStep, step, to_step:
    Accept = Accept, Offer = Offer, Arrive = Arrive, Handle = Handle, Verify = Verify,
    FollowUpFirst = FollowUpFirst, FollowUpSecond = FollowUpSecond,
    ConfirmationWindow = ConfirmationWindow);
side_by_side!(Hardness, pb::MatterLevel, hardness, to_hardness:
    Simple = Simple, General = General, Complex = Complex);
side_by_side!(Authority, pb::LimitAuthority, authority, to_authority:
    Law = Law, Rule = Rule, Standard = Standard, LocalSd = LocalSd, LocalOther = LocalOther,
    OwnDefault = OwnDefault);
side_by_side!(Scheme, pb::TypeScheme, scheme, to_scheme: Zz17 = Zz17, Mj15 = Mj15, Zz24 = Zz24);
side_by_side!(TypeUse, pb::TypeUse, type_use, to_type_use:
    Accept = Accept, RouteOut = RouteOut, Statistics = Statistics, ImportOnly = ImportOnly);

side_by_side!(Progress, pb::import::State, progress, to_progress:
    Staging = Staging, Activated = Activated, Cancelled = Cancelled);

/// The kind of a table of the catalogue; nothing when it is unspecified or unknown.
pub(crate) fn to_catalogue_kind(value: i32) -> Option<CatalogueKind> {
    match pb::CatalogueTable::try_from(value).ok()? {
        pb::CatalogueTable::Matters => Some(CatalogueKind::Matters),
        pb::CatalogueTable::LimitRules => Some(CatalogueKind::LimitRules),
        pb::CatalogueTable::Types => Some(CatalogueKind::Types),
        pb::CatalogueTable::Unspecified => None,
    }
}
