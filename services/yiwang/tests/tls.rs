//! A node on TLS, as a real one is: the certificate is signed by a CA and made out for a name only.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;
use std::time::Duration;

use kit::Lifecycle;
use kit::config::Layers;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::process::Command;
use yiwang::demo::play;
use yiwang::node::{Which, start};
use yiwang::screen::Screen;
use yiwang::session::Session;
use yiwang::settings::{NodeFlags, Settings};

/// Writes certificate and key of a node and the CA that signed them.
fn certify(folder: &Path) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = params.signed_by(&key, &ca).unwrap();
    for (name, text) in
        [("node.pem", signed.pem()), ("tls.key", key.serialize_pem()), ("ca.pem", ca.pem())]
    {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// Asks for health as an orchestrator does; returns the exit code and what was said.
async fn healthcheck(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yiwang"));
    let output = command.arg("healthcheck").args(arguments).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_on_tls_follows_itself_and_tells_its_health() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let tls = format!(
        // The import of the whole city is one call, and the machine may be busy.
        "[server]\nrequest_timeout = \"60s\"\n[server.tls]\ncertificate = {:?}\nkey = {:?}\n",
        file("node.pem"),
        file("tls.key")
    );
    let flags = NodeFlags {
        database: Some(format!("sqlite://{}", file("data"))),
        listen: Some("127.0.0.1:0".to_owned()),
        clock: Some("2026-02-13T09:00".to_owned()),
        ..NodeFlags::default()
    };
    let settings = Settings::layered(Layers::new().text("node.toml", tls), &flags).unwrap();
    let life = Lifecycle::new(Duration::from_secs(20));
    let node = start(&settings, Which::All, &life).await.unwrap();
    let address = format!("https://localhost:{}", node.address.port());

    // The whole walk: dispatch has to know areas, grids and teams from registry's feed for it.
    let ca = std::fs::read(file("ca.pem")).unwrap();
    let session = Session::to(&address, &node.token.unwrap(), Some(&ca)).unwrap();
    let walked = play(&session, Screen { json: false }, "2026-01-01").await.unwrap();
    assert_eq!(walked.events, 23);

    let (code, said) = healthcheck(&["--addr", &address, "--ca", &file("ca.pem")]).await;
    assert_eq!((code, said.trim()), (Some(0), "serving 正常"));
    // A certificate that is not made out for the address: nobody there who could be trusted.
    let wrong = format!("https://127.0.0.1:{}", node.address.port());
    let (code, said) = healthcheck(&["--addr", &wrong, "--ca", &file("ca.pem")]).await;
    assert_eq!(code, Some(69), "{said}");
    let (code, said) = healthcheck(&["--addr", &address]).await;
    assert!(code == Some(1) && said.contains("CA"), "{said}");

    life.stop();
    assert_eq!(life.run_until(futures::stream::pending()).await, 0);
    let (code, said) = healthcheck(&["--addr", &address, "--ca", &file("ca.pem")]).await;
    assert!(code == Some(69) && said.contains("refused"), "{said}");
}
