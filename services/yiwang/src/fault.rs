//! What is wrong with a row of a table or of a ledger of paper: one form, whoever found it. The wire has one for each
//! service.

use serde_json::Value;
use yiwang_proto::dispatch::v1::{LedgerFault, LedgerRow};
use yiwang_proto::registry::v1::{Row, RowFault};

use crate::batch::shortened;
use crate::failure::Failure;
use crate::screen::{Screen, to_json};

/// What is wrong with a cell, or with a whole row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Line in the file, the first one 1.
    pub line: u32,
    /// Column name; empty = the whole row.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// Why, in upper snake case.
    pub reason: String,
    /// Why, in English.
    pub en: String,
    /// Why, in Chinese.
    pub zh: String,
}

/// A row on its way to a node.
pub(crate) trait Sent {
    /// Line in the file.
    fn line(&self) -> u32;

    /// What stands in a column.
    fn cell(&self, column: &str) -> Option<&String>;
}

impl Sent for Row {
    fn line(&self) -> u32 {
        self.line
    }

    fn cell(&self, column: &str) -> Option<&String> {
        self.cells.get(column)
    }
}

impl Sent for LedgerRow {
    fn line(&self) -> u32 {
        self.line
    }

    fn cell(&self, column: &str) -> Option<&String> {
        self.cells.get(column)
    }
}

impl Fault {
    /// The fault with what stands in the cell: the node tells of texts only how long they are, and the file is at hand.
    pub(crate) fn filled(mut self, rows: &[impl Sent]) -> Fault {
        let row = rows.iter().find(|row| row.line() == self.line);
        if let Some(cell) = row.and_then(|row| row.cell(&self.column)) {
            self.value = shortened(cell);
        }
        self
    }

    /// The fault as programs read it.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        to_json(&RowFault::from(self.clone()))
    }
}

impl From<RowFault> for Fault {
    fn from(fault: RowFault) -> Fault {
        let RowFault { line, column, value, reason, message, message_zh } = fault;
        Fault { line, column, value, reason, en: message, zh: message_zh }
    }
}

impl From<LedgerFault> for Fault {
    fn from(fault: LedgerFault) -> Fault {
        let LedgerFault { line, column, value, reason, message, message_zh } = fault;
        Fault { line, column, value, reason, en: message, zh: message_zh }
    }
}

impl From<Fault> for RowFault {
    fn from(fault: Fault) -> RowFault {
        let Fault { line, column, value, reason, en, zh } = fault;
        RowFault { line, column, value, reason, message: en, message_zh: zh }
    }
}

/// Shows faults to people; nothing when there are none.
pub(crate) fn show(screen: Screen, faults: &[Fault]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let rows = faults.iter().map(|fault| {
        vec![
            fault.line.to_string(),
            fault.column.clone(),
            fault.value.clone(),
            fault.reason.clone(),
            format!("{} / {}", fault.en, fault.zh),
        ]
    });
    let header = ["Line 行", "Column 列", "Value 值", "Reason 原因", "What is wrong 说明"];
    screen.table(&header, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_what_stands_in_the_file() {
        let rows = [Row { line: 7, cells: [("name".to_owned(), "永".repeat(70))].into() }];
        let fault = |line, column: &str| Fault {
            line,
            column: column.to_owned(),
            value: "(70 characters)".to_owned(),
            ..Fault::default()
        };
        assert_eq!(fault(7, "name").filled(&rows).value, format!("{}…", "永".repeat(60)));
        assert_eq!(fault(8, "name").filled(&rows).value, "(70 characters)");
        assert_eq!(fault(7, "code").filled(&rows).value, "(70 characters)");
    }

    #[test]
    fn programs_read_a_fault_as_the_contract_has_it() {
        let wire = LedgerFault {
            line: 3,
            column: "number".to_owned(),
            value: "1".to_owned(),
            reason: "DUPLICATE".to_owned(),
            message: "twice".to_owned(),
            message_zh: "重复".to_owned(),
        };
        let json = to_json(&wire).unwrap();
        assert_eq!(Fault::from(wire).json().unwrap(), json);
        assert_eq!(json["messageZh"], "重复");
    }
}
