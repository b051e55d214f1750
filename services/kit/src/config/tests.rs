use super::*;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    server: ServerConfig,
    node: Node,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Node {
    area: String,
    peers: Vec<String>,
}

fn load(layers: Layers) -> Result<Config, ConfigError> {
    layers.load(|config: &Config| config.server.check("server"))
}

fn variable(name: &str, value: &str) -> [(String, String); 1] {
    [(name.to_owned(), value.to_owned())]
}

fn said(layers: Layers) -> String {
    let line = load(layers).unwrap_err().to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let file = "[server]\nmax_concurrency = 1\nmax_streams = 1\nmax_request_bytes = 2048\n";
    let layers = Layers::new()
        .text("y.toml", file)
        .environment(variable("YIWANG_SERVER__MAX_CONCURRENCY", "2"))
        .environment(variable("YIWANG_SERVER__MAX_STREAMS", "2"))
        .flag("--max-streams", "server.max_streams", Some(3))
        .flag("--listen", "server.listen", None::<String>);
    let server = load(layers).unwrap().server;
    let values = (server.max_request_bytes, server.max_concurrency, server.max_streams);
    assert_eq!(values, (2048, 2, 3));
}

#[test]
fn a_variable_takes_the_type_that_its_key_needs() {
    let layers = Layers::new()
        .environment(variable("YIWANG_NODE__AREA", "370302"))
        .environment(variable("YIWANG_NODE__PEERS", "['a', 'b']"))
        .environment(variable("YIWANG_SERVER__REQUEST_TIMEOUT", "2s"))
        .environment(variable("HOME", "/nowhere"));
    let config = load(layers).unwrap();
    assert_eq!((config.node.area.as_str(), config.node.peers.len()), ("370302", 2));
    assert_eq!(config.server.request_timeout.as_secs(), 2);
}

#[test]
fn unknown_keys_are_told_with_their_place() {
    let line =
        said(Layers::new().text("y.toml", "[server]\nlisten = '127.0.0.1:1'\nlissten = 1\n"));
    assert!(line.starts_with("y.toml:3: unknown field `lissten`"), "{line}");
    let line = said(Layers::new().environment(variable("YIWANG_SERVR__LISTEN", "x")));
    assert!(line.starts_with("YIWANG_SERVR__LISTEN: unknown field `servr`"), "{line}");
    let line = said(Layers::new().flag("--x", "server.x", Some(1)));
    assert!(line.starts_with("--x: unknown field `x`"), "{line}");
}

#[test]
fn wrong_values_are_told_with_their_place() {
    let line = said(Layers::new().text("y.toml", "\n[server]\n\nmax_streams = 'many'\n"));
    assert!(line.starts_with("y.toml:4: invalid type: string \"many\""), "{line}");
    let line = said(Layers::new().environment(variable("YIWANG_SERVER__LISTEN", "here")));
    assert!(line.starts_with("YIWANG_SERVER__LISTEN: invalid socket address"), "{line}");
    let line = said(Layers::new().flag("--grace", "server.drain_grace", Some("soon")));
    assert_eq!(line, "--grace: \"soon\" is not a duration like 30s or 5m");
    let line = said(Layers::new().text("y.toml", "[server]\nlisten = \n"));
    assert!(line.starts_with("y.toml:2: "), "{line}");
    let line = said(Layers::new().text("y.toml", "server = 1\n"));
    assert!(line.starts_with("y.toml:1: invalid type: integer `1`"), "{line}");
    let gone = Layers::new().file(Path::new("no/such.toml")).unwrap_err().to_string();
    assert!(gone.starts_with("no/such.toml: "), "{gone}");
}

#[test]
fn an_open_address_needs_callers_and_tls() {
    let file = "[node]\narea = '3703'\n[server]\nlisten = '0.0.0.0:7600'\n";
    assert_eq!(
        said(Layers::new().text("y.toml", file)),
        "y.toml:4: server.listen: an address other than the loopback needs server.callers"
    );
    let layers = Layers::new().text("y.toml", "[server]\ncallers = 'callers.toml'\n").flag(
        "--listen",
        "server.listen",
        Some("192.168.1.5:7600"),
    );
    assert_eq!(
        said(layers),
        "--listen: server.listen: an address other than the loopback needs server.tls"
    );
    assert!(load(Layers::new().flag("--listen", "server.listen", Some("[::1]:0"))).is_ok());
}

#[test]
fn a_bad_callers_file_or_certificate_is_a_configuration_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("callers.toml");
    std::fs::write(&path, "[[caller]]\nid = 'a'\n").unwrap();
    let layers = Layers::new().flag("--callers", "server.callers", Some(path.display()));
    let line = said(layers);
    assert!(
        line.starts_with("--callers: server.callers: ") && line.contains(":1: caller 1"),
        "{line}"
    );
    assert!(line.ends_with("(and 2 more)"), "{line}");
    let file = "[server.tls]\ncertificate = 'no.pem'\nkey = 'no.key'\n";
    let line = said(Layers::new().text("y.toml", file));
    assert!(line.starts_with("y.toml:1: server.tls: no.pem: "), "{line}");
}

#[test]
fn a_variable_that_is_no_text_is_a_mistake() {
    use std::os::unix::ffi::OsStringExt as _;
    let pair = |name: &str| (OsString::from(name), OsString::from_vec(vec![0xff, 0xfe]));
    let error = variables([pair("YIWANG_AREA")], &[]).unwrap_err();
    assert_eq!(error.to_string(), "YIWANG_AREA: the value is not UTF-8");
    let others = variables([pair("LS_COLORS"), pair("YIWANG_TOKEN")], &["YIWANG_TOKEN"]).unwrap();
    assert!(others.is_empty());
}
