//! The city's time limits for disputes, as a release of registry's catalogue has them: they take the place of the shipped
//! ones, step by step.

use calendar::Limit;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::codes::AreaCode;
use crate::domain::dispute::Level;
use crate::domain::rules::{Rules, StepLimit};

/// A version of the catalogue, as far as disputes are concerned. One row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The version.
    pub version: u32,
    /// Its matters that cover types of disputes, those that have ended included.
    pub matters: Vec<CatalogueMatter>,
    /// The limits of those, those that have ended included.
    pub limits: Vec<CatalogueLimit>,
}

/// A matter of the catalogue that covers types of disputes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueMatter {
    /// Its code.
    pub code: String,
    /// Codes of scheme zz17, each with everything below it.
    pub types: Vec<String>,
    /// First day on which it is on the list.
    pub from: Date,
    /// First day on which it no longer is.
    pub until: Option<Date>,
}

/// A limit of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueLimit {
    /// Matter that it holds for.
    pub matter: String,
    /// What it limits.
    pub step: LimitedStep,
    /// Digits of the areas of the tier that it holds for; none = every one.
    pub tier: Option<u8>,
    /// Level that it holds for; none = every one.
    pub level: Option<Level>,
    /// The limit with its cards and its source.
    pub rule: StepLimit,
    /// By how much it may be extended in all.
    pub extension_most: Option<Limit>,
    /// First day on which it holds.
    pub from: Date,
    /// First day on which it no longer holds.
    pub until: Option<Date>,
}

/// What a limit of the catalogue limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitedStep {
    /// To acceptance.
    Accept,
    /// For a team to answer.
    Offer,
    /// To arrival.
    Arrive,
    /// To the outcome.
    Handle,
    /// To verification.
    Verify,
    /// To the first follow-up.
    FirstFollowUp,
    /// To the second one.
    SecondFollowUp,
    /// For both parties to ask a court.
    Confirmation,
}

impl Catalogue {
    /// The rules for a case of type `kind` that `holder` has, on a day: what the catalogue says in the place of `rules`, as
    /// registry's `FindLimit` has it. The matter counts that names the longest code above the type; of its limits the most
    /// specific (tier and level before level, before tier, before neither), of several the newest.
    pub fn rules_for(&self, rules: &Rules, kind: &str, holder: AreaCode, today: Date) -> Rules {
        let mut own = rules.clone();
        let Some(matter) = self.matter_of(kind, today) else { return own };
        let find = |step, level| self.find(&matter.code, step, level, (holder, today));
        let limits = &mut own.limits;
        for (step, limit) in [
            (LimitedStep::Accept, &mut limits.accept),
            (LimitedStep::Arrive, &mut limits.arrive),
            (LimitedStep::Verify, &mut limits.verify),
            (LimitedStep::FirstFollowUp, &mut limits.first_follow_up),
            (LimitedStep::SecondFollowUp, &mut limits.second_follow_up),
            (LimitedStep::Confirmation, &mut limits.confirmation),
        ] {
            if let Some(found) = find(step, None) {
                *limit = found.rule.clone();
            }
        }
        let (levels, most) = (&mut limits.levels, &mut limits.extension_most);
        for (level, limit, extension_most) in [
            (Level::Simple, &mut levels.simple, &mut most.simple),
            (Level::General, &mut levels.general, &mut most.general),
            (Level::Complex, &mut levels.complex, &mut most.complex),
        ] {
            if let Some(found) = find(LimitedStep::Handle, Some(level)) {
                *limit = found.rule.clone();
                if let Some(most) = found.extension_most {
                    *extension_most =
                        StepLimit::new(most, &found.rule.rule_key, &found.rule.source);
                }
            }
        }
        if let Some(seconds) =
            find(LimitedStep::Offer, None).and_then(|found| seconds(found.rule.limit))
        {
            own.answer = SignedDuration::from_secs(seconds);
        }
        own
    }

    /// The matter that covers a type on a day; of two alike the one whose code comes first.
    fn matter_of(&self, kind: &str, today: Date) -> Option<&CatalogueMatter> {
        let length = |matter: &CatalogueMatter| {
            let above = matter.types.iter().filter(|code| kind.starts_with(code.as_str()));
            above.map(String::len).max()
        };
        let here = self.matters.iter().filter(|matter| {
            matter.from <= today && matter.until.is_none_or(|until| today < until)
        });
        let covering = here.filter_map(|matter| Some((length(matter)?, matter)));
        covering
            .max_by_key(|(length, matter)| (*length, std::cmp::Reverse(&matter.code)))
            .map(|(_, matter)| matter)
    }

    fn find(
        &self,
        matter: &str,
        step: LimitedStep,
        level: Option<Level>,
        (holder, today): (AreaCode, Date),
    ) -> Option<&CatalogueLimit> {
        let digits = holder.as_str().len();
        let holds = self.limits.iter().filter(|limit| {
            limit.matter == matter
                && limit.step == step
                && limit.tier.is_none_or(|tier| usize::from(tier) == digits)
                && (limit.level.is_none() || limit.level == level)
                && limit.from <= today
                && limit.until.is_none_or(|until| today < until)
        });
        holds.max_by_key(|limit| {
            let specificity = u8::from(limit.tier.is_some()) + 2 * u8::from(limit.level.is_some());
            (specificity, limit.from)
        })
    }
}

