//! The files of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Top folder of the repository.
pub fn root() -> PathBuf {
    // The manifest of this crate lies one folder below.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Paths, from the top folder, of every file that is or would be committed, sorted.
pub fn files() -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("listing files needs git")?;
    ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<String> = String::from_utf8(output.stdout)?
        .lines()
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// Paths below any of `folders` that end with `ending`, sorted.
pub fn files_below(folders: &[&str], ending: &str) -> Result<Vec<String>> {
    let mut files = files()?;
    files.retain(|path| {
        path.ends_with(ending) && folders.iter().any(|folder| path.starts_with(folder))
    });
    Ok(files)
}

/// Text of a file, named from the top folder.
pub fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(root().join(path)).with_context(|| path.to_owned())
}

/// Names of the services that keep facts: those with a domain.
pub fn services() -> Result<Vec<String>> {
    let mut names: Vec<String> = files()?
        .iter()
        .filter_map(|path| path.strip_prefix("services/")?.strip_suffix("/src/domain.rs"))
        .map(str::to_owned)
        .collect();
    names.sort();
    Ok(names)
}

/// Rust code without comments and string literals, so that a rule looks at code only.
///
/// Good enough for this repository's own style: no nested block comments, no raw strings with quotes.
pub fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find(['"', '/']) {
            code.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("//") {
                rest = "";
            } else if let Some(literal) = tail.strip_prefix('"') {
                rest = after_literal(literal);
            } else {
                code.push('/');
                rest = &tail[1..];
            }
        }
        code.push_str(rest);
        code.push('\n');
    }
    code
}

fn after_literal(text: &str) -> &str {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return &text[at + 1..],
            _ => escaped = false,
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let code = code_only("use a::b; // tokio\nlet x = \"sqlx \\\" tonic\" / 2;\n");
        assert_eq!(code, "use a::b; \nlet x =  / 2;\n");
    }
}
