//! `yiwang catalogue`.

mod tables;
mod take;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use yiwang_proto::registry::v1::{
    ApproveMattersRequest, Catalogue as WireCatalogue, FindLimitRequest, FindLimitResponse,
    GetCatalogueRequest, MatterApproval, ReleaseCatalogueRequest, RetireMatterRequest,
};

use super::Context;
use super::shared::{field, parse_day, show_wire};
use crate::failure::Failure;
use crate::labels;
use crate::screen::Screen;
use crate::session::Session;
use crate::sheet::Target;

use tables::Table;

/// `yiwang catalogue …`
#[derive(Debug, Subcommand)]
pub(crate) enum Catalogue {
    /// Shows the catalogue that holds, another version, or the draft.
    Show {
        /// Only this table.
        #[arg(value_enum)]
        table: Option<Table>,
        #[command(flatten)]
        which: Which,
    },
    /// Finds the time limit of a step, and says why it is that one.
    Limit(LimitArgs),
    /// Puts a table into the draft, from CSV or XLSX: every row, or none when one is wrong.
    Import {
        /// What the table holds; `export` shows the columns.
        #[arg(value_enum)]
        table: Table,
        /// The file, CSV or XLSX.
        file: PathBuf,
        /// Only checks.
        #[arg(long)]
        dry_run: bool,
    },
    /// Writes a table out, as CSV or XLSX.
    Export {
        /// What is wanted.
        #[arg(value_enum)]
        table: Table,
        /// The file; its ending says whether CSV or XLSX.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Writes over a file that is there.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Records in the draft that matters were approved as they are.
    Approve(ApproveArgs),
    /// Ends a matter in the draft.
    Retire {
        /// Code of the matter.
        code: String,
        /// First day no longer; default: today.
        #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
        on: String,
    },
    /// Closes the draft into the next version, which holds at once.
    Release {
        /// Only checks, and tells everything that is missing.
        #[arg(long)]
        dry_run: bool,
        /// Etag of the draft as it was read; a draft that has changed since is not released.
        #[arg(long, default_value = "")]
        etag: String,
    },
}

/// Which catalogue.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// This version; default: the one that holds.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    version: u32,
    /// The draft.
    #[arg(long, conflicts_with = "version")]
    draft: bool,
}

/// Arguments of `limit`.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Code of the matter.
    #[arg(long, required_unless_present = "kind", default_value = "", hide_default_value = true)]
    matter: String,
    /// Type of the dispute instead, scheme zz17.
    #[arg(
        id = "kind",
        long = "type",
        value_name = "CODE",
        conflicts_with = "matter",
        default_value = "",
        hide_default_value = true
    )]
    type_code: String,
    /// The step.
    #[arg(long, value_parser = labels::limit_step::parser())]
    step: i32,
    /// Tier of whoever handles.
    #[arg(long, value_parser = labels::area_level::parser())]
    tier: Option<i32>,
    /// Level of the case.
    #[arg(long, value_parser = labels::matter_level::parser())]
    level: Option<i32>,
    /// On this day; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
    on: String,
    #[command(flatten)]
    which: Which,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    /// Codes of the matters.
    #[arg(required_unless_present = "all")]
    codes: Vec<String>,
    /// Every matter of the draft that nobody approved as it is.
    #[arg(long, conflicts_with = "codes")]
    all: bool,
    /// Code of the body that approved.
    #[arg(long)]
    by: String,
    /// Number of its document, as a code.
    #[arg(long)]
    document: String,
    /// Day of the document; default: today.
    #[arg(long, value_name = "DAY", value_parser = parse_day, default_value = "")]
    on: String,
}

pub(crate) async fn run(command: Catalogue, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    match command {
        Catalogue::Show { table, which } => show(screen, table, &fetch(&session, &which).await?),
        Catalogue::Limit(args) => limit(&session, screen, args).await,
        Catalogue::Import { table, file, dry_run } => {
            take::import(&session, screen, table, &file, dry_run).await
        }
        Catalogue::Export { table, out, force, which } => {
            let target = Target::new(&out, force)?;
            let facts = fetch(&session, &which).await?.facts.unwrap_or_default();
            let rows = table.rows(&facts);
            target.write(table.columns(), &rows)?;
            if screen.json {
                let told = serde_json::json!({"rows": rows.len(), "file": out});
                return screen.value(&told, false);
            }
            screen.line(format!("{} rows written / 已写出 {} 行", rows.len(), rows.len()))
        }
        Catalogue::Approve(args) => approve(&session, screen, args).await,
        Catalogue::Retire { code, on } => {
            let request = RetireMatterRequest {
                request_id: session.request_id(),
                matter_code: code,
                valid_to_date: on,
                ..RetireMatterRequest::default()
            };
            let answer = session.catalogue().retire_matter(request).await?.into_inner();
            if screen.json {
                return screen.message(&answer);
            }
            tables::show_matters(screen, &Vec::from_iter(answer.matter))
        }
        Catalogue::Release { dry_run, etag } => release(&session, screen, dry_run, etag).await,
    }
}