/// A limit in seconds, when it runs by the clock.
fn seconds(limit: Limit) -> Option<i64> {
    let amount = i64::from(limit.amount);
    match (limit.unit, limit.office_hours) {
        (calendar::Unit::Second, false) => Some(amount),
        (calendar::Unit::Minute, false) => Some(amount * 60),
        (calendar::Unit::Hour, false) => Some(amount * 3_600),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decide::tests::{area, rules};

    fn limit(
        key: &str,
        step: LimitedStep,
        tier: Option<u8>,
        level: Option<Level>,
    ) -> CatalogueLimit {
        CatalogueLimit {
            matter: "dispute".to_owned(),
            step,
            tier,
            level,
            rule: StepLimit::new(Limit::working_days(2), key, "市级规定"),
            extension_most: None,
            from: "2026-01-01".parse().unwrap(),
            until: None,
        }
    }

    fn matter(code: &str, covers: &str, until: Option<Date>) -> CatalogueMatter {
        let (code, types) = (code.to_owned(), vec![covers.to_owned()]);
        CatalogueMatter { code, types, from: "2026-01-01".parse().unwrap(), until }
    }

    #[test]
    fn the_matter_of_the_longest_code_counts_while_it_is_on_the_list() {
        let mut labour = limit("city.labour", LimitedStep::Handle, None, None);
        labour.matter = "labour".to_owned();
        let catalogue = Catalogue {
            version: 1,
            matters: vec![
                matter("dispute", "08", None),
                matter("labour", "0801", "2026-06-01".parse().ok()),
            ],
            limits: vec![limit("city.handle", LimitedStep::Handle, None, None), labour],
        };
        let key = |kind: &str, day: &str| {
            let found =
                catalogue.rules_for(&rules(), kind, area("370306001"), day.parse().unwrap());
            found.limits.levels.simple.rule_key
        };
        assert_eq!(key("0801", "2026-02-13"), "city.labour");
        assert_eq!(key("0801", "2026-06-01"), "city.handle");
        assert_eq!(key("0802", "2026-02-13"), "city.handle");
        assert_eq!(key("0201", "2026-02-13"), "zz_centre.simple");
    }

    #[test]
    fn extensions_are_bounded_by_level() {
        let with = |key: &str, level, most: u32| CatalogueLimit {
            extension_most: Some(Limit::working_days(most)),
            ..limit(key, LimitedStep::Handle, None, Some(level))
        };
        let catalogue = Catalogue {
            version: 1,
            matters: vec![matter("dispute", "02", None)],
            limits: vec![with("a", Level::Simple, 2), with("b", Level::Complex, 20)],
        };
        let found =
            catalogue.rules_for(&rules(), "0201", area("370306001"), "2026-02-13".parse().unwrap());
        let most = &found.limits.extension_most;
        let of = |level| most.of(level).limit.to_string();
        assert_eq!(
            [Level::Simple, Level::General, Level::Complex].map(of),
            ["2wd", "10wd", "20wd"]
        );
    }

    #[test]
    fn the_most_specific_limit_of_the_day_takes_the_place_of_the_shipped_one() {
        let general = Some(Level::General);
        let (village, ended) = (Some(12), "2026-03-01".parse().ok());
        let newer = CatalogueLimit {
            from: "2026-02-01".parse().unwrap(),
            ..limit("city.newer", LimitedStep::Handle, None, general)
        };
        let over = CatalogueLimit {
            until: ended,
            ..limit("city.accept", LimitedStep::Accept, None, None)
        };
        let mut offer = limit("city.offer", LimitedStep::Offer, None, None);
        offer.rule.limit = "2min".parse().unwrap();
        let catalogue = Catalogue {
            version: 3,
            matters: vec![matter("dispute", "02", None)],
            limits: vec![
                limit("city.handle", LimitedStep::Handle, None, None),
                limit("city.village", LimitedStep::Handle, village, general),
                newer,
                limit("city.general", LimitedStep::Handle, None, general),
                over,
                offer,
            ],
        };
        let key = |code: &str, day: &str| {
            let found = catalogue.rules_for(&rules(), "0201", area(code), day.parse().unwrap());
            let levels = &found.limits.levels;
            let keys = [&found.limits.accept, &levels.simple, &levels.general];
            (keys.map(|limit| limit.rule_key.clone()), found.answer)
        };
        let minutes = SignedDuration::from_mins(2);
        let keys = |keys: [&str; 3]| (keys.map(str::to_owned), minutes);
        let (accept, handle) = ("city.accept", "city.handle");
        assert_eq!(key("370306001002", "2026-02-13"), keys([accept, handle, "city.village"]));
        assert_eq!(key("370306001", "2026-02-13"), keys([accept, handle, "city.newer"]));
        assert_eq!(key("370306001", "2026-01-13"), keys([accept, handle, "city.general"]));
        assert_eq!(key("370306001", "2026-03-01"), keys(["own.accept", handle, "city.newer"]));
    }
}
