//! Whether a catalogue is sound: everything that is wrong with it, at once.

use super::{Authority, Catalogue, ENTRIES, LimitRule, Matter, Scheme, Step, TypeUse, no_longer};

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The entry: `matter/…`, `limit_rule/…`, `type/…/…`; `catalogue` = all of it.
    pub entry: String,
    /// Why: a name of `CatalogueFaultReason`.
    pub reason: &'static str,
    /// What it has to do with.
    pub other: String,
}

/// How far the catalogue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A draft may lack approvals and ends.
    Draft,
    /// A version may not.
    Release,
}

/// Every reason in English and Chinese; the names are those of `CatalogueFaultReason`.
pub const FAULTS: &[(&str, &str, &str)] = &[
    (
        "APPROVAL_MISSING",
        "nobody approved the matter as it is, with its limits",
        "事项未经批准（或批准后事项、时限又有改动）",
    ),
    ("END_MISSING", "a temporary matter needs an end", "临时事项须有截止日期"),
    ("MATTER_UNKNOWN", "the catalogue has no such matter", "清单中没有该事项"),
    ("CLASS_NESTED", "the class belongs to a class itself", "所属类别本身另有所属"),
    (
        "TYPE_UNKNOWN",
        "the scheme has no such code, or none that may stand here",
        "分类方案中没有该代码，或该代码不可用于此处",
    ),
    ("TYPE_COVERED_TWICE", "another matter covers the same type", "另有事项涵盖同一类型"),
    ("UNIT_UNKNOWN", "the unit is not known, or has ended", "单位不存在或已停用"),
    ("PERIOD_EMPTY", "it ends before it begins", "截止日期不晚于起始日期"),
    (
        "RULE_AMBIGUOUS",
        "another rule is as specific and begins on the same day",
        "另有同样具体、同日起施行的时限规定",
    ),
    (
        "LAW_LOOSENED",
        "the law's limit is shorter, or cannot be compared; state it in the law's unit",
        "长于法定时限，或单位不同无法比较（请用法定时限的单位）",
    ),
    (
        "LAW_CHANGED",
        "a limit of a law stays what it limits, and since when",
        "法定时限的事项、环节、层级、难易、效力和起始日期不得更改",
    ),
    (
        "LAW_ENDED",
        "a limit of a law ends only where another one follows",
        "法定时限须有后续法定时限方可终止",
    ),
    ("TOO_MANY", "a catalogue has at most 1000 entries", "清单最多 1000 条"),
];

impl Fault {
    /// Something wrong with an entry; `other` is what it has to do with.
    pub fn of(entry: String, reason: &'static str, other: impl ToString) -> Self {
        Fault { entry, reason, other: other.to_string() }
    }

    /// What is wrong, in English and in Chinese.
    pub fn words(&self) -> (String, String) {
        let found = FAULTS.iter().find(|(name, ..)| *name == self.reason);
        let (_, en, zh) = found.copied().unwrap_or((self.reason, "is wrong", "有误"));
        match self.other.as_str() {
            "" => (en.to_owned(), zh.to_owned()),
            other => (format!("{en}: {other}"), format!("{zh}：{other}")),
        }
    }

    /// Whether it is about the limit of a law.
    pub fn is_of_law(&self) -> bool {
        self.reason.starts_with("LAW_")
    }
}

/// Names a matter in faults.
pub fn entry(matter: &Matter) -> String {
    format!("matter/{}", matter.code)
}

fn entry_of(rule: &LimitRule) -> String {
    format!("limit_rule/{}", rule.key)
}

/// Everything that is wrong with `after`, which is to follow `holds`.
pub fn faults(holds: &Catalogue, after: &Catalogue, stage: Stage) -> Vec<Fault> {
    let mut found = Vec::new();
    if after.len() > ENTRIES {
        found.push(Fault::of("catalogue".to_owned(), "TOO_MANY", after.len()));
    }
    for matter in &after.matters {
        about_matter(&mut found, after, matter, stage);
    }
    for rule in &after.limits {
        about_rule(&mut found, after, rule);
        if let Some(was) = holds.limit(&rule.key) {
            about_law(&mut found, after, was, rule);
        }
    }
    for one in &after.types {
        let target = if one.scheme == Scheme::Zz17 { Scheme::Mj15 } else { Scheme::Zz17 };
        if after.dispute_type(target, &one.mapped).is_none() {
            let scheme = crate::project::name(&one.scheme);
            found.push(Fault::of(
                format!("type/{scheme}/{}", one.code),
                "TYPE_UNKNOWN",
                &one.mapped,
            ));
        }
    }
    found
}

