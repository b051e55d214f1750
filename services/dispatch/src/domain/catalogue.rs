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
    /// Its limits for disputes, those that have ended included.
    pub limits: Vec<CatalogueLimit>,
}

/// A limit of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueLimit {
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
    /// The rules for a case that `holder` has, on a day: what the catalogue says in the place of `rules`. The most specific
    /// limit holds (tier and level before level, before tier, before neither), of several the newest.
    pub fn rules_for(&self, rules: &Rules, holder: AreaCode, today: Date) -> Rules {
        let mut own = rules.clone();
        let find = |step, level| self.find(step, level, holder, today);
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
        let levels = &mut limits.levels;
        for (level, limit) in [
            (Level::Simple, &mut levels.simple),
            (Level::General, &mut levels.general),
            (Level::Complex, &mut levels.complex),
        ] {
            if let Some(found) = find(LimitedStep::Handle, Some(level)) {
                *limit = found.rule.clone();
                if let Some(most) = found.extension_most {
                    limits.extension_most =
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

    fn find(
        &self,
        step: LimitedStep,
        level: Option<Level>,
        holder: AreaCode,
        today: Date,
    ) -> Option<&CatalogueLimit> {
        let digits = holder.as_str().len();
        let holds = self.limits.iter().filter(|limit| {
            limit.step == step
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
            step,
            tier,
            level,
            rule: StepLimit::new(Limit::working_days(2), key, "市级规定"),
            extension_most: None,
            from: "2026-01-01".parse().unwrap(),
            until: None,
        }
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
            let found = catalogue.rules_for(&rules(), area(code), day.parse().unwrap());
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
