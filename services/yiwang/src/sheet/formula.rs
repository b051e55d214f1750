//! Cells that a spreadsheet would run.

/// Returns whether a spreadsheet would take the text for a formula. Plain numbers with a sign are none.
pub(super) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err()
}

/// Makes a text safe to open in a spreadsheet: in front of a formula stands an apostrophe.
pub(super) fn neutralised(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Takes away the apostrophe that [`neutralised`] put there, so that what was exported is imported as it was.
pub(super) fn original(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        Some(_) | None => text,
    }
}
