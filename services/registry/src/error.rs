//! Rejections as the wire shows them.

use kit::Problem;
use tonic::Code;

use crate::domain::catalogue::Fault;
use crate::domain::import::Progress;
use crate::domain::rejection::{Rejection, What};

/// The error domain of registry.
pub const DOMAIN: &str = "registry.yiwang";

fn problem(code: Code, reason: &'static str, rejection: &Rejection, zh: &str) -> Problem {
    Problem::new(code, reason, DOMAIN, rejection.to_string(), zh)
}

impl From<Rejection> for Problem {
    #[expect(clippy::too_many_lines, reason = "one arm per reason, read as a table")]
    fn from(rejection: Rejection) -> Problem {
        use Rejection as R;
        match &rejection {
            R::NotFound { what, id, did_you_mean } => {
                let codes: Vec<&str> = did_you_mean.iter().map(|code| code.as_str()).collect();
                not_found(*what, id, &codes)
            }
            R::AlreadyExists { id, .. } => {
                problem(Code::AlreadyExists, "ALREADY_EXISTS", &rejection, "该代码或编号已存在")
                    .with("id", id)
            }
            R::EtagStale { id, revision } => {
                problem(Code::Aborted, "ETAG_STALE", &rejection, "内容已被更改，请重新读取")
                    .with("id", id)
                    .with("etag", format!("\"{revision}\""))
            }
            R::ImportOutdated { code } => problem(
                Code::Aborted,
                "IMPORT_OUTDATED",
                &rejection,
                "校验后数据已变更，请重新导入",
            )
            .with("code", code),
            R::ImportInterleaved => problem(
                Code::Aborted,
                "IMPORT_INTERLEAVED",
                &rejection,
                "同时有其他行正在写入，请重试",
            ),
            R::AreaRetired { .. } => unmet("AREA_RETIRED", &rejection, "该区划在此日期不存在"),
            R::AreaInUse { inside, .. } => {
                unmet("AREA_IN_USE", &rejection, "下级区划或网格仍在使用").with("code", inside)
            }
            R::GridRetired { .. } => {
                unmet("GRID_RETIRED", &rejection, "该网格在此日期不存在或即将停用")
            }
            R::HasMicroGrids { micro, .. } => {
                unmet("GRID_HAS_MICRO_GRIDS", &rejection, "该网格仍有微网格")
                    .with("code", micro.to_string())
            }
            R::MicroGrid { .. } => unmet("MICRO_GRID", &rejection, "微网格不支持此操作"),
            R::NotSameCommunity { code } => {
                unmet("NOT_SAME_COMMUNITY", &rejection, "网格不属于同一社区")
                    .with("code", code.to_string())
            }
            R::ParentGrid => unmet(
                "PARENT_GRID",
                &rejection,
                "微网格须属于本社区现有网格，其他网格不得有上级网格",
            ),
            R::SequenceExhausted { .. } => {
                unmet("SEQUENCE_EXHAUSTED", &rejection, "该社区网格代码已用完")
            }
            R::OutlineOutside { code } => {
                unmet("OUTLINE_OUTSIDE", &rejection, "边界超出上级范围").with("code", code)
            }
            R::OutlineTooSmall { inside } => {
                unmet("OUTLINE_TOO_SMALL", &rejection, "边界未包含下级范围").with("code", inside)
            }
            R::OutlineJoined { wrong } => {
                let zh = format!("合并后的边界无效（{}），请给出边界", wrong.zh());
                unmet("OUTLINE_JOINED", &rejection, &zh)
            }
            R::WrongTier { area } => unmet("WRONG_TIER", &rejection, "单位层级须与所属区划一致")
                .with("area_code", area.to_string()),
            R::ImportFull { rows } => {
                unmet("IMPORT_FULL", &rejection, "导入行数或内容超过上限，请分批导入")
                    .with("most_rows", rows.to_string())
            }
            R::OutlineOverlap { code } => {
                unmet("OUTLINE_OVERLAP", &rejection, "边界与相邻网格重叠")
                    .with("code", code.to_string())
            }
            R::LaterChange { code, date } => {
                unmet("LATER_CHANGE", &rejection, "此日期当天或之后已有变更")
                    .with("code", code)
                    .with("date", date.to_string())
            }
            R::DateOutOfRange { earliest, latest, .. } => {
                unmet("DATE_OUT_OF_RANGE", &rejection, "日期超出允许范围")
                    .with("earliest", earliest.to_string())
                    .with("latest", latest.to_string())
            }
            R::DateConflict { other, .. } => {
                unmet("DATE_CONFLICT", &rejection, "日期与其他日期冲突")
                    .with("date", other.to_string())
            }
            R::AlreadyEnded { id } => unmet("ALREADY_ENDED", &rejection, "已停用").with("id", id),
            R::NotAssigned { grid } => unmet("NOT_ASSIGNED", &rejection, "此日期未负责该网格")
                .with("grid_code", grid.to_string()),
            R::AlreadyAssigned { grid } => unmet("ALREADY_ASSIGNED", &rejection, "已负责该网格")
                .with("grid_code", grid.to_string()),
            R::CatalogueNotOwned { area } => {
                unmet("CATALOGUE_NOT_OWNED", &rejection, "事项清单由市级管理，本节点不是市级节点")
                    .with("area_code", area.to_string())
            }
            R::CatalogueUnsound { faults } => unsound(&rejection, faults),
            R::NothingToRelease { version } => {
                let zh = format!("没有可发布的内容：草稿与现行第 {version} 版相同");
                unmet("NOTHING_TO_RELEASE", &rejection, &zh).with("version", version.to_string())
            }
            R::ImportNotStaging { progress } => {
                let state = match progress {
                    Progress::Staging => "STAGING",
                    Progress::Activated => "ACTIVATED",
                    Progress::Cancelled => "CANCELLED",
                };
                unmet("IMPORT_NOT_STAGING", &rejection, "该导入已结束").with("state", state)
            }
            R::ImportHasBadRows { bad } => {
                unmet("IMPORT_HAS_BAD_ROWS", &rejection, "有错误行，且未要求跳过")
                    .with("bad_rows", bad.to_string())
            }
            R::ImportDryRun => unmet("IMPORT_DRY_RUN", &rejection, "试运行不能生效"),
        }
    }
}

