//! The program as its operator meets it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::socket::Client;
use crate::support::get_from;

/// The program, and nothing of this process's environment that it would read.
pub(crate) fn parlour(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("PARLOUR_") || name.starts_with("LEPTOS_") {
            command.env_remove(name.as_ref());
        }
    }
    // Where a key may be kept that is nobody's.
    command.env_remove("STATE_DIRECTORY");
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    // Tests run side by side, and there is only one usual port of a relay. A flag wins over it.
    command.env("PARLOUR_TURN_LISTEN", "off");
    // Tests lose sockets as soon as they have them.
    command.env("PARLOUR_GRACE_AFTER", "0");
    command.args(flags).stdin(Stdio::null());
    command
}

/// The program while it runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The line that it printed at its start.
    pub(crate) line: String,
    /// What it printed after that.
    pub(crate) more: String,
}

impl Running {
    /// Starts it on a free port and waits until it is open.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut all = vec!["--listen", "127.0.0.1:0"];
        all.extend(flags);
        Self::of(parlour(&all))
    }

    /// The same with further flags, for https.
    pub(crate) fn over_tls(flags: &[String]) -> Self {
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        Self::start(&flags)
    }

    /// Waits until it has logged a line with this in it; gives the line.
    pub(crate) async fn says(&mut self, what: &str) -> String {
        self.logs_until(what).await.pop().expect("the line")
    }

    /// The same; gives all lines up to that one.
    pub(crate) async fn logs_until(&mut self, what: &str) -> Vec<String> {
        let mut errors = self.child.stderr.take().expect("nobody else reads it");
        let what = what.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            // Byte by byte: what comes after the line stays in the stream.
            let mut line = Vec::new();
            let mut lines = Vec::new();
            loop {
                let mut byte = [0];
                errors
                    .read_exact(&mut byte)
                    .expect("it said something else until its end");
                line.push(byte[0]);
                if byte[0] == b'\n' {
                    let text = String::from_utf8(std::mem::take(&mut line)).unwrap();
                    let is_it = text.contains(&what);
                    lines.push(text);
                    if is_it {
                        return (errors, lines);
                    }
                }
            }
        });
        let reading = tokio::time::timeout(Duration::from_secs(20), reading);
        let (errors, lines) = reading.await.expect("the line in time").unwrap();
        self.child.stderr = Some(errors);
        lines
    }

    /// Starts this command, which is to listen on a free port.
    pub(crate) fn of(command: Command) -> Self {
        Self::at(command, Ipv4Addr::LOCALHOST)
    }

    /// The same, at another address of this machine.
    pub(crate) fn at(mut command: Command, ip: Ipv4Addr) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        // It is written with the first line or not at all.
        let more = String::from_utf8(stdout.buffer().to_vec()).unwrap();
        let port = line.trim().rsplit([':', '/']).next().and_then(|port| port.parse().ok());
        let port: u16 = port.unwrap_or_else(|| panic!("no port in {line:?}"));
        let address = (ip, port).into();
        Self {
            child,
            address,
            line,
            more,
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; gives the exit code and everything that it wrote to the standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut errors = String::new();
        let stderr = self.child.stderr.take();
        if let Some(mut stderr) = stderr {
            stderr.read_to_string(&mut errors).unwrap();
        }
        (self.child.wait().unwrap().code(), errors)
    }
}

pub(crate) fn output(flags: &[&str]) -> Output {
    parlour(flags).output().unwrap()
}

pub(crate) fn assert_refused(output: &Output, what: &str) {
    assert_ended(output, 2, what);
}

/// It ended with this exit code and one sentence.
pub(crate) fn assert_ended(output: &Output, code: i32, what: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    // Log lines go to the same place; the sentence is the one that is signed.
    let said: Vec<_> = errors.lines().filter(|line| line.starts_with("parlour: ")).collect();
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert_eq!(said.len(), 1, "one sentence: {errors}");
    assert!(said[0].contains(what), "{errors}");
    assert!(
        !errors.contains("panicked") && !errors.contains("backtrace"),
        "{errors}"
    );
    assert!(output.stdout.is_empty(), "it does not claim to be open");
}

#[test]
fn what_may_be_had_later_is_one_sentence_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let what = format!("{address} is taken by another program");
    assert_ended(&output(&["--listen", &address, "--log-level", "off"]), 1, &what);
    let what = "192.0.2.1:1 is no address of this machine: choose one of its own with --";
    for flags in [
        &["--listen", "192.0.2.1:1"][..],
        &["--listen", "127.0.0.1:0", "--turn-listen", "192.0.2.1:1"],
        &["--listen", "127.0.0.1:0", "--metrics-listen", "192.0.2.1:1"],
    ] {
        assert_ended(&output(flags), 1, what);
    }
}

