//! The table of time limits, each with its source.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::limit::{Limit, Unit};
use crate::rows::{RowProblem, RulesError, Table};
use crate::time_limit::Extension;

const SHIPPED: &[u8] = include_bytes!("../data/sla_rules.csv");

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::from_csv(SHIPPED).expect("the shipped table of limits is valid: tested")
});

/// A table of time limits by key. The shipped one gives defaults; a place replaces it by its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    by_key: BTreeMap<String, Rule>,
}

/// One time limit with the text it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Key, such as "hotline.handle".
    pub key: String,
    /// What is limited, in Chinese.
    pub what_zh: String,
    /// The limit.
    pub limit: Limit,
    /// The law, standard or rule it comes from, in Chinese, articles as "art34".
    pub source: String,
    /// How strong the source is.
    pub authority: Authority,
    /// Key of the rule that says how long before the end the yellow card is shown.
    pub yellow_rule: Option<String>,
    /// Key of the rule that says on which working day after the end the red card is shown.
    pub red_rule: Option<String>,
    /// Key of the rule that says by how much the limit may be extended in all.
    pub extension_rule: Option<String>,
}

/// An extension that a rule does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// It is more, with those before it, than the rule allows.
    #[error("extended by {asked} in all, {rule_key} allows {most}")]
    TooLong {
        /// All extensions together.
        asked: Limit,
        /// The most.
        most: Limit,
        /// Key of the rule.
        rule_key: String,
    },
    /// It is of another unit than the rule, so that the two cannot be compared.
    #[error("extended by {asked}, {rule_key} allows {most}: another unit cannot be compared")]
    Unit {
        /// The extension.
        asked: Limit,
        /// The most.
        most: Limit,
        /// Key of the rule.
        rule_key: String,
    },
}

/// How strong the source of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A national law, a regulation of the State Council or the Party's centre, or a judicial
    /// interpretation: binding everywhere, a place may only be stricter.
    Law,
    /// A rule of a ministry: binding for its line of work.
    Rule,
    /// A national standard (GB/T): recommended.
    Standard,
    /// A rule of Shandong province or of one of its cities: binding there.
    LocalSd,
    /// An example from another place, with no force here, for the place to replace.
    LocalOther,
}

impl Rules {
    /// Returns the shipped table, read once.
    #[must_use]
    pub fn shipped() -> &'static Rules {
        &RULES
    }

    /// Reads a table from comma separated text with the columns `rule_key`, `what_zh`, `limit`
    /// (a whole number), `unit` (`second`, `minute`, `hour`, `office_second`, `office_minute`,
    /// `office_hour`, `working_day`, `calendar_day`, `month`), `source`, `authority` (as
    /// [`Authority`], in snake case), and `yellow_rule`, `red_rule` and `extension_rule`, each
    /// empty or the key of another rule of the table; a red card's is in working days.
    ///
    /// # Errors
    ///
    /// [`RulesError`] with every wrong row and its line; nothing is loaded then.
    pub fn from_csv(bytes: &[u8]) -> Result<Rules, RulesError> {
        let columns = [
            "rule_key",
            "what_zh",
            "limit",
            "unit",
            "source",
            "authority",
            "yellow_rule",
            "red_rule",
            "extension_rule",
        ];
        let mut table = Table::read(bytes, columns);
        let mut by_key = BTreeMap::<String, (u64, Rule)>::new();
        for (line, row) in std::mem::take(&mut table.rows) {
            match parse(row) {
                Ok(rule) => match by_key.entry(rule.key.clone()) {
                    Entry::Vacant(place) => {
                        place.insert((line, rule));
                    }
                    Entry::Occupied(_) => table.wrong(line, RowProblem::Duplicate(rule.key)),
                },
                Err(problem) => table.wrong(line, problem),
            }
        }
        for (line, rule) in by_key.values() {
            let limit_of = |key: &String| Some(by_key.get(key)?.1.limit);
            for key in [&rule.yellow_rule, &rule.extension_rule].into_iter().flatten() {
                if limit_of(key).is_none() {
                    table.wrong(*line, RowProblem::UnknownRule(key.clone()));
                }
            }
            if let Some(key) = &rule.red_rule
                && limit_of(key).is_none_or(|limit| limit.unit != Unit::WorkingDay)
            {
                table.wrong(*line, RowProblem::RedRule(key.clone()));
            }
        }
        table.errors.sort_by_key(|error| error.line);
        if table.errors.is_empty() {
            let by_key = by_key.into_iter().map(|(key, (_, rule))| (key, rule)).collect();
            Ok(Rules { by_key })
        } else {
            Err(RulesError { rows: table.errors })
        }
    }

    /// Returns the rule of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Rule> {
        self.by_key.get(key)
    }

    /// Returns how long before the end of `rule` the yellow card is shown, if a rule says so.
    #[must_use]
    pub fn yellow_before(&self, rule: &Rule) -> Option<Limit> {
        Some(self.get(rule.yellow_rule.as_ref()?)?.limit)
    }

    /// Returns on which working day after the end of `rule` the red card is shown, if a rule
    /// says so.
    #[must_use]
    pub fn red_after(&self, rule: &Rule) -> Option<Limit> {
        Some(self.get(rule.red_rule.as_ref()?)?.limit)
    }

    /// Checks that all extensions together are no longer than a rule allows for `rule`; without
    /// such a rule everything is allowed.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`].
    pub fn check_extensions(
        &self,
        rule: &Rule,
        extensions: &[Extension],
    ) -> Result<(), ExtensionError> {
        let most = rule.extension_rule.as_ref().and_then(|key| self.get(key));
        let Some(Rule { key, limit: most, .. }) = most else { return Ok(()) };
        let (most, rule_key) = (*most, key.clone());
        let mut amount = 0_u32;
        for Extension { limit, .. } in extensions {
            if (limit.unit, limit.office_hours) != (most.unit, most.office_hours) {
                return Err(ExtensionError::Unit { asked: *limit, most, rule_key });
            }
            amount = amount.saturating_add(limit.amount);
        }
        if amount > most.amount {
            let asked = Limit { amount, ..most };
            return Err(ExtensionError::TooLong { asked, most, rule_key });
        }
        Ok(())
    }

    /// Returns all rules in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.by_key.values()
    }
}

