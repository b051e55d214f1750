use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

fn csv(text: &str) -> Result<Sheet, SheetError> {
    read_bytes(text.as_bytes(), Limits::default())
}

fn write(path: &std::path::Path, columns: &[&str], rows: &[Vec<String>]) -> Result<(), WriteError> {
    Target::new(path, false)?.write(columns, rows)
}

fn cell(sheet: &Sheet, row: usize, column: &str) -> String {
    sheet.rows[row].cells.get(column).cloned().unwrap_or_default()
}

#[test]
fn text_is_read_with_and_without_mark_and_by_column_name() {
    for mark in ["", "\u{feff}"] {
        let sheet = csv(&format!("{mark}Code, Name\r\n3703,淄博市\r\n\r\n370306,\r\n")).unwrap();
        assert_eq!(sheet.columns, ["code", "name"]);
        assert_eq!((sheet.rows[0].line, cell(&sheet, 0, "name")), (2, "淄博市".to_owned()));
        assert_eq!((sheet.rows[1].line, sheet.rows[1].cells.len()), (4, 1));
        assert!(sheet.notices.is_empty() && sheet.faults.is_empty());
    }
}

#[test]
fn what_excel_made_of_codes_and_dates_is_shown_as_it_is() {
    let sheet = csv("code,valid_from\n3.70306E+11,45123\n").unwrap();
    assert_eq!(cell(&sheet, 0, "code"), "3.70306E+11");
    assert_eq!(cell(&sheet, 0, "valid_from"), "45123");
}

#[test]
fn other_encodings_are_converted_and_said() {
    let text = "code,name\n370306004,永安街道\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    let sheet = read_bytes(&gbk, Limits::default()).unwrap();
    assert_eq!(cell(&sheet, 0, "name"), "永安街道");
    assert!(sheet.notices[0].en.contains("GB18030 (GBK)"));
    let tabs = text.replace(',', "\t");
    let mut wide = b"\xFF\xFE".to_vec();
    wide.extend(tabs.encode_utf16().flat_map(u16::to_le_bytes));
    let sheet = read_bytes(&wide, Limits::default()).unwrap();
    assert_eq!(cell(&sheet, 0, "name"), "永安街道");
}

#[test]
fn chinese_in_gbk_is_read_also_where_it_could_be_utf8() {
    // In GBK 山 is C9 BD, which is a character of UTF-8, too; 省 is CA A1. A name may have nothing else.
    for name in ["山东省", "山", "省山", "山西村", "上山", "一", "é山东"] {
        let text = format!("code,name\n37,{name}\n");
        let (gbk, _, lossy) = encoding_rs::GB18030.encode(&text);
        assert!(!lossy);
        let sheet = read_bytes(&gbk, Limits::default()).unwrap();
        assert_eq!(cell(&sheet, 0, "name"), name);
        assert_eq!(sheet.notices.len(), 1);
        let sheet = read_bytes(text.as_bytes(), Limits::default()).unwrap();
        assert_eq!((cell(&sheet, 0, "name").as_str(), sheet.notices.len()), (name, 0));
    }
}

#[test]
fn damaged_files_are_refused_with_the_line() {
    // (bytes, reason, part of the message)
    let table: [(&[u8], &str, &str); 14] = [
        (b"", "EMPTY", "no header"),
        (b"code,name\n", "EMPTY", "no rows"),
        ("code,name\n37,山".as_bytes().split_last().unwrap().1, "TRUNCATED", "line 2"),
        (b"code,name\n37,\"Shan", "TRUNCATED", "opened on line 2"),
        (b"code,name\n37,Shandong\n3703", "TRUNCATED", "middle of line 3"),
        ("code,name\n37,山\n3703,\u{0}\n".as_bytes(), "NOT_A_TABLE", "line 3"),
        ("name\n山东\n\u{6dc4}\n".as_bytes(), "", ""),
        ("name\n山东\n\u{6dc4}".as_bytes(), "TRUNCATED", "line 3"),
        (b"code,households\n1,300\n2,30", "TRUNCATED", "last cell may be cut off"),
        (b"code\r\n1\r\n2", "TRUNCATED", "line 3"),
        (b"name\n\xE5\xB1\xB1\n\xFF\xFF\n", "ENCODING", "line 3"),
        (b"PK\x03\x04 and nothing else", "NOT_A_WORKBOOK", "cut off"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "OLD_EXCEL", ".xls"),
        (b"code,,name\n1,2,3\n", "HEADER", "column 2"),
    ];
    for (bytes, reason, part) in table {
        match read_bytes(bytes, Limits::default()) {
            Ok(_) => assert_eq!(reason, "", "{bytes:?}"),
            Err(error) => {
                assert_eq!(error.reason, reason, "{error}");
                assert!(error.en.contains(part), "{error}");
                assert!(!error.zh.is_empty());
            }
        }
    }
    let twice = csv("code,Code\n1,2\n").unwrap_err();
    assert_eq!((twice.reason, twice.en.contains("column 2")), ("HEADER", true));
}

#[test]
fn a_row_of_another_width_is_a_fault_and_the_others_are_read() {
    let sheet = csv("code,name\n37,a,b\n3703,c\n370306\n370303,d,,\n").unwrap();
    let faults: Vec<_> =
        sheet.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect();
    assert_eq!(faults, [(2, "RAGGED_ROW"), (4, "RAGGED_ROW")]);
    assert_eq!(sheet.rows.len(), 2);
}

