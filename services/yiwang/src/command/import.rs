//! `yiwang import`.

use std::path::PathBuf;

use clap::ValueEnum;
use yiwang_proto::registry::v1::{
    CancelImportRequest, GetImportRequest, Import, ImportKind, ListImportsRequest,
};

use super::Context;
use super::shared::{field, pages, parse_day};
use crate::failure::{EXIT_REFUSED, Failure};
use crate::fault::{self, Fault};
use crate::import::{Report, Wish, import};
use crate::labels;
use crate::screen::{Screen, to_json};
use crate::session::Session;
use crate::sheet::{Limits, read};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Table {
    #[value(help = "Columns: code*, name*, parent_code, level, valid_from, outline")]
    Areas,
    #[value(
        help = "Columns: grid_code*, name*, households*, community_code, kind, parent_grid_code, longitude, \
                    latitude, outline, valid_from"
    )]
    Grids,
    #[value(
        help = "Columns: worker_id*, name*, post*, area_code*, work_phone, unit_id, grid_codes, valid_from"
    )]
    Workers,
    #[value(help = "Columns: unit_id*, name*, kind*, area_code*, tier, valid_from")]
    Units,
    #[value(
        help = "Columns: team_id*, name*, area_code*, longitude*, latitude*, unit_id, member_ids, served_areas, \
                    valid_from"
    )]
    Teams,
}

impl Table {
    /// The kind of import that takes such a table.
    pub(crate) fn kind(self) -> ImportKind {
        match self {
            Table::Areas => ImportKind::Areas,
            Table::Grids => ImportKind::Grids,
            Table::Workers => ImportKind::Workers,
            Table::Units => ImportKind::Units,
            Table::Teams => ImportKind::Teams,
        }
    }
}

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
A table is imported as a whole or not at all, unless --skip-bad-rows is given; the same table twice changes nothing.
Cells are texts: format columns with codes as text in Excel, or 370306004006 becomes 3.70306E+11 and is refused.
Example: yiwang import grids grids.xlsx --dry-run"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Known>,
    /// What the table holds.
    #[arg(value_enum, required = true)]
    table: Option<Table>,
    /// The file, CSV or XLSX.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Only checks.
    #[arg(long)]
    dry_run: bool,
    /// Leaves bad rows out instead of importing nothing.
    #[arg(long)]
    skip_bad_rows: bool,
    /// Marks everything new as made-up sample data.
    #[arg(long)]
    sample: bool,
    /// Day from which on it holds where a row has none; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
    on: String,
}

/// About an import that was begun.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Known {
    /// Lists imports. One that is staging and that nobody continues can be cancelled.
    List {
        /// Only imports by callers of this subtree; default: the caller's area.
        #[arg(long, default_value = "")]
        area: String,
        /// Only imports that are this far.
        #[arg(long, value_parser = labels::import_state::parser())]
        state: Option<i32>,
        /// At most so many.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Shows how far an import is.
    Show {
        /// Its id.
        id: String,
    },
    /// Gives up an import that was broken off; the server forgets its rows.
    Cancel {
        /// Its id.
        id: String,
    },
}

async fn known(command: Known, context: &Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    let import = match command {
        Known::List { area, state, limit } => {
            let imports = list(&session, &area, state.unwrap_or_default(), limit).await?;
            return write_list(screen, &imports);
        }
        Known::Show { id } => {
            let request = GetImportRequest { import_id: id };
            session.imports().get_import(request).await?.into_inner().import
        }
        Known::Cancel { id } => {
            let request = CancelImportRequest { request_id: session.request_id(), import_id: id };
            session.imports().cancel_import(request).await?.into_inner().import
        }
    };
    let import = import.unwrap_or_default();
    if screen.json {
        return screen.message(&import);
    }
    screen.table(
        &["Import 导入", &import.import_id],
        vec![
            field("State 状态", labels::import_state::label(import.state)),
            field("Rows 行数", import.rows.to_string()),
            field("Bad 问题行", import.bad_rows.to_string()),
            field("New 新增", import.created_rows.to_string()),
            field("Changed 变更", import.changed_rows.to_string()),
            field("Unchanged 不变", import.unchanged_rows.to_string()),
        ],
    )
}