fn about_matter(found: &mut Vec<Fault>, all: &Catalogue, matter: &Matter, stage: Stage) {
    let mut wrong = |reason, other: &str| found.push(Fault::of(entry(matter), reason, other));
    if matter.never() {
        // Withdrawn before it began: it is in no release.
        return;
    }
    if stage == Stage::Release && matter.approval.is_none() {
        wrong("APPROVAL_MISSING", "");
    }
    if stage == Stage::Release && matter.temporary && matter.period.to.is_none() {
        wrong("END_MISSING", "");
    }
    if let Some(class) = &matter.class {
        match all.matter(class) {
            None => wrong("MATTER_UNKNOWN", class.as_str()),
            Some(above) if above.class.is_some() => wrong("CLASS_NESTED", class.as_str()),
            Some(_) => {}
        }
    }
    for code in &matter.types {
        let known = all.dispute_type(Scheme::Zz17, code);
        if known.is_none_or(|known| known.usage != TypeUse::Accept) {
            wrong("TYPE_UNKNOWN", code.as_str());
        }
        // Told once, with the later of the two.
        let twice = |other: &&Matter| {
            other.code < matter.code
                && !other.never()
                && other.period.meets(&matter.period)
                && other.types.contains(code)
        };
        if let Some(other) = all.matters.iter().find(twice) {
            wrong("TYPE_COVERED_TWICE", &format!("{code} {}", other.code));
        }
    }
}

fn about_rule(found: &mut Vec<Fault>, all: &Catalogue, rule: &LimitRule) {
    let mut wrong = |reason, other: &str| found.push(Fault::of(entry_of(rule), reason, other));
    if all.matter(&rule.matter).is_none() {
        wrong("MATTER_UNKNOWN", rule.matter.as_str());
    }
    if rule.period.to.is_some_and(|to| to <= rule.period.from) {
        wrong("PERIOD_EMPTY", "");
    }
    let of_matter = |other: &&LimitRule| {
        other.key != rule.key && other.matter == rule.matter && other.step == rule.step
    };
    for other in all.limits.iter().filter(of_matter) {
        let alike = (other.tier, other.level, other.period.from)
            == (rule.tier, rule.level, rule.period.from);
        if alike && other.key < rule.key {
            wrong("RULE_AMBIGUOUS", other.key.as_str());
        }
        if loosens(rule, other) {
            wrong("LAW_LOOSENED", &format!("{} {}", other.key, law_limit(other)));
        }
    }
    if let Some(law) = rule.by_law {
        let right = rule.step == Step::ConfirmationWindow && rule.limit != law.limit;
        let extended = law
            .extension_max
            .is_some_and(|most| rule.extension_max.is_none_or(|asked| !no_longer(asked, most)));
        if right || extended || !no_longer(rule.limit, law.limit) {
            wrong("LAW_LOOSENED", &law_limit(rule));
        }
    }
}

fn law_limit(rule: &LimitRule) -> String {
    let law = rule.by_law.map_or(rule.limit, |law| law.limit);
    format!("{law} ({})", rule.source)
}

/// Whether a rule goes before the limit of a law somewhere, with a longer limit. A later law may say otherwise.
fn loosens(rule: &LimitRule, law: &LimitRule) -> bool {
    let Some(by_law) = law.by_law else { return false };
    let meets = |one: bool, other: bool, same: bool| one || other || same;
    let somewhere = meets(rule.tier.is_none(), law.tier.is_none(), rule.tier == law.tier)
        && meets(rule.level.is_none(), law.level.is_none(), rule.level == law.level)
        && rule.period.meets(&law.period);
    let goes_before =
        (rule.specificity(), rule.period.from) >= (law.specificity(), law.period.from);
    let later_law = rule.authority == Authority::Law
        && rule.source != law.source
        && rule.period.from > law.period.from;
    let longer = !no_longer(rule.limit, by_law.limit)
        || (rule.step == Step::ConfirmationWindow && rule.limit != by_law.limit);
    somewhere && goes_before && longer && !later_law
}

/// What may not change about the limit of a law.
fn about_law(found: &mut Vec<Fault>, all: &Catalogue, was: &LimitRule, rule: &LimitRule) {
    if was.by_law.is_none() {
        return;
    }
    let nature =
        |rule: &LimitRule| (rule.matter.clone(), rule.step, rule.tier, rule.level, rule.authority);
    if nature(was) != nature(rule) || rule.period.from > was.period.from {
        found.push(Fault::of(entry_of(rule), "LAW_CHANGED", ""));
    }
    let Some(end) = rule.period.to.filter(|_| was.period.to != rule.period.to) else { return };
    let follows = |other: &LimitRule| {
        other.key != rule.key
            && other.by_law.is_some()
            && nature(other) == nature(rule)
            && other.period.covers(end)
    };
    if !all.limits.iter().any(follows) {
        found.push(Fault::of(entry_of(rule), "LAW_ENDED", end));
    }
}
