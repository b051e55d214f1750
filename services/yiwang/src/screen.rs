//! What the program writes: lines and tables for people, JSON for programs, progress for terminals.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::sync::LazyLock;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use crate::failure::Failure;

/// Where output goes, and whether people or programs read it.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Whether JSON is wanted.
    pub json: bool,
}

impl Screen {
    /// Writes one line to the standard output.
    ///
    /// # Errors
    ///
    /// [`Failure::Quiet`] when nobody reads any more, as behind `| head`.
    pub fn line(self, text: impl Display) -> Result<(), Failure> {
        writeln!(std::io::stdout().lock(), "{text}").map_err(Failure::output)
    }

    /// Writes one line for people on the way to an answer; where programs read, it goes to the standard error.
    ///
    /// # Errors
    ///
    /// As [`Screen::line`].
    pub fn tell(self, text: impl Display) -> Result<(), Failure> {
        if self.json {
            self.note(text);
            return Ok(());
        }
        self.line(text)
    }

    /// Writes one line to the standard error, where it disturbs no program that reads the output.
    pub fn note(self, text: impl Display) {
        // Nobody is left to be told that this failed.
        writeln!(std::io::stderr().lock(), "{text}").ok();
    }

    /// Writes a JSON value, on one line or indented.
    ///
    /// # Errors
    ///
    /// As [`Screen::line`].
    pub fn value(self, value: &Value, indented: bool) -> Result<(), Failure> {
        self.line(if indented { format!("{value:#}") } else { value.to_string() })
    }

    /// Writes a message of the contract as JSON, in the form that the server's own JSON has.
    ///
    /// # Errors
    ///
    /// As [`Screen::line`].
    pub fn message<M: Message + Name>(self, message: &M) -> Result<(), Failure> {
        self.value(&to_json(message)?, true)
    }

    /// Writes messages as JSON, one on each line.
    ///
    /// # Errors
    ///
    /// As [`Screen::line`].
    pub fn messages<M: Message + Name>(self, messages: &[M]) -> Result<(), Failure> {
        messages.iter().try_for_each(|message| self.value(&to_json(message)?, false))
    }

    /// Writes a table whose columns also line up where the text is Chinese.
    ///
    /// # Errors
    ///
    /// As [`Screen::line`].
    pub fn table(self, header: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        self.line(table(header, rows, std::io::stdout().is_terminal()))
    }

    /// Shows that something is going on whose length nobody knows; on a terminal only.
    #[must_use]
    pub fn waiting(self, what: &'static str) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Begins a progress bar; it shows on a terminal only.
    #[must_use]
    pub fn progress(self, length: u64, what: &'static str) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(length).with_style(style).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// Lays a table out: no lines but one under the header, columns aligned by the width that characters have on screen.
#[must_use]
pub fn table(header: &[&str], rows: Vec<Vec<String>>, terminal: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    if terminal {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Turns a message of the contract into JSON as the server's own JSON has it.
///
/// # Errors
///
/// [`Failure::Fault`] when the message is not of the contract that was compiled in.
pub fn to_json<M: Message + Name>(message: &M) -> Result<Value, Failure> {
    encoded_to_json(&M::full_name(), &message.encode_to_vec())
}

/// The same of a message that is known by its name only.
pub(crate) fn encoded_to_json(name: &str, bytes: &[u8]) -> Result<Value, Failure> {
    let fault = || Failure::Fault(format!("no descriptor of {name}"));
    let descriptor = pool().get_message_by_name(name).ok_or_else(fault)?;
    let message = DynamicMessage::decode(descriptor, bytes).map_err(|_| fault())?;
    let options = SerializeOptions::new();
    message.serialize_with_options(serde_json::value::Serializer, &options).map_err(|_| fault())
}

/// The contract that was compiled in.
pub(crate) fn pool() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        DescriptorPool::decode(yiwang_proto::DESCRIPTORS).unwrap_or_else(|_| DescriptorPool::new())
    });
    &POOL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_chinese_text() {
        let rows = vec![
            vec!["370306004".to_owned(), "永安街道".to_owned(), "x".to_owned()],
            vec!["37030".to_owned(), "ab".to_owned(), "y".to_owned()],
        ];
        let text = table(&["Code 代码", "Name 名称", "Z"], rows, false);
        let lines: Vec<&str> = text.lines().collect();
        // On screen a Chinese character is two columns wide.
        let width =
            |text: &str| -> usize { text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum() };
        let start = |line: &str, mark: char| width(&line[..line.find(mark).unwrap()]);
        assert_eq!(start(lines[1], 'x'), start(lines[2], 'y'), "{text}");
        assert_eq!(start(lines[0], 'Z'), start(lines[1], 'x'), "{text}");
        assert_eq!(start(lines[1], '永'), start(lines[2], 'a'), "{text}");
    }

    #[test]
    fn messages_are_written_as_the_server_writes_them() {
        let request = yiwang_proto::registry::v1::GetGridRequest {
            grid_code: "370306004006001".to_owned(),
            as_of_date: String::new(),
        };
        let json = to_json(&request).unwrap();
        assert_eq!(json, serde_json::json!({"gridCode": "370306004006001"}));
    }
}
