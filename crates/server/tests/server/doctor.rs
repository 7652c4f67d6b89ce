//! `parlour doctor`: what it finds at servers that are well, and at those that are not.

mod secured;

use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::time::Duration;

use ::doctor::{Finding, Patience, Verdict};
use clap::Parser as _;
use serde_json::Value;
use server::Config;
use server::doctor::examine;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::program::{assert_refused, parlour};
use crate::socket::Client;
use crate::status::metric;
use crate::support::{Server, fixture_site, free_port, get_from};
use crate::turn::{Credentials, RELAY};

/// For what never answers: longer than this machine takes for anything that does.
const SHORT: Patience = Patience {
    answer: Duration::from_millis(700),
    whole: Duration::from_secs(20),
};

/// Other tests run at the same time.
const LONG: Patience = Patience {
    answer: Duration::from_secs(10),
    whole: Duration::from_secs(60),
};

async fn examined_with(patience: Patience, remote: bool, flags: &[&str]) -> Vec<Finding> {
    let config = Config::parse_from(["parlour"].iter().chain(flags));
    let mut findings = Vec::new();
    examine(&config, remote, fixture_site(), patience, |finding| {
        findings.push(finding);
    })
    .await;
    findings
}

async fn examined(flags: &[&str]) -> Vec<Finding> {
    examined_with(LONG, false, flags).await
}

/// The finding of a check that was made once.
fn of<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    let mut of_it = findings.iter().filter(|finding| finding.check == check);
    let finding = of_it.next().unwrap_or_else(|| panic!("no {check} in {findings:#?}"));
    assert!(of_it.next().is_none(), "{check} twice in {findings:#?}");
    finding
}

fn assert_found(findings: &[Finding], check: &str, verdict: Verdict, part: &str) {
    let finding = of(findings, check);
    assert_eq!(finding.verdict, verdict, "{findings:#?}");
    assert!(finding.to_string().contains(part), "{finding}");
}

fn has(findings: &[Finding], check: &str) -> bool {
    findings.iter().any(|finding| finding.check == check)
}

fn assert_server_is_well(findings: &[Finding]) {
    for finding in findings {
        // That is about what this machine is, and not about the server.
        assert!(
            finding.check == "clock" || finding.verdict == Verdict::Ok,
            "{findings:#?}"
        );
    }
}

/// A running server with a relay, and the flags that describe both.
async fn with_relay() -> (Server, [String; 3]) {
    let server = Server::start(&RELAY).await;
    let mut ada = Client::connect(server.address).await;
    ada.send(&serde_json::json!({ "join": { "room": "ports", "name": "Ada" } }))
        .await;
    let relay = Credentials::of(&ada.expect("joined").await).relay("udp");
    ada.send(&serde_json::json!("leave")).await;
    ada.closed().await;
    let flags = [
        format!("--listen={}", server.address),
        format!("--turn-listen={relay}"),
        RELAY[1].to_owned(),
    ];
    (server, flags)
}

