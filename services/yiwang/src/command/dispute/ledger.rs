//! `yiwang dispute import-ledger`: a ledger of paper, from CSV or XLSX.

use std::path::{Path, PathBuf};

use yiwang_proto::dispatch::v1::{LedgerCase, LedgerFault};

use crate::failure::{EXIT_REFUSED, Failure};
use crate::screen::{Screen, to_json};
use crate::session::Session;
use crate::sheet::{Limits, read, write};
use crate::takeover::{Report, Wish, take_over, template_headings, template_row};

/// Cases that are shown to people; programs get all of them.
const SHOWN: usize = 20;

/// Arguments of `import-ledger`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A ledger is taken over as a whole or not at all, unless --partial is given; the same ledger twice changes nothing. Original
dates are kept; types of the old scheme zz24 are read as zz17; open cases count from their acceptance on paper.
Headings in Chinese or English; --template writes a file with all of them and one sample row.
Examples / 示例:
  yiwang dispute import-ledger --template ledger.xlsx
  yiwang dispute import-ledger ledger.xlsx --book yongan-2025 --dry-run --report faults.csv
  yiwang dispute import-ledger ledger.xlsx --book yongan-2025 --drop-column 身份证号")]
pub(crate) struct Args {
    /// The file, CSV or XLSX.
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Name of the ledger: with the number of a row it says which case it is, also when the file comes again.
    #[arg(long, value_name = "NAME", default_value = "paper")]
    book: String,
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
}

/// Writes a template; nothing when none is asked for.
pub(super) fn template(args: &Args, screen: Screen) -> Result<bool, Failure> {
    let Some(path) = &args.template else { return Ok(false) };
    write(path, &template_headings(), &[template_row()])?;
    screen.note(format!("written: {0} / 已写出：{0}", path.display()));
    Ok(true)
}

pub(super) async fn run(args: Args, session: &Session, screen: Screen) -> Result<(), Failure> {
    let Some(file) = args.file else {
        return Err(Failure::Fault("clap lets no ledger without a file pass".to_owned()));
    };
    let sheet = read(&file, Limits::default())?;
    for notice in &sheet.notices {
        screen.note(format!("{}\n{}", notice.en, notice.zh));
    }
    let bar = screen.progress(sheet.rows.len() as u64, "rows 行");
    let (book, dry_run, partial) = (args.book, args.dry_run, args.partial);
    let wish = Wish { book, dry_run, partial, dropped: args.drop_columns };
    let report = take_over(session, &wish, sheet, |done| bar.set_position(done)).await;
    bar.finish_and_clear();
    let report = report?;
    if let Some(path) = &args.report {
        write_faults(path, &report.faults)?;
    }
    tell(screen, &wish, &report)
}

const FAULT_COLUMNS: [&str; 6] = ["line", "column", "value", "reason", "message", "message_zh"];

fn write_faults(path: &Path, faults: &[LedgerFault]) -> Result<(), Failure> {
    let rows = faults.iter().map(|fault| {
        let LedgerFault { line, column, value, reason, message, message_zh } = fault.clone();
        vec![line.to_string(), column, value, reason, message, message_zh]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    Ok(write(path, &FAULT_COLUMNS, &rows)?)
}

fn tell(screen: Screen, wish: &Wish, report: &Report) -> Result<(), Failure> {
    let done = report.position > 0 || report.existing > 0;
    let whole = report.faults.is_empty() || (wish.partial && done);
    if screen.json {
        let cases: Result<Vec<_>, _> = report.cases.iter().map(to_json).collect();
        let faults: Result<Vec<_>, _> = report.faults.iter().map(to_json).collect();
        let value = serde_json::json!({
            "rows": report.rows,
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
    if whole { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) }
}

fn tell_people(screen: Screen, wish: &Wish, report: &Report) -> Result<(), Failure> {
    tell_faults(screen, &report.faults)?;
    if report.position > 0 {
        tell_cases(screen, &report.cases)?;
    }
    let would_be = report.cases.iter().filter(|case| !case.existing).count();
    let (rows, existing, faults) = (report.rows, report.existing, report.faults.len());
    screen.line(format!(
        "{rows} rows: {would_be} new, {existing} taken over before; {faults} faults"
    ))?;
    screen.line(format!("共 {rows} 行：新增 {would_be}，已导入过 {existing}；问题 {faults} 处"))?;
    if wish.dry_run {
        return screen.line("dry run: nothing was changed / 试运行，未作任何更改");
    }
    if report.position > 0 {
        let (taken, position) = (report.taken_over, report.position);
        return screen
            .line(format!("{taken} cases taken over at position {position} / 已导入 {taken} 件"));
    }
    if report.faults.is_empty() {
        return screen.line(
            "everything was taken over before: nothing was changed / 均已导入过，未作任何更改",
        );
    }
    screen.line(
        "nothing was taken over: mend the rows, or leave them out with --partial / 未导入：请修正，或用 --partial 跳过",
    )
}

fn tell_faults(screen: Screen, faults: &[LedgerFault]) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let rows = faults.iter().map(|fault| {
        vec![
            fault.line.to_string(),
            fault.column.clone(),
            fault.value.clone(),
            fault.reason.clone(),
            format!("{} / {}", fault.message, fault.message_zh),
        ]
    });
    let header = ["Line 行", "Column 列", "Value 值", "Reason 原因", "What is wrong 说明"];
    screen.table(&header, rows.collect())
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
