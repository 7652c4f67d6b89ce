use std::fs;

use rustls::crypto::ring;
use tempfile::TempDir;
use tokio::time::{Instant, advance};

use super::*;
use crate::self_signed;

/// A folder with the two files in it.
struct World {
    folder: TempDir,
    files: Files,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let file = |name| folder.path().join(name);
        let files = Files::new(Arc::new(ring::default_provider()), file("cert.pem"), file("key.pem"));
        let world = Self { folder, files };
        world.write(&self_signed::make(&["one.example".to_owned()], SystemTime::now()).unwrap());
        world
    }

    fn write(&self, (chain, key): &(String, String)) {
        fs::write(self.folder.path().join("cert.pem"), chain).unwrap();
        fs::write(self.folder.path().join("key.pem"), key).unwrap();
    }
}

fn pair(name: &str) -> (String, String) {
    self_signed::make(&[name.to_owned()], SystemTime::now()).unwrap()
}

/// Lets the watch come to its next look.
async fn next_look() {
    let before = Instant::now();
    advance(LOOK).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(before.elapsed() >= LOOK);
}

fn serves(certificates: &Certificates, name: &str) -> bool {
    certificates.current().is_for(name)
}

#[tokio::test(start_paused = true)]
async fn files_that_changed_are_served_after_the_next_look_and_broken_ones_never() {
    let world = World::new();
    let certificates = Certificates::new(world.files.load().unwrap());
    let script = async {
        next_look().await;
        assert!(serves(&certificates, "one.example"));
        world.write(&pair("another.example"));
        next_look().await;
        assert!(serves(&certificates, "another.example"));
        fs::write(world.folder.path().join("cert.pem"), "nonsense").unwrap();
        next_look().await;
        next_look().await;
        assert!(serves(&certificates, "another.example"), "the old one stays");
        world.write(&pair("a.third.example"));
        next_look().await;
        assert!(serves(&certificates, "a.third.example"));
    };
    tokio::select! {
        () = script => {}
        () = world.files.watch(&certificates) => unreachable!("it watches for ever"),
    }
}

#[test]
fn a_half_written_pair_is_not_complained_of_at_once_and_only_once_later() {
    let stamp = |second| [Some((SystemTime::UNIX_EPOCH + Duration::from_secs(second), 1, 1)); 2];
    let broken = || Err(Error::System(io::Error::other("broken")));
    let mut watched = Watched::default();
    assert!(matches!(watched.look(stamp(1), false, broken), Look::Same));
    assert!(matches!(watched.look(stamp(1), false, broken), Look::Broken(_)));
    for _ in 0..3 {
        assert!(matches!(watched.look(stamp(1), false, broken), Look::Same));
    }
    assert!(
        matches!(watched.look(stamp(1), true, broken), Look::Broken(_)),
        "who asks is told"
    );
    assert!(matches!(watched.look(stamp(2), false, broken), Look::Same));
    let whole = || World::new().files.load();
    assert!(matches!(watched.look(stamp(2), false, whole), Look::Taken(_)));
    assert!(matches!(watched.look(stamp(2), false, whole), Look::Same));
}

#[test]
fn what_is_wrong_with_the_files_names_the_file() {
    let world = World::new();
    let sentence = || world.files.load().unwrap_err().to_string();
    let key = fs::read_to_string(world.folder.path().join("key.pem")).unwrap();
    fs::write(world.folder.path().join("key.pem"), pair("two.example").1).unwrap();
    assert!(
        sentence().contains("the key does not belong to the certificate"),
        "{}",
        sentence()
    );
    fs::write(world.folder.path().join("key.pem"), "nonsense").unwrap();
    assert!(
        sentence().contains("key.pem") && sentence().contains("no private key"),
        "{}",
        sentence()
    );
    fs::write(world.folder.path().join("key.pem"), key).unwrap();
    fs::write(world.folder.path().join("cert.pem"), "").unwrap();
    assert!(
        sentence().contains("cert.pem") && sentence().contains("no certificate"),
        "{}",
        sentence()
    );
    fs::remove_file(world.folder.path().join("cert.pem")).unwrap();
    assert!(sentence().contains("cannot be read"), "{}", sentence());
}
