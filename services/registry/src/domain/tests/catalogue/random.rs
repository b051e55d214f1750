//! Random rules: a plainer search finds the same, and no edit loosens a law.

use super::*;
use proptest::prelude::*;

fn a_rule() -> impl Strategy<Value = LimitRule> {
    let tier = prop::option::of(prop::sample::select(vec![Level::Community, Level::Town]));
    let level = prop::option::of(prop::sample::select(vec![Hardness::Simple, Hardness::Complex]));
    let days = (0..20_i8, prop::option::of(1..20_i8));
    let nature = (0..6_u8, tier, level, any::<bool>());
    (nature, days, 1..40_u32).prop_map(|((name, tier, level, law), (from, length), amount)| {
        let day = |after: i8| TODAY.saturating_add(jiff::Span::new().days(i64::from(after)));
        let limit = format!("{amount}d").parse().unwrap();
        let period = Period { from: day(from), to: length.map(|length| day(from + length)) };
        let authority = if law { Authority::Law } else { Authority::LocalSd };
        LimitRule { tier, level, limit, period, authority, ..rule(&format!("r{name}"), "1d") }
    })
}

fn a_question() -> impl Strategy<Value = Question> {
    let tier =
        prop::option::of(prop::sample::select(vec![Level::Community, Level::Town, Level::City]));
    let level = prop::option::of(prop::sample::select(vec![Hardness::Simple, Hardness::Complex]));
    (tier, level, -2..45_i64).prop_map(|(tier, level, days)| Question {
        subject: Subject::Matter(slug("dispute")),
        step: Step::Handle,
        tier,
        level,
        on: TODAY.saturating_add(jiff::Span::new().days(days)),
    })
}

/// What holds, looked for kind by kind.
fn plainly<'a>(catalogue: &'a Catalogue, question: &Question) -> Option<&'a LimitRule> {
    let (tier, level) = (question.tier, question.level);
    for wanted in [(tier, level), (None, level), (tier, None), (None, None)] {
        let mut best: Option<&LimitRule> = None;
        for rule in &catalogue.limits {
            let fits = (rule.tier, rule.level) == wanted
                && rule.step == question.step
                && rule.matter == slug("dispute")
                && rule.period.from <= question.on
                && rule.period.to.is_none_or(|to| question.on < to);
            if fits && best.is_none_or(|best| rule.period.from > best.period.from) {
                best = Some(rule);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rule_that_holds_is_that_of_a_plainer_search(rules in prop::collection::vec(a_rule(), 0..12), question in a_question()) {
        let mut catalogue = Catalogue::shipped().clone();
        catalogue.limits.clear();
        catalogue.take(&Catalogue { limits: rules, ..Catalogue::default() });
        let found = find(&catalogue, &question).unwrap();
        prop_assert_eq!(found.rule, plainly(&catalogue, &question));
    }

    #[test]
    fn no_edit_ever_loosens_what_a_law_says(edits in prop::collection::vec((a_rule(), any::<bool>()), 1..16), questions in prop::collection::vec(a_question(), 8)) {
        let mut world = released();
        for (rule, release) in edits {
            let closing = release.then(|| [approve_all(&world), revise(Wish::Release)]);
            for act in std::iter::once(put_rule(rule)).chain(closing.into_iter().flatten()) {
                if world.when(act.clone()).is_ok() {
                    world = world.after(act, TODAY);
                }
            }
            let catalogue = &world.book.draft().unwrap().catalogue;
            for question in &questions {
                let Some(rule) = find(catalogue, question).unwrap().rule else { continue };
                let laws = catalogue.limits.iter().filter(|law| law.matter == rule.matter && law.answers(question));
                // All laws here have one source, so that none is a later law.
                for law in laws.filter(|law| law.specificity() <= rule.specificity()) {
                    let Some(by_law) = law.by_law else { continue };
                    prop_assert!(no_longer(rule.limit, by_law.limit), "{:?} loosens {:?}", rule, law);
                }
            }
        }
    }
}
