//! Free texts in commands that are carried out: a dispute brought through every state, workers, an import.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use tests::callers::EVERYTHING;
use tests::http::post;
use tests::node::Node;
use tests::world::{GRID, TEAM, UNIT, request_id};

use super::{PLANTS, done, open};

/// Every field whose text is sealed, `Rpc.field`.
pub(crate) const FIELDS: [&str; 26] = [
    "ReportDispute.details",
    "RejectDispute.note",
    "TriageDispute.note",
    "DeclineOffer.note",
    "RecordConsent.note",
    "RecordOutcome.note",
    "RecordConfirmation.note",
    "RecordReferralResult.note",
    "RecordFollowUp.note",
    "VerifyDispute.note",
    "RedoDispute.note",
    "MergeDispute.note",
    "EscalateDispute.note",
    "DelegateDispute.note",
    "ReturnDispute.note",
    "RemindDispute.note",
    "SuperviseDispute.note",
    "LiftSupervision.note",
    "RequestExtension.note",
    "DecideExtension.note",
    "PauseDispute.note",
    "ResumeDispute.note",
    "DeferDispute.note",
    "EndDeferral.note",
    "CloseDispute.note",
    "AddNote.note",
];

/// What was made on the way, for those who read it.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The dispute that went through every state.
    pub(crate) closed: String,
    /// Its case code.
    pub(crate) case_code: String,
    /// A worker with a name and a phone.
    pub(crate) worker: &'static str,
    /// An import that brought another one.
    pub(crate) import: String,
    /// A functional zone.
    pub(crate) zone: &'static str,
}

/// Plants the words in every free text, requiring success each time.
pub(crate) fn plant(node: &Node) -> Result<Accepted> {
    let closed = every_state(node)?;
    let rejected = report(node)?;
    let body = with_note(json!({"reason": "REJECT_REASON_NOT_A_DISPUTE"}));
    step(node, "RejectDispute", &rejected, body)?;
    ensure!(pieces(node, &rejected)? == ["SEALED_KIND_DETAILS", "SEALED_KIND_REJECTION"]);
    workers(node)?;
    let import = import(node)?;
    let zone = json!({
        "requestId": request_id()?, "jurisdictionId": "tests-zone", "areaCode": "3703",
        "displayName": "测试区", "validFromDate": "2026-01-01", "areaCodes": [&GRID[..9]],
    });
    done(node, "registry", "AreaService/CreateJurisdiction", &zone)?;
    let outline = json!({"type": "Polygon", "coordinates":
        [[[117.86, 36.79], [117.88, 36.79], [117.88, 36.81], [117.86, 36.81], [117.86, 36.79]]]});
    let redraw = json!({
        "requestId": request_id()?, "gridCode": GRID, "outlineGeojson": outline.to_string(),
    });
    done(node, "registry", "GridService/RedrawGrid", &redraw)?;
    let get = json!({"disputeId": closed});
    let dispute = done(node, "dispatch", "DisputeService/GetDispute", &get)?;
    let case_code = dispute["dispute"]["caseCode"].as_str().context("no code")?.to_owned();
    Ok(Accepted { closed, case_code, worker: "tests-worker", import, zone: "tests-zone" })
}

fn words() -> String {
    PLANTS.join(" ")
}

fn with_note(mut body: Value) -> Value {
    body["note"] = json!(words());
    body
}

/// One step of a dispute, which has to be carried out.
fn step(node: &Node, command: &str, dispute: &str, mut body: Value) -> Result<Value> {
    body["requestId"] = json!(request_id()?);
    body["disputeId"] = json!(dispute);
    done(node, "dispatch", &format!("DisputeService/{command}"), &body)
}

/// Reports a dispute with the words in every text of its details.
pub(crate) fn report(node: &Node) -> Result<String> {
    let [name, phone, address] = PLANTS;
    let party = json!({"name": name, "phone": phone, "address": address, "statement": words()});
    let reporter = json!({"name": name, "phone": phone});
    let details = json!({
        "parties": [party, {"name": "乙"}], "place": words(), "summary": words(), "reporter": reporter,
    });
    report_with(node, &details)
}

