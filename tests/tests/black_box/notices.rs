//! `yiwang notify` against a node and a gateway: told once whatever happens in between, tried again as long as that makes
//! sense, listed when it does not; and no contact anywhere but where it is sent.

mod teller;

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tests::callers::EVERYTHING;
use tests::database::Store;
use tests::feed;
use tests::gateway::{Gateway, Says};
use tests::node::Node;
use tests::world::{GRID, request_id};

use self::teller::Teller;
use super::people::done;
use super::{ended, settled};

/// Who reports, and where they are reached. Nobody else in these tests has such a name or number.
const NAME: &str = "欧阳反映人";
const PHONE: &str = "13677889900";
const REASON: [&str; 2] =
    ["UNDELIVERABLE_REASON_REFUSED_BY_GATEWAY", "UNDELIVERABLE_REASON_GAVE_UP"];

/// Reports a case of a resident who wants to be told, and accepts it, which the resident has to be told of.
fn accepted(node: &Node) -> Result<String> {
    let details = json!({
        "parties": [{"name": "甲方"}, {"name": "乙方"}], "place": "共用水阀旁",
        "reporter": {"name": NAME, "phone": PHONE},
    });
    let body = json!({
        "requestId": request_id()?, "gridCode": GRID, "typeCode": "0201", "details": details,
        "withoutPin": true, "scale": "SCALE_INDIVIDUAL", "channel": "CHANNEL_RESIDENT",
    });
    let made = done(node, "dispatch", "DisputeService/ReportDispute", &body)?;
    let id = made["dispute"]["disputeId"].as_str().context("no id")?.to_owned();
    let accept = json!({"requestId": request_id()?, "disputeId": id});
    done(node, "dispatch", "DisputeService/AcceptDispute", &accept)?;
    Ok(id)
}

/// What happened to a case about notices, as the type and the message of each event.
fn history(node: &Node, id: &str) -> Result<Vec<(String, Value)>> {
    let body = json!({"disputeId": id, "pageSize": 1000});
    let answer = done(node, "dispatch", "DisputeService/ListDisputeHistory", &body)?;
    let entries = answer["entries"].as_array().context("no entries")?;
    let short = |entry: &Value| {
        let name = entry["type"].as_str().unwrap_or_default();
        (name.trim_start_matches("yiwang.dispatch.v1.").to_owned(), entry["event"].clone())
    };
    let all = entries.iter().map(short);
    Ok(all.filter(|(name, _)| name.starts_with("Notice") || name == "DetailsOpened").collect())
}

fn named<'a>(history: &'a [(String, Value)], name: &str) -> Vec<&'a Value> {
    history.iter().filter(|(known, _)| known == name).map(|(_, event)| event).collect()
}

fn undelivered(node: &Node) -> Result<Vec<Value>> {
    let answer = done(node, "dispatch", "NoticeService/ListUndelivered", &json!({}))?;
    Ok(answer["notices"].as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn killed_between_sending_and_reporting_it_tells_once_on_sqlite() -> Result<()> {
    told_once(Store::Sqlite).await
}

#[tokio::test]
async fn killed_between_sending_and_reporting_it_tells_once_on_postgres() -> Result<()> {
    told_once(Store::Postgres).await
}

async fn told_once(store: Store) -> Result<()> {
    let Some((database, node)) = settled(store).await? else { return Ok(()) };
    let case = accepted(&node)?;
    let gateway = Gateway::start(&[Says::Nothing])?;
    let teller = Teller::new(&node, &gateway.address())?;
    let mut running = teller.start(&["--timeout", "60s"])?;
    gateway.wait_for(1).await?;
    running.kill()?;
    ensure!(named(&history(&node, &case)?, "NoticeDelivered").is_empty(), "nobody answered yet");

    for _ in 0..2 {
        teller.once(&[])?;
    }
    let got = gateway.got();
    ensure!(got.len() == 2 && got[0].key == got[1].key, "two calls with one key: {got:?}");
    ensure!(got[0].authorization == "Bearer gateway-token", "{:?}", got[0].authorization);
    let to = json!([{"kind": "person", "name": NAME, "phone": PHONE}]);
    ensure!(got[1].body["to"] == to && got[1].body == got[0].body, "{}", got[1].body);
    let history = history(&node, &case)?;
    ensure!(named(&history, "NoticeDelivered").len() == 1, "{history:?}");
    let openings = named(&history, "DetailsOpened");
    ensure!(openings.len() == 2, "opened again by the one that was started again: {openings:?}");
    ensure!(openings.iter().all(|opened| opened["purpose"] == "PURPOSE_NOTIFY"), "{openings:?}");
    ended(node, database).await
}

#[tokio::test]
async fn a_gateway_that_is_busy_is_tried_again() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let case = accepted(&node)?;
    let gateway = Gateway::start(&[Says::Status(503), Says::Status(503)])?;
    let teller = Teller::new(&node, &gateway.address())?;
    let mut running = teller.start(&[])?;
    gateway.wait_for(3).await?;
    let status = running.ends_at(Signal::SIGTERM).await?;
    ensure!(status.code() == Some(0), "{status}: {}", running.said()?);
    let keys: std::collections::BTreeSet<_> =
        gateway.got().into_iter().map(|got| got.key).collect();
    ensure!(keys.len() == 1 && gateway.got().len() == 3, "{keys:?}");
    // What was in its hands at the signal was brought to its end.
    let history = history(&node, &case)?;
    let delivered = named(&history, "NoticeDelivered");
    ensure!(delivered.len() == 1 && delivered[0]["attempts"] == 3, "{history:?}");
    ensure!(named(&history, "DetailsOpened").len() == 1, "opened once: {history:?}");
    ended(node, database).await
}

#[tokio::test]
async fn what_a_gateway_refuses_is_listed_and_delivered_when_it_is_retried() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let case = accepted(&node)?;
    let gateway = Gateway::start(&[Says::Status(400)])?;
    let teller = Teller::new(&node, &gateway.address())?;
    teller.once(&[])?;
    let listed = undelivered(&node)?;
    ensure!(listed.len() == 1 && listed[0]["reason"] == REASON[0], "{listed:?}");
    ensure!(listed[0]["disputeId"] == json!(case) && listed[0]["attempts"] == 1, "{listed:?}");
    teller.once(&[])?;
    ensure!(gateway.got().len() == 1, "it is not tried again by itself");

    let position = listed[0]["position"].clone();
    let retry = json!({"requestId": request_id()?, "noticePosition": position});
    done(&node, "dispatch", "NoticeService/RetryNotice", &retry)?;
    ensure!(undelivered(&node)?.is_empty(), "retried, and still listed");
    teller.once(&[])?;
    let got = gateway.got();
    ensure!(got.len() == 2 && got[0].key != got[1].key, "a new notice has a key of its own");
    let history = history(&node, &case)?;
    let due = named(&history, "NoticeDue");
    ensure!(due.len() == 2 && due[1]["retryOfPosition"] == position, "{due:?}");
    ensure!(named(&history, "NoticeUndeliverable").len() == 1, "{history:?}");
    ensure!(named(&history, "NoticeDelivered").len() == 1, "{history:?}");
    ensure!(undelivered(&node)?.is_empty());
    ended(node, database).await
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_given_up_after_some_tries() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let case = accepted(&node)?;
    let nowhere = format!("http://127.0.0.1:{}/", tests::node::free_port()?);
    let teller = Teller::new(&node, &nowhere)?;
    for _ in 0..3 {
        teller.once(&["--attempts", "3"])?;
    }
    let listed = undelivered(&node)?;
    ensure!(listed.len() == 1 && listed[0]["reason"] == REASON[1], "{listed:?}");
    ensure!(listed[0]["attempts"] == 3 && listed[0]["disputeId"] == json!(case), "{listed:?}");
    ended(node, database).await
}

