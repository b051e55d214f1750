//! Rows of a table on their way to a node: as many in a call as it takes, and what of a cell is shown.

use prost::Message;

/// Most characters of a cell that a fault shows.
const SHOWN: usize = 60;

/// Cuts rows into batches of at most `most` rows and `bytes` bytes, in order; a row that is longer goes alone.
pub(crate) fn batches<R: Message>(
    rows: impl IntoIterator<Item = R>,
    most: usize,
    bytes: usize,
) -> Vec<Vec<R>> {
    let (mut batches, mut batch, mut filled) = (Vec::new(), Vec::new(), 0);
    for row in rows {
        let size = row.encoded_len();
        if batch.len() == most || (filled + size > bytes && !batch.is_empty()) {
            batches.push(std::mem::take(&mut batch));
            filled = 0;
        }
        filled += size;
        batch.push(row);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// A cell as a fault shows it.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
