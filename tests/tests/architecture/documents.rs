//! Documents: every link leads somewhere.

use std::path::Path;

use anyhow::Result;
use tests::repository;

#[test]
fn links_resolve() -> Result<()> {
    let mut wrong = Vec::new();
    for path in repository::files_below(&[""], ".md")? {
        let folder = repository::root().join(Path::new(&path).parent().unwrap_or(Path::new("")));
        for link in links(&repository::read(&path)?) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let file = if target.is_empty() {
                repository::root().join(&path)
            } else {
                folder.join(target)
            };
            if !file.exists() {
                wrong.push(format!("{path}: {link}"));
            } else if !anchor.is_empty()
                && !headings(&std::fs::read_to_string(&file)?).contains(&anchor.to_owned())
            {
                wrong.push(format!("{path}: {link} (no such heading)"));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere: {wrong:#?}");
    Ok(())
}

/// Targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in outside_code(text) {
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        for (at, _) in plain.match_indices("](") {
            let rest = &plain[at + 2..];
            if let Some(end) = rest.find(')') {
                found.push(rest[..end].split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// Anchors of headings, as the usual renderers make them.
fn headings(text: &str) -> Vec<String> {
    outside_code(text)
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

#[test]
fn links_and_headings_are_read() {
    let text = "# The `feed`, explained\n[a](b.md#c) `[x](y)`\n```\n[no](where)\n```\n";
    assert_eq!(links(text), ["b.md#c"]);
    assert_eq!(headings(text), ["the-feed-explained"]);
}
