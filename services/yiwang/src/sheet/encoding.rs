//! Which characters the bytes of a text file are.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::{Notice, SheetError};

/// Decodes a text file. GB18030 (GBK) and UTF-16 are converted with a notice; bytes that are neither are refused.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Vec<Notice>), SheetError> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return utf8(rest).map(|text| (text, Vec::new()));
    }
    for (mark, encoding) in [(b"\xFF\xFE", UTF_16LE), (b"\xFE\xFF", UTF_16BE)] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let (text, wrong) = encoding.decode_without_bom_handling(rest);
            return if wrong { Err(not_text(1)) } else { converted(&text, encoding.name()) };
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => utf8(bytes).map(|text| (text, Vec::new())),
        // Good UTF-8 beyond ASCII so far, or only the last character incomplete: the file is UTF-8 with damage, and
        // GB18030, which takes almost any bytes, would turn it into nonsense.
        Err(error) if error.error_len().is_none() || !bytes[..error.valid_up_to()].is_ascii() => {
            Err(damaged(bytes, error.valid_up_to(), error.error_len().is_none()))
        }
        Err(error) => {
            let (text, wrong) = GB18030.decode_without_bom_handling(bytes);
            if wrong || text.contains('\0') {
                Err(damaged(bytes, error.valid_up_to(), error.error_len().is_none()))
            } else {
                converted(&text, "GB18030 (GBK)")
            }
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<String, SheetError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(at) => Err(not_text(line_of(bytes, at))),
            None => Ok(text.to_owned()),
        },
        Err(error) => Err(damaged(bytes, error.valid_up_to(), error.error_len().is_none())),
    }
}

fn converted(text: &str, from: &str) -> Result<(String, Vec<Notice>), SheetError> {
    if let Some(at) = text.find('\0') {
        return Err(not_text(line_of(text.as_bytes(), at)));
    }
    let notice = Notice {
        en: format!("the file is encoded as {from} and was converted; please save as UTF-8"),
        zh: format!("文件编码为 {from}，已自动转换；建议另存为 UTF-8"),
    };
    Ok((text.to_owned(), vec![notice]))
}

fn damaged(bytes: &[u8], at: usize, at_end: bool) -> SheetError {
    let line = line_of(bytes, at);
    if at_end {
        return SheetError::new(
            "TRUNCATED",
            format!("the file ends in the middle of a character, on line {line}: it is cut off"),
            format!("文件在第 {line} 行的一个字符中间结束：文件不完整"),
        );
    }
    SheetError::new(
        "ENCODING",
        format!("line {line} is neither UTF-8 nor GB18030 (GBK); save the file as UTF-8"),
        format!("第 {line} 行既不是 UTF-8 也不是 GB18030（GBK）编码；请另存为 UTF-8"),
    )
}

fn not_text(line: usize) -> SheetError {
    SheetError::new(
        "NOT_A_TABLE",
        format!("line {line} has bytes that no text has; is this a CSV or XLSX file?"),
        format!("第 {line} 行含有非文本字节；请确认文件是 CSV 或 XLSX"),
    )
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}
