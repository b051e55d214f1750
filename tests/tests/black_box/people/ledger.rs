//! A ledger of paper: the words in every free text of a row that is taken over, and where they have no place.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use tests::node::Node;
use tests::world::{GRID, request_id};

use super::{PLANTS, done, open, search};

/// Every field of ledgers whose text is sealed, `Rpc.field`.
pub(crate) const FIELDS: [&str; 1] = ["ImportLedger.rows"];

/// Plants the words: one row is taken over, the others tell what is wrong without repeating it.
pub(crate) fn plant(node: &Node) -> Result<()> {
    let [name, phone, place] = PLANTS;
    let words = PLANTS.join(" ");
    let good = json!({
        "number": "1", "grid_code": GRID, "report_date": "2025-11-03", "accept_date": "2025-11-04",
        "old_type_code": "17", "type_code": "0201", "level": "simple", "channel": "resident",
        "scale": "group", "people": "4", "party_names": format!("{name};乙"), "party_phones": phone,
        "party_count": "2", "place": place, "summary": words, "file_number": words,
        "state": "closed", "outcome": "agreed", "agreement_kind": "written",
        "outcome_date": "2025-11-10", "closed_date": "2025-11-12",
    });
    let good = good.as_object().context("a row")?.clone();
    let sealed = ["party_names", "party_phones", "place", "summary", "file_number"];
    let mut rows = vec![json!({"line": 2, "cells": good})];
    let mut others: Vec<&str> = good.keys().map(String::as_str).collect();
    others.retain(|column| !sealed.contains(column));
    for column in others.into_iter().chain(["community_code", "referral", "due_date", name]) {
        for words in PLANTS {
            let mut cells: Map<String, Value> = good.clone();
            cells.insert("number".to_owned(), json!(format!("bad-{}", rows.len())));
            cells.insert(column.to_owned(), json!(words));
            rows.push(json!({"line": rows.len() + 2, "cells": cells}));
        }
    }
    let body = json!({
        "requestId": request_id()?, "book": "tests-2025", "rows": rows, "partial": true,
    });
    let answer = done(node, "dispatch", "LedgerImportService/ImportLedger", &body)?;
    let faults = answer["faults"].as_array().context("no faults")?;
    ensure!(faults.len() > 50, "{answer}");
    search::search("what is wrong with a ledger", answer.to_string().as_bytes())?;
    let id = answer["cases"][0]["disputeId"].as_str().context("no case")?;
    let opened = open(node, id)?;
    for plant in PLANTS {
        ensure!(opened.raw.contains(plant), "{plant} was never sealed: {}", opened.raw);
    }
    Ok(())
}
