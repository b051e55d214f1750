//! What may be asked of the catalogue.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{
    Approval, Authority, ByLaw, Catalogue, DisputeType, LimitRule, Matter, Scheme, TypeCode,
};
use crate::domain::code::{AreaCode, Slug};
use crate::domain::day::Period;

/// A change of the catalogue by somebody at the node of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Area of the node.
    pub area: AreaCode,
    /// What is wanted.
    pub wish: Wish,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Put entries into the draft.
    Put(Edit),
    /// Record that matters were approved as they are.
    Approve { codes: Vec<Slug>, approval: Approval },
    /// End a matter.
    Retire { code: Slug },
    /// Close the draft into the next version.
    Release,
}

/// Entries on their way into the draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Matters; the beginning of a period may be left open.
    pub matters: Vec<(Matter, Begin)>,
    /// Time limits, likewise.
    pub limits: Vec<(LimitRule, Begin)>,
    /// What codes of a scheme mean.
    pub mappings: Vec<(Scheme, TypeCode, TypeCode)>,
}

/// When an entry begins: on a day, or as before, or today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// On the day that stands in its period.
    Said,
    /// Nobody said: as it is, or today.
    Open,
}

impl Edit {
    /// The entries as they will be, beside what is in the draft and what holds; mappings whose type is unknown come second.
    pub fn entries(
        &self,
        known: &Catalogue,
        holds: &Catalogue,
        today: Date,
    ) -> (Catalogue, Vec<(Scheme, TypeCode)>) {
        let mut entries = Catalogue::default();
        let mut unknown = Vec::new();
        for (matter, begin) in &self.matters {
            let before = known.matter(&matter.code);
            let mut matter = Matter { approval: None, ..matter.clone() };
            matter.period = begun(matter.period, *begin, before.map(|before| before.period), today);
            matter.approval = before.and_then(|before| kept_approval(before, &matter));
            entries.matters.push(matter);
        }
        for (rule, begin) in &self.limits {
            let before = known.limit(&rule.key);
            let mut rule = rule.clone();
            rule.period = begun(rule.period, *begin, before.map(|before| before.period), today);
            rule.by_law = by_law(holds.limit(&rule.key), &rule);
            entries.limits.push(rule);
        }
        for (scheme, code, mapped) in &self.mappings {
            match known.dispute_type(*scheme, code) {
                Some(one) => {
                    entries.types.push(DisputeType { mapped: mapped.clone(), ..one.clone() })
                }
                None => unknown.push((*scheme, code.clone())),
            }
        }
        (entries, unknown)
    }
}

fn begun(period: Period, begin: Begin, before: Option<Period>, today: Date) -> Period {
    let from = match begin {
        Begin::Said => period.from,
        Begin::Open => before.map_or(today, |before| before.from),
    };
    Period { from, ..period }
}

/// Takes the approval from every matter whose limits the entries change: a matter is approved with its limits. A rule that passes
/// from one matter to another changes both.
pub fn take_approvals(known: &Catalogue, changed: &mut Catalogue) {
    let before = changed.limits.iter().filter_map(|rule| known.limit(&rule.key));
    let mut of = BTreeSet::<Slug>::new();
    of.extend(before.chain(&changed.limits).map(|rule| rule.matter.clone()));
    for matter in &mut changed.matters {
        if of.remove(&matter.code) {
            matter.approval = None;
        }
    }
    let approved = of.iter().filter_map(|code| known.matter(code));
    let approved = approved.filter(|matter| matter.approval.is_some());
    changed.matters.extend(approved.map(|matter| Matter { approval: None, ..matter.clone() }));
}

/// The approval of a matter that stays as it is, but for its end.
fn kept_approval(before: &Matter, after: &Matter) -> Option<Approval> {
    let until = Period { to: after.period.to, ..before.period };
    let same = Matter { approval: None, period: until, ..before.clone() };
    // A temporary matter was approved for as long as it was said to last.
    let longer = before.temporary && before.period.to < after.period.to.or(Some(Date::MAX));
    if same == *after && !longer { before.approval.clone() } else { None }
}

/// What the law says stays said once it holds; a rule that is new says it itself.
fn by_law(held: Option<&LimitRule>, rule: &LimitRule) -> Option<ByLaw> {
    match held.and_then(|held| held.by_law) {
        Some(known) => Some(known),
        None if rule.authority == Authority::Law => {
            Some(ByLaw { limit: rule.limit, extension_max: rule.extension_max })
        }
        None => None,
    }
}