#[test]
fn bad_flags_are_one_sentence_and_exit_code_2() {
    for (flags, what) in [
        (vec!["--lisen", "127.0.0.1:0"], "--listen"),
        (vec!["--listen", "127.0.0.1"], "127.0.0.1:3000"),
        (vec!["--max-room-size", "0"], "--max-room-size"),
        (vec!["--log-format", "xml"], "text, json"),
        (vec!["--ice-server", "stun"], "stun:HOST"),
        (vec!["--ice-server", "turn:host:3478,ada"], "the secret is missing"),
        (
            vec!["--listen", "127.0.0.1:0", "--ice-server", "turn:host:3478"],
            "--turn-secret",
        ),
        (
            vec!["--listen", "127.0.0.1:0", "--turn-secret", "hunter2"],
            "--ice-server",
        ),
        (vec!["--public-url", "example"], "https://calls.example.org"),
        (vec!["--site-root", "/no/such/folder"], "/no/such/folder cannot be read"),
        (vec!["--turn-listen", "3478"], "0.0.0.0:3478"),
        (
            vec![
                "--listen",
                "127.0.0.1:0",
                "--turn-listen=127.0.0.1:0",
                "--external-ip=2001:db8::7",
            ],
            "the relay needs one address of the family",
        ),
        (vec!["--external-ip", "example.org"], "203.0.113.7"),
        (vec!["--grace", "0"], "--grace"),
        (vec!["--secret", "short"], "openssl rand -hex 32"),
        (vec!["--domain=a.example", "--acme-eab-kid=ada"], "--acme-eab-hmac-key"),
        (
            vec!["--domain=a.example", "--acme-eab-hmac-key=aHVudGVyMg"],
            "--acme-eab-kid",
        ),
        (
            vec![
                "--domain=a.example",
                "--acme-eab-kid=ada",
                "--acme-eab-hmac-key=hunter 2",
            ],
            "in base64url",
        ),
        (
            vec![
                "--domain=a.example",
                "--acme-eab-kid=ada",
                "--acme-eab-hmac-key-file=/no/such/file",
            ],
            "/no/such/file has no secret: it cannot be read",
        ),
        (
            vec!["--turn-secret=hunter2", "--turn-secret-file=/no/such/file"],
            "cannot be used with",
        ),
        (
            vec!["--turn-secret-file=/dev/null"],
            "name another with --turn-secret-file",
        ),
        (vec!["extra"], "extra"),
    ] {
        let output = output(&flags);
        assert_refused(&output, what);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("hunter") && !errors.contains("aHVudGVyMg"), "{errors}");
        let lines = errors.lines().count();
        let expected = if flags[0] == "--listen" { 1..=2 } else { 1..=1 };
        assert!(expected.contains(&lines), "{output:?}");
    }
}

#[test]
fn a_bad_variable_is_one_sentence_and_exit_code_2() {
    let output = parlour(&[]).env("PARLOUR_MAX_ROOMS", "many").output().unwrap();
    assert_refused(&output, "--max-rooms");
}

#[test]
fn help_has_every_flag_and_fits_two_screens() {
    let output = output(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in [
        "--listen",
        "--public-url",
        "--allow-origin",
        "--ice-server",
        "--turn-listen",
        "--external-ip",
        "--relay-bandwidth",
        "--relay-credential-lifetime",
        "--turn-secret",
        "--turn-secret-file",
        "--acme-eab-kid",
        "--acme-eab-hmac-key",
        "--acme-eab-hmac-key-file",
        "--max-room-size",
        "--max-rooms",
        "--message-rate",
        "--message-burst",
        "--frame-ancestor",
        "--grace",
        "--domain",
        "--acme-email",
        "--acme-directory",
        "--acme-ca",
        "--tls-cert",
        "--tls-key",
        "--tls",
        "--http-listen",
        "--state-dir",
        "--grace-after",
        "--drain-delay",
        "--metrics-listen",
        "--per-address",
        "--trusted-proxy",
        "--forwarded-header",
        "--proxy-protocol",
        "--secret",
        "--secret-file",
        "--log-format",
        "--log-level",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(help.contains("[default: 127.0.0.1:3000"));
    let lines = help.lines().count();
    assert!(lines <= 100, "two screens, not {lines} lines:\n{help}");
}

#[test]
fn help_does_not_print_the_secrets_that_are_set() {
    let mut command = parlour(&["--help"]);
    let output = command
        .env("PARLOUR_ICE_SERVER", "turn:host,ada,hunter2")
        .env("PARLOUR_SECRET", "hunter2 hunter2 hunter2")
        .env("PARLOUR_TURN_SECRET", "hunter2")
        .env("PARLOUR_ACME_EAB_HMAC_KEY", "hunter2")
        .output()
        .unwrap();
    assert!(!String::from_utf8(output.stdout).unwrap().contains("hunter2"));
}

#[test]
fn variables_do_what_flags_do() {
    let mut command = parlour(&[]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    command.env("PARLOUR_LISTEN", &address).env("PARLOUR_LOG_LEVEL", "off");
    command.env("PARLOUR_ICE_SERVER", "stun:a.example turn:b.example,ada,hunter2");
    assert_ended(&command.output().unwrap(), 1, &address);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_where_it_is_open_and_ends_cleanly_on_both_signals() {
    for signal in ["TERM", "INT"] {
        let running = Running::start(&[]);
        let expected = format!("Parlour is open at http://localhost:{}\n", running.address.port());
        assert_eq!(running.line, expected);
        assert_eq!(get_from(running.address, "/healthz", &[]).await.text(), "ok");
        let mut ada = Client::connect(running.address).await;
        ada.join("team", "Ada").await;
        let start = Instant::now();
        running.signal(signal);
        ada.expect("bye").await;
        ada.closed().await;
        let (code, errors) = running.end();
        assert_eq!(code, Some(0), "{errors}");
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "it took {:?}",
            start.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_when_nobody_reads_what_it_writes() {
    // `Running` has dropped the reading end of the standard output already.
    let mut running = Running::start(&["--log-level", "trace"]);
    drop(running.child.stderr.take());
    for _ in 0..3 {
        assert_eq!(get_from(running.address, "/healthz", &[]).await.text(), "ok");
    }
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    let mut command = parlour(&["--help"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_ne!(child.wait().unwrap().code(), Some(101), "it panicked");
}

#[test]
fn json_logs_are_one_object_a_line() {
    let running = Running::start(&["--log-format", "json"]);
    running.signal("TERM");
    let (_, errors) = running.end();
    assert!(
        errors.lines().count() >= 2,
        "it says at least that it opened and closed: {errors}"
    );
    for line in errors.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["message"].is_string() && event["level"].is_string(), "{line}");
    }
}
