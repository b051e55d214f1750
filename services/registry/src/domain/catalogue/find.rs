//! Which time limit holds: a plain search, so that followers can do the same.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::{Catalogue, Hardness, LimitRule, Matter, Step, TypeCode};
use crate::domain::code::{Level, Slug};

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A matter.
    Matter(Slug),
    /// A type of zz17.
    Type(TypeCode),
}

/// Which limit holds?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// For what.
    pub subject: Subject,
    /// For which step.
    pub step: Step,
    /// Tier of whoever handles; nothing = not known.
    pub tier: Option<Level>,
    /// Level of the case; nothing = not known.
    pub level: Option<Hardness>,
    /// On which day.
    pub on: Date,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The matter.
    pub matter: &'a Matter,
    /// The rule that holds; nothing = the step has no limit.
    pub rule: Option<&'a LimitRule>,
    /// Rules that hold as well, the nearest first.
    pub passed_over: Vec<&'a LimitRule>,
}

/// The matter that covers a type on a day: the one that names the longest code above it.
pub fn matter_of<'a>(catalogue: &'a Catalogue, code: &TypeCode, on: Date) -> Option<&'a Matter> {
    let here = catalogue.matters.iter().filter(|matter| matter.period.covers(on));
    let length = |matter: &Matter| {
        let above = matter.types.iter().filter(|known| known.covers(code));
        above.map(|known| known.as_str().len()).max()
    };
    let covering = here.filter_map(|matter| Some((length(matter)?, matter)));
    covering
        .max_by_key(|(length, matter)| (*length, Reverse(&matter.code)))
        .map(|(_, matter)| matter)
}

impl LimitRule {
    /// How special it is: tier and level before level, before tier, before neither.
    pub fn specificity(&self) -> u8 {
        u8::from(self.tier.is_some()) + 2 * u8::from(self.level.is_some())
    }

    /// Whether it answers a question about its matter.
    pub fn answers(&self, question: &Question) -> bool {
        self.step == question.step
            && (self.tier.is_none() || self.tier == question.tier)
            && (self.level.is_none() || self.level == question.level)
            && self.period.covers(question.on)
    }
}

/// Finds the limit that holds; nothing = the matter is not on the list on that day.
pub fn find<'a>(catalogue: &'a Catalogue, question: &Question) -> Option<Found<'a>> {
    let matter = match &question.subject {
        Subject::Matter(code) => {
            catalogue.matter(code).filter(|matter| matter.period.covers(question.on))?
        }
        Subject::Type(code) => matter_of(catalogue, code, question.on)?,
    };
    let rules = catalogue.limits.iter().filter(|rule| rule.matter == matter.code);
    let mut rules: Vec<&LimitRule> = rules.filter(|rule| rule.answers(question)).collect();
    rules.sort_by_key(|rule| (Reverse((rule.specificity(), rule.period.from)), &rule.key));
    let mut rules = rules.into_iter();
    Some(Found { matter, rule: rules.next(), passed_over: rules.collect() })
}

impl Found<'_> {
    /// Why this rule, in English and in Chinese.
    pub fn explanation(&self) -> (String, String) {
        let Some(rule) = self.rule else {
            return ("no rule limits this step".to_owned(), "该环节没有时限规定".to_owned());
        };
        let (reason, reason_zh) = match (rule.tier, rule.level) {
            (Some(_), Some(_)) => ("for this tier and level", "按层级和难易程度规定"),
            (None, Some(_)) => ("for this level", "按难易程度规定"),
            (Some(_), None) => ("for this tier", "按层级规定"),
            (None, None) => ("for every tier and level", "适用于各层级、各难易程度"),
        };
        let from = rule.period.from;
        let over = self.passed_over.len();
        let (more, more_zh) = match over {
            0 => (String::new(), String::new()),
            _ => (
                format!("; it goes before {over} that are less specific or older"),
                format!("；优先于另外 {over} 条较笼统或较早的规定"),
            ),
        };
        (
            format!(
                "{} {} holds since {from}, {reason} ({}){more}",
                rule.key, rule.limit, rule.source
            ),
            format!(
                "{} {} 自 {from} 起施行，{reason_zh}（{}）{more_zh}",
                rule.key, rule.limit, rule.source
            ),
        )
    }
}
