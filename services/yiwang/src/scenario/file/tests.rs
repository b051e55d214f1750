use super::*;
use crate::scenario::SHIPPED;

/// A file with these steps.
fn with(steps: &str) -> String {
    format!(
        "title = \"x\"\ntitle_zh = \"某\"\nstart = \"2026-03-02 09:00\"\n\
         callers.street = {{ area = \"370306004\", roles = [\"report\", \"handle\"] }}\n\
         steps = [\n{steps}\n]\n"
    )
}

const REPORT: &str = "{ by = \"street\", as = \"water\", do = \"report --grid 370306004006001 --type 0201 \
                      --scale individual --channel resident\" },";

fn mistakes(text: &str) -> Vec<String> {
    let mistakes = Scenario::parse("x", text).unwrap_err();
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn steps_move_the_clock_and_name_their_cases() {
    let steps = format!(
        "{REPORT}\n{{ wait = \"2d 4h\", expect = {{ state = \"reported\", accept.due = 2026-03-03 17:30:00 }} }},\n\
         {{ until = \"2026-03-05 09:00\" }}, {{ by = \"street\", do = \"note water 'two words'\" }}"
    );
    let scenario = Scenario::parse("x", &with(&steps)).unwrap();
    let lines: Vec<usize> = scenario.steps.iter().map(|step| step.line).collect();
    assert_eq!(lines, [6, 7, 8, 8]);
    let [_, wait, until, note] = scenario.steps.as_slice() else { panic!("{scenario:?}") };
    assert_eq!(wait.doing, Doing::Until("2026-03-04T05:00:00Z".parse().unwrap()));
    assert_eq!(wait.case, "water");
    assert_eq!(wait.expect["accept.due"], "2026-03-03 17:30");
    assert_eq!(until.doing, Doing::Until("2026-03-05T01:00:00Z".parse().unwrap()));
    let words = ["note", "water", "two words"].map(str::to_owned).to_vec();
    assert_eq!(note.doing, Doing::Act { by: "street".to_owned(), words, names: None });
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    // (step, part of what is said about it)
    let table = [
        ("{ do = \"accept water\" }", "needs `by`"),
        ("{ by = \"nobody\", do = \"accept water\" }", "`nobody` is no caller: street"),
        ("{ by = \"street\", do = \"accept fire\" }", "no case is called `fire`"),
        ("{ by = \"street\", do = \"burn water\" }", "unrecognized subcommand 'burn'"),
        (
            "{ by = \"street\", do = \"triage water hard\" }",
            "[possible values: simple, general, complex]",
        ),
        ("{ by = \"street\", do = \"reject water\" }", "--reason <REASON>"),
        ("{ by = \"street\", do = \"note water 'open\" }", "a quotation is not closed"),
        (
            "{ by = \"street\", as = \"fire\", do = \"accept water\" }",
            "`as` names what is reported",
        ),
        ("{ by = \"street\", do = \"accept water\", refused = \"NO\" }", "`NO` is no reason"),
        ("{ wait = \"soon\" }", "`soon`: a time such as 2d 4h"),
        ("{ until = \"2026-03-01 09:00\" }", "that time has passed"),
        ("{ wait = \"1d\", until = \"2026-03-09\" }", "one of do, wait, until"),
        ("{ wait = \"1d\", refused = \"PAUSED\" }", "`refused` needs `do`"),
        ("{ case = \"smoke\" }", "no case is called `smoke`"),
        ("{ expect = { stat = \"closed\" } }", "nothing is called `stat`, but accept.card"),
        ("{ expect = { handle.due = \"soon\" } }", "a time is wanted"),
        ("{ happened = [\"Fire\"] }", "`Fire` is no event"),
        ("{ sleep = 5 }", "a step has no `sleep`"),
    ];
    let steps: Vec<String> = table.iter().map(|(step, _)| format!("{step},")).collect();
    let told = mistakes(&with(&format!("{REPORT}\n{}", steps.join("\n"))));
    for (line, (step, part)) in (7..).zip(table) {
        let line = format!("{line}: ");
        let found = told.iter().any(|told| told.starts_with(&line) && told.contains(part));
        assert!(found, "{step}: {part}: {told:#?}");
    }
}

#[test]
fn what_is_no_scenario_is_told_line_by_line() {
    assert!(mistakes("title = \"x\nstart = 1").iter().any(|told| told.starts_with("1: ")));
    let told =
        mistakes("callers.a = { area = \"37030\", roles = [\"rule\"] }\nsteps = 3").join("\n");
    for part in
        ["needs `title`", "needs `start`", "`37030` is no area", "the roles are", "2: steps are"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_missing_brace_is_one_mistake_with_its_place() {
    let steps =
        format!("{REPORT}\n{{ wait = \"1d\", case = \"water\",\n{{ wait = \"2d\" }},\n{REPORT}");
    let told = mistakes(&with(&steps));
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    assert!(told.starts_with("7: column ") || told.starts_with("8: column "), "{told}");
    assert!(told.lines().last().unwrap().trim_start().starts_with('^'), "{told}");
    // The sign is below the place also where the line has Chinese in it.
    let told = mistakes("title_zh = \"邻里\" x\n");
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    let lines: Vec<&str> = told.lines().collect();
    let [_, row, sign] = lines.as_slice() else { panic!("{told}") };
    assert_eq!((*row, sign.matches('\u{3000}').count()), ("  title_zh = \"邻里\" x", 2), "{told}");
}

#[test]
fn the_shipped_ones_can_be_read() {
    for shipped in SHIPPED {
        let scenario = Scenario::parse(shipped.name, shipped.text);
        assert!(scenario.is_ok(), "{}: {:#?}", shipped.name, scenario.unwrap_err());
    }
}
