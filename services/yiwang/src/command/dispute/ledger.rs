//! `yiwang dispute import-ledger`: a ledger of paper, from CSV or XLSX.

use std::path::PathBuf;

use yiwang_proto::dispatch::v1::LedgerCase;

use crate::failure::{EXIT_REFUSED, Failure};
use crate::fault::{self, Fault};
use crate::screen::{Screen, to_json};
use crate::session::Session;
use crate::sheet::{Limits, Target, read};
use crate::takeover::{Report, Wish, take_over, template_headings, template_row};

/// Cases that are shown to people; programs get all of them.
const SHOWN: usize = 20;

/// Arguments of `import-ledger`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A ledger is taken over as a whole or not at all, unless --partial is given; the same ledger twice changes nothing. Original
dates are kept; types of the old scheme zz24 are read as zz17; open cases count from their acceptance on paper.
Headings in Chinese or English; --template writes a file with all of them and one sample row. --book names the place and the
year, e.g. yongan-2025: two ledgers of one name would be one, and the second one's number 1 the first one's.
Examples / 示例:
  yiwang dispute import-ledger --template ledger.xlsx
  yiwang dispute import-ledger ledger.xlsx --book yongan-2025 --dry-run --report faults.csv
  yiwang dispute import-ledger ledger.xlsx --book yongan-2025 --drop-column 身份证号")]
pub(crate) struct Args {
    /// The file, CSV or XLSX.
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Name of the ledger, of place and year: with the number of a row it says which case it is, also when the file comes again.
    #[arg(long, value_name = "NAME", required_unless_present = "template")]
    book: Option<String>,
    /// Only checks.
    #[arg(long)]
    dry_run: bool,
    /// Leaves rows with faults out instead of taking nothing over.
    #[arg(long, visible_alias = "skip-bad-rows")]
    partial: bool,
    /// Leaves a column out; several are possible.
    #[arg(long = "drop-column", value_name = "HEADING")]
    drop_columns: Vec<String>,
    /// Writes the faults to a file, CSV or XLSX, as well.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Writes an empty ledger with one sample row, and does nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "report", "dry_run", "partial"])]
    template: Option<PathBuf>,
    /// Writes over a file that is there, with --template and --report.
    #[arg(long)]
    force: bool,
}

/// Writes a template; nothing when none is asked for.
pub(super) fn template(args: &Args, screen: Screen) -> Result<bool, Failure> {
    let Some(path) = &args.template else { return Ok(false) };
    Target::new(path, args.force)?.write(&template_headings(), &[template_row()])?;
    screen.note(format!("written: {0} / 已写出：{0}", path.display()));
    Ok(true)
}

pub(super) async fn run(args: Args, session: &Session, screen: Screen) -> Result<(), Failure> {
    let (Some(file), Some(book)) = (args.file, args.book) else {
        return Err(Failure::Fault("clap lets no ledger without file and book pass".to_owned()));
    };
    let target = args.report.as_deref().map(|path| Target::new(path, args.force)).transpose()?;
    let sheet = read(&file, Limits::default())?;
    for notice in &sheet.notices {
        screen.note(format!("{}\n{}", notice.en, notice.zh));
    }
    let bar = screen.progress(sheet.rows.len() as u64, "rows 行");
    let (dry_run, partial) = (args.dry_run, args.partial);
    let wish = Wish { book, dry_run, partial, dropped: args.drop_columns };
    let mut report = Report::default();
    let advance = |done| bar.set_position(done);
    let ended = take_over(session, &wish, sheet, &mut report, advance).await;
    bar.finish_and_clear();
    // What became of the batches before is told, whatever ended them.
    let ended = match ended {
        Err(failure) if report.batches == 0 => return Err(failure),
        ended => ended,
    };
    if let Some(target) = target {
        write_faults(&target, &report.faults)?;
    }
    let whole = tell(screen, &wish, &report)?;
    ended?;
    if whole { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) }
}

const FAULT_COLUMNS: [&str; 6] = ["line", "column", "value", "reason", "message", "message_zh"];

