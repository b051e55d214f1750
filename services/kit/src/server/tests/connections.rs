//! Which connections are kept, and for how long.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::tls::{certificate, trusting};
use super::*;

const SHORT: Duration = Duration::from_millis(100);
/// Much longer than any limit of these tests: what is still open then is open for ever.
const LONG: Duration = Duration::from_secs(20);

fn impatient() -> ServerConfig {
    ServerConfig { handshake_timeout: SHORT, ..config() }
}

/// Waits until the server closes the connection.
async fn closed(mut stream: impl tokio::io::AsyncRead + Unpin) {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await;
    // An orderly end or a reset: closed either way.
    read.expect("the connection is still open").ok();
}

#[tokio::test]
async fn first_words_have_to_come_in_time() {
    let server = start(impatient()).await;
    for words in ["", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r", "POST /", "GET / HTTP/1.1\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        closed(stream).await;
    }
}

#[tokio::test]
async fn first_words_have_to_come_in_time_after_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path());
    let server = start(ServerConfig { tls: Some(tls), ..impatient() }).await;
    let connect = async || {
        let stream = TcpStream::connect(server.address).await.unwrap();
        trusting(&ca, b"h2").connect("localhost".try_into().unwrap(), stream).await.unwrap()
    };
    closed(connect().await).await;
    let mut stream = connect().await;
    stream.write_all(b"PRI").await.unwrap();
    stream.flush().await.unwrap();
    closed(stream).await;
}

#[tokio::test]
async fn a_failed_handshake_harms_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, ca) = certificate(folder.path());
    let server = start(ServerConfig { tls: Some(tls), ..config() }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    closed(stream).await;
    let address = format!("https://localhost:{}", server.address.port());
    let connection = client::connect(&address, TOKEN, Some(ca.as_bytes())).unwrap();
    assert_eq!(EchoClient::new(connection).say("on").await.unwrap().text, "on");
}

#[tokio::test]
async fn a_connection_too_many_is_closed_at_once_and_not_for_good() {
    let server = start(ServerConfig { max_connections: 1, ..config() }).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    closed(TcpStream::connect(server.address).await.unwrap()).await;
    // From within the process there is always a way.
    let within = Connection::new(server.within.clone(), client::Outgoing::new(TOKEN).unwrap());
    assert_eq!(EchoClient::new(within).say("within").await.unwrap().text, "within");
    drop(first);
    let again = async {
        while server.client().say("again").await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, again).await.expect("the place is free again");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_in_use_is_not() {
    let server = start(ServerConfig { idle_timeout: SHORT, ..impatient() }).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut items = server.client().follow("forever", 1).await.unwrap();
    items.message().await.unwrap().unwrap();
    closed(idle).await;
    tokio::time::sleep(SHORT * 4).await;
    let next = tokio::time::timeout(Duration::from_millis(10), items.message()).await;
    assert!(next.is_err(), "the stream goes on: {next:?}");
}

#[tokio::test]
async fn an_old_connection_ends_without_harm_to_calls() {
    let server = start(ServerConfig { max_connection_age: SHORT, ..config() }).await;
    let mut client = server.client();
    let waiting = server.life.spawn("waiting", async move {
        let answer = client.say("wait").await;
        (client, answer)
    });
    server.echo.someone_waits().await;
    tokio::time::sleep(SHORT * 2).await;
    server.echo.release.add_permits(1);
    let (mut client, answer) = waiting.await.unwrap();
    assert_eq!(answer.unwrap().text, "done");
    // The next call makes a connection of its own.
    assert_eq!(client.say("next").await.unwrap().text, "next");
}

#[tokio::test]
async fn the_way_from_within_needs_no_certificate_but_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, _) = certificate(folder.path());
    let server = start(ServerConfig { tls: Some(tls), ..config() }).await;
    let within =
        |token| Connection::new(server.within.clone(), client::Outgoing::new(token).unwrap());
    assert_eq!(EchoClient::new(within(TOKEN)).say("who").await.unwrap().text, "demo");
    let status = EchoClient::new(within("guess")).say("who").await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
}
