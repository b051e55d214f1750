//! Who calls: the identity behind a bearer token, what it may do and what it sees.

mod callers;

use std::fmt;

use tonic::Code;

use crate::status::Problem;

pub use callers::{Callers, CallersError};

/// The system or the desk that makes a call. Names a post or a program, never a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Names the caller in logs and in the audit trail.
    pub caller_id: String,
    /// The unit that the caller acts for; empty = its area's own centre.
    pub unit_id: String,
    /// The area that the caller belongs to.
    pub area_code: String,
    /// What the caller may do.
    pub roles: Roles,
}

impl Caller {
    /// Tells whether the caller has the role.
    pub fn may(&self, role: Role) -> bool {
        self.roles.contains(role)
    }

    /// Tells whether the area is the caller's own or lies below it.
    ///
    /// Area codes are unpadded and grow by level: 2 digits for a province, 4 for a city, 6 for a
    /// district, 9 for a town, 12 for a village, 15 for a grid. A subtree is therefore a prefix.
    /// Anything that is not such a code is not seen.
    pub fn sees(&self, area_code: &str) -> bool {
        is_area_code(area_code)
            && is_area_code(&self.area_code)
            && area_code.starts_with(&self.area_code)
    }

    /// Refuses the call as `ROLE_MISSING` unless the caller has the role.
    pub fn require(&self, role: Role, domain: &'static str) -> Result<(), Problem> {
        if self.may(role) {
            return Ok(());
        }
        Err(Problem::new(
            Code::PermissionDenied,
            "ROLE_MISSING",
            domain,
            format!("the caller lacks the role {role}"),
            format!("调用方缺少权限：{}", role.name_zh()),
        )
        .with("role", role.name()))
    }
}

/// Tells whether the text has the form of an area code: digits only, as many as a level has.
pub fn is_area_code(text: &str) -> bool {
    matches!(text.len(), 2 | 4 | 6 | 9 | 12 | 15) && text.bytes().all(|b| b.is_ascii_digit())
}

/// One thing that a caller may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Tells what happened.
    Report,
    /// Works on what was told.
    Handle,
    /// Opens details of parties, with a recorded purpose.
    SeeParty,
    /// Runs the node.
    Operate,
    /// Passes on what parties ask about their own cases, each with case code and PIN.
    PartyDesk,
    /// Tells people what they have to be told.
    Notify,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Report, Self::Handle, Self::SeeParty, Self::Operate, Self::PartyDesk, Self::Notify];

    /// Returns the name as configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Handle => "handle",
            Self::SeeParty => "see_party",
            Self::Operate => "operate",
            Self::PartyDesk => "party_desk",
            Self::Notify => "notify",
        }
    }

    fn name_zh(self) -> &'static str {
        match self {
            Self::Report => "上报",
            Self::Handle => "办理",
            Self::SeeParty => "查看当事人",
            Self::Operate => "运维",
            Self::PartyDesk => "当事人查询",
            Self::Notify => "告知",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| {
            "the roles are report, handle, see_party, operate, party_desk, notify".to_owned()
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// Every role.
    pub fn all() -> Self {
        Role::ALL.into_iter().collect()
    }

    /// Tells whether the role is in the set.
    pub fn contains(self, role: Role) -> bool {
        self.0 & bit(role) != 0
    }

    /// Returns the set with the role added.
    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | bit(role))
    }

    /// Returns the roles of the set, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), Self::with)
    }
}

fn bit(role: Role) -> u8 {
    match role {
        Role::Report => 1,
        Role::Handle => 2,
        Role::SeeParty => 4,
        Role::Operate => 8,
        Role::PartyDesk => 16,
        Role::Notify => 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;

    fn caller(area_code: &str, roles: impl IntoIterator<Item = Role>) -> Caller {
        Caller {
            caller_id: "desk".to_owned(),
            unit_id: "unit".to_owned(),
            area_code: area_code.to_owned(),
            roles: roles.into_iter().collect(),
        }
    }

    #[test]
    fn sees_its_own_subtree_and_nothing_else() {
        let city = caller("3703", []);
        for seen in ["3703", "370302", "370302001", "370302001002", "370302001002003"] {
            assert!(city.sees(seen), "{seen}");
        }
        for hidden in ["37", "3702", "370", "37030", "3703xx", "3703020010021", ""] {
            assert!(!city.sees(hidden), "{hidden}");
        }
        assert!(!caller("", []).sees("3703"), "no area sees nothing");
    }

    #[test]
    fn a_missing_role_is_named() {
        let caller = caller("3703", [Role::Report]);
        assert!(caller.require(Role::Report, "test.yiwang").is_ok());
        let problem = caller.require(Role::SeeParty, "test.yiwang").unwrap_err();
        let status = tonic::Status::from(problem);
        assert_eq!(status.code(), Code::PermissionDenied);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.metadata["role"].as_str()),
            ("ROLE_MISSING", "see_party")
        );
    }

    #[test]
    fn roles_are_a_set() {
        let roles: Roles = [Role::Operate, Role::Report, Role::Report].into_iter().collect();
        assert_eq!(roles.iter().collect::<Vec<_>>(), [Role::Report, Role::Operate]);
        assert_eq!(Roles::all().iter().count(), 6);
    }
}
