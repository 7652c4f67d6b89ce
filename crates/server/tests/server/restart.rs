//! A server that is killed and started again: whose key is it, and who finds their seat.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Running, assert_refused, output, parlour};
use crate::socket::Client;

/// Somebody with a seat: the client, the id and the secret.
async fn seated(server: &Running) -> (Client, String, Value) {
    let mut client = Client::connect(server.address).await;
    client.send(&json!({ "join": { "room": "team", "name": "Ada" } })).await;
    let joined = client.expect("joined").await;
    let id = joined["you"]["id"].as_str().expect("an id").to_owned();
    (client, id, joined["resume-token"].clone())
}

fn kill(server: Running) -> String {
    server.signal("KILL");
    server.end().1
}

/// What a server says to a secret of before: the code of its error.
async fn refusal(server: &Running, secret: &Value) -> Value {
    let mut client = Client::connect(server.address).await;
    let resume = json!({ "token": secret, "received": 0 });
    client
        .send(&json!({ "join": { "room": "team", "name": "Ada", "resume": resume } }))
        .await;
    client.expect("error").await["code"].clone()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_knows_its_seats_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    for flags in [
        ["--state-dir", text(&state)],
        ["--secret", "000102030405060708090a0b0c0d0e0f"],
    ] {
        let first = Running::start(&flags);
        let (ada, id, secret) = seated(&first).await;
        let log = kill(first);
        drop(ada);
        let second = Running::start(&flags);
        let mut ada = Client::connect(second.address).await;
        assert_eq!(ada.rejoin("team", "Ada", &secret).await, id);
        assert!(!log.contains("will not survive"), "{log}");
        assert!(!(kill(second) + &log).contains("horse"));
    }
    assert_eq!(
        state.join("seat.key").metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_knows_no_seats_of_before() {
    let first = Running::start(&["--secret", "000102030405060708090a0b0c0d0e0f"]);
    let (_ada, _, secret) = seated(&first).await;
    kill(first);
    let second = Running::start(&["--secret", "f00102030405060708090a0b0c0d0e0f"]);
    assert_eq!(refusal(&second, &secret).await, "invalid-resume");
    kill(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn grace_is_what_the_flag_says() {
    let server = Running::start(&["--grace", "1"]);
    let (mut ada, _, _) = seated(&server).await;
    let (mut bob, id, secret) = seated(&server).await;
    // A seat that nobody is known to have has no grace.
    bob.send(&json!({ "update": { "name": "Bob", "media": {} } })).await;
    assert_eq!(ada.expect("peer-updated").await["peer"]["id"], id.as_str());
    drop(bob);
    assert_eq!(ada.expect("peer-away").await["peer"], id.as_str());
    let left = ada.expect("peer-left").await;
    assert_eq!((&left["peer"], &left["reason"]), (&json!(id), &json!("lost")));
    assert_eq!(refusal(&server, &secret).await, "seat-gone");
    kill(server);
}

#[test]
fn a_named_folder_that_cannot_be_written_is_one_sentence_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody can make a folder below a file, not even root.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("state");
    let what = format!("no key can be kept in {}", text(&below));
    assert_refused(
        &output(&["--listen", "127.0.0.1:0", "--state-dir", text(&below)]),
        &what,
    );
}

#[test]
fn a_key_that_everybody_can_read_is_one_sentence_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("seat.key");
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let what = format!("chmod 600 {}", text(&key));
    let flags = ["--listen", "127.0.0.1:0", "--state-dir", text(folder.path())];
    assert_refused(&output(&flags), &what);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, [7; 31]).unwrap();
    assert_refused(&output(&flags), "it is not 32 bytes long");
}

#[test]
fn without_any_folder_it_says_once_that_calls_will_not_survive_and_serves() {
    let log = |name: &str, value: Option<&Path>| {
        let mut command = parlour(&["--listen", "127.0.0.1:0"]);
        command.env_remove("XDG_STATE_HOME").env_remove("HOME");
        if let Some(value) = value {
            command.env(name, value);
        }
        let server = Running::of(command);
        server.signal("TERM");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
        log
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for (name, value) in [
        ("HOME", None),
        ("HOME", Some(&*file)),
        ("STATE_DIRECTORY", Some(&*file)),
    ] {
        let log = log(name, value);
        assert_eq!(log.matches("calls will not survive").count(), 1, "{log}");
    }
    let log = log("HOME", Some(folder.path()));
    assert!(!log.contains("calls will not survive"), "{log}");
    assert!(folder.path().join(".local/state/parlour/seat.key").exists());
}
