//! `parlour health`, as a supervisor asks it.

use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{Running, assert_refused, parlour};
use crate::socket::Client;
use crate::support::{Server, free_port};

fn health(flags: &[&str]) -> Output {
    parlour(&[&["health"], flags].concat()).output().unwrap()
}

/// The exit code, and the only line that was printed.
fn said(output: &Output) -> (Option<i32>, String) {
    let line = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(line.lines().count(), 1, "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    (output.status.code(), line)
}

fn listen(server: &Running) -> String {
    format!("--listen={}", server.address)
}

#[test]
fn a_server_that_runs_is_well_by_flags_and_by_variables() {
    let server = Running::start(&[]);
    let (code, line) = said(&health(&[&listen(&server)]));
    assert_eq!(code, Some(0), "{line}");
    assert!(line.contains(&format!("http://{}", server.address)), "{line}");
    let mut command = parlour(&["health"]);
    // A server that listens everywhere is found on this machine.
    command.env("PARLOUR_LISTEN", format!("0.0.0.0:{}", server.address.port()));
    assert_eq!(said(&command.output().unwrap()).0, Some(0));
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_server_that_wants_the_proxy_protocol_is_asked_with_it() {
    for trusted in ["--trusted-proxy=127.0.0.0/8", "--trusted-proxy=192.0.2.0/24"] {
        let server = Running::start(&[trusted, "--proxy-protocol"]);
        let (code, line) = said(&health(&[&listen(&server), trusted, "--proxy-protocol"]));
        assert_eq!(code, Some(0), "{line}");
        server.signal("TERM");
        assert_eq!(server.end().0, Some(0));
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_taken() {
    let folder = TempDir::new().unwrap();
    let port = free_port();
    let listen = format!("--listen=127.0.0.1:{port}");
    let state = format!("--state-dir={}", folder.path().display());
    // The address that people open is another one: it is this machine that is asked.
    let public = format!("--public-url=https://calls.example.org:{port}");
    let all = [&listen, "--tls=self-signed", &state, &public];
    let server = Running::of(parlour(&all));
    let (code, line) = said(&health(&all));
    assert_eq!(code, Some(0), "{line}");
    assert!(line.contains(&format!("https://127.0.0.1:{port}")), "{line}");
    let (code, line) = said(&health(&[&listen]));
    assert_eq!(code, Some(1), "plain http is not what it speaks: {line}");
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn nobody_there_is_exit_code_1() {
    let port = free_port();
    let (code, line) = said(&health(&[&format!("--listen=127.0.0.1:{port}")]));
    assert_eq!(code, Some(1));
    assert!(line.starts_with("down: nobody answers"), "{line}");
}

#[test]
fn one_who_never_answers_is_not_waited_for() {
    // It accepts, by its backlog, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", silent.local_addr().unwrap());
    let start = Instant::now();
    let (code, line) = said(&health(&[&listen]));
    assert_eq!(code, Some(1), "{line}");
    assert!(
        line.starts_with("down: nobody answers") && line.contains("no answer in time"),
        "{line}"
    );
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(2) && took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_is_not_well() {
    let mut server = Server::start(&[]).await;
    let listen = format!("--listen={}", server.address);
    let mut ada = Client::connect(server.address).await;
    ada.join("team", "Ada").await;
    server.stop();
    ada.expect("bye").await;
    let asked = tokio::task::spawn_blocking(move || health(&[&listen]));
    let (code, line) = said(&asked.await.unwrap());
    assert_eq!(code, Some(1), "{line}");
    server.stopped().await;
}

#[test]
fn a_wrong_command_line_is_one_sentence_and_exit_code_2() {
    assert_refused(&health(&["--lisen", "127.0.0.1:1"]), "--listen");
    assert_refused(
        &health(&["--listen=127.0.0.1:0"]),
        "name the one that it took with --listen",
    );
    let output = health(&["--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for part in ["Usage: parlour health", "takes people in", "--domain"] {
        assert!(help.contains(part), "{part} in:\n{help}");
    }
}
