//! The command line against a node: what people type, what they read, and the exit codes.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::Lifecycle;
use kit::config::Layers;
use serde_json::Value;
use yiwang::demo::play;
use yiwang::node::{Which, start};
use yiwang::screen::Screen;
use yiwang::session::Session;
use yiwang::settings::{NodeFlags, Settings};

const GRID: &str = "370306004006001";

/// What a command did.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A node as the command line finds it.
struct Shell {
    server: String,
    token: String,
}

impl Shell {
    fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_yiwang"))
            .args(arguments)
            .env("YIWANG_SERVER", &self.server)
            .env("YIWANG_TOKEN", &self.token)
            .env("YIWANG_RETRY", "0")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that has to succeed and to print every part.
    fn good(&self, arguments: &[&str], parts: &[&str]) -> String {
        let Said { code, out, err } = self.run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
        for part in parts {
            assert!(out.contains(part), "{arguments:?} lacks {part}: {out}{err}");
        }
        out
    }

    /// Runs a command that has to be refused; returns what it says on the standard error as JSON.
    fn refused(&self, arguments: &[&str]) -> Value {
        let Said { code, out, err } = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(code, Some(1), "{arguments:?}: {out}{err}");
        serde_json::from_str(&err).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let flags = NodeFlags {
        database: Some(format!("sqlite://{}", folder.path().join("data").display())),
        listen: Some("127.0.0.1:0".to_owned()),
        clock: Some("2026-02-13T09:00".to_owned()),
        ..NodeFlags::default()
    };
    let settings = Settings::layered(Layers::new(), &flags).unwrap();
    let life = Lifecycle::new(Duration::from_secs(20));
    let node = start(&settings, Which::All, &life).await.unwrap();
    let shell = Shell { server: format!("http://{}", node.address), token: node.token.unwrap() };
    let session = Session::to(&shell.server, &shell.token, None).unwrap();
    play(&session, Screen { json: false }, "2026-01-01").await.unwrap();
    let room = folder.path().to_owned();
    let work = tokio::task::spawn_blocking(move || {
        registry(&shell);
        disputes(&shell, &room);
        oversight(&shell);
        tables(&shell, &room);
        ledgers(&shell, &room);
        catalogue(&shell, &room);
        feeds(&shell);
        refusals(&shell);
    });
    work.await.unwrap();
    life.stop();
    assert_eq!(life.run_until(futures::stream::pending()).await, 0);
}

fn registry(shell: &Shell) {
    shell.good(&["area", "show", "370306004"], &["永安街道", "周村区"]);
    let tree = shell.good(&["area", "tree", "370306", "--depth", "1"], &["370306004 "]);
    assert!(!tree.contains("370306004006"), "{tree}");
    shell.good(&["area", "zones"], &["gaoxin", "高新区"]);
    shell.good(&["area", "set-zone", "gaoxin", "--manages", "370306004"], &["370306004"]);
    shell.good(&["grid", "show", GRID], &["光明", GRID]);
    shell.good(&["grid", "count", "--area", "3703"], &["6464"]);
    shell.good(&["grid", "rename", GRID, "光明东网格"], &["光明东网格", "position / 位置"]);
    let worker = format!("w-{GRID}");
    shell.good(&["worker", "show", &worker], &[GRID]);
    shell.good(&["worker", "update", &worker, "--name", "样例网格员甲"], &["样例网格员甲"]);
    shell.good(&["worker", "unassign", &worker, GRID], &[]);
    let shown = shell.good(&["worker", "show", &worker], &["样例网格员甲"]);
    assert!(!shown.replace(&worker, "").contains(GRID), "{shown}");
    let create =
        ["unit", "create", "u-x", "--name", "样例站", "--kind", "station", "--area", "370306004"];
    shell.good(&create, &["u-x", "样例站"]);
    shell.good(&["unit", "update", "u-x", "--name", "样例二站"], &["样例二站"]);
    let create = [
        "team",
        "create",
        "t-x",
        "--name",
        "样例队",
        "--area",
        "370306004",
        "--base",
        "117.86,36.80",
        "--member",
        "m-370306004-1-1",
    ];
    shell.good(&create, &["t-x", "样例队"]);
    shell.good(&["team", "update", "t-x", "--name", "样例二队"], &["样例二队"]);
}

fn disputes(shell: &Shell, room: &Path) {
    let file = room.join("details.json");
    std::fs::write(&file, r#"{"parties": [{"name": "样例甲"}], "summary": "水阀"}"#).unwrap();
    let id = "0190f0f0-0000-4000-8000-000000000001";
    let details = file.display().to_string();
    let report = [
        "dispute",
        "report",
        "--grid",
        "370306004005001",
        "--type",
        "0201",
        "--scale",
        "individual",
        "--channel",
        "resident",
        "--details",
        &details,
        "--request-id",
        id,
        "--json",
    ];
    let first: Value = serde_json::from_str(&shell.good(&report, &[])).unwrap();
    let again: Value = serde_json::from_str(&shell.good(&report, &[])).unwrap();
    assert_eq!(first["dispute"]["disputeId"], again["dispute"]["disputeId"]);
    let dispute = first["dispute"]["disputeId"].as_str().unwrap();
    shell.good(&["dispute", "accept", dispute], &["accepted"]);
    shell.good(&["dispute", "triage", dispute, "general", "--note", "邻里纠纷"], &["triaged"]);
    shell.good(&["dispute", "open", dispute, "--purpose", "mediate"], &["样例甲", "邻里纠纷"]);
    shell.good(&["dispute", "list"], &["triaged", "closed"]);
    let to = room.join("none.pdf").display().to_string();
    let download = ["dispute", "download", dispute, id, "--purpose", "mediate", "--output", &to];
    shell.refused(&download);
    assert!(!room.join("none.pdf.part").exists(), "nothing has arrived");
}

/// The commands about who has a case and who watches over it; what they lead to is the scenarios' to show.
fn oversight(shell: &Shell) {
    let report = "report --grid 370306004005001 --type 0201 --scale individual --channel petition --protective --json";
    let case = || {
        let words: Vec<&str> = std::iter::once("dispute").chain(report.split(' ')).collect();
        let value: Value = serde_json::from_str(&shell.good(&words, &[])).unwrap();
        value["dispute"]["caseCode"].as_str().unwrap().to_owned()
    };
    let (case, other) = (case(), case());
    let sends = |command: &str, parts: &[&str]| {
        let words = command.split(' ').map(|word| match word {
            "CASE" => case.as_str(),
            "OTHER" => other.as_str(),
            word => word,
        });
        let words: Vec<&str> = std::iter::once("dispute").chain(words).collect();
        shell.good(&words, parts)
    };
    sends("accept CASE", &["First handler 首办", "370306004005"]);
    sends("triage CASE complex --type 0103", &["0103", "complex 复杂纠纷", "Protection 保护"]);
    sends("remind CASE", &["Reminders 催办"]);
    sends("supervise CASE red", &["red 红牌督办"]);
    sends("lift-supervision CASE", &["Possible 可执行", "outcome", "reissue-pin"]);
    sends("extend CASE --days 5 --reason complex", &["5wd complex 情况复杂"]);
    sends("decide-extension CASE grant", &["handle 办理时限"]);
    sends("pause CASE hearing", &["hearing 听证, since 自 2026-02-13", "stands still 中止"]);
    sends("explain CASE --clock handle", &["handle 办理时限", "if it went on now / 若现在恢复"]);
    sends("resume CASE", &["running 计时中"]);
    sends("escalate CASE --reason beyond-this-tier", &["370306004", "escalated 上报"]);
    let unit = "--unit u-370306004-mediation --reason competence-decided --designate";
    sends(&format!("delegate CASE --to 370306004 {unit}"), &["designated 指定承办"]);
    let back = ["dispute", "return", &case, "--reason", "not-competent"];
    assert_eq!(shell.refused(&back)["reason"], "DESIGNATED");
    let defer = ["dispute", "defer", &case, "--reason", "no-policy", "--review-on", "2026-09-01"];
    assert_eq!(shell.refused(&defer)["reason"], "NOT_OVERDUE");
    sends("merge OTHER --into CASE", &["merged-duplicate 重复合并", "Merged into 并入"]);
    sends("outcome CASE referred --referral court", &["court 诉讼", "verify 核查时限"]);
    sends("referral-result CASE accepted", &["accepted 已受理"]);
    sends("redo CASE --reason tried-again", &["Done again 重办"]);
    sends("outcome CASE withdrawn", &["withdrawn 撤回"]);
    sends("verify CASE", &["verified 已核查"]);
    sends("explain CASE", &["accept 受理时限", "verify 核查时限"]);
    shell.good(&["timers", "show"], &["Now 当前", "Due since 逾期未办", "nothing 无"]);
    shell.good(&["timers", "confirm-clock"], &["confirmed / 已确认 2026-02-13"]);
}

fn tables(shell: &Shell, room: &Path) {
    for table in ["areas", "grids", "workers", "units", "teams"] {
        let file = room.join(format!("{table}.csv")).display().to_string();
        shell.good(&["export", table, "--area", "370306004", "--out", &file], &["rows written"]);
        shell.good(&["import", table, &file, "--sample"], &[" 0 new, 0 changed,", "0 faults"]);
        let again = shell.refused(&["export", table, "--area", "370306004", "--out", &file]);
        assert_eq!(again["reason"], "FILE_EXISTS");
    }
    let file = room.join("bad.csv");
    std::fs::write(&file, "code,naem\n370306004,永安\n").unwrap();
    let bad = file.display().to_string();
    let said = shell.run(&["import", "areas", &bad]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.contains("did you mean name") && said.out.contains("nothing was imported"));
    let report: Value =
        serde_json::from_str(&shell.run(&["import", "areas", &bad, "--json"]).out).unwrap();
    let import = report["import"]["importId"].as_str().unwrap();
    shell.good(&["import", "show", import], &["cancelled"]);
    shell.good(&["import", "list", "--state", "cancelled"], &[import, "areas 区划", "cancelled"]);
    let staging = shell.good(&["import", "list", "--state", "staging"], &["Import 导入"]);
    assert!(!staging.contains(import), "{staging}");
}

fn ledgers(shell: &Shell, room: &Path) {
    let path = |name: &str| room.join(name).display().to_string();
    let (template, ledger, faults) = (path("template.csv"), path("ledger.csv"), path("faults.csv"));
    let write = ["dispute", "import-ledger", "--template", &template];
    shell.good(&write, &[]);
    assert_eq!(shell.refused(&write)["reason"], "FILE_EXISTS");
    shell.good(&[&write[..], &["--force"]].concat(), &[]);
    let rows = format!(
        "编号,网格代码,上报日期,受理日期,原类别,来源,当事人,状态\n\
         1,{GRID},2025/11/3,2025年11月4日,17,群众上报,样例甲;样例乙,未结\n\
         2,{GRID},2025/11/3,次日,17,群众上报,样例丙;样例丁,未结\n"
    );
    std::fs::write(&ledger, rows).unwrap();
    let nameless = shell.run(&["dispute", "import-ledger", &ledger]);
    assert_eq!((nameless.code, nameless.err.contains("--book")), (Some(2), true));
    let named = ["dispute", "import-ledger", &ledger, "--book", "yongan-2025", "--partial"];
    let said = shell.run(&[&named[..], &["--dry-run", "--report", &faults, "--json"]].concat());
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let fault = &report["faults"][0];
    assert_eq!((&fault["line"], &fault["column"]), (&3.into(), &"受理日期".into()), "{report}");
    assert!(fault["message"].as_str().unwrap().starts_with("受理日期 is not a date"), "{fault}");
    assert!(fault["messageZh"].as_str().unwrap().starts_with("受理日期："), "{fault}");
    assert!(std::fs::read_to_string(&faults).unwrap().contains("受理日期"));
    let again = [&named[..], &["--report", &faults]].concat();
    assert_eq!(shell.refused(&again)["reason"], "FILE_EXISTS", "before anything is taken over");
    shell.good(&named, &["1 new, 0 taken over before; 1 faults", "已导入 1 件"]);
}

fn catalogue(shell: &Shell, room: &Path) {
    shell.good(&["catalogue", "show"], &["proposal 建议稿", "矛盾纠纷", "zz_centre.general"]);
    for (table, rows) in [("matters", 8), ("limits", 11), ("types", 134)] {
        let file = room.join(format!("{table}.csv")).display().to_string();
        shell.good(&["catalogue", "export", table, "--out", &file], &["rows written"]);
        let same = format!("0 new, 0 changed, {rows} unchanged");
        shell.good(&["catalogue", "import", table, &file], &[&same, "已记入草稿"]);
    }
    let file = room.join("own.csv");
    let own = "rule_key,matter_code,step,level,limit,authority,source\n\
        zz_centre.general,dispute,handle,general,6wd,local_sd,本市规定\n";
    std::fs::write(&file, own).unwrap();
    let own = file.display().to_string();
    shell.good(&["catalogue", "import", "limits", &own, "--dry-run"], &["dry run", "试运行"]);
    shell.good(&["catalogue", "import", "limits", &own], &["0 new, 1 changed, 0 unchanged"]);
    std::fs::write(&file, "scheme,type_code,maped_code\nzz17,0602,M04\n").unwrap();
    let said = shell.run(&["catalogue", "import", "types", &own]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.contains("did you mean mapped_code"), "{}", said.out);

    let refused = shell.refused(&["catalogue", "release"]);
    assert_eq!(refused["reason"], "CATALOGUE_UNSOUND", "{refused}");
    let by = ["--by", "city-office", "--document", "ZB-2026-1", "--on", "2026-02-12"];
    let approve = [&["catalogue", "approve", "--all"][..], &by].concat();
    shell.good(&approve, &["safety-hazards", "ZB-2026-1"]);
    shell.good(&approve, &["every matter is approved"]);
    shell.good(&["catalogue", "release", "--dry-run"], &["can be released", "可以发布"]);
    let limit = ["catalogue", "limit", "--type", "0201", "--step", "handle", "--level", "general"];
    shell.good(&limit, &["7d", "local-other 外地做法", "for this level", "按难易程度"]);
    shell.good(&["catalogue", "release"], &["version 1 holds", "第 1 版已发布"]);
    let nothing = shell.refused(&["catalogue", "release"]);
    assert_eq!(nothing["reason"], "NOTHING_TO_RELEASE", "{nothing}");
    shell.good(&limit, &["6wd", "本市规定", "mediation.peoples"]);
    shell.good(&["catalogue", "retire", "public-services", "--on", "2026-06-01"], &["2026-06-01"]);
    shell.good(&["catalogue", "show", "matters", "--draft"], &["2026-06-01"]);
    let shown = shell.good(&["catalogue", "show", "--version", "1"], &["released 已发布"]);
    assert!(!shown.contains("2026-06-01"), "{shown}");
    let window = ["catalogue", "limit", "--matter", "dispute", "--step", "confirmation-window"];
    let answer: Value =
        serde_json::from_str(&shell.good(&[&window[..], &["--json"]].concat(), &[])).unwrap();
    assert_eq!(answer["rule"]["lawLimit"], "30d", "{answer}");
}

fn feeds(shell: &Shell) {
    shell.good(&["feed", "logs"], &["registry", "dispatch"]);
    let pull = ["feed", "pull", "--service", "dispatch", "--json", "--limit", "2"];
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let more = if cursor.is_empty() { vec![] } else { vec!["--cursor", cursor.as_str()] };
        let said = shell.run(&[&pull[..], &more].concat());
        let position = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            value["header"]["position"].as_str().unwrap().to_owned()
        };
        seen.extend(said.out.lines().map(position));
        cursor = said.err.trim().rsplit(' ').next().unwrap().to_owned();
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5", "6"]);
    let follow = ["feed", "follow", "--service", "dispatch", "--after", "4", "--limit", "4"];
    let said = shell.good(&follow, &["TeamOffered"]);
    assert_eq!(said.lines().count(), 4, "{said}");
}

fn refusals(shell: &Shell) {
    let value = shell.refused(&["grid", "show", "370306004006999"]);
    assert_eq!((&value["code"], &value["reason"]), (&"not_found".into(), &"GRID_NOT_FOUND".into()));
    assert!(value["messageZh"].as_str().is_some_and(|text| !text.is_empty()), "{value}");
    let value = shell.refused(&["grid", "create", "12", "--name", ""]);
    assert!(!value["fieldViolations"].as_array().unwrap().is_empty(), "{value}");
    let nobody = Shell { server: "http://127.0.0.1:1".to_owned(), token: String::new() };
    let said = nobody.run(&["grid", "rename", GRID, "x"]);
    assert_eq!(said.code, Some(69));
    assert!(said.err.contains("--request-id"), "{}", said.err);
    let said = nobody.run(&["grid", "show", GRID]);
    assert!(!said.err.contains("--request-id"), "{}", said.err);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_yiwang"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
