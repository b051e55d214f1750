use jiff::Timestamp;
use jiff::tz::offset;

use super::*;
use crate::limit::Limit;
use crate::rules::Rules;
use crate::time_limit::{Extension, Pause};

fn at(text: &str) -> Timestamp {
    offset(8).to_timestamp(text.parse().unwrap()).unwrap()
}

fn hotline_order() -> TimeLimit {
    TimeLimit {
        pauses: vec![Pause { from: at("2026-10-08 08:30"), until: Some(at("2026-10-13 08:30")) }],
        extensions: vec![Extension {
            limit: Limit::working_days(2),
            reason_code: "complex".to_owned(),
        }],
        yellow_before: Some(Limit::working_days(1)),
        ..TimeLimit::new(at("2026-09-27 10:00"), Limit::working_days(5), Calendar::china())
    }
}

fn words(time_limit: &TimeLimit, key: &str) -> Explanation {
    let rule = Rules::shipped().get(key);
    explain(Calendar::china(), &Settings::default(), time_limit, rule).unwrap()
}

#[test]
fn a_limit_is_said_in_words() {
    for (limit, en, zh) in [
        ("1wd", "1 working day", "1个工作日"),
        ("10min", "10 minutes", "10分钟"),
        ("8oh", "8 hours in office hours", "办公时间8小时"),
    ] {
        let words = in_words(limit.parse().unwrap());
        assert_eq!((&*words.en, &*words.zh), (en, zh));
    }
}

#[test]
fn a_hotline_order_is_explained() {
    // Received Mon 28; 29 (1) 30 (2); 8 (3) 9 (4) 10 (5) 12 (6) 13 (7); paused 8, 9, 10, 12:
    // four more: 14, 15, 16, 19.
    let words = words(&hotline_order(), "hotline.handle");
    assert_eq!(
        words.en,
        "Due Monday 19 October 2026 at 17:30. Received Sunday 27 September 2026 at 10:00, on a \
         rest day: counts as received on Monday 28 September 2026. The limit is 5 working days; \
         the day of receipt is not counted. Extended by 2 working days (reason: complex). 27 \
         September 2026 skipped (Mid-Autumn Festival). 1–7 October 2026 skipped (National Day). Saturday 10 October 2026 is a make-up working day \
         for National Day and counts. Paused from Thursday 8 October 2026 at 08:30 to Tuesday 13 \
         October 2026 at 08:30. Of the counted days (7 hours 30 minutes each) 30 hours were paused: 4 working days are \
         added. Yellow card from Friday \
         16 October 2026 at 17:30. Red card from Tuesday 20 October 2026 at 08:30. Rule \
         hotline.handle (承办单位办结并回复); source: 山东省政务服务热线管理办法(2020); \
         潍坊条例 art20 (Shandong local rule)."
    );
    assert_eq!(
        words.zh,
        "截止时间：2026年10月19日（星期一）17:30。2026年9月27日（星期日）10:00收到，\
         当日为休息日，视为2026年9月28日（星期一）收到。期限为5个工作日，收到当日不计入。\
         经批准延长2个工作日（原因：complex）。2026年9月27日放假（中秋），不计入。\
         2026年10月1日至7日放假（国庆节），不计入。\
         2026年10月10日（星期六）为国庆节调休上班日，计入工作日。2026年10月8日（星期四）08:30\
         至2026年10月13日（星期二）08:30中止计时。计入的工作日（每日7小时30分钟）中，\
         中止计时共30小时，期限顺延4个工作日。\
         自2026年10月16日（星期五）17:30起亮黄牌。逾期的，自2026年10月20日（星期二）08:30起\
         亮红牌。依据：山东省政务服务热线管理办法(2020)；潍坊条例第20条（承办单位办结并回复，\
         山东地方规定）。"
    );
}

