//! The table of time limits, each with its source.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::limit::Limit;
use crate::rows::{RowProblem, RulesError, Table};

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
    /// `office_hour`, `working_day`, `calendar_day`, `month`), `source` and `authority` (as
    /// [`Authority`], in snake case).
    ///
    /// # Errors
    ///
    /// [`RulesError`] with every wrong row and its line; nothing is loaded then.
    pub fn from_csv(bytes: &[u8]) -> Result<Rules, RulesError> {
        let columns = ["rule_key", "what_zh", "limit", "unit", "source", "authority"];
        let mut table = Table::read(bytes, columns);
        let mut by_key = BTreeMap::new();
        for (line, row) in std::mem::take(&mut table.rows) {
            match parse(row) {
                Ok(rule) => match by_key.entry(rule.key.clone()) {
                    Entry::Vacant(place) => {
                        place.insert(rule);
                    }
                    Entry::Occupied(_) => table.wrong(line, RowProblem::Duplicate(rule.key)),
                },
                Err(problem) => table.wrong(line, problem),
            }
        }
        table.errors.sort_by_key(|error| error.line);
        if table.errors.is_empty() {
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

    /// Returns all rules in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.by_key.values()
    }
}

fn parse(row: [String; 6]) -> Result<Rule, RowProblem> {
    let [key, what_zh, amount, unit, source, authority] = row;
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
    Ok(Rule { key, what_zh, limit, source, authority })
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
    fn all_wrong_rows_are_told_at_once() {
        let text = "rule_key,what_zh,limit,unit,source,authority\n\
                    a,办结,8,office_hour,本地规定,local_sd\n\
                    b,办结,0,hour,本地规定,local_sd\n\
                    c,办结,1,week,本地规定,local_sd\n\
                    a,办结,1,hour,本地规定,local_sd\n\
                    d,办结,1,hour,,local_sd\n\
                    e,办结,1,hour,本地规定,god\n\
                    f,办结\n";
        let rows = Rules::from_csv(text.as_bytes()).unwrap_err().rows;
        let (last, rest) = rows.split_last().unwrap();
        let expected = [
            (3, RowProblem::Amount("0".to_owned())),
            (4, RowProblem::Unit("week".to_owned())),
            (5, RowProblem::Duplicate("a".to_owned())),
            (6, RowProblem::Empty("source")),
            (7, RowProblem::Authority("god".to_owned())),
        ];
        assert_eq!(rest, expected.map(|(line, problem)| RowError { line, problem }));
        assert!(matches!(last, RowError { line: 8, problem: RowProblem::Unreadable(_) }));
    }
}