async fn fetch(session: &Session, which: &Which) -> Result<WireCatalogue, Failure> {
    let request = GetCatalogueRequest { version: which.version, draft: which.draft };
    let answer = session.catalogue().get_catalogue(request).await?.into_inner();
    Ok(answer.catalogue.unwrap_or_default())
}

fn show(screen: Screen, table: Option<Table>, catalogue: &WireCatalogue) -> Result<(), Failure> {
    if screen.json {
        return screen.message(catalogue);
    }
    let facts = catalogue.facts.clone().unwrap_or_default();
    if let Some(table) = table {
        return table.show(screen, &facts);
    }
    screen.table(
        &["Catalogue 事项清单", &facts.area_code],
        vec![
            field("State 状态", labels::catalogue_state::label(catalogue.state)),
            field("Version 版本", facts.version.to_string()),
            field("Released 发布时间", show_wire(catalogue.release_time.as_ref())),
            field("Etag", catalogue.etag.clone()),
            field("Types 类型", facts.types.len().to_string()),
        ],
    )?;
    Table::Matters.show(screen, &facts)?;
    Table::LimitRules.show(screen, &facts)
}

async fn limit(session: &Session, screen: Screen, args: LimitArgs) -> Result<(), Failure> {
    let request = FindLimitRequest {
        matter_code: args.matter,
        type_code: args.type_code,
        step: args.step,
        tier: args.tier.unwrap_or_default(),
        level: args.level.unwrap_or_default(),
        as_of_date: args.on,
        version: args.which.version,
        draft: args.which.draft,
    };
    let found: FindLimitResponse = session.catalogue().find_limit(request).await?.into_inner();
    if screen.json {
        return screen.message(&found);
    }
    let rule = found.rule.unwrap_or_default();
    screen.table(
        &["Limit 时限", &rule.limit],
        vec![
            field("Rule 规则", rule.rule_key),
            field("Matter 事项", found.matter_code),
            field("Step 环节", labels::limit_step::label(rule.step)),
            field("Authority 效力", labels::limit_authority::label(rule.authority)),
            field("Source 依据", rule.source),
            field("Version 版本", found.version.to_string()),
            field("Passed over 未采用", found.passed_over_rule_keys.join(" ")),
        ],
    )?;
    screen.line(format!("{}\n{}", found.explanation, found.explanation_zh))
}

async fn approve(session: &Session, screen: Screen, args: ApproveArgs) -> Result<(), Failure> {
    let matter_codes = if args.all {
        let which = Which { version: 0, draft: true };
        let facts = fetch(session, &which).await?.facts.unwrap_or_default();
        let open = facts.matters.into_iter().filter(|matter| matter.approval.is_none());
        open.map(|matter| matter.matter_code).collect()
    } else {
        args.codes
    };
    if matter_codes.is_empty() {
        return screen.tell("every matter is approved / 所有事项均已批准");
    }
    let approval = MatterApproval {
        approver_code: args.by,
        document_code: args.document,
        approved_date: args.on,
    };
    let request = ApproveMattersRequest {
        request_id: session.request_id(),
        matter_codes,
        approval: Some(approval),
        ..ApproveMattersRequest::default()
    };
    let answer = session.catalogue().approve_matters(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    tables::show_matters(screen, &answer.matters)
}

async fn release(
    session: &Session,
    screen: Screen,
    validate_only: bool,
    etag: String,
) -> Result<(), Failure> {
    let request = ReleaseCatalogueRequest { request_id: session.request_id(), etag, validate_only };
    let answer = session.catalogue().release_catalogue(request).await?.into_inner();
    if screen.json {
        return screen.message(&answer);
    }
    if validate_only {
        return screen.line("the draft can be released / 草稿可以发布");
    }
    let (version, position) = (answer.version, answer.feed_position);
    screen.line(format!("version {version} holds at position {position} / 第 {version} 版已发布"))
}
