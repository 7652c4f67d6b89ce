//! Where the key is kept, and what is wrong with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
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
    assert_eq!(key_in(&state).expect("a key"), first);
    let files = fs::read_dir(&state).expect("readable").count();
    assert_eq!(files, 1, "nothing else is left");
    assert_ne!(
        key_in(folder.path()).expect("a key"),
        first,
        "another folder, another key"
    );
}

#[test]
fn servers_that_start_at_the_same_time_agree_on_one_key() {
    let folder = folder();
    let keys: Vec<_> = std::thread::scope(|scope| {
        let start = || key_in(folder.path()).expect("a key");
        let servers: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        servers
            .into_iter()
            .map(|server| server.join().expect("no panic"))
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
}

#[test]
fn the_folder_that_was_named_comes_first_then_the_usual_one() {
    let (named, usual) = (folder(), folder());
    let found = key(Some(named.path()), &home(usual.path()));
    assert!(found.expect("valid").is_some());
    assert!(named.path().join(KEY_FILE).exists());
    assert_eq!(fs::read_dir(usual.path()).expect("readable").count(), 0);

    let found = key(None, &home(usual.path()));
    assert!(found.expect("valid").is_some());
    assert!(usual.path().join(".local/state/parlour").join(KEY_FILE).exists());
}

#[test]
fn a_named_folder_that_cannot_be_had_is_an_error_and_a_usual_one_a_warning() {
    let folder = folder();
    // Nobody can make a folder below a file, not even root.
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let below = file.join("state");
    let error = key(Some(&below), &Places::default()).expect_err("it cannot be made");
    assert!(matches!(error, Error::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains(below.to_str().expect("UTF-8")), "{error}");
    assert!(key(None, &home(&file)).expect("a warning").is_none());
    assert!(key(None, &Places::default()).expect("a warning").is_none());
}

#[test]
fn a_key_that_everybody_can_read_is_refused_wherever_it_is() {
    for bits in [0o604, 0o644, 0o777] {
        let folder = folder();
        let state = folder.path().join(".local/state/parlour");
        key_in(&state).expect("a key");
        let file = state.join(KEY_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(bits)).expect("changed");
        for (named, places) in [(Some(&*state), Places::default()), (None, home(folder.path()))] {
            let error = key(named, &places).expect_err("it is open");
            assert!(matches!(error, Error::KeyIsOpen { .. }), "{error:?}");
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
        for (named, places) in [(Some(&*state), Places::default()), (None, home(folder.path()))] {
            let error = key(named, &places).expect_err("it is no key");
            assert!(matches!(error, Error::KeyLength { .. }), "{length}: {error:?}");
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
        assert_eq!(found, made, "{bits:o}");
        assert_eq!(mode(&file), bits, "it stays as it is");
    }
}