fn write_faults(target: &Target<'_>, faults: &[Fault]) -> Result<(), Failure> {
    let rows = faults.iter().map(|fault| {
        let Fault { line, column, value, reason, en, zh } = fault.clone();
        vec![line.to_string(), column, value, reason, en, zh]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    Ok(target.write(&FAULT_COLUMNS, &rows)?)
}

/// Tells what became of the ledger, and whether that is what was asked for.
fn tell(screen: Screen, wish: &Wish, report: &Report) -> Result<bool, Failure> {
    let done = report.position > 0 || report.existing > 0;
    let whole = report.faults.is_empty() || (wish.partial && done);
    if screen.json {
        let cases: Result<Vec<_>, _> = report.cases.iter().map(to_json).collect();
        let faults: Result<Vec<_>, _> = report.faults.iter().map(Fault::json).collect();
        let value = serde_json::json!({
            "rows": report.rows,
            "unanswered": report.unanswered,
            "cases": cases?,
            "faults": faults?,
            "taken_over": report.taken_over,
            "existing": report.existing,
            "feed_position": report.position.to_string(),
        });
        screen.value(&value, true)?;
    } else {
        tell_people(screen, wish, report)?;
    }
    Ok(whole)
}

fn tell_people(screen: Screen, wish: &Wish, report: &Report) -> Result<(), Failure> {
    fault::show(screen, &report.faults)?;
    if report.position > 0 {
        tell_cases(screen, &report.cases)?;
    }
    let would_be = report.cases.iter().filter(|case| !case.existing).count();
    let (rows, existing, faults) = (report.rows, report.existing, report.faults.len());
    screen.line(format!(
        "{rows} rows: {would_be} new, {existing} taken over before; {faults} faults"
    ))?;
    screen.line(format!("共 {rows} 行：新增 {would_be}，已导入过 {existing}；问题 {faults} 处"))?;
    screen.line(ending(wish, report))?;
    if report.unanswered == 0 {
        return Ok(());
    }
    let left = report.unanswered;
    screen.line(format!(
        "broken off: {left} of {rows} rows were not answered for; the same command goes on, with --force where it wrote a report, \
         and takes nothing over twice\n\
         已中断：{rows} 行中有 {left} 行未得到答复；重新执行同一命令即可继续（已写出报告文件的请加 --force），不会重复导入"
    ))
}

/// What the command comes to, in one line.
fn ending(wish: &Wish, report: &Report) -> String {
    let (taken, position) = (report.taken_over, report.position);
    let said = if wish.dry_run {
        "dry run: nothing was changed / 试运行，未作任何更改"
    } else if position > 0 {
        return format!("{taken} cases taken over at position {position} / 已导入 {taken} 件");
    } else if report.misnamed {
        "nothing was taken over: mend the headings, or leave columns out with --drop-column / \
         未导入：请修正列名，或用 --drop-column 去掉"
    } else if !report.faults.is_empty() && wish.partial {
        "nothing was taken over: there was no new row without faults / 未导入：没有可导入的新行"
    } else if !report.faults.is_empty() {
        "nothing was taken over: mend the rows, or leave them out with --partial / 未导入：请修正，或用 --partial 跳过"
    } else if report.unanswered > 0 {
        "nothing was changed so far / 目前未作任何更改"
    } else {
        "everything was taken over before: nothing was changed / 均已导入过，未作任何更改"
    };
    said.to_owned()
}

fn tell_cases(screen: Screen, cases: &[LedgerCase]) -> Result<(), Failure> {
    let rows = cases.iter().take(SHOWN).map(|case| {
        let standing = if case.existing { "taken over before 已导入过" } else { "new 新增" };
        vec![case.line.to_string(), case.case_code.clone(), standing.to_owned()]
    });
    screen.table(&["Line 行", "Case code 案号", "Standing 状况"], rows.collect())?;
    if cases.len() > SHOWN {
        let more = cases.len() - SHOWN;
        screen
            .line(format!("… {more} more (--json has all) / 另有 {more} 行（--json 列出全部）"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_helps() {
        let wish = |partial, dry_run| {
            let (book, dropped) = ("yongan-2025".to_owned(), Vec::new());
            Wish { book, dry_run, partial, dropped }
        };
        let wrong = Report { faults: vec![Fault::default()], ..Report::default() };
        let misnamed = Report { misnamed: true, ..wrong.clone() };
        let taken = Report { taken_over: 5, position: 9, ..wrong.clone() };
        for (wish, report, said) in [
            (wish(false, false), &wrong, "with --partial"),
            (wish(true, false), &wrong, "no new row without faults"),
            (wish(true, false), &misnamed, "with --drop-column"),
            (wish(true, false), &taken, "5 cases taken over at position 9"),
            (wish(false, true), &misnamed, "dry run"),
            (wish(false, false), &Report::default(), "taken over before"),
            (wish(true, false), &Report { unanswered: 7, ..Report::default() }, "so far"),
        ] {
            let text = ending(&wish, report);
            assert!(text.contains(said) && text.contains(" / "), "{text}");
        }
    }
}