/// Reports a dispute with some details and returns its id.
pub(crate) fn report_with(node: &Node, details: &Value) -> Result<String> {
    let body = json!({
        "requestId": request_id()?, "gridCode": GRID, "typeCode": "0201", "details": details,
        "withoutPin": true,
        "scale": "SCALE_INDIVIDUAL", "people": 2, "channel": "CHANNEL_RESIDENT",
    });
    let made = done(node, "dispatch", "DisputeService/ReportDispute", &body)?;
    Ok(made["dispute"]["disputeId"].as_str().context("no id")?.to_owned())
}

/// Brings a dispute from report to closed through every command that takes a free text.
fn every_state(node: &Node) -> Result<String> {
    let id = report(node)?;
    let given = |party| json!({"party": party, "consent": "CONSENT_GIVEN"});
    let team = json!({"teamId": TEAM});
    let decline = with_note(json!({"teamId": TEAM, "reason": "DECLINE_REASON_BUSY"}));
    let mediation = json!({
        "kind": "MEDIATION_KIND_PEOPLES", "organisationId": UNIT, "consents": [given(2)],
    });
    let arriving = [
        ("CallTeam", json!({})),
        ("DeclineOffer", decline),
        ("CallTeam", json!({})),
        ("AcceptOffer", team.clone()),
        ("AddNote", with_note(json!({}))),
        ("RecordArrival", team),
        ("RecordConsent", with_note(json!({"consent": given(1)}))),
        ("StartMediation", mediation),
    ];
    let ending = [
        ("RecordOutcome", with_note(json!({"kind": "OUTCOME_KIND_AGREED_WRITTEN"}))),
        ("RecordConfirmation", with_note(json!({"confirmation": "CONFIRMATION_APPLIED"}))),
        ("RecordFollowUp", with_note(json!({"performance": "PERFORMANCE_PERFORMED"}))),
        ("VerifyDispute", with_note(json!({}))),
        ("RedoDispute", with_note(json!({"reason": "REDO_REASON_PARTY_ASKS"}))),
        (
            "RecordOutcome",
            with_note(json!({"kind": "OUTCOME_KIND_REFERRED", "referral": "REFERRAL_COURT"})),
        ),
        ("RecordReferralResult", with_note(json!({"result": "REFERRAL_RESULT_SETTLED"}))),
        ("VerifyDispute", with_note(json!({}))),
        ("CloseDispute", with_note(json!({}))),
    ];
    step(node, "AcceptDispute", &id, json!({}))?;
    step(node, "TriageDispute", &id, with_note(json!({"level": "LEVEL_SIMPLE"})))?;
    // Only what is late can be deferred: the test's limit is a second.
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    let duplicate = report(node)?;
    step(node, "MergeDispute", &duplicate, with_note(json!({"intoDisputeId": id})))?;
    for (command, body) in watched().into_iter().chain(arriving).chain(ending) {
        step(node, command, &id, body)?;
    }
    let mut kinds = vec!["DETAILS", "TRIAGE"];
    kinds.extend(["OVERSIGHT"; 9]);
    kinds.extend(["MOVE", "MOVE", "MOVE", "DECLINE", "NOTE", "CONSENT", "OUTCOME", "OUTCOME"]);
    kinds.extend(["FOLLOW_UP", "VERIFICATION", "VERIFICATION", "OUTCOME", "OUTCOME"]);
    kinds.extend(["VERIFICATION", "CLOSING"]);
    let kinds: Vec<_> = kinds.iter().map(|kind| format!("SEALED_KIND_{kind}")).collect();
    let found = pieces(node, &id)?;
    ensure!(found == kinds, "{found:?}");
    Ok(id)
}

/// Everything that an upper tier does with a case, and its way up and back.
fn watched() -> Vec<(&'static str, Value)> {
    let day = "2027-06-01";
    let community = &GRID[..12];
    let moved = json!({"reason": "MOVE_REASON_BEYOND_THIS_TIER"});
    let down = json!({"reason": "MOVE_REASON_NEARER_TO_PARTIES", "toAreaCode": community});
    let deferred = json!({"reason": "DEFERRAL_REASON_NO_POLICY", "reviewDate": day});
    let extended = json!({"reason": "EXTENSION_REASON_COMPLEX", "workingDays": 1});
    vec![
        ("DeferDispute", with_note(deferred)),
        ("EndDeferral", with_note(json!({}))),
        ("RemindDispute", with_note(json!({}))),
        ("SuperviseDispute", with_note(json!({"kind": "SUPERVISION_KIND_LISTED"}))),
        ("LiftSupervision", with_note(json!({}))),
        ("RequestExtension", with_note(extended)),
        ("DecideExtension", with_note(json!({"granted": true}))),
        ("PauseDispute", with_note(json!({"kind": "PAUSE_KIND_HEARING"}))),
        ("ResumeDispute", with_note(json!({}))),
        ("EscalateDispute", with_note(moved.clone())),
        ("DelegateDispute", with_note(down)),
        ("ReturnDispute", with_note(moved)),
    ]
}

