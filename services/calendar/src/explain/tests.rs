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
fn a_hotline_order_is_explained() {
    // Received Mon 28; 29 (1) 30 (2); 8 (3) 9 (4) 10 (5) 12 (6) 13 (7); paused 8, 9, 10, 12:
    // four more: 14, 15, 16, 19.
    let words = words(&hotline_order(), "hotline.handle");
    assert_eq!(
        words.en,
        "Due Monday 19 October 2026 at 17:30. Received Sunday 27 September 2026 at 10:00, on a \
         rest day: counts as received on Monday 28 September 2026. The limit is 5 working days; \
         the day of receipt is not counted. Extended by 2 working days (reason: complex). 1–7 \
         October 2026 skipped (National Day). Saturday 10 October 2026 is a make-up working day \
         for National Day and counts. Paused from Thursday 8 October 2026 at 08:30 to Tuesday 13 \
         October 2026 at 08:30. For the pauses 4 working days are added. Yellow card from Friday \
         16 October 2026 at 17:30. Red card from Tuesday 20 October 2026 at 08:30. Rule \
         hotline.handle (承办单位办结并回复); source: 山东省政务服务热线管理办法(2020); \
         潍坊条例 art20 (Shandong local rule)."
    );
    assert_eq!(
        words.zh,
        "截止时间：2026年10月19日（星期一）17:30。2026年9月27日（星期日）10:00收到，\
         当日为休息日，视为2026年9月28日（星期一）收到。期限为5个工作日，收到当日不计入。\
         经批准延长2个工作日（原因：complex）。2026年10月1日至7日放假（国庆节），不计入。\
         2026年10月10日（星期六）为国庆节调休上班日，计入工作日。2026年10月8日（星期四）08:30\
         至2026年10月13日（星期二）08:30中止计时。因中止计时，期限顺延4个工作日。\
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
         Tuesday 5 January 2027 at 08:30. Provisional: this date rests on days outside 2004–2026, \
         the years published in calendar cn-2026.1, and is computed again when they are \
         published. Rule petition.accept_notice (受理情况书面告知信访人); source: 信访工作条例 \
         art23 (national law)."
    );
    assert!(words.zh.contains("期限最后一日2027年1月3日（星期日）为休息日，顺延至2027年1月4日"));
    assert!(words.zh.contains("以上期限为暂定：涉及的日期超出日历cn-2026.1已公布的2004年至2026年"));
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
    let idle = words(&hours("5wd", vec![pause]), "none");
    assert!(idle.en.contains("The pauses move nothing."), "{}", idle.en);
}
