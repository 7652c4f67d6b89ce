//! Certificates that nobody vouches for but this server itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;
use state::private_file;

use crate::Error;
use crate::certificates::Certificates;
use crate::pem::{PEM_MAX, Pair};

/// The file of key and certificate.
const FILE: &str = "self-signed.pem";

/// How long it counts. Some systems take none that counts for longer than 825 days.
const LIFE: Duration = Duration::from_secs(800 * 24 * 60 * 60);

/// One that ends sooner than this is replaced.
const REST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The wall clock may be set, and machines sleep: no wait is longer than this before the clock is looked at again.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Clocks in one network differ.
const SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// What is needed to find the certificate, and to make the next one.
#[derive(Debug)]
pub(crate) struct SelfSigned {
    provider: Arc<CryptoProvider>,
    /// `None` where it is not kept.
    file: Option<PathBuf>,
    /// What stood in the first one: people have been told these addresses.
    names: Vec<String>,
}

impl SelfSigned {
    /// Reads or makes the first one.
    ///
    /// # Errors
    /// When the folder cannot be used, or others can read the key.
    pub(crate) fn open(
        provider: &Arc<CryptoProvider>,
        folder: Option<PathBuf>,
        names: Vec<String>,
        now: SystemTime,
    ) -> Result<(Self, Pair), Error> {
        if let Some(folder) = &folder {
            private_file::folder(folder)?;
        }
        let kept = Self {
            provider: provider.clone(),
            file: folder.map(|folder| folder.join(FILE)),
            names,
        };
        let first = kept.pair(now)?;
        Ok((kept, first))
    }