/// Kinds of the sealed pieces of a dispute, in order; every one of them has the words in it.
fn pieces(node: &Node, dispute: &str) -> Result<Vec<String>> {
    let opened = open(node, dispute)?;
    let pieces = opened.body["pieces"].as_array().context("no pieces")?;
    for piece in pieces {
        let text = piece.to_string();
        for plant in PLANTS {
            ensure!(text.contains(plant), "{plant} is not in {text}");
        }
    }
    Ok(pieces.iter().map(|piece| piece["kind"].as_str().unwrap_or_default().to_owned()).collect())
}

/// A worker who is registered with the words and changed to them again.
fn workers(node: &Node) -> Result<()> {
    let [name, phone, _] = PLANTS;
    let register = json!({
        "requestId": request_id()?, "workerId": "tests-worker", "post": "POST_FULL_TIME",
        "areaCode": &GRID[..9], "displayName": name, "workPhone": phone,
        "validFromDate": "2026-01-01",
    });
    done(node, "registry", "WorkerService/RegisterWorker", &register)?;
    for (name, phone) in [("张三", "0533-1234567"), (name, phone)] {
        let update = json!({
            "requestId": request_id()?, "workerId": "tests-worker", "displayName": name,
            "workPhone": phone,
        });
        done(node, "registry", "WorkerService/UpdateWorker", &update)?;
    }
    let get = json!({"workerId": "tests-worker"});
    let worker = done(node, "registry", "WorkerService/GetWorker", &get)?.to_string();
    ensure!(worker.contains(name) && worker.contains(phone), "{worker}");
    let assign = json!({
        "requestId": request_id()?, "workerId": "tests-worker", "gridCode": GRID,
    });
    done(node, "registry", "WorkerService/AssignWorker", &assign)?;
    Ok(())
}

/// An import of workers: rows that are good, and rows with the words where they have no place.
fn import(node: &Node) -> Result<String> {
    let [name, phone, _] = PLANTS;
    let create = json!({
        "requestId": request_id()?, "kind": "IMPORT_KIND_WORKERS", "skipBadRows": true,
    });
    let made = done(node, "registry", "ImportService/CreateImport", &create)?;
    let id = made["import"]["importId"].as_str().context("no id")?.to_owned();
    let good = json!({
        "worker_id": "imported-worker", "name": name, "work_phone": phone, "post": "full_time",
        "area_code": &GRID[..9], "valid_from": "2026-01-01",
    });
    let mut rows = vec![json!({"line": 2, "cells": good})];
    for column in good.as_object().context("a row")?.keys().filter(|column| *column != "name") {
        for words in PLANTS {
            // A number of eleven digits may well be the id or the phone of somebody.
            let fits = words == phone && (column == "work_phone" || column == "worker_id");
            let mut cells: Map<String, Value> = good.as_object().context("a row")?.clone();
            cells.insert("worker_id".to_owned(), json!(format!("bad-{}", rows.len())));
            cells.insert(column.clone(), json!(words));
            if !fits {
                rows.push(json!({"line": rows.len() + 2, "cells": cells}));
            }
        }
    }
    let stage = json!({"requestId": request_id()?, "importId": id, "rows": rows});
    let path = "/yiwang.registry.v1.ImportService/StageRows";
    let staged = post(node.port(), path, EVERYTHING.token, &stage.to_string())?;
    ensure!(staged.status == 200, "{}", staged.raw);
    let faults = staged.body["faults"].as_array().context("no faults")?;
    ensure!(faults.len() >= rows.len() - 1, "{} faults: {}", faults.len(), staged.raw);
    super::search::search("what is wrong with rows", staged.raw.as_bytes())?;
    let activate = json!({"requestId": request_id()?, "importId": id});
    done(node, "registry", "ImportService/ActivateImport", &activate)?;
    let get = json!({"workerId": "imported-worker"});
    let worker = done(node, "registry", "WorkerService/GetWorker", &get)?.to_string();
    ensure!(worker.contains(name) && worker.contains(phone), "{worker}");
    Ok(id)
}
