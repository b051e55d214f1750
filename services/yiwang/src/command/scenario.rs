//! `yiwang scenario`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::failure::{EXIT_INTERRUPTED, EXIT_REFUSED, Failure};
use crate::scenario::{Ground, Place, SHIPPED, Scenario as File, play, shipped};
use crate::screen::Screen;

const EXAMPLE: &str = r#"A scenario is a TOML file: who acts, and what happens in which order. A step's `do` is what you would write
after `yiwang dispute`, with the names of cases in the place of their ids.
场景为 TOML 文件：谁在何时做什么。do 的写法与 yiwang dispute 之后的命令相同，案件用名称代替编号。

  title = "Two neighbours agree"
  title_zh = "邻里和解"
  start = "2026-03-02 09:00"                        # the clock stands still until a step moves it

  callers.worker = { area = "370306004006", roles = ["report"] }
  callers.street = { area = "370306004", roles = ["handle"] }

  steps = [
    { by = "worker", as = "water", do = "report --grid 370306004006001 --type 0201 --scale individual --channel grid-worker" },
    { by = "street", do = "accept water", expect = { state = "accepted", accept.standing = "met" } },
    { by = "street", do = "triage water general", expect = { handle.due = "2026-03-09 17:30" } },
    { wait = "6d 4h", expect = { handle.card = "yellow" }, happened = ["CardShown"] },
    { until = "2026-03-10 09:00", expect = { handle.card = "red" } },
    { by = "worker", do = "close water", refused = "ROLE_MISSING" },
  ]

say = "…" in a step is written to the timeline; case = "…" says which case is looked at, if not the last one.
`yiwang scenario show agreed` writes a longer one; a wrong file is told line by line, what is no TOML
with its first place.

Examples / 示例:
  yiwang scenario run agreed
  yiwang scenario run course.toml --json
  yiwang scenario run course.toml --database sqlite:///tmp/course
Exit codes: 0 everything was as expected, 1 it was not, or the file is wrong."#;

/// `yiwang scenario …`
#[derive(Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Lists the scenarios that come with the program.
    List,
    /// Writes a scenario that comes with the program, as a file to begin with.
    Show {
        /// Its name.
        name: String,
    },
    /// Plays scenarios, each on a node of its own with the sample, and writes what happens.
    #[command(after_help = EXAMPLE)]
    Run(Run),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// Files, or names of those that come with the program.
    #[arg(required_unless_present = "all", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Plays all that come with the program.
    #[arg(long, conflicts_with = "files")]
    all: bool,
    /// Plays on this database and leaves it there: `sqlite://DIRECTORY` or `postgres://…`; default: a temporary one.
    #[arg(long, value_name = "URL", conflicts_with = "all")]
    database: Option<String>,
    /// File of the node's key; needed with PostgreSQL.
    #[arg(long, value_name = "FILE", requires = "database")]
    key_file: Option<PathBuf>,
}

pub(crate) fn run(command: Scenario, screen: Screen) -> Result<ExitCode, Failure> {
    match command {
        Scenario::List => list(screen)?,
        Scenario::Show { name } => {
            let found = shipped(&name).ok_or_else(|| unknown(&name))?;
            screen.line(found.text.trim_end())?;
        }
        Scenario::Run(run) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let runtime = runtime.map_err(|error| Failure::Fault(error.to_string()))?;
            return runtime.block_on(async {
                // What was made for it is taken away also when somebody stops it.
                tokio::select! {
                    played = all(run, screen) => played,
                    _ = tokio::signal::ctrl_c() => Err(Failure::Quiet(EXIT_INTERRUPTED)),
                }
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
    let names = names.join(", ");
    Failure::wrong(
        format!("no file and no scenario is called `{name}`; there are {names}"),
        format!("没有名为 {name} 的文件或场景；自带场景：{names}"),
    )
}

fn list(screen: Screen) -> Result<(), Failure> {
    let scenarios =
        SHIPPED.iter().map(|shipped| (shipped, read(shipped.name, shipped.text, screen)));
    let mut rows = Vec::new();
    for (shipped, scenario) in scenarios {
        let scenario = scenario?;
        if screen.json {
            let (name, title, zh) = (shipped.name, scenario.title, scenario.title_zh);
            screen.value(&json!({"name": name, "title": title, "titleZh": zh}), false)?;
            continue;
        }
        rows.push(vec![shipped.name.to_owned(), scenario.title, scenario.title_zh]);
    }
    if screen.json {
        return Ok(());
    }
    screen.table(&["Scenario 场景", "Title", "标题"], rows)
}

/// Reads a scenario; every mistake of it is written.
fn read(name: &str, text: &str, screen: Screen) -> Result<File, Failure> {
    File::parse(name, text).map_err(|mistakes| {
        for mistake in mistakes {
            if screen.json {
                let value = json!({"file": name, "line": mistake.line, "message": mistake.what});
                screen.note(value);
            } else {
                screen.note(format!("{name}:{mistake}"));
            }
        }
        Failure::Quiet(EXIT_REFUSED)
    })
}

fn open(path: &Path, screen: Screen) -> Result<File, Failure> {
    let name = path.display().to_string();
    if let Some(shipped) = shipped(&name) {
        return read(shipped.name, shipped.text, screen);
    }
    match std::fs::read_to_string(path) {
        Ok(text) => read(&name, &text, screen),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(unknown(&name)),
        Err(error) => Err(Failure::wrong(format!("{name}: {error}"), "无法读取场景文件")),
    }
}

async fn all(run: Run, screen: Screen) -> Result<ExitCode, Failure> {
    let names = SHIPPED.iter().map(|shipped| PathBuf::from(shipped.name));
    let files = if run.all { names.collect() } else { run.files };
    // All of them are read before the first is played.
    let read: Vec<Result<File, Failure>> = files.iter().map(|file| open(file, screen)).collect();
    let scenarios = read.into_iter().collect::<Result<Vec<File>, Failure>>()?;
    let start = scenarios.iter().map(|scenario| scenario.start).min();
    let Some(start) = start else { return Ok(ExitCode::SUCCESS) };
    let ground = match run.database {
        Some(database) => Ground::Given(Place { database, key: run.key_file }),
        None => Ground::fill(start, screen).await?,
    };
    let mut failed = 0;
    for scenario in &scenarios {
        match play(scenario, &ground, screen).await {
            Ok(_) => {}
            Err(failure @ Failure::Wrong { .. }) => {
                failed += 1;
                let text = if screen.json {
                    failure.json().map(|value| value.to_string())
                } else {
                    failure.tell()
                };
                screen.note(text.unwrap_or_default());
            }
            Err(other) => return Err(other),
        }
    }
    if scenarios.len() > 1 {
        let held = scenarios.len() - failed;
        screen.tell(format!(
            "\n{held} of {} scenarios went as expected / {} 个场景中 {held} 个符合预期",
            scenarios.len(),
            scenarios.len()
        ))?;
    }
    Ok(ExitCode::from(if failed > 0 { EXIT_REFUSED } else { 0 }))
}
