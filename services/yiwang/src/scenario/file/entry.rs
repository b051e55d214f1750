//! Tables of a file, entry by entry, with the line of each.

use jiff::Timestamp;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;
use crate::command::parse_time;

/// Mistakes that are being collected, and the text that they are in.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) mistakes: Vec<Mistake>,
}

/// A table of which every entry is to be taken; what is left is not known.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    /// Line where it begins.
    pub(super) line: usize,
    what: &'static str,
    known: &'static [&'static str],
    table: &'a DeTable<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader { text, mistakes: Vec::new() }
    }

    /// The line of a byte of the text.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
    }

    pub(super) fn mistake(&mut self, line: usize, what: impl Into<String>) {
        self.mistakes.push(Mistake { line, what: what.into() });
    }

    /// What cannot be read at a byte of the text: with its column, the line as it is, and a sign below the place.
    pub(super) fn unreadable(&self, at: usize, what: &str) -> Mistake {
        let before = self.text.get(..at).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let (lead, rest) = (&before[begin..], &self.text[begin..]);
        let row = rest.lines().next().unwrap_or_default();
        let column = lead.chars().count() + 1;
        // What is no ASCII is as wide as two signs here.
        let blank = |sign: char| match sign {
            '\t' => '\t',
            sign if sign.is_ascii() => ' ',
            _ => '\u{3000}',
        };
        let blanks: String = lead.chars().map(blank).collect();
        let what =
            format!("column {column}: {what} / 第 {column} 列无法读取\n  {row}\n  {blanks}^");
        Mistake { line: self.line(at), what }
    }

    /// Takes a table apart; entries that are not known are mistakes.
    pub(super) fn entries(
        &mut self,
        line: usize,
        what: &'static str,
        known: &'static [&'static str],
        table: &'a DeTable<'a>,
    ) -> Entries<'a> {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let line = self.line(key.span().start);
                let name = key.get_ref();
                self.mistake(
                    line,
                    format!("{what} has no `{name}`, but {} / 未知字段", known.join(", ")),
                );
            }
        }
        Entries { line, what, known, table }
    }

    /// The table that a value has to be.
    pub(super) fn table(
        &mut self,
        what: &str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<&'a DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let line = self.line(value.span().start);
            self.mistake(line, format!("{what} has to be a table {{ … }} / 应为表"));
        }
        table
    }

    /// A value as a text: numbers, switches and times as they are written.
    pub(super) fn text_of(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Some(flag.to_string()),
            DeValue::Datetime(time) => Some(time.to_string()),
            DeValue::Float(_) | DeValue::Array(_) | DeValue::Table(_) => {
                let line = self.line(value.span().start);
                self.mistake(line, "a text is wanted / 应为文本");
                None
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts_of(&mut self, value: &'a Spanned<DeValue<'a>>) -> Vec<String> {
        let Some(values) = value.get_ref().as_array() else {
            let line = self.line(value.span().start);
            self.mistake(line, "a list of texts is wanted / 应为文本列表");
            return Vec::new();
        };
        values.iter().filter_map(|value| self.text_of(value)).collect()
    }
}

impl<'a> Entries<'a> {
    /// The entry of a name.
    pub(super) fn get(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(self.known.contains(&name), "{name}");
        self.table.get(name)
    }

    /// The line of an entry, or of the table.
    pub(super) fn line_of(&self, reader: &Reader<'_>, name: &str) -> usize {
        self.get(name).map_or(self.line, |value| reader.line(value.span().start))
    }

    /// A text that may be missing.
    pub(super) fn text(&self, reader: &mut Reader<'_>, name: &str) -> Option<String> {
        self.get(name).and_then(|value| reader.text_of(value))
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, reader: &mut Reader<'_>, name: &str) -> String {
        if self.get(name).is_none() {
            reader.mistake(self.line, format!("{} needs `{name}` / 缺少字段", self.what));
        }
        self.text(reader, name).unwrap_or_default()
    }

    /// A time.
    pub(super) fn time(&self, reader: &mut Reader<'_>, name: &str) -> Option<Timestamp> {
        let text = self.text(reader, name)?;
        match parse_time(&text) {
            Ok(time) => Some(time),
            Err(what) => {
                reader.mistake(self.line_of(reader, name), what);
                None
            }
        }
    }
}
