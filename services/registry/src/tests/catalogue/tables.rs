//! Tables: all of their rows or none.

use super::*;

fn table(table: pb::CatalogueTable, rows: &[&[(&str, &str)]]) -> pb::ImportCatalogueRequest {
    let row = |(line, cells): (u32, &&[(&str, &str)])| pb::Row {
        line,
        cells: cells.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    };
    pb::ImportCatalogueRequest {
        request_id: fresh(),
        table: table.into(),
        rows: (2..).zip(rows).map(row).collect(),
        ..pb::ImportCatalogueRequest::default()
    }
}

#[tokio::test]
async fn a_table_is_taken_in_whole_or_not_at_all() {
    on_every_database(async |node| {
        let hazards: &[(&str, &str)] =
            &[("matter_code", "lifts"), ("class_code", "safety-hazards"), ("name_zh", "电梯隐患")];
        let bad: &[&[(&str, &str)]] = &[
            hazards,
            &[("matter_code", "lamps"), ("name_zh", "路灯"), ("type_codes", "02;0298")],
            &[("matter_code", "x y"), ("handler_kinds", "choir"), ("temporary", "maybe")],
            &[("matter_code", "lifts"), ("name_zh", "电梯")],
        ];
        let asked = table(pb::CatalogueTable::Matters, bad);
        let refused = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        let told: Vec<(u32, &str, &str)> = refused
            .faults
            .iter()
            .map(|fault| (fault.line, &*fault.column, &*fault.reason))
            .collect();
        let expected = [
            (3, "", "TYPE_COVERED_TWICE"),
            (3, "", "TYPE_UNKNOWN"),
            (4, "handler_kinds", "NOT_A_CODE"),
            (4, "matter_code", "NOT_A_CODE"),
            (4, "name_zh", "MISSING"),
            (4, "temporary", "UNKNOWN_VALUE"),
            (5, "matter_code", "DUPLICATE"),
        ];
        let mut sorted = told.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(node.api.ledger.head(), 0, "nothing of it was kept");

        let good: &[&[(&str, &str)]] = &[hazards, &[("matter_code", "lamps"), ("name_zh", "路灯")]];
        let check = pb::ImportCatalogueRequest {
            validate_only: true,
            ..table(pb::CatalogueTable::Matters, good)
        };
        let checked = node.api.import_catalogue(operator(check)).await.unwrap().into_inner();
        assert_eq!((checked.faults.len(), node.api.ledger.head()), (0, 0));
        let asked = table(pb::CatalogueTable::Matters, good);
        let done = node.api.import_catalogue(operator(asked.clone())).await.unwrap().into_inner();
        assert_eq!((done.created_rows, done.changed_rows, done.unchanged_rows), (2, 0, 0));
        let again = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!(done, again);
        let same = table(pb::CatalogueTable::Matters, good);
        let same = node.api.import_catalogue(operator(same)).await.unwrap().into_inner();
        assert_eq!((same.created_rows, same.unchanged_rows), (0, 2));
        assert_eq!(node.api.ledger.head(), 1, "the same again publishes nothing");
    })
    .await;
}

#[tokio::test]
async fn limits_and_mappings_come_as_tables_too() {
    on_every_database(async |node| {
        let limits: &[&[(&str, &str)]] = &[&[
            ("rule_key", "zz_centre.simple"),
            ("matter_code", "dispute"),
            ("step", "handle"),
            ("level", "simple"),
            ("limit", "3wd"),
            ("authority", "local_sd"),
            ("source", "本市规定"),
        ]];
        let asked = table(pb::CatalogueTable::LimitRules, limits);
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.changed_rows), (Vec::new(), 1));
        let types: &[&[(&str, &str)]] =
            &[&[("scheme", "zz24"), ("type_code", "12"), ("mapped_code", "0602")]];
        let asked = table(pb::CatalogueTable::Types, types);
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.changed_rows), (Vec::new(), 1));
    })
    .await;
}

#[tokio::test]
async fn a_full_catalogue_fits_into_one_event() {
    on_every_database(async |node| {
        let shipped = 153;
        let rows: Vec<Vec<(String, String)>> = (0..1_000 - shipped)
            .map(|number| {
                let cells = [
                    ("matter_code", format!("matter-{number:04}")),
                    ("name_zh", "事".repeat(100)),
                    ("name_en", "n".repeat(100)),
                ];
                cells.map(|(name, cell)| (name.to_owned(), cell)).to_vec()
            })
            .collect();
        let wire = |(line, cells): (u32, &Vec<(String, String)>)| pb::Row {
            line,
            cells: cells.iter().cloned().collect(),
        };
        let asked = pb::ImportCatalogueRequest {
            request_id: fresh(),
            table: pb::CatalogueTable::Matters.into(),
            rows: (2..).zip(&rows).map(wire).collect(),
            ..pb::ImportCatalogueRequest::default()
        };
        let done = node.api.import_catalogue(operator(asked)).await.unwrap().into_inner();
        assert_eq!((done.faults, done.created_rows), (Vec::new(), 847));
        let refused = node.api.put_matter(operator(put(snow()))).await.unwrap_err();
        assert!(violations(&refused).iter().any(|(entry, _)| entry == "catalogue"));
        approve(&node).await;
        let done = node.api.release_catalogue(operator(release())).await.unwrap().into_inner();
        assert_eq!(done.version, 1);
        let whole = get(&node, 1, false).await;
        assert_eq!(whole.facts.unwrap().matters.len(), 855);
    })
    .await;
}
