//! Telephone numbers as people write them.

/// Whether a text can be a telephone number: a mobile one, a landline with its area code and perhaps an extension, one of 400
/// or 800, a hotline or local number of 3 to 8 digits, each perhaps behind +86; or one of another country behind its +.
pub fn is_phone(text: &str) -> bool {
    let text = text.trim();
    if let Some((number, extension)) = text.split_once('转') {
        return is_number(number) && is_extension(extension);
    }
    let extended = text.rsplit_once('-').is_some_and(|(number, extension)| {
        number.contains('-') && is_number(number) && is_extension(extension)
    });
    extended || is_number(text)
}

fn is_extension(text: &str) -> bool {
    let text = text.trim();
    (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let between = |sign: char| matches!(sign, ' ' | '-' | '(' | ')' | '（' | '）');
    let bare: String = text.chars().filter(|sign| !between(*sign)).collect();
    let (plus, digits) = match bare.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, bare.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let abroad = if plus { Some(digits) } else { digits.strip_prefix("00") };
    match abroad {
        // Behind +86 the zero of the area code is left out, or is not.
        Some(abroad) => match abroad.strip_prefix("86") {
            Some(home) => is_of_china(home) || is_of_china(&format!("0{home}")),
            None => (8..=15).contains(&abroad.len()) && !abroad.starts_with('0'),
        },
        None => is_of_china(digits) || digits.strip_prefix("86").is_some_and(is_mobile),
    }
}

fn is_of_china(digits: &str) -> bool {
    let (first, length) = (digits.as_bytes().first(), digits.len());
    let landline = first == Some(&b'0') && !digits.starts_with("00") && (10..=12).contains(&length);
    let service = length == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    let short = first != Some(&b'0') && (3..=8).contains(&length);
    is_mobile(digits) || landline || service || short
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

#[cfg(test)]
mod tests {
    use super::is_phone;

    #[test]
    fn numbers_that_can_be_called_are_taken() {
        for text in [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 13812345678",
            "+86-138-1234-5678",
            "8613812345678",
            "0086 13812345678",
            "0533-1234567",
            "05331234567",
            "010-12345678",
            "(0533) 1234567",
            "（0533）12345678",
            "+86 533 1234567",
            "+86 (0533) 1234567",
            "0533-1234567-801",
            "0533-1234567转801",
            "400-123-4567",
            "8001234567",
            "110",
            "12345",
            "96196",
            "95588",
            "1234567",
            "61234567",
            "+852 2123 4567",
            "+1 212 555 0123",
        ] {
            assert!(is_phone(text), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_call_is_not() {
        for text in [
            "",
            " ",
            "-",
            "+",
            "1",
            "12",
            "012",
            "00000000",
            "123456789",
            "12345678901",
            "138123456789",
            "1381234567",
            "0533-12345",
            "0533-1234567转",
            "0533-1234567转电话",
            "王建国",
            "call 13812345678",
            "13812345678/13912345678",
            "１３８１２３４５６７８",
            "+8613",
            "++8613812345678",
            "370306199002030019",
        ] {
            assert!(!is_phone(text), "{text}");
        }
    }
}
