use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn node() -> NodeNumber {
    NodeNumber::try_new(306).unwrap()
}

fn counter() -> Counter {
    Counter::new(&[7; 16], 1)
}

#[test]
fn codes_in_a_row_differ_and_do_not_look_like_a_row() {
    let mut counter = counter();
    let mut seen = BTreeSet::new();
    let mut neighbours = 0;
    let mut before = 0_i64;
    for _ in 0..50_000 {
        let (code, next) = counter.give(node(), 1).unwrap();
        counter = next;
        let number: i64 = code.as_str()[4..12].parse().unwrap();
        neighbours += u32::from((number - before).abs() <= 10);
        before = number;
        assert!(seen.insert(code), "{code} was given twice");
        assert_eq!(code.node(), 306);
    }
    assert!(neighbours < 20, "{neighbours} codes lie beside the one before");
}

#[test]
fn the_permutation_is_one_to_one_on_a_whole_half() {
    // All numbers that share a right half, and all that share a left half: the network mixes one half at a time.
    let left: BTreeSet<_> = (0..HALF).map(|half| permute(b"secret", half * HALF + 17)).collect();
    let right: BTreeSet<_> = (0..HALF).map(|half| permute(b"secret", 17 * HALF + half)).collect();
    assert_eq!((left.len(), right.len()), (10_000, 10_000));
}

#[test]
fn a_restored_node_never_gives_a_number_of_its_lost_branch() {
    let mut counter = counter();
    let mut lost = BTreeSet::new();
    let restored = counter.clone();
    for _ in 0..1_000 {
        let (code, next) = counter.give(node(), 1).unwrap();
        counter = next;
        lost.insert(code);
    }
    let mut counter = restored;
    for _ in 0..1_000 {
        let (code, next) = counter.give(node(), 2).unwrap();
        counter = next;
        assert!(!lost.contains(&code), "{code}");
    }
    assert_eq!(counter.incarnation, 2);
}

#[test]
fn numbers_end_instead_of_repeating() {
    let mut last = counter();
    last.next = BLOCK - 1;
    let (_, used_up) = last.give(node(), 1).unwrap();
    assert_eq!(used_up.give(node(), 1), Err(Exhausted));
    assert!(used_up.give(node(), 2).is_ok());
    assert!(counter().give(node(), 10).is_ok());
    assert_eq!(counter().give(node(), 11), Err(Exhausted));
}

#[test]
fn a_code_is_read_however_it_is_written() {
    let (code, _) = counter().give(node(), 1).unwrap();
    let shown = code.to_string();
    assert_eq!(shown.len(), 15);
    let wide: String = code
        .as_str()
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) - 48 + 0xFF10).unwrap())
        .collect();
    for text in [shown.clone(), code.as_str().to_owned(), shown.replace('-', " "), wide] {
        assert_eq!(CaseCode::parse(&text), Ok(code), "{text}");
    }
    for text in ["", "0306", "0306-4821-9375A", "0306-4821-937566", "王"] {
        assert_eq!(CaseCode::parse(text), Err(NoCaseCode::Form), "{text}");
    }
}

fn codes() -> impl Strategy<Value = CaseCode> {
    (1_u16..=9999, 0_u32..NUMBERS).prop_map(|(number, permuted)| {
        CaseCode::new(NodeNumber::try_new(number).unwrap(), permuted)
    })
}

proptest! {
    #[test]
    fn every_wrong_digit_is_found(code in codes(), place in 0_usize..13, digit in 0_u8..10) {
        let mut digits = code.0;
        digits[place] = b'0' + digit;
        let expected = if digits == code.0 { Ok(code) } else { Err(NoCaseCode::CheckDigit) };
        prop_assert_eq!(CaseCode::parse(std::str::from_utf8(&digits).unwrap()), expected);
    }

    #[test]
    fn every_exchange_of_neighbours_is_found(code in codes(), place in 0_usize..12) {
        let mut digits = code.0;
        digits.swap(place, place + 1);
        let expected = if digits == code.0 { Ok(code) } else { Err(NoCaseCode::CheckDigit) };
        prop_assert_eq!(CaseCode::parse(std::str::from_utf8(&digits).unwrap()), expected);
    }

    #[test]
    fn different_numbers_have_different_codes(secret in any::<[u8; 16]>(), one in 0..NUMBERS, other in 0..NUMBERS) {
        let permuted = (permute(&secret, one), permute(&secret, other));
        prop_assert!(permuted.0 < NUMBERS);
        prop_assert_eq!(one == other, permuted.0 == permuted.1);
    }
}
