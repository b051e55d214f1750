//! The shipped scenarios, each played on a node of its own; together they make use of everything that the contract has.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::process::Command;

use prost_reflect::DescriptorPool;
use yiwang::scenario::{Ground, SHIPPED, Scenario, Seen, play};
use yiwang::screen::Screen;

const PACKAGE: &str = "yiwang.dispatch.v1";
/// Rpcs that look, and the one that is about the clock of a machine.
const LOOKS: [&str; 7] = ["Get", "Find", "List", "Count", "Explain", "ConfirmClock", "ReissuePin"];
/// Happens only when a node gets new holidays, or is asked of the services of files and parties, which no step calls.
const NOT_PLAYED: [&str; 11] = [
    "DeadlineRecounted",
    "FileAttached",
    "FileDetached",
    "FileOpened",
    "FileRefused",
    "PinRefused",
    "CaseSeenByParty",
    "CaseRated",
    // Of ledgers of paper, which no step takes over.
    "DisputeTakenOver",
    // What became of notices, is said by who tells people: `yiwang notify`, with a test of its own.
    "NoticeDelivered",
    "NoticeUndeliverable",
];
/// Not about what becomes of a case: questions, refusals (which the scenarios name one by one), and what is sealed why.
const NOT_OF_A_CASE: [&str; 15] = [
    "CountBy",
    "DisputeErrorReason",
    "DisputeType.Use",
    "DetailsRefused.Reason",
    "Purpose",
    "EraseReason",
    "SealedKind",
    // Of files, of parties and of papers: services with tests of their own.
    "FileKind",
    "Satisfaction",
    "DocumentKind",
    // Of ledgers of paper, which no step takes over.
    "LedgerFaultReason",
    "DeliveryResult",
    "UndeliverableReason",
    // Of what teams are asked for: the events of cases have all of it.
    "AssignmentState",
    "AssignmentChange.Kind",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_scenarios_go_as_expected_and_use_the_whole_contract() {
    let screen = Screen { json: true };
    let read = |text| Scenario::parse("shipped", text).unwrap();
    let scenarios: Vec<Scenario> = SHIPPED.iter().map(|shipped| read(shipped.text)).collect();
    let start = scenarios.iter().map(|scenario| scenario.start).min().unwrap();
    let ground = Ground::fill(start, screen).await.unwrap();
    let mut seen = Seen::default();
    for (shipped, scenario) in SHIPPED.iter().zip(&scenarios) {
        let played = play(scenario, &ground, screen).await;
        seen.add(played.unwrap_or_else(|failure| panic!("{}: {failure}", shipped.name)));
    }
    let unused = unused(&seen);
    assert!(unused.is_empty(), "no scenario has these: {unused:#?}");
}

/// What the contract has and no scenario makes use of.
fn unused(seen: &Seen) -> Vec<String> {
    let pool = DescriptorPool::decode(yiwang_proto::DESCRIPTORS).unwrap();
    let service = pool.get_service_by_name("yiwang.dispatch.v1.DisputeService").unwrap();
    let rpcs = service.methods().map(|method| method.name().to_owned());
    let rpcs = rpcs.filter(|name| !LOOKS.iter().any(|look| name.starts_with(look)));
    let mut unused: Vec<String> = rpcs.filter(|name| !seen.rpcs.contains(&snake(name))).collect();

    let files = pool.files().filter(|file| file.name().starts_with("yiwang/dispatch/v1/events"));
    let events = files.flat_map(|file| file.messages().collect::<Vec<_>>());
    let events = events.map(|message| message.name().to_owned());
    let events = events.filter(|name| name != "Sealing" && !NOT_PLAYED.contains(&name.as_str()));
    unused.extend(events.filter(|name| !seen.events.contains(name)));

    for kind in pool.all_enums().filter(|kind| kind.package_name() == PACKAGE) {
        let name = kind.full_name().trim_start_matches(PACKAGE).trim_start_matches('.');
        if NOT_OF_A_CASE.contains(&name) {
            continue;
        }
        let values = kind.values().filter(|value| value.number() != 0);
        let values = values.map(|value| format!("{}/{}", kind.full_name(), value.name()));
        unused.extend(values.filter(|value| !seen.values.contains(value)));
    }
    unused
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for sign in name.chars() {
        if sign.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(sign.to_ascii_lowercase());
    }
    snake
}

#[test]
fn a_scenario_that_goes_otherwise_says_what_was_instead() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
        let output = command.args(["scenario", "run"]).arg(path).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let good = "title = \"x\"\ntitle_zh = \"某\"\nstart = \"2026-03-02 09:00\"\n\
                callers.street = { area = \"370306004\", roles = [\"report\", \"handle\"] }\n\
                steps = [\n{ by = \"street\", as = \"water\", do = \"report --grid 370306004006001 --type 0201 \
                --scale individual --channel resident\" },\n\
                { wait = \"3d\", expect = { accept.card = \"green\" } },\n]\n";
    let (code, out, err) = run("course.toml", good);
    assert_eq!(code, Some(1), "{out}{err}");
    for part in [
        "DisputeReported 上报",
        "(by time 按时) CardShown 亮牌",
        "accept 受理时限 2026-03-03 17:30",
    ] {
        assert!(out.contains(part), "{part}: {out}{err}");
    }
    assert!(
        err.contains("course.toml:7: accept.card was expected to be `green`, and is `red`"),
        "{err}"
    );

    let (code, _, err) = run("wrong.toml", &good.replace("water", "").replace("wait", "weit"));
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("wrong.toml:7: a step has no `weit`"), "{err}");
}
