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
    let (good, damage) = match std::str::from_utf8(bytes) {
        Ok(_) => (bytes, None),
        Err(error) => (&bytes[..error.valid_up_to()], Some(error)),
    };
    // Chinese in UTF-8 has three bytes or four. Pairs alone are GB18030 that happens to be valid UTF-8, as 山 in GBK is;
    // and GB18030 takes almost any bytes, so that UTF-8 with damage must not come so far: it would become nonsense.
    let chinese_so_far = good.iter().any(|byte| *byte >= 0xE0);
    let cut = damage.is_some_and(|error| error.error_len().is_none());
    if chinese_so_far || good.is_ascii() && (damage.is_none() || cut) {
        return utf8(bytes).map(|text| (text, Vec::new()));
    }
    let (text, wrong) = GB18030.decode_without_bom_handling(bytes);
    if wrong || text.contains('\0') {
        return utf8(bytes).map(|text| (text, Vec::new()));
    }
    converted(&text, "GB18030 (GBK)")
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
