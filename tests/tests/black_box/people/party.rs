//! Free texts of parties, each with case code and PIN; and a PIN, which is nowhere at all.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::node::Node;
use tests::world::{GRID, request_id};

use super::{PLANTS, done, open};

/// Every field of parties whose text is sealed, `Rpc.field`.
pub(crate) const FIELDS: [&str; 2] = ["RateMyCase.note", "ReopenMyCase.note"];

/// Plants the words in both; returns the PIN in quotes, as it would stand in a body of JSON.
pub(crate) fn plant(node: &Node) -> Result<String> {
    let body = json!({
        "requestId": request_id()?, "gridCode": GRID, "typeCode": "0201",
        "scale": "SCALE_INDIVIDUAL", "people": 2, "channel": "CHANNEL_RESIDENT",
    });
    let made = done(node, "dispatch", "DisputeService/ReportDispute", &body)?;
    let id = made["dispute"]["disputeId"].as_str().context("no id")?.to_owned();
    let pin = made["pin"].as_str().context("no PIN")?.to_owned();
    for (command, mut body) in [
        ("AcceptDispute", json!({})),
        ("TriageDispute", json!({"level": "LEVEL_SIMPLE"})),
        ("RecordOutcome", json!({"kind": "OUTCOME_KIND_WITHDRAWN"})),
    ] {
        body["requestId"] = json!(request_id()?);
        body["disputeId"] = json!(id);
        done(node, "dispatch", &format!("DisputeService/{command}"), &body)?;
    }
    let said = |mut body: Value| -> Result<Value> {
        body["requestId"] = json!(request_id()?);
        body["caseCode"] = made["dispute"]["caseCode"].clone();
        body["pin"] = json!(pin);
        body["note"] = json!(PLANTS.join(" "));
        Ok(body)
    };
    let rating = said(json!({"satisfaction": "SATISFACTION_DISSATISFIED"}))?;
    done(node, "dispatch", "PartyService/RateMyCase", &rating)?;
    done(node, "dispatch", "PartyService/ReopenMyCase", &said(json!({}))?)?;
    let opened = open(node, &id)?;
    let kinds: Vec<_> = opened.body["pieces"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|piece| &piece["kind"])
        .collect();
    ensure!(kinds == ["SEALED_KIND_PARTY", "SEALED_KIND_PARTY"], "{kinds:?}");
    let look = json!({"caseCode": made["dispute"]["caseCode"], "pin": pin});
    let seen = done(node, "dispatch", "PartyService/GetMyCase", &look)?;
    ensure!(seen["case"]["openings"].as_array().map(Vec::len) == Some(1), "{seen}");
    ensure!(!PLANTS.iter().any(|plant| seen.to_string().contains(plant)), "{seen}");
    Ok(format!("\"{pin}\""))
}