/// Everything that is wrong with the catalogue, entry by entry.
fn unsound(rejection: &Rejection, faults: &[Fault]) -> Problem {
    let problem = if faults.iter().any(Fault::is_of_law) {
        unmet("LAW_LIMIT", rejection, "不得放宽法定时限")
    } else {
        unmet("CATALOGUE_UNSOUND", rejection, "事项清单存在问题")
    };
    let problem = problem.with("faults", faults.len().to_string());
    faults.iter().fold(problem, |problem, fault| {
        let (en, zh) = fault.words();
        problem.violation(fault.entry.as_str(), fault.reason, en, zh)
    })
}

fn unmet(reason: &'static str, rejection: &Rejection, zh: &str) -> Problem {
    problem(Code::FailedPrecondition, reason, rejection, zh).precondition(
        reason,
        "registry",
        rejection.to_string(),
    )
}

/// Nothing of that kind, or nothing that the caller sees.
pub fn not_found(what: What, id: &str, did_you_mean: &[&str]) -> Problem {
    let (reason, en, zh) = match what {
        What::Area => ("AREA_NOT_FOUND", "area", "没有该区划"),
        What::Zone => ("JURISDICTION_NOT_FOUND", "functional zone", "没有该功能区"),
        What::Grid => ("GRID_NOT_FOUND", "grid", "没有该网格"),
        What::Worker => ("WORKER_NOT_FOUND", "worker", "没有该工作人员"),
        What::Unit => ("UNIT_NOT_FOUND", "unit", "没有该单位"),
        What::Team => ("TEAM_NOT_FOUND", "team", "没有该队伍"),
        What::Catalogue => ("CATALOGUE_NOT_FOUND", "version of the catalogue", "没有该版本的清单"),
        What::Matter => ("MATTER_NOT_FOUND", "matter", "清单中没有该事项"),
        What::Limit => ("LIMIT_NOT_FOUND", "time limit", "没有时限规定"),
        What::Type => ("TYPE_NOT_FOUND", "type", "没有该类型代码"),
        What::Import => ("IMPORT_NOT_FOUND", "import", "没有该导入"),
    };
    let hint = did_you_mean.join(", ");
    let (more, more_zh) = match hint.as_str() {
        "" => (String::new(), String::new()),
        codes => (format!("; did you mean {codes}"), format!("，是否指 {codes}")),
    };
    let (message, message_zh) = (format!("no such {en} {id}{more}"), format!("{zh} {id}{more_zh}"));
    let problem = Problem::new(Code::NotFound, reason, DOMAIN, message, message_zh).with("id", id);
    if hint.is_empty() { problem } else { problem.with("did_you_mean", hint) }
}