#[test]
fn rolling_and_what_is_provisional_are_explained() {
    let petition =
        TimeLimit::new(at("2026-12-19 18:00"), "15d".parse().unwrap(), Calendar::china());
    let words = words(&petition, "petition.accept_notice");
    assert_eq!(
        words.en,
        "Due Monday 4 January 2027 at 17:30. Received Saturday 19 December 2026 at 18:00. The \
         limit is 15 calendar days; the day of receipt is not counted. The last day, Sunday 3 \
         January 2027, is a rest day: rolled forward to Monday 4 January 2027. Red card from \
         Tuesday 5 January 2027 at 08:30. Provisional: this date rests on days outside 1 January \
         2004 – 24 December 2026, those known to calendar cn-2026.1, and is computed again when \
         the notice for them is loaded. Rule petition.accept_notice (受理情况书面告知信访人); source: 信访工作条例 \
         art23 (national law)."
    );
    assert!(words.zh.contains("期限最后一日2027年1月3日（星期日）为休息日，顺延至2027年1月4日"));
    assert!(words.zh.contains(
        "以上期限为暂定：涉及的日期超出日历cn-2026.1已确定的2004年1月1日至2026年12月24日"
    ));
    assert!(words.zh.ends_with("依据：信访工作条例第23条（受理情况书面告知信访人，法律法规）。"));
}

#[test]
fn a_suspended_limit_is_explained_as_such() {
    let mut order = hotline_order();
    order.pauses[0].until = None;
    let words = words(&order, "no such rule");
    assert_eq!(
        words.en,
        "Suspended since Thursday 8 October 2026 at 08:30: the clock stands still. Received \
         Sunday 27 September 2026 at 10:00; the limit is 5 working days. Extended by 2 working \
         days (reason: complex). The deadline will be stated when the pause ends."
    );
    assert!(words.zh.starts_with("自2026年10月8日（星期四）08:30起中止计时。"));
    assert!(words.zh.ends_with("恢复计时后另行明确截止时间。"));
}

#[test]
fn small_words_are_right() {
    let hours = |limit: &str, pauses: Vec<Pause>| TimeLimit {
        pauses,
        ..TimeLimit::new(at("2026-03-02 09:00"), limit.parse().unwrap(), Calendar::china())
    };
    let pause = Pause { from: at("2026-03-02 09:10"), until: Some(at("2026-03-02 09:11:30")) };
    let quick = words(&hours("1h", vec![pause]), "none");
    assert!(quick.en.starts_with("Due Monday 2 March 2026 at 10:01:30. "), "{}", quick.en);
    assert!(quick.en.contains("The limit is 1 hour. "), "{}", quick.en);
    assert!(quick.en.contains("For the pauses 90 seconds are added. Red card once it is overdue."));
    assert!(quick.zh.contains("因中止计时，期限顺延90秒。逾期即亮红牌。"), "{}", quick.zh);
    let office = words(&hours("8oh", vec![pause]), "none");
    assert!(office.zh.contains("期限为办公时间8小时。"), "{}", office.zh);
    let mut longer = hours("2h", Vec::new());
    let limit = Limit::hours(1);
    longer.extensions.push(Extension { limit, reason_code: String::new() });
    let longer = words(&longer, "none");
    assert!(longer.en.contains("Extended by 1 hour. "), "{}", longer.en);
    assert!(longer.zh.contains("经批准延长1小时。"), "{}", longer.zh);
    let idle = words(&hours("5wd", vec![pause]), "none");
    assert!(idle.en.contains("The pauses move nothing."), "{}", idle.en);
}

fn of(start: &str, limit: &str, pauses: &[(&str, &str)]) -> TimeLimit {
    let pause = |(from, until): &(&str, &str)| Pause { from: at(from), until: Some(at(until)) };
    TimeLimit {
        pauses: pauses.iter().map(pause).collect(),
        ..TimeLimit::new(at(start), limit.parse().unwrap(), Calendar::china())
    }
}

