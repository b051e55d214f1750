//! The limits for disputes out of a release of registry's catalogue.

use ledger::CannotApply;
use yiwang_proto::registry::v1 as pb;

use super::wire::{date, end, wrong};
use crate::domain::catalogue::{Catalogue, CatalogueLimit, CatalogueMatter, LimitedStep};
use crate::domain::dispute::Level;
use crate::domain::rules::StepLimit;

/// Reads a release; it is taken whole or not at all. What covers no type of disputes is not ours.
pub(super) fn read(facts: pb::CatalogueFacts) -> Result<Catalogue, CannotApply> {
    let ours = facts.matters.into_iter().filter(|matter| !matter.type_codes.is_empty());
    let matters = ours.map(matter).collect::<Result<Vec<_>, _>>()?;
    let known =
        |rule: &pb::LimitRuleFacts| matters.iter().any(|known| known.code == rule.matter_code);
    let limits = facts.limit_rules.into_iter().filter(known).map(limit);
    let limits = limits.collect::<Result<_, _>>()?;
    Ok(Catalogue { version: facts.version, matters, limits })
}

fn matter(facts: pb::MatterFacts) -> Result<CatalogueMatter, CannotApply> {
    Ok(CatalogueMatter {
        code: facts.matter_code,
        types: facts.type_codes,
        from: date(&facts.valid_from_date)?,
        until: end(&facts.valid_to_date)?,
    })
}

fn limit(facts: pb::LimitRuleFacts) -> Result<CatalogueLimit, CannotApply> {
    let optional = |text: &str| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| wrong("a limit of the catalogue")),
    };
    Ok(CatalogueLimit {
        matter: facts.matter_code.clone(),
        step: step(facts.step())?,
        tier: tier(facts.tier()),
        level: level(facts.level()),
        rule: StepLimit {
            yellow_before: optional(&facts.yellow_before)?,
            // Cards are shown on working days; another unit is the place's own setting.
            red_after: optional(&facts.red_after)?
                .filter(|red: &calendar::Limit| red.unit == calendar::Unit::WorkingDay),
            ..StepLimit::new(
                facts.limit.parse().map_err(|_| wrong("a limit of the catalogue"))?,
                &facts.rule_key,
                &facts.source,
            )
        },
        // Extensions are asked for in working days, and compared with nothing else.
        extension_most: optional(&facts.extension_max)?
            .filter(|most: &calendar::Limit| most.unit == calendar::Unit::WorkingDay),
        from: date(&facts.valid_from_date)?,
        until: end(&facts.valid_to_date)?,
    })
}

fn step(step: pb::LimitStep) -> Result<LimitedStep, CannotApply> {
    match step {
        pb::LimitStep::Accept => Ok(LimitedStep::Accept),
        pb::LimitStep::Offer => Ok(LimitedStep::Offer),
        pb::LimitStep::Arrive => Ok(LimitedStep::Arrive),
        pb::LimitStep::Handle => Ok(LimitedStep::Handle),
        pb::LimitStep::Verify => Ok(LimitedStep::Verify),
        pb::LimitStep::FollowUpFirst => Ok(LimitedStep::FirstFollowUp),
        pb::LimitStep::FollowUpSecond => Ok(LimitedStep::SecondFollowUp),
        pb::LimitStep::ConfirmationWindow => Ok(LimitedStep::Confirmation),
        pb::LimitStep::Unspecified => Err(wrong("a step of the catalogue")),
    }
}

/// Digits of the areas of a tier.
fn tier(tier: pb::AreaLevel) -> Option<u8> {
    match tier {
        pb::AreaLevel::Unspecified => None,
        pb::AreaLevel::Province => Some(2),
        pb::AreaLevel::City => Some(4),
        pb::AreaLevel::District => Some(6),
        pb::AreaLevel::Town => Some(9),
        pb::AreaLevel::Community => Some(12),
    }
}

fn level(level: pb::MatterLevel) -> Option<Level> {
    match level {
        pb::MatterLevel::Unspecified => None,
        pb::MatterLevel::Simple => Some(Level::Simple),
        pb::MatterLevel::General => Some(Level::General),
        pb::MatterLevel::Complex => Some(Level::Complex),
    }
}