fn parse(row: [String; 9]) -> Result<Rule, RowProblem> {
    let [key, what_zh, amount, unit, source, authority, yellow, red, extension] = row;
    for (column, field) in [("rule_key", &key), ("what_zh", &what_zh), ("source", &source)] {
        if field.is_empty() {
            return Err(RowProblem::Empty(column));
        }
    }
    let suffix = match unit.as_str() {
        "second" => "s",
        "minute" => "min",
        "hour" => "h",
        "office_second" => "os",
        "office_minute" => "omin",
        "office_hour" => "oh",
        "working_day" => "wd",
        "calendar_day" => "d",
        "month" => "mo",
        _ => return Err(RowProblem::Unit(unit)),
    };
    let limit = format!("{amount}{suffix}").parse().map_err(|_| RowProblem::Amount(amount))?;
    let authority = match authority.as_str() {
        "law" => Authority::Law,
        "rule" => Authority::Rule,
        "standard" => Authority::Standard,
        "local_sd" => Authority::LocalSd,
        "local_other" => Authority::LocalOther,
        _ => return Err(RowProblem::Authority(authority)),
    };
    let [yellow_rule, red_rule, extension_rule] =
        [yellow, red, extension].map(|key| (!key.is_empty()).then_some(key));
    Ok(Rule { key, what_zh, limit, source, authority, yellow_rule, red_rule, extension_rule })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::RowError;

    #[test]
    fn the_shipped_table_is_whole() {
        let rules = Rules::shipped();
        assert_eq!(rules.iter().len(), 36);
        let table = [
            ("hotline.handle", "5wd", Authority::LocalSd),
            ("petition.handle", "60d", Authority::Law),
            ("mediation.peoples", "1mo", Authority::Rule),
            ("hotline.answer_call", "15s", Authority::Standard),
            ("hotline.answer_sms", "3min", Authority::Standard),
            ("beijing.grade1", "2h", Authority::LocalOther),
        ];
        for (key, limit, authority) in table {
            let rule = rules.get(key).unwrap();
            assert_eq!((rule.limit.to_string(), rule.authority), (limit.to_owned(), authority));
        }
        assert!(rules.iter().all(|rule| !rule.source.is_empty()));
    }

    #[test]
    fn a_rule_names_its_cards_and_its_longest_extension() {
        let rules = Rules::shipped();
        let order = rules.get("hotline.handle").unwrap();
        let one = Some(Limit::working_days(1));
        assert_eq!((rules.yellow_before(order), rules.red_after(order)), (one, one));
        let by = |text: &str| Extension {
            limit: text.parse().unwrap(),
            reason_code: "complex".to_owned(),
        };
        assert_eq!(rules.check_extensions(order, &[by("4wd"), by("6wd")]), Ok(()));
        let refused = |extensions: &[Extension]| {
            rules.check_extensions(order, extensions).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[by("10wd"), by("1wd")]),
            "extended by 11wd in all, hotline.extension_max allows 10wd"
        );
        assert_eq!(
            refused(&[by("3d")]),
            "extended by 3d, hotline.extension_max allows 10wd: another unit cannot be compared"
        );
        let petition = rules.get("petition.handle").unwrap();
        assert_eq!(rules.check_extensions(petition, &[by("30d")]), Ok(()));
        assert!(rules.check_extensions(petition, &[by("31d")]).is_err());
        let free = rules.get("zz_centre.simple").unwrap();
        assert_eq!((rules.yellow_before(free), rules.red_after(free)), (None, None));
        assert_eq!(rules.check_extensions(free, &[by("300d")]), Ok(()));
    }

    #[test]
    fn all_wrong_rows_are_told_at_once() {
        let text = "rule_key,what_zh,limit,unit,source,authority,yellow_rule,red_rule,extension_rule\n\
                    a,办结,8,office_hour,本地规定,local_sd,nothing,,\n\
                    b,办结,0,hour,本地规定,local_sd,,,\n\
                    c,办结,1,week,本地规定,local_sd,,,\n\
                    a,办结,1,hour,本地规定,local_sd,,,\n\
                    d,办结,1,hour,,local_sd,,,\n\
                    e,办结,1,hour,本地规定,god,,,\n\
                    g,办结,1,hour,本地规定,local_sd,,a,\n\
                    f,办结\n";
        let rows = Rules::from_csv(text.as_bytes()).unwrap_err().rows;
        let (last, rest) = rows.split_last().unwrap();
        let expected = [
            (2, RowProblem::UnknownRule("nothing".to_owned())),
            (3, RowProblem::Amount("0".to_owned())),
            (4, RowProblem::Unit("week".to_owned())),
            (5, RowProblem::Duplicate("a".to_owned())),
            (6, RowProblem::Empty("source")),
            (7, RowProblem::Authority("god".to_owned())),
            (8, RowProblem::RedRule("a".to_owned())),
        ];
        assert_eq!(rest, expected.map(|(line, problem)| RowError { line, problem }));
        assert!(matches!(last, RowError { line: 9, problem: RowProblem::Unreadable(_) }));
    }
}
