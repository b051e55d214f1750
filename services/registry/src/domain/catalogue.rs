//! The catalogue of matters (事项清单) with its time limits and types of disputes.
//!
//! It is edited in a [`Draft`], which holds nowhere, and closed into a [`Release`], which holds as a whole. Its entries are values: what
//! an entry was when is in the releases.

mod codes;
mod edit;
mod find;
mod shipped;
mod sound;
mod stricter;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::code::{AreaCode, Level, Slug};
use super::day::{Mark, Period};
use super::unit::UnitKind;

pub use calendar::Limit;
pub use codes::{RuleKey, TypeCode};
pub use edit::{Begin, Edit, Revision, Wish, take_approvals};
pub use find::{Found, Question, Subject, find, matter_of};
pub use sound::{FAULTS, Fault, Stage, entry, faults};
pub use stricter::no_longer;

/// Most entries of a catalogue, so that one event can carry all of it: an entry is at most about 2 KB, and a page of a feed
/// with such an event stays below the 4 MiB that clients take.
pub const ENTRIES: usize = 1_000;

/// Who approved that a matter is on the list: bodies and documents as codes, never a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The body.
    pub approver: Slug,
    /// Its document.
    pub document: Slug,
    /// Day of the document.
    pub on: Date,
}

/// An entry of the list of matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// Its code.
    pub code: Slug,
    /// Matter that it belongs to; nothing = it is a class.
    pub class: Option<Slug>,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English; may be empty.
    pub name_en: String,
    /// Types of zz17 that it covers, each with everything below it.
    pub types: Vec<TypeCode>,
    /// Kinds of units that may handle it.
    pub handler_kinds: Vec<UnitKind>,
    /// Units that may handle it besides.
    pub handler_units: Vec<Slug>,
    /// On the list for some time only.
    pub temporary: bool,
    /// When it is on the list.
    pub period: Period,
    /// Who approved it as it is, with its limits.
    pub approval: Option<Approval>,
}

/// A step that may have a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// From report to accepted or rejected.
    Accept,
    /// How long an offer to a team stands.
    Offer,
    /// From the call to a team on the spot.
    Arrive,
    /// From accepted to a result.
    Handle,
    /// From a result to verified.
    Verify,
    /// From a result to the first follow-up.
    FollowUpFirst,
    /// From a result to the second follow-up.
    FollowUpSecond,
    /// How long the parties may ask for judicial confirmation.
    ConfirmationWindow,
}

/// How hard a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hardness {
    /// Simple.
    Simple,
    /// General.
    General,
    /// Complex.
    Complex,
}

/// How strong the source of a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Law: a place may only be stricter.
    Law,
    /// Rule of a ministry.
    Rule,
    /// National standard.
    Standard,
    /// Rule of the province or of one of its cities.
    LocalSd,
    /// Example from another place.
    LocalOther,
    /// Default of this system.
    OwnDefault,
}

/// What a law says, whatever stricter limit a place has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByLaw {
    /// Its limit.
    pub limit: Limit,
    /// Its longest extension.
    pub extension_max: Option<Limit>,
}

/// A time limit of a step of a matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRule {
    /// Its key.
    pub key: RuleKey,
    /// Matter that it holds for.
    pub matter: Slug,
    /// Step that it limits.
    pub step: Step,
    /// Tier that it holds for; nothing = every one.
    pub tier: Option<Level>,
    /// Level that it holds for; nothing = every one.
    pub level: Option<Hardness>,
    /// The limit.
    pub limit: Limit,
    /// How long before the end the yellow card is shown.
    pub yellow_before: Option<Limit>,
    /// How long after the end the red card is shown.
    pub red_after: Option<Limit>,
    /// By how much it may be extended in all.
    pub extension_max: Option<Limit>,
    /// How strong its source is.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
    /// When it holds.
    pub period: Period,
    /// What the law says; of rules of authority law only.
    pub by_law: Option<ByLaw>,
}

/// A list of codes for types of disputes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// What intake uses.
    Zz17,
    /// Statistics form of people's mediation.
    Mj15,
    /// Older list, for imports only.
    Zz24,
}

/// What may be done with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeUse {
    /// Accepted at intake.
    Accept,
    /// Never recorded here.
    RouteOut,
    /// Only counted by.
    Statistics,
    /// Only read from older tables.
    ImportOnly,
}

