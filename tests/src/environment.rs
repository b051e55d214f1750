//! What the environment tells the tests: where programs and databases are. Read here and nowhere else.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// A variable of the environment; empty is the same as absent.
#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether generated files are to be written anew instead of compared (`UPDATE=1`).
pub fn update() -> bool {
    variable("UPDATE").is_some()
}

/// Whether nothing may be left out: set by `tests/run`, which installs what is missing.
pub fn full() -> bool {
    variable("TEST_FULL").is_some()
}

/// URL of a PostgreSQL that tests may create databases in (`TEST_POSTGRES_URL`).
///
/// `None` says so on standard error and lets the test end early; with [`full`] it is an error.
pub fn postgres() -> Result<Option<String>> {
    found(variable("TEST_POSTGRES_URL"), "PostgreSQL (TEST_POSTGRES_URL)")
}

/// A program: the one that `variable` names, else `name` on the path. Absent: as with [`postgres`].
pub fn tool(named_by: &str, name: &str) -> Result<Option<PathBuf>> {
    let program = variable(named_by).unwrap_or_else(|| name.to_owned());
    let answers = Command::new(&program).arg("--version").output().is_ok();
    found(answers.then(|| PathBuf::from(&program)), name)
}

/// How a program gets namespaces of its own: the arguments of `unshare` before those that name them.
///
/// Root may have them as it is; anybody else needs a user namespace, which some machines and containers forbid. There,
/// the tests that need them are left out: `tests/run` finds out beforehand, says so and counts them
/// (`TEST_WITHOUT_NAMESPACES`). Nobody having found out, it is as with [`postgres`].
pub fn namespaces() -> Result<Option<Vec<String>>> {
    let works = |arguments: &[&str]| {
        let tried = Command::new("unshare")
            .args(arguments)
            .args(["--mount", "--pid", "--fork", "true"])
            .output();
        tried.is_ok_and(|output| output.status.success())
    };
    for arguments in [&[][..], &["--user", "--map-root-user"]] {
        if works(arguments) {
            return Ok(Some(arguments.iter().map(|one| (*one).to_owned()).collect()));
        }
    }
    if variable("TEST_WITHOUT_NAMESPACES").is_some() {
        return Ok(None);
    }
    found(None, "a user namespace (unshare --user --map-root-user)")
}

#[expect(clippy::print_stderr, reason = "a test that ends early has to say so")]
fn found<T>(what: Option<T>, name: &str) -> Result<Option<T>> {
    if what.is_none() && full() {
        bail!("{name} is missing, and nothing may be left out");
    }
    if what.is_none() {
        eprintln!("left out: {name} is missing; tests/run installs it");
    }
    Ok(what)
}

/// The program under test: `TEST_YIWANG`, else the one beside the running test, built first.
pub fn yiwang() -> Result<PathBuf> {
    if let Some(path) = variable("TEST_YIWANG") {
        return Ok(PathBuf::from(path));
    }
    let here = std::env::current_exe()?;
    let Some(profile) = here.ancestors().find(|path| path.join("deps").is_dir()) else {
        bail!("no target folder above {}", here.display());
    };
    build(profile)?;
    Ok(profile.join("yiwang"))
}

/// Builds the program, so that a plain `cargo test` never tests yesterday's.
fn build(profile: &Path) -> Result<()> {
    let cargo = variable("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--package", "yiwang"])
        .current_dir(crate::repository::root());
    if let Some(target) = profile.parent() {
        command.arg("--target-dir").arg(target);
    }
    if profile.ends_with("release") {
        command.arg("--release");
    }
    if !command.status()?.success() {
        bail!("the program does not build");
    }
    Ok(())
}