#[test]
fn limits_hold() {
    let limits = Limits { bytes: 40, rows: 2, columns: 2 };
    let reason = |text: &str| read_bytes(text.as_bytes(), limits).err().map(|error| error.reason);
    assert_eq!(reason("a,b\n1,2\n3,4\n"), None);
    assert_eq!(reason("a,b\n1,2\n3,4\n5,6\n"), Some("TOO_LARGE"));
    assert_eq!(reason("a,b,c\n1,2,3\n"), Some("TOO_LARGE"));
    assert_eq!(reason(&"a,b\n".repeat(20)), Some("TOO_LARGE"));
}

#[test]
fn a_workbook_is_read_and_its_traps_are_named_by_cell() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in ["code", "name", "valid_from", "households"].iter().enumerate() {
        sheet.write_string(1, u16::try_from(column).unwrap(), *name).unwrap();
    }
    sheet.write_number(2, 0, 370_306_004_006_001.0).unwrap();
    sheet.write_string(2, 1, "光明第1网格").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let date = ExcelDateTime::from_ymd(2026, 2, 13).unwrap();
    sheet.write_datetime_with_format(2, 2, &date, &day).unwrap();
    sheet.write_number(3, 2, 45_123.0).unwrap();
    sheet.write_number(3, 3, 300.0).unwrap();
    sheet.write_formula(4, 3, Formula::new("=1+2").set_result("3")).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let sheet = read_bytes(&bytes, Limits::default()).unwrap();
    assert_eq!(cell(&sheet, 0, "code"), "370306004006001");
    assert_eq!((sheet.rows[0].line, cell(&sheet, 0, "valid_from")), (3, "2026-02-13".to_owned()));
    assert_eq!(
        (cell(&sheet, 1, "valid_from"), cell(&sheet, 1, "households")),
        ("45123".into(), "300".into())
    );
    let fault = &sheet.faults[0];
    assert_eq!((fault.line, fault.column.as_str()), (5, "households"));
    assert_eq!((fault.reason.as_str(), fault.value.as_str()), ("FORMULA", "3"));
    assert!(fault.en.starts_with("D5"), "{}", fault.en);
}

#[test]
fn a_cell_far_away_costs_no_memory_and_is_named() {
    let far = |row, column| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 1, "code").unwrap();
        sheet.write_string(1, 1, "37").unwrap();
        sheet.write_string(row, column, "x").unwrap();
        read_bytes(&book.save_to_buffer().unwrap(), Limits::default())
    };
    for (row, column, place) in
        [(1_048_575, 16_383, "XFD1048576"), (5, 0, "A6"), (0, 16_000, "WQK1")]
    {
        let error = far(row, column).unwrap_err();
        assert_eq!(error.reason, "STRAY_CELL");
        assert!(error.en.contains(place), "{error}");
    }
    let beside = far(1_048_575, 3).unwrap();
    assert_eq!((beside.rows.len(), beside.faults[0].line), (1, 1_048_576));
    let fault = &beside.faults[0];
    assert_eq!((fault.reason.as_str(), fault.value.as_str()), ("RAGGED_ROW", ",,x"));
}

#[test]
fn a_cell_too_long_for_a_workbook_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vec![vec!["a".to_owned(), String::new()], vec!["b".to_owned(), "永".repeat(32_768)]];
    let error = write(&folder.path().join("t.xlsx"), &["code", "outline"], &rows).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("row 3, column outline") && text.contains(".csv"), "{text}");
    write(&folder.path().join("t.csv"), &["code", "outline"], &rows).unwrap();
}

#[test]
fn merged_cells_and_a_cut_off_workbook_are_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "code").unwrap();
    sheet.merge_range(1, 0, 3, 1, "370306", &Format::new()).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let error = read_bytes(&bytes, Limits::default()).unwrap_err();
    assert_eq!(error.reason, "MERGED_CELLS");
    assert!(error.en.contains("A2:B4"), "{error}");
    let cut = &bytes[..bytes.len() * 2 / 3];
    assert_eq!(read_bytes(cut, Limits::default()).unwrap_err().reason, "NOT_A_WORKBOOK");
}

#[test]
fn what_is_written_is_read_again_and_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let rows = vec![
        vec!["370306004006001".to_owned(), "=HYPERLINK(\"x\")".to_owned(), "-3.5".to_owned()],
        vec!["000123".to_owned(), "a \"b\", 永安".to_owned(), "@x".to_owned()],
    ];
    for name in ["t.csv", "t.xlsx"] {
        let path = folder.path().join(name);
        write(&path, &["code", "name", "note"], &rows).unwrap();
        let sheet = read(&path, Limits::default()).unwrap();
        assert!(sheet.faults.is_empty(), "{name}: {:?}", sheet.faults);
        for (row, cells) in sheet.rows.iter().zip(&rows) {
            assert_eq!(row.cells.values().collect::<Vec<_>>(), cells.iter().collect::<Vec<_>>());
        }
    }
    let text = std::fs::read_to_string(folder.path().join("t.csv")).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("'=HYPERLINK") && text.contains("'@x"));
    assert!(text.contains(",-3.5"), "a number with a sign is none");
    let kind = write(&folder.path().join("t.ods"), &["a"], &[]);
    assert!(matches!(kind, Err(WriteError::Kind)));
}

#[test]
fn a_file_that_is_there_is_kept_unless_it_is_to_be_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let early = Target::new(&path, false).unwrap();
    std::fs::write(&path, "mine").unwrap();
    let late = early.write(&["code"], &[]);
    for error in [late.unwrap_err(), Target::new(&path, false).unwrap_err()] {
        assert!(matches!(error, WriteError::Exists(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("t.csv") && text.contains("--force") && text.contains("已存在"));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    Target::new(&path, true).unwrap().write(&["code"], &[]).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().trim_end().ends_with("code"));
}

#[test]
fn columns_have_letters() {
    for (index, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
        assert_eq!(column_letters(index), letters);
    }
}
