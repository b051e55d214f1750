//! Which matter covers a type, and which limit holds.

use super::*;

#[test]
fn the_longest_code_covers_a_type() {
    let narrow = Matter { types: vec![code("0502")], ..matter("medical") };
    let world = released().after(put_matter(narrow), TODAY);
    let catalogue = &world.book.draft().unwrap().catalogue;
    let found =
        |text: &str| matter_of(catalogue, &code(text), TODAY).map(|matter| matter.code.to_string());
    assert_eq!(found("0502").as_deref(), Some("medical"));
    assert_eq!(found("05").as_deref(), Some("dispute"));
    assert_eq!(found("0501").as_deref(), Some("dispute"));
    assert_eq!((found("1401"), found("M01")), (None, None));
}

#[test]
fn the_limit_is_that_of_the_level_else_the_general_one() {
    let shipped = Catalogue::shipped();
    let ask = |level, on| {
        let subject = Subject::Type(code("0201"));
        let question = Question { subject, step: Step::Handle, tier: Some(Level::Town), level, on };
        let found = find(shipped, &question)?;
        Some((found.rule.map(|rule| rule.limit.to_string()), found.passed_over.len()))
    };
    assert_eq!(ask(Some(Hardness::General), TODAY), Some((Some("7d".to_owned()), 1)));
    assert_eq!(ask(None, TODAY), Some((Some("1mo".to_owned()), 0)));
    assert_eq!(ask(None, date(2025, 12, 31)), None);
}