/// A code of a scheme and what it means in another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeType {
    /// Its scheme.
    pub scheme: Scheme,
    /// The code.
    pub code: TypeCode,
    /// Class of a kind.
    pub parent: Option<TypeCode>,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English; may be empty.
    pub name_en: String,
    /// What may be done with it.
    #[serde(rename = "use")]
    pub usage: TypeUse,
    /// zz17: counted under this code of mj15; mj15: stands for this one of zz17; zz24: read as this one of zz17.
    pub mapped: TypeCode,
    /// Body that it is routed out to, in Chinese; else empty.
    pub body_zh: String,
    /// The same in English.
    pub body_en: String,
}

/// Matters, time limits and types, each in the order of their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// By code.
    pub matters: Vec<Matter>,
    /// By key.
    pub limits: Vec<LimitRule>,
    /// By scheme and code.
    pub types: Vec<DisputeType>,
}

/// The catalogue as it is being edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// All of it.
    pub catalogue: Catalogue,
    /// Version that was released last; 0 = none.
    pub released: u32,
    /// Its changes.
    pub mark: Mark,
}

/// A version that was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Counts from 1.
    pub version: u32,
    /// Area that the catalogue belongs to.
    pub area: AreaCode,
    /// All of it.
    pub catalogue: Catalogue,
    /// When it was released.
    pub released_at: Timestamp,
}

/// The value in its place: it takes that of one with the same key.
fn put<T, K: Ord>(all: &mut Vec<T>, value: T, key: impl Fn(&T) -> K) {
    match all.binary_search_by(|entry| key(entry).cmp(&key(&value))) {
        Ok(place) => all[place] = value,
        Err(place) => all.insert(place, value),
    }
}

impl Catalogue {
    /// The proposal that the program ships.
    pub fn shipped() -> &'static Catalogue {
        shipped::catalogue()
    }

    /// That of a draft; without one the proposal.
    pub fn drafted(draft: Option<&Draft>) -> &Catalogue {
        match draft {
            Some(draft) => &draft.catalogue,
            None => Catalogue::shipped(),
        }
    }

    /// That of a version; without one the proposal.
    pub fn released(release: Option<&Release>) -> &Catalogue {
        match release {
            Some(release) => &release.catalogue,
            None => Catalogue::shipped(),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.matters.len() + self.limits.len() + self.types.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The matter of a code.
    pub fn matter(&self, code: &Slug) -> Option<&Matter> {
        let place = self.matters.binary_search_by(|matter| matter.code.cmp(code)).ok()?;
        self.matters.get(place)
    }

    /// The time limit of a key.
    pub fn limit(&self, key: &RuleKey) -> Option<&LimitRule> {
        let place = self.limits.binary_search_by(|rule| rule.key.cmp(key)).ok()?;
        self.limits.get(place)
    }

    /// The type of a code.
    pub fn dispute_type(&self, scheme: Scheme, code: &TypeCode) -> Option<&DisputeType> {
        let wanted = (scheme, code);
        let place = self.types.binary_search_by(|one| (one.scheme, &one.code).cmp(&wanted)).ok()?;
        self.types.get(place)
    }

    /// Takes entries in, each in the place of the one before it.
    pub fn take(&mut self, entries: &Catalogue) {
        for matter in &entries.matters {
            put(&mut self.matters, matter.clone(), |matter| matter.code.clone());
        }
        for rule in &entries.limits {
            put(&mut self.limits, rule.clone(), |rule| rule.key.clone());
        }
        for one in &entries.types {
            put(&mut self.types, one.clone(), |one| (one.scheme, one.code.clone()));
        }
    }

    /// The entries that `before` does not have like this.
    #[must_use]
    pub fn beyond(&self, before: &Catalogue) -> Catalogue {
        let matters = self.matters.iter().filter(|new| before.matter(&new.code) != Some(new));
        let limits = self.limits.iter().filter(|new| before.limit(&new.key) != Some(new));
        let known = |new: &&DisputeType| before.dispute_type(new.scheme, &new.code) != Some(new);
        Catalogue {
            matters: matters.cloned().collect(),
            limits: limits.cloned().collect(),
            types: self.types.iter().filter(known).cloned().collect(),
        }
    }
}

impl Matter {
    /// Whether it is on the list on no day at all.
    pub fn never(&self) -> bool {
        self.period.to.is_some_and(|to| to <= self.period.from)
    }
}
