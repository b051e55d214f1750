//! Tables as SQLite stores them best.

/// Gives tables the form in which SQLite stores them in one tree: a table with a TEXT key `WITHOUT ROWID`, a BIGINT key
/// as the row id itself. Otherwise every row would be written twice, into the table and into the index of its key.
pub(super) fn sqlite_storage(script: &str) -> String {
    let mut text = String::with_capacity(script.len() + 64);
    let mut own_key = false;
    for line in script.replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.starts_with(&["CREATE", "TABLE"]) {
            own_key = false;
        }
        own_key |= words.windows(3).any(|words| words == ["TEXT", "PRIMARY", "KEY"])
            || words.windows(3).any(|words| words == ["TEXT", "PRIMARY", "KEY,"])
            || words.starts_with(&["PRIMARY", "KEY"]);
        text.push_str(if own_key && line == ");" { ") WITHOUT ROWID;" } else { line });
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::sqlite_storage;

    #[test]
    fn sqlite_stores_each_row_once() {
        let script = "CREATE TABLE a (\n    id TEXT   PRIMARY KEY,\n    b BIGINT\n);\nCREATE TABLE c (\n    p BIGINT PRIMARY KEY\n);\n";
        let stored = sqlite_storage(script);
        assert!(stored.contains("b BIGINT\n) WITHOUT ROWID;"), "{stored}");
        assert!(stored.contains("p INTEGER PRIMARY KEY\n);"), "{stored}");
    }
}