#[tokio::test]
async fn contacts_are_in_files_and_nowhere_else() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    accepted(&node)?;
    let room = tempfile::tempdir()?;
    let to = format!("files:{}", room.path().join("out").display());
    let teller = Teller::new(&node, &to)?;
    let rehearsed = teller.run(&["--dry-run"])?;
    ensure!(rehearsed.contains("ACCEPTED") && rehearsed.contains("reporter"), "{rehearsed}");
    ensure!(!room.path().join("out").exists(), "a rehearsal writes nothing");
    let said = teller.once(&[])? + &rehearsed;
    let mut files = std::fs::read_dir(room.path().join("out"))?.collect::<Result<Vec<_>, _>>()?;
    let file = files.pop().context("no file")?;
    ensure!(files.is_empty(), "one notice, one file");
    let text = std::fs::read_to_string(file.path())?;
    let sent: Value = serde_json::from_str(&text)?;
    let name = file.file_name().to_string_lossy().into_owned();
    ensure!(sent["id"] == json!(name.trim_end_matches(".json")), "{name}: {sent}");
    ensure!(text.contains(NAME) && text.contains(PHONE), "{text}");
    ensure!(!text.contains("甲方") && !text.contains("水阀"), "nothing else of the case: {text}");

    let log: Vec<u8> = feed::whole_log(&node, &EVERYTHING, "dispatch")
        .await?
        .into_iter()
        .flat_map(|event| event.payload)
        .collect();
    let places = [
        ("the feed", String::from_utf8_lossy(&log).into_owned()),
        ("the node's log", node.log()?),
        ("what notify says", said),
        ("the state file", teller.state()?),
    ];
    for (place, text) in places {
        ensure!(!text.contains(NAME) && !text.contains(PHONE), "{place}: {text}");
    }
    ensure!(teller.state()?.contains("\"pending\": {}"), "{}", teller.state()?);
    ended(node, database).await
}

#[tokio::test]
async fn a_new_beginning_tells_nothing_of_what_lies_behind() -> Result<()> {
    let Some((database, node)) = settled(Store::Sqlite).await? else { return Ok(()) };
    let before = accepted(&node)?;
    let gateway = Gateway::start(&[])?;
    let teller = Teller::new(&node, &gateway.address())?;
    teller.run(&["--once"])?;
    let after = accepted(&node)?;
    teller.run(&["--once"])?;
    let told: Vec<_> = gateway.got().into_iter().map(|got| got.body["disputeId"].clone()).collect();
    ensure!(told == [json!(after)], "{told:?}, and {before} lies behind");
    ended(node, database).await
}

/// Sends a process a signal.
fn signal(pid: u32, signal: Signal) -> Result<()> {
    Ok(kill(Pid::from_raw(i32::try_from(pid)?), signal)?)
}