    /// Makes the next one in time, until it is dropped. `now` is the wall clock.
    pub(crate) async fn keep(&self, certificates: &Certificates, now: impl Fn() -> SystemTime) {
        loop {
            let wait = (certificates.current().validity.until - REST)
                .duration_since(now())
                .unwrap_or_default();
            if !wait.is_zero() {
                tokio::time::sleep(wait.min(LOOK)).await;
                continue;
            }
            match self.pair(now()) {
                Ok(pair) => {
                    tracing::info!(
                        fingerprint = pair.fingerprint(),
                        "there is a new self-signed certificate: browsers warn once more, and show this SHA-256 fingerprint"
                    );
                    certificates.swap(pair);
                }
                Err(error) => {
                    tracing::warn!(code = "certificate-not-renewed", %error, "the self-signed certificate stays the old one");
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// The one that is kept. Makes one if there is none or it ends soon.
    fn pair(&self, now: SystemTime) -> Result<Pair, Error> {
        if let Some(pair) = self.kept(now)? {
            return Ok(pair);
        }
        let (chain, key) = make(&self.names, now)?;
        let both = key + &chain;
        if let Some(file) = &self.file {
            private_file::write(file, both.as_bytes())?;
        }
        Pair::from_pem(&self.provider, both.as_bytes(), both.as_bytes()).map_err(Error::system)
    }

    fn kept(&self, now: SystemTime) -> Result<Option<Pair>, Error> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let Some(bytes) = private_file::read(file, PEM_MAX)? else {
            return Ok(None);
        };
        match Pair::from_pem(&self.provider, &bytes, &bytes) {
            Ok(pair) if pair.validity.until > now + REST && pair.validity.from <= now => {
                if let Some(name) = self.names.iter().find(|name| !pair.is_for(name)) {
                    tracing::warn!(
                        code = "certificate-lacks-name",
                        name,
                        file = %file.display(),
                        "the certificate was made before this name was known: delete the file, and a new one is made"
                    );
                }
                return Ok(Some(pair));
            }
            Ok(_) => tracing::warn!(
                code = "certificate-expired",
                "the self-signed certificate ends, so a new one is made"
            ),
            Err(error) => {
                tracing::warn!(code = "certificate-broken", %error, "the self-signed certificate cannot be read, so a new one is made");
            }
        }
        Ok(None)
    }
}

/// One that is kept nowhere, to have something to show before there is a better one.
pub(crate) fn passing(provider: &Arc<CryptoProvider>, name: &str) -> Result<Pair, Error> {
    SelfSigned::open(provider, None, vec![name.to_owned()], SystemTime::now()).map(|(_, pair)| pair)
}

/// A new certificate and its key, in PEM.
pub(crate) fn make(names: &[String], now: SystemTime) -> Result<(String, String), Error> {
    let mut params = CertificateParams::new(names).map_err(Error::system)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Parlour, self-signed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = (now - SKEW).into();
    params.not_after = (now + LIFE - SKEW).into();
    let key = KeyPair::generate().map_err(Error::system)?;
    let certificate = params.self_signed(&key).map_err(Error::system)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use rustls::crypto::ring;
    use tempfile::TempDir;

    use super::*;

    /// What a start finds or makes.
    fn start(folder: &Path, names: &[&str], now: SystemTime) -> Result<Pair, Error> {
        let provider = Arc::new(ring::default_provider());
        let names = names.iter().map(|&name| name.to_owned()).collect();
        SelfSigned::open(&provider, Some(folder.to_owned()), names, now).map(|(_, pair)| pair)
    }

    #[test]
    fn one_that_is_not_kept_is_another_one_each_time() {
        let passing = || passing(&Arc::new(ring::default_provider()), "192.0.2.1").unwrap();
        let pair = passing();
        assert!(pair.is_for("192.0.2.1") && !pair.is_for("192.0.2.2") && !pair.is_for("localhost"));
        assert_ne!(pair.certified.cert, passing().certified.cert);
    }

    #[test]
    fn it_stays_the_same_as_long_as_it_can() {
        let folder = TempDir::new().unwrap();
        let kept = || start(folder.path(), &["localhost", "::1"], SystemTime::now()).unwrap();
        let first = kept();
        assert!(first.is_for("localhost") && first.is_for("::1"));
        assert_eq!(first.certified.cert, kept().certified.cert);
        let file = folder.path().join(FILE);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&file, "nonsense").unwrap();
        assert_ne!(first.certified.cert, kept().certified.cert);
    }

    /// Time that goes by as the server sleeps, and what it serves meanwhile.
    struct Years {
        certificates: Arc<Certificates>,
        start: SystemTime,
        begun: tokio::time::Instant,
    }

    impl Years {
        fn begin(folder: &Path) -> Self {
            let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
            let names = vec!["localhost".to_owned()];
            let provider = Arc::new(ring::default_provider());
            let (kept, first) = SelfSigned::open(&provider, Some(folder.to_owned()), names, start).unwrap();
            let certificates = Arc::new(Certificates::new(first));
            let begun = tokio::time::Instant::now();
            let served = certificates.clone();
            tokio::spawn(async move { kept.keep(&served, || start + begun.elapsed()).await });
            Self {
                certificates,
                start,
                begun,
            }
        }

        async fn until(&self, time: Duration) {
            tokio::time::sleep_until(self.begun + time).await;
        }
    }

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_while_the_server_runs_a_month_before_its_end() {
        let folder = TempDir::new().unwrap();
        let years = Years::begin(folder.path());
        let shown = || years.certificates.current().certified.cert.clone();
        let first = shown();
        years.until(LIFE - SKEW - REST - DAY).await;
        assert_eq!(shown(), first, "not before it has to be");
        years.until(LIFE - SKEW - REST + DAY).await;
        let second = shown();
        assert_ne!(second, first);
        // It is the one that a restart finds.
        let now = years.start + years.begun.elapsed();
        let found = start(folder.path(), &["localhost"], now).unwrap();
        assert_eq!(found.certified.cert, second);
        assert!(found.validity.until > now + LIFE - SKEW - 2 * DAY && found.is_for("localhost"));
        years.until(2 * LIFE).await;
        assert_ne!(shown(), second, "and so on");
    }

    #[tokio::test(start_paused = true)]
    async fn a_folder_that_cannot_be_written_is_tried_again() {
        let folder = TempDir::new().unwrap();
        let state = folder.path().join("tls");
        fs::create_dir(&state).unwrap();
        let years = Years::begin(&state);
        let first = years.certificates.current().certified.cert.clone();
        let aside = folder.path().join("aside");
        fs::rename(&state, &aside).unwrap();
        years.until(LIFE - SKEW - REST + DAY).await;
        assert_eq!(years.certificates.current().certified.cert, first);
        fs::rename(&aside, &state).unwrap();
        years.until(LIFE - SKEW - REST + DAY + 2 * LOOK).await;
        assert_ne!(years.certificates.current().certified.cert, first);
    }

    #[test]
    fn a_key_that_everybody_can_read_is_not_used() {
        let folder = TempDir::new().unwrap();
        let kept = || start(folder.path(), &["localhost"], SystemTime::now());
        kept().unwrap();
        let file = folder.path().join(FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(kept().unwrap_err().to_string().contains("chmod 600"));
    }
}