#[test]
fn spring_festival_2026_is_explained() {
    let pause = ("2026-02-24 09:00", "2026-02-25 17:30");
    let table = [
        (
            of("2026-02-13 09:00", "5wd", &[]),
            "Due Friday 27 February 2026 at 17:30. Received Friday 13 February 2026 at 09:00. \
            The limit is 5 working days; the day of receipt is not counted. Saturday 14 \
            February 2026 is a make-up working day for Spring Festival and counts. 15–23 \
            February 2026 skipped (Spring Festival). Red card from Saturday 28 February 2026 at \
            08:30.",
            "截止时间：2026年2月27日（星期五）17:30。2026年2月13日（星期五）09:00收到。期限为5个\
            工作日，收到当日不计入。2026年2月14日（星期六）为春节调休上班日，计入工作日。2026年2\
            月15日至23日放假（春节），不计入。逾期的，自2026年2月28日（星期六）08:30起亮红牌。",
        ),
        (
            of("2026-02-12 20:00", "7d", &[]),
            "Due Tuesday 24 February 2026 at 17:30. Received Thursday 12 February 2026 at \
            20:00. The limit is 7 calendar days; the day of receipt is not counted. 19–23 \
            February 2026 skipped (Spring Festival). The last day, Thursday 19 February 2026, \
            is a rest day: rolled forward to Tuesday 24 February 2026. Red card from Wednesday \
            25 February 2026 at 08:30.",
            "截止时间：2026年2月24日（星期二）17:30。2026年2月12日（星期四）20:00收到。期限为7日\
            ，收到当日不计入。2026年2月19日至23日放假（春节），不计入。期限最后一日2026年2月19日\
            （星期四）为休息日，顺延至2026年2月24日（星期二）。逾期的，自2026年2月25日（星期三）\
            08:30起亮红牌。",
        ),
        (
            of("2026-02-13 09:00", "5wd", &[pause]),
            "Due Monday 2 March 2026 at 17:30. Received Friday 13 February 2026 at 09:00. The \
            limit is 5 working days; the day of receipt is not counted. Saturday 14 February \
            2026 is a make-up working day for Spring Festival and counts. 15–23 February 2026 \
            skipped (Spring Festival). Saturday 28 February 2026 is a make-up working day for \
            Spring Festival and counts. Paused from Tuesday 24 February 2026 at 09:00 to \
            Wednesday 25 February 2026 at 17:30. Of the counted days (7 hours 30 minutes each) \
            14 hours 30 minutes were paused: 2 working days are added, rounded up. Red card \
            from Tuesday 3 March 2026 at 08:30.",
            "截止时间：2026年3月2日（星期一）17:30。2026年2月13日（星期五）09:00收到。期限为5个\
            工作日，收到当日不计入。2026年2月14日（星期六）为春节调休上班日，计入工作日。2026年2\
            月15日至23日放假（春节），不计入。2026年2月28日（星期六）为春节调休上班日，计入工作\
            日。2026年2月24日（星期二）09:00至2026年2月25日（星期三）17:30中止计时。计入的工作日\
            （每日7小时30分钟）中，中止计时共14小时30分钟，不足一日按一日计，期限顺延2个工作日。\
            逾期的，自2026年3月3日（星期二）08:30起亮红牌。",
        ),
    ];
    for (time_limit, en, zh) in table {
        let words = words(&time_limit, "none");
        assert_eq!((words.en.as_str(), words.zh.as_str()), (en, zh));
    }
}

#[test]
fn a_paused_limit_in_calendar_days_rolls_after_the_pause() {
    let days = of("2026-03-06 09:00", "14d", &[("2026-03-10 09:00", "2026-03-11 09:00")]);
    let month = of("2026-09-01 09:00", "1mo", &[("2026-09-10 09:00", "2026-09-11 10:00")]);
    for (time_limit, en, zh) in [
        (
            days,
            "Due Monday 23 March 2026 at 17:30. Received Friday 6 March 2026 at 09:00. The \
            limit is 14 calendar days; the day of receipt is not counted. Paused from Tuesday \
            10 March 2026 at 09:00 to Wednesday 11 March 2026 at 09:00. Of the counted days (24 \
            hours each) 24 hours were paused: 1 calendar day is added. The last day, Saturday \
            21 March 2026, is a rest day: rolled forward to Monday 23 March 2026. Red card from \
            Tuesday 24 March 2026 at 08:30.",
            "截止时间：2026年3月23日（星期一）17:30。2026年3月6日（星期五）09:00收到。期限为14日\
            ，收到当日不计入。2026年3月10日（星期二）09:00至2026年3月11日（星期三）09:00中止计时\
            。计入的日期（每日24小时）中，中止计时共24小时，期限顺延1日。期限最后一日2026年3月21\
            日（星期六）为休息日，顺延至2026年3月23日（星期一）。逾期的，自2026年3月24日（星期二\
            ）08:30起亮红牌。",
        ),
        (
            month,
            "Due Thursday 8 October 2026 at 17:30. Received Tuesday 1 September 2026 at 09:00. \
            The limit is 1 month; the day of receipt is not counted. Paused from Thursday 10 \
            September 2026 at 09:00 to Friday 11 September 2026 at 10:00. Of the counted days \
            (24 hours each) 25 hours were paused: 2 calendar days are added, rounded up. 3–7 \
            October 2026 skipped (National Day). The last day, Saturday 3 October 2026, is a \
            rest day: rolled forward to Thursday 8 October 2026. Red card from Friday 9 October \
            2026 at 08:30.",
            "截止时间：2026年10月8日（星期四）17:30。2026年9月1日（星期二）09:00收到。期限为1个\
            月，收到当日不计入。2026年9月10日（星期四）09:00至2026年9月11日（星期五）10:00中止计\
            时。计入的日期（每日24小时）中，中止计时共25小时，不足一日按一日计，期限顺延2日。202\
            6年10月3日至7日放假（国庆节），不计入。期限最后一日2026年10月3日（星期六）为休息日，\
            顺延至2026年10月8日（星期四）。逾期的，自2026年10月9日（星期五）08:30起亮红牌。",
        ),
    ] {
        let words = words(&time_limit, "none");
        assert_eq!((words.en.as_str(), words.zh.as_str()), (en, zh));
    }
}

