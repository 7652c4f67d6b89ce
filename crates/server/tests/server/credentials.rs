//! Secrets in files, as systemd hands them on with `LoadCredential=`: in a folder of `$CREDENTIALS_DIRECTORY` that the
//! server's user can only read.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use relay::core::Credentials;
use serde_json::json;
use tempfile::TempDir;

use crate::program::{Running, assert_refused, parlour};
use crate::secure::{opened, shown};
use crate::support::free_port;

/// What `docs/DEPLOY.md` writes into the unit, with `%d` as systemd replaces it.
fn environment(unit: &str, credentials: &Path) -> Vec<(String, String)> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
    let settings = lines.flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    settings
        .map(|setting| {
            let (name, value) = setting.split_once('=').unwrap();
            (name.to_owned(), value.replace("%d", credentials.to_str().unwrap()))
        })
        .collect()
}

/// The folder as the unit's lines `LoadCredential=` fill it: readable, and nothing else.
fn load(unit: &str, credentials: &Path, content: impl Fn(&str) -> String) {
    for line in unit.lines().filter_map(|line| line.strip_prefix("LoadCredential=")) {
        let (name, _) = line.split_once(':').unwrap();
        let file = credentials.join(name);
        fs::write(&file, content(name)).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o400)).unwrap();
    }
    fs::set_permissions(credentials, fs::Permissions::from_mode(0o500)).unwrap();
}

/// The blocks of the guide that load credentials.
fn units() -> Vec<String> {
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/DEPLOY.md")).unwrap();
    let blocks = guide
        .split("```ini\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    blocks
        .filter(|block| block.contains("LoadCredential="))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_units_of_the_guide_start_with_what_systemd_hands_on() {
    let [certificate, secret] = &units()[..] else {
        panic!("the guide has other units than these: {:?}", units());
    };
    let unit = format!("{certificate}{secret}");
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["calls.example.org".to_owned()]).unwrap();
    load(&unit, folder.path(), |name| match name {
        "cert.pem" => made.cert.pem(),
        "key.pem" => made.signing_key.serialize_pem(),
        "turn-secret" => "north\n".to_owned(),
        other => panic!("{other} is not known here"),
    });
    let state = TempDir::new().unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = parlour(&[&format!("--listen={listen}")]);
    command
        .envs(environment(&unit, folder.path()))
        // The line that it prints ends with the port.
        .env(
            "PARLOUR_PUBLIC_URL",
            format!("https://calls.example.org:{}", listen.port()),
        )
        .env("PARLOUR_ICE_SERVER", "turn:turn.example.org:3478?transport=udp")
        .env("CREDENTIALS_DIRECTORY", folder.path())
        .env("STATE_DIRECTORY", state.path());
    let running = Running::of(command);
    assert_eq!(running.address, listen);
    assert_eq!(shown(listen).await, made.cert.der().to_vec());
    let mut ada = opened(listen).await;
    ada.send(&json!({ "join": { "room": "team", "name": "Ada" } })).await;
    let joined = ada.expect("joined").await;
    let server = &joined["ice-servers"][0];
    let username = server["username"].as_str().unwrap();
    assert!(username.ends_with(joined["you"]["id"].as_str().unwrap()), "{username}");
    let expected = Credentials::new(b"north").issue(username).unwrap();
    assert_eq!(server["credential"], expected.password, "without the end of the line");
    running.signal("TERM");
    let (code, errors) = running.end();
    assert_eq!(code, Some(0));
    assert!(!errors.contains("north"), "{errors}");
}

#[test]
fn a_credential_that_systemd_did_not_load_is_one_sentence_and_exit_code_2() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("turn-secret");
    let mut command = parlour(&["--listen=127.0.0.1:0", "--ice-server=turn:turn.example.org"]);
    command.env("PARLOUR_TURN_SECRET_FILE", &file);
    let sentence = format!("{} has no secret: it cannot be read", file.display());
    assert_refused(&command.output().unwrap(), &sentence);
}