async fn list(
    session: &Session,
    area: &str,
    state: i32,
    limit: usize,
) -> Result<Vec<Import>, Failure> {
    pages(limit, |page_size, page_token| {
        let area_code = area.to_owned();
        let request = ListImportsRequest { area_code, state, page_size, page_token };
        let mut client = session.imports();
        async move {
            let answer = client.list_imports(request).await?.into_inner();
            Ok((answer.imports, answer.next_page_token))
        }
    })
    .await
}

fn write_list(screen: Screen, imports: &[Import]) -> Result<(), Failure> {
    if screen.json {
        return screen.messages(imports);
    }
    let rows = imports.iter().map(|import| {
        vec![
            import.import_id.clone(),
            labels::import_kind::label(import.kind),
            labels::import_state::label(import.state),
            import.area_code.clone(),
            import.rows.to_string(),
            import.bad_rows.to_string(),
        ]
    });
    let header = ["Import 导入", "Table 表", "State 状态", "Area 区域", "Rows 行数", "Bad 问题行"];
    screen.table(&header, rows.collect())
}

pub(crate) async fn run(args: Args, context: Context) -> Result<(), Failure> {
    if let Some(command) = args.command {
        return known(command, &context).await;
    }
    let (Some(table), Some(file)) = (args.table, args.file) else {
        return Err(Failure::Fault(
            "clap lets no import without a table and a file pass".to_owned(),
        ));
    };
    let screen = context.screen;
    let sheet = read(&file, Limits::default())?;
    for notice in &sheet.notices {
        screen.note(format!("{}\n{}", notice.en, notice.zh));
    }
    let session = context.session()?;
    let wish = Wish {
        kind: table.kind(),
        dry_run: args.dry_run,
        skip_bad_rows: args.skip_bad_rows,
        sample: args.sample,
        effective_date: args.on,
    };
    let bar = screen.progress(sheet.rows.len() as u64, "rows 行");
    let stop = async {
        // Without a handler the signal ends the process as it always does.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let report = import(&session, &wish, sheet, |done| bar.set_position(done), stop).await;
    bar.finish_and_clear();
    tell(screen, &wish, &report?)
}

fn tell(screen: Screen, wish: &Wish, report: &Report) -> Result<(), Failure> {
    if screen.json {
        let faults: Result<Vec<_>, _> = report.faults.iter().map(Fault::json).collect();
        let value = serde_json::json!({
            "import": to_json(&report.import)?,
            "faults": faults?,
            "activated": report.activated,
            "feed_position": report.position.to_string(),
        });
        screen.value(&value, true)?;
    } else {
        tell_people(screen, wish, report)?;
    }
    let good = report.activated || (wish.dry_run && report.faults.is_empty());
    if good { Ok(()) } else { Err(Failure::Quiet(EXIT_REFUSED)) }
}

fn tell_people(screen: Screen, wish: &Wish, report: &Report) -> Result<(), Failure> {
    fault::show(screen, &report.faults)?;
    let import = &report.import;
    screen.line(format!(
        "{} rows: {} new, {} changed, {} unchanged; {} faults",
        import.rows,
        import.created_rows,
        import.changed_rows,
        import.unchanged_rows,
        report.faults.len()
    ))?;
    screen.line(format!(
        "共 {} 行：新增 {}，变更 {}，不变 {}；问题 {} 处",
        import.rows,
        import.created_rows,
        import.changed_rows,
        import.unchanged_rows,
        report.faults.len()
    ))?;
    if report.activated {
        return screen.line(format!("imported at position {} / 已导入", report.position));
    }
    if wish.dry_run {
        return screen.line("dry run: nothing was changed / 试运行，未作任何更改");
    }
    screen.line(
        "nothing was imported: mend the rows, or leave them out with --skip-bad-rows / 未导入：请修正，或用 --skip-bad-rows 跳过",
    )
}