fn listen(server: &Server) -> String {
    format!("--listen={}", server.address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_well_is_found_and_its_relay_carries_packets_both_ways() {
    let (server, flags) = with_relay().await;
    let findings = examined(&flags.each_ref().map(String::as_str)).await;
    assert_server_is_well(&findings);
    let url = format!("runs at http://{}", server.address);
    assert_found(&findings, "server", Verdict::Ok, &url);
    for check in ["port-web", "port-relay-udp", "port-relay-tcp"] {
        assert_found(&findings, check, Verdict::Ok, "a Parlour runs");
    }
    assert_found(&findings, "page", Verdict::Ok, "is well");
    assert_found(&findings, "signaling", Verdict::Ok, "a seat in a room");
    assert_found(&findings, "relay-udp", Verdict::Ok, "20 of 20 packets there and back");
    assert_found(&findings, "relay-tcp", Verdict::Ok, "20 of 20 packets there and back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_leaves_nothing_behind() {
    let (server, flags) = with_relay().await;
    examined(&flags.each_ref().map(String::as_str)).await;
    let text = get_from(server.metrics, "/metrics", &[]).await;
    for (name, value) in [
        ("parlour_seats", 0),
        ("parlour_rooms", 0),
        ("parlour_relay_allocations", 0),
        ("parlour_relay_allocations_total", 4),
    ] {
        assert_eq!(metric(text.text(), name), value, "{name} in {}", text.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_relay_is_warned_of() {
    let server = Server::start(&[]).await;
    let findings = examined(&[&listen(&server), "--turn-listen=off"]).await;
    assert_found(&findings, "relay", Verdict::Warning, "--turn-listen");
    assert_found(&findings, "signaling", Verdict::Ok, "");
    assert!(findings.iter().all(|finding| finding.verdict < Verdict::Failure));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_nobody_answers_for_is_a_failure() {
    // As behind a firewall: what is sent there is lost.
    let silent = StdUdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let relay = format!("--ice-server=turn:{address}?transport=udp,ada,secret");
    let server = Server::start(&[&relay]).await;
    let findings = examined_with(SHORT, false, &[&listen(&server)]).await;
    let sentence = format!(
        "nobody answers at {address} over UDP. See that the relay runs, and let UDP in on port {}",
        address.port()
    );
    assert_found(&findings, "relay-udp", Verdict::Failure, &sentence);
    assert_found(&findings, "signaling", Verdict::Ok, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_known_by_a_wrong_address_is_not_reached_there() {
    let flags = ["--turn-listen=127.0.0.1:0", "--external-ip=127.0.0.9"];
    let server = Server::start(&flags).await;
    let findings = examined_with(SHORT, false, &[&listen(&server), "--turn-listen=off"]).await;
    for (check, sentence) in [
        ("relay-udp", "no connection to 127.0.0.9:"),
        ("relay-tcp", "no connection to 127.0.0.9:"),
    ] {
        assert_found(&findings, check, Verdict::Failure, sentence);
        assert_found(
            &findings,
            check,
            Verdict::Failure,
            "name the right one with --external-ip",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_a_relay_does_not_know_are_named_as_the_cause() {
    let (_theirs, flags) = with_relay().await;
    let relay = flags[1].strip_prefix("--turn-listen=").unwrap();
    let named = format!("--ice-server=turn:{relay}?transport=tcp,ada,secret");
    let server = Server::start(&[&named]).await;
    let findings = examined(&[&listen(&server)]).await;
    assert_found(
        &findings,
        "relay-tcp",
        Verdict::Failure,
        "refuses Allocate with 401. The relay does not know the credentials",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_server_runs_one_is_started_and_stopped_again() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let listen = format!("--listen={free}");
    let flags = [&[listen.as_str()][..], &RELAY].concat();
    let findings = examined(&flags).await;
    assert_server_is_well(&findings);
    assert_found(&findings, "server", Verdict::Ok, "none runs, so one was started");
    assert_found(&findings, "port-web", Verdict::Ok, "is free");
    assert_found(&findings, "relay-udp", Verdict::Ok, "20 of 20");
    assert_found(&findings, "relay-tcp", Verdict::Ok, "20 of 20");
    std::net::TcpListener::bind(free).expect("the port is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_started_is_a_failure_with_its_reason() {
    let holder = StdUdpSocket::bind(("127.0.0.1", free_port())).unwrap();
    let taken = holder.local_addr().unwrap();
    let relay = format!("--turn-listen={taken}");
    let findings = examined(&["--listen=127.0.0.1:0", &relay]).await;
    assert_found(&findings, "server", Verdict::Failure, "is taken by another program");
    assert_found(&findings, "port-relay-udp", Verdict::Failure, "--turn-listen");
    assert_found(&findings, "port-relay-tcp", Verdict::Ok, "is free");
    assert!(!has(&findings, "signaling"), "{findings:#?}");
    assert!(has(&findings, "clock"), "what needs no server is checked all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_on_the_port_is_no_server() {
    let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = stranger.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = stranger.accept().await.unwrap();
            let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            let mut asked = [0; 64];
            stream.readable().await.unwrap();
            let _ = stream.try_read(&mut asked);
            let _ = stream.try_write(answer);
        }
    });
    let findings = examined(&[&format!("--listen={address}")]).await;
    assert_found(&findings, "server", Verdict::Failure, "is no Parlour");
    assert_found(&findings, "port-web", Verdict::Failure, "another program");
    assert!(!has(&findings, "signaling"), "{findings:#?}");
}

/// A server that knows this public address, and what the doctor says about where that leads.
async fn leads(public: SocketAddr, verdict: Verdict, part: &str) {
    let public = format!("--public-url=http://{public}");
    let server = Server::start(&[&public]).await;
    let findings = examined(&[&listen(&server), &public]).await;
    assert_found(&findings, "public-url", verdict, part);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_leads_to_this_server_or_to_another_one() {
    let other = Server::start(&[]).await;
    leads(other.address, Verdict::Failure, "to another server").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    leads(nobody, Verdict::Failure, "leads to this machine, and does not answer").await;
    let public = format!("--public-url=http://{}", other.address);
    let findings = examined(&[&listen(&other), &public]).await;
    assert_found(&findings, "public-url", Verdict::Ok, "leads to this server");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_listen_where_the_flags_say_is_found_at_its_public_address() {
    let server = Server::start(&[]).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let public = format!("--public-url=http://{}", server.address);
    let findings = examined(&[&format!("--listen={nobody}"), &public]).await;
    assert_found(
        &findings,
        "server",
        Verdict::Ok,
        &format!("runs at http://{}: it is checked from here", server.address),
    );
    assert_found(&findings, "signaling", Verdict::Ok, "");
    assert!(!has(&findings, "port-web"), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_elsewhere_only_the_server_at_the_public_address_is_looked_at() {
    let server = Server::start(&RELAY).await;
    let public = format!("--public-url=http://{}", server.address);
    let findings = examined_with(LONG, true, &[&public]).await;
    assert_server_is_well(&findings);
    let checks: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        ["server", "page", "signaling", "relay-udp", "relay-tcp", "clock"]
    );
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let findings = examined_with(LONG, true, &[&format!("--public-url=http://{nobody}")]).await;
    assert_found(
        &findings,
        "server",
        Verdict::Failure,
        "no Parlour answers at http://127.0.0.1:",
    );
    assert!(!has(&findings, "signaling"), "none is started: {findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_does_not_keep_the_host_is_named_as_the_cause() {
    let server = Server::start(&[]).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let behind = server.address;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = proxy.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let changed = head.replacen(&format!("ost: {address}"), &format!("ost: {behind}"), 1);
            assert_ne!(head, changed, "nothing to change: it proves nothing");
            tokio::spawn(async move {
                let mut server = TcpStream::connect(behind).await.unwrap();
                server.write_all(changed.as_bytes()).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    let findings = examined(&[&format!("--listen={address}")]).await;
    assert_found(&findings, "page", Verdict::Ok, "is well");
    assert_found(&findings, "signaling", Verdict::Failure, "keep the Host header");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_time_whatever_does_not_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let patience = Patience {
        answer: Duration::from_secs(600),
        whole: Duration::from_millis(300),
    };
    let flags = [&format!("--listen={}", silent.local_addr().unwrap())[..]];
    let findings = examined_with(patience, false, &flags).await;
    assert_found(&findings, "time", Verdict::Failure, "not done within");
}

#[test]
fn the_exit_code_is_0_when_nothing_failed_and_1_when_something_did() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let listen = format!("--listen={free}");
    let output = parlour(&["doctor", "--json", &listen]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let findings: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(findings.len() > 4, "{text}");
    for finding in &findings {
        let verdict = finding["verdict"].as_str().unwrap();
        assert!(["ok", "warning"].contains(&verdict), "{finding}");
        assert_eq!(finding["remedy"].is_string(), verdict != "ok", "{finding}");
    }
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));

    let silent = StdUdpSocket::bind("127.0.0.1:0").unwrap();
    let taken = silent.local_addr().unwrap();
    let relay = format!("--turn-listen={taken}");
    let output = parlour(&["doctor", &listen, &relay]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.lines().any(|line| line.starts_with("failure  port-relay-udp")),
        "{text}"
    );
}

#[test]
fn a_wrong_command_line_is_one_sentence_and_exit_code_2() {
    let output = parlour(&["doctor", "--lisen", "127.0.0.1:0"]).output().unwrap();
    assert_refused(&output, "--listen");
    let output = parlour(&["doctor", "--remote"]).output().unwrap();
    assert_refused(&output, "--public-url");
}

#[test]
fn its_help_has_the_flags_of_the_server_and_its_own() {
    let output = parlour(&["doctor", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for part in [
        "Usage: parlour doctor",
        "--json",
        "--turn-listen",
        "keeps calls from working",
    ] {
        assert!(help.contains(part), "{part} in:\n{help}");
    }
    let output = parlour(&["--help"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("parlour doctor"));
}
