//! Where the key is kept, and what is wrong with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use clap::Parser as _;
use protocol::{PeerId, RoomId};
use signaling::Sealed;
use tempfile::TempDir;

use super::*;

fn config(flags: &[&str]) -> Config {
    Config::parse_from(["parlour"].iter().chain(flags))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Only keys that are the same write the same token.
fn mark(key: &SeatKey) -> String {
    let room: RoomId = "room".parse().expect("a room");
    let sealed = Sealed {
        epoch: 0,
        generation: 0,
        peer: PeerId::from_bytes([1; 16]),
        order: 1,
        issued: 1,
    };
    key.seal(&room, sealed)
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

fn home(path: &Path) -> Places {
    Places {
        home: Some(path.into()),
        ..Places::default()
    }
}

#[test]
fn a_key_is_made_once_for_its_owner_alone_and_found_again() {
    let folder = folder();
    let state = folder.path().join("made/on/the/way");
    let first = key_in(&state).expect("a key");
    assert_eq!((mode(&state), mode(&state.join(KEY_FILE))), (0o700, 0o600));
    assert_eq!(mark(&key_in(&state).expect("a key")), mark(&first));
    let files = fs::read_dir(&state).expect("readable").count();
    assert_eq!(files, 1, "nothing else is left");
    assert_ne!(
        mark(&key_in(folder.path()).expect("a key")),
        mark(&first),
        "another folder, another key"
    );
}

#[test]
fn servers_that_start_at_the_same_time_agree_on_one_key() {
    let folder = folder();
    let marks: Vec<_> = std::thread::scope(|scope| {
        let start = || mark(&key_in(folder.path()).expect("a key"));
        let servers: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        servers
            .into_iter()
            .map(|server| server.join().expect("no panic"))
            .collect()
    });
    assert!(marks.iter().all(|mark| *mark == marks[0]));
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
}

#[test]
fn the_usual_places_are_tried_in_their_order() {
    let places = |state: &str, xdg: &str, home: &str| {
        let value = |text: &str| Some(OsString::from(text)).filter(|text| !text.is_empty());
        let places = Places {
            state_directory: value(state),
            xdg_state_home: value(xdg),
            home: value(home),
        };
        places.default_folder()
    };
    for (state, xdg, home, expected) in [
        (
            "/var/lib/parlour:/var/lib/other",
            "/xdg",
            "/home/ada",
            Some("/var/lib/parlour"),
        ),
        ("", "/xdg", "/home/ada", Some("/xdg/parlour")),
        ("", "", "/home/ada", Some("/home/ada/.local/state/parlour")),
        (
            "relative",
            "relative",
            "/home/ada",
            Some("/home/ada/.local/state/parlour"),
        ),
        ("", "", "relative", None),
        ("", "", "", None),
    ] {
        assert_eq!(
            places(state, xdg, home),
            expected.map(PathBuf::from),
            "{state} {xdg} {home}"
        );
    }
}

#[test]
fn the_secret_comes_first_then_the_folder_that_was_named_then_the_usual_one() {
    let (named, usual) = (folder(), folder());
    let path = named.path().to_str().expect("UTF-8");
    let secret = "000102030405060708090a0b0c0d0e0f";
    let all = config(&["--secret", secret, "--state-dir", path]);
    let key = seat_key(&all, &home(usual.path())).expect("valid").expect("a key");
    assert_eq!(mark(&key), mark(&SeatKey::from_text(secret)));
    assert_eq!(
        fs::read_dir(named.path()).expect("readable").count(),
        0,
        "no file is made"
    );

    let key = seat_key(&config(&["--state-dir", path]), &home(usual.path()));
    assert!(key.expect("valid").is_some());
    assert!(named.path().join(KEY_FILE).exists());
    assert_eq!(fs::read_dir(usual.path()).expect("readable").count(), 0);

    let key = seat_key(&config(&[]), &home(usual.path()));
    assert!(key.expect("valid").is_some());
    assert!(usual.path().join(".local/state/parlour").join(KEY_FILE).exists());
}

#[test]
fn a_named_folder_that_cannot_be_had_is_an_error_and_a_usual_one_a_warning() {
    let folder = folder();
    // Nobody can make a folder below a file, not even root.
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let below = file.join("state");
    let named = config(&["--state-dir", below.to_str().expect("UTF-8")]);
    let error = seat_key(&named, &Places::default()).expect_err("it cannot be made");
    assert!(matches!(error, StartError::Tls(tls::Error::Folder { .. })), "{error:?}");
    assert!(error.to_string().contains(below.to_str().expect("UTF-8")), "{error}");
    assert!(seat_key(&config(&[]), &home(&file)).expect("a warning").is_none());
    assert!(seat_key(&config(&[]), &Places::default()).expect("a warning").is_none());
}

#[test]
fn a_key_that_everybody_can_read_is_refused_wherever_it_is() {
    for bits in [0o604, 0o644, 0o777] {
        let folder = folder();
        let state = folder.path().join(".local/state/parlour");
        key_in(&state).expect("a key");
        let file = state.join(KEY_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(bits)).expect("changed");
        let named = config(&["--state-dir", state.to_str().expect("UTF-8")]);
        for (config, places) in [(named, Places::default()), (config(&[]), home(folder.path()))] {
            let error = seat_key(&config, &places).expect_err("it is open");
            assert!(
                matches!(error, StartError::Tls(tls::Error::KeyIsOpen { .. })),
                "{error:?}"
            );
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }
}

#[test]
fn a_key_of_another_length_is_refused_wherever_it_is() {
    for length in [0, 1, 31, 33, 100_000] {
        let folder = folder();
        let state = folder.path().join(".local/state/parlour");
        key_in(&state).expect("a key");
        fs::write(state.join(KEY_FILE), vec![7; length]).expect("written");
        let named = config(&["--state-dir", state.to_str().expect("UTF-8")]);
        for (config, places) in [(named, Places::default()), (config(&[]), home(folder.path()))] {
            let error = seat_key(&config, &places).expect_err("it is no key");
            assert!(matches!(error, StartError::KeyLength { .. }), "{length}: {error:?}");
        }
    }
}

#[test]
fn a_key_that_a_group_can_read_is_taken_as_orchestrators_set_it() {
    for bits in [0o640, 0o660, 0o610] {
        let folder = folder();
        let made = key_in(folder.path()).expect("a key");
        let file = folder.path().join(KEY_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(bits)).expect("changed");
        let found = key_in(folder.path()).expect("it is only warned of");
        assert_eq!(mark(&found), mark(&made), "{bits:o}");
        assert_eq!(mode(&file), bits, "it stays as it is");
    }
}

#[test]
fn a_secret_is_random_bytes_and_never_printed() {
    for text in [
        "000102030405060708090a0b0c0d0e0f",
        "000102030405060708090A0B0C0D0E0F",
        "AAECAwQFBgcICQoLDA0ODw",
        "AAECAwQFBgcICQoLDA0ODw==",
        " 000102030405060708090a0b0c0d0e0f\n",
    ] {
        assert!(parse_secret(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "hunter2",
        "correct horse battery staple",
        "000102030405060708090a0b0c0d0e",
        "AAECAwQFBgcICQoLDA0O",
        "AAECAwQFBgcICQoLDA0OD+//",
        "sixteen letters!",
    ] {
        let sentence = parse_secret(text).expect_err(text);
        assert!(sentence.contains("openssl rand -hex 32"), "{sentence}");
        assert!(text.is_empty() || !sentence.contains(text), "{sentence}");
    }
    let config = config(&["--secret", "000102030405060708090a0b0c0d0e0f"]);
    assert!(!format!("{config:?}").contains("0001"));
}