#[test]
fn a_late_receipt_tells_the_holiday_it_waits_for() {
    let late = of("2026-02-14 18:00", "5wd", &[]);
    let words = words(&late, "none");
    assert_eq!(
        (words.en.as_str(), words.zh.as_str()),
        (
            "Due Monday 2 March 2026 at 17:30. Received Saturday 14 February 2026 at 18:00, \
            after closing time: counts as received on Tuesday 24 February 2026. The limit is 5 \
            working days; the day of receipt is not counted. 15–23 February 2026 skipped \
            (Spring Festival). Saturday 28 February 2026 is a make-up working day for Spring \
            Festival and counts. Red card from Tuesday 3 March 2026 at 08:30.",
            "截止时间：2026年3月2日（星期一）17:30。2026年2月14日（星期六）18:00收到，已过下班时\
            间，视为2026年2月24日（星期二）收到。期限为5个工作日，收到当日不计入。2026年2月15日\
            至23日放假（春节），不计入。2026年2月28日（星期六）为春节调休上班日，计入工作日。逾\
            期的，自2026年3月3日（星期二）08:30起亮红牌。"
        )
    );
}

#[test]
fn rounding_and_leaving_a_pause_are_told_apart() {
    let pauses =
        [("2026-03-03 09:00", "2026-03-03 10:00"), ("2026-03-05 14:00", "2026-03-06 10:00")];
    let words = words(&of("2026-03-02 09:00", "2wd", &pauses), "none");
    assert_eq!(
        (words.en.as_str(), words.zh.as_str()),
        (
            "Due Friday 6 March 2026 at 17:30. Received Monday 2 March 2026 at 09:00. The limit \
            is 2 working days; the day of receipt is not counted. Paused from Tuesday 3 March \
            2026 at 09:00 to Tuesday 3 March 2026 at 10:00. Paused from Thursday 5 March 2026 \
            at 14:00 to Friday 6 March 2026 at 10:00. Of the counted days (7 hours 30 minutes \
            each) 6 hours were paused: 1 working day is added, rounded up. The deadline would \
            fall into a pause: 1 working day more is added to leave it. Red card from Monday 9 \
            March 2026 at 08:30.",
            "截止时间：2026年3月6日（星期五）17:30。2026年3月2日（星期一）09:00收到。期限为2个工\
            作日，收到当日不计入。2026年3月3日（星期二）09:00至2026年3月3日（星期二）10:00中止计\
            时。2026年3月5日（星期四）14:00至2026年3月6日（星期五）10:00中止计时。计入的工作日（\
            每日7小时30分钟）中，中止计时共6小时，不足一日按一日计，期限顺延1个工作日。届满时间\
            落在中止计时期间，为避开该期间再顺延1个工作日。逾期的，自2026年3月9日（星期一）08:30\
            起亮红牌。"
        )
    );
}
