//! "Did you mean": the nearest known codes to one that is not known.

use super::code::GridCode;

/// At most three codes that differ least, the nearest first; none that differs in more than four digits.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a GridCode>) -> Vec<GridCode> {
    let distance = |code: &GridCode| strsim::damerau_levenshtein(wanted, code.as_str());
    let mut found: Vec<(usize, &GridCode)> =
        known.into_iter().map(|code| (distance(code), code)).filter(|(far, _)| *far <= 4).collect();
    found.sort();
    found.into_iter().take(3).map(|(_, code)| code.clone()).collect()
}

/// The known text that differs least; nothing when each differs in more than two signs.
pub fn nearest_text<'a>(wanted: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |text: &&str| strsim::damerau_levenshtein(&wanted.to_lowercase(), text);
    known.iter().copied().min_by_key(distance).filter(|text| distance(text) <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_neighbours() {
        let code = |text: &str| GridCode::parse(text).unwrap();
        let known: Vec<GridCode> = (1..=5).map(|n| code(&format!("37030600400100{n}"))).collect();
        let found = nearest("370306004010001", &known);
        assert_eq!(found[0], known[0]);
        assert_eq!(found.len(), 3);
        assert!(nearest("110101001001001", &known).is_empty());
    }
}
