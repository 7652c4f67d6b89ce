//! A certificate in two files that somebody else renews.

use std::fs::{self, File};
use std::future::pending;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::CryptoProvider;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::Error;
use crate::certificates::Certificates;
use crate::pem::{PEM_MAX, Pair, PairError, Validity};

/// How often it is looked whether they have changed.
const LOOK: Duration = Duration::from_secs(5);

/// Two files, and what is needed to read them.
#[derive(Debug)]
pub(crate) struct Files {
    provider: Arc<CryptoProvider>,
    certificate: PathBuf,
    key: PathBuf,
}

/// By what a file is seen to be another one: when it was changed, how long it is, and its number on the disk. `None` where
/// it cannot be looked at.
type Stamp = [Option<(SystemTime, u64, u64)>; 2];

impl Files {
    pub(crate) const fn new(provider: Arc<CryptoProvider>, certificate: PathBuf, key: PathBuf) -> Self {
        Self {
            provider,
            certificate,
            key,
        }
    }

    /// The pair as it is now.
    pub(crate) fn load(&self) -> Result<Pair, Error> {
        let chain = read(&self.certificate)?;
        let key = read(&self.key)?;
        let pair = Pair::from_pem(&self.provider, &chain, &key).map_err(|error| {
            let file = match error {
                PairError::Certificate => &self.certificate,
                PairError::Key | PairError::Mismatch => &self.key,
            };
            Error::Certificate {
                file: file.clone(),
                why: error.to_string(),
            }
        })?;
        warn_of_end(pair.validity, SystemTime::now());
        Ok(pair)
    }

    /// Serves what the files hold from now on, whenever they have changed or SIGHUP comes.
    pub(crate) async fn watch(&self, certificates: &Certificates) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // They may have changed since they were read, so the first look is a load.
        let mut watched = Watched::default();
        loop {
            let asked = tokio::select! {
                _ = ticks.tick() => false,
                () = asked(&mut hangup) => true,
            };
            match watched.look(self.stamp(), asked, || self.load()) {
                Look::Same => {}
                Look::Taken(pair) => certificates.swap(pair),
                Look::Broken(error) => tracing::warn!(
                    code = "certificate-broken",
                    %error,
                    "the new certificate cannot be used, so the old one stays: correct the files, and they are read again"
                ),
            }
        }
    }

    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|file| {
            let metadata = fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
        })
    }
}

async fn asked(hangup: &mut Option<tokio::signal::unix::Signal>) {
    match hangup {
        Some(hangup) => {
            // No more signals come only when the runtime ends.
            if hangup.recv().await.is_none() {
                pending::<()>().await;
            }
        }
        None => pending().await,
    }
}

/// What was seen of the files so far.
#[derive(Debug, Default)]
struct Watched {
    stamp: Stamp,
    /// Looks at which these same files were broken.
    broken: u32,
}

/// What a look found.
#[derive(Debug)]
enum Look {
    /// Nothing new.
    Same,
    /// Another pair.
    Taken(Pair),
    /// Files that cannot be used, said once for each of their states.
    Broken(Error),
}

impl Watched {
    /// Two files are never written in one moment: what is broken is said when it still is at the next look, or at once if
    /// somebody `asked`.
    fn look(&mut self, stamp: Stamp, asked: bool, load: impl FnOnce() -> Result<Pair, Error>) -> Look {
        if stamp != self.stamp {
            *self = Self { stamp, broken: 0 };
        } else if !asked && self.broken != 1 {
            return Look::Same;
        }
        match load() {
            Ok(pair) => {
                self.broken = 0;
                Look::Taken(pair)
            }
            Err(error) => {
                self.broken += 1;
                match asked || self.broken == 2 {
                    true => {
                        self.broken = self.broken.max(2);
                        Look::Broken(error)
                    }
                    false => Look::Same,
                }
            }
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(PEM_MAX).read_to_end(&mut bytes));
    let unreadable = |error: io::Error| Error::Certificate {
        file: file.to_owned(),
        why: format!("it cannot be read ({error})"),
    };
    read.map_err(unreadable)?;
    Ok(bytes)
}

/// Browsers refuse what is not valid now; nothing here can help it.
fn warn_of_end(validity: Validity, now: SystemTime) {
    if now > validity.until {
        tracing::warn!(
            code = "certificate-expired",
            "the certificate has expired, so browsers refuse this server: renew it"
        );
    } else if now < validity.from {
        tracing::warn!(
            code = "certificate-not-yet-valid",
            "the certificate is not valid yet, so browsers refuse this server: wait, or set this machine's clock"
        );
    }
}

#[cfg(test)]
mod tests;
