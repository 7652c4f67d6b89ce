//! Certificates that nobody vouches for but this server itself.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;

use super::pem::Pair;
use super::{Certificates, fingerprint, store};
use crate::config::Config;
use crate::error::StartError;
use crate::turn;

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

/// The certificate in the folder, and what is needed to make the next one.
#[derive(Debug)]
pub(crate) struct SelfSigned {
    provider: Arc<CryptoProvider>,
    folder: PathBuf,
    /// What stood in the first one: people have been told these addresses.
    names: Vec<String>,
    until: SystemTime,
}

impl SelfSigned {
    /// Reads or makes the first one.
    ///
    /// # Errors
    /// When the folder cannot be used, or others can read the key.
    pub(crate) fn new(
        provider: &Arc<CryptoProvider>,
        folder: PathBuf,
        names: Vec<String>,
        now: SystemTime,
    ) -> Result<(Self, Pair), StartError> {
        let pair = kept(provider, &folder, &names, now)?;
        let kept = Self {
            provider: provider.clone(),
            folder,
            names,
            until: pair.validity.until,
        };
        Ok((kept, pair))
    }

    /// Makes the next one in time, until it is dropped. `now` is the wall clock.
    pub(crate) async fn keep(&self, certificates: &Certificates, now: impl Fn() -> SystemTime) {
        let mut until = self.until;
        loop {
            let wait = (until - REST).duration_since(now()).unwrap_or_default();
            if !wait.is_zero() {
                tokio::time::sleep(wait.min(LOOK)).await;
                continue;
            }
            match kept(&self.provider, &self.folder, &self.names, now()) {
                Ok(pair) => {
                    until = pair.validity.until;
                    tracing::info!(
                        fingerprint = fingerprint(&pair.certified),
                        "there is a new self-signed certificate: browsers warn once more, and show this SHA-256 fingerprint"
                    );
                    certificates.swap(pair.certified);
                }
                Err(error) => {
                    tracing::warn!(code = "certificate-not-renewed", %error, "the self-signed certificate stays the old one");
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }
}

/// The names and addresses by which this server is opened, as far as it can know.
pub(crate) fn names(config: &Config, local: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if let Some(url) = config.public_url() {
        names.push(url.host().to_owned());
    }
    let host = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
    if !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    {
        // By multicast DNS (RFC 6762) the others in the network find it as this.
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.push(host);
    }
    let own = match local.is_unspecified() {
        false => vec![local],
        true => turn::own_addresses(),
    };
    names.extend(
        own.iter()
            .chain(&config.relay.external_ips)
            .map(|ip| ip.to_canonical().to_string()),
    );
    let mut known = std::collections::HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

/// The one in the folder. Makes one if there is none or it ends soon.
fn kept(provider: &CryptoProvider, folder: &Path, names: &[String], now: SystemTime) -> Result<Pair, StartError> {
    let file = folder.join(FILE);
    if let Some(bytes) = store::read(&file)? {
        match Pair::from_pem(provider, &bytes, &bytes) {
            Ok(pair) if pair.validity.until > now + REST && pair.validity.from <= now => {
                if let Some(name) = names.iter().find(|name| !pair.is_for(name)) {
                    tracing::warn!(
                        code = "certificate-lacks-name",
                        name,
                        file = %file.display(),
                        "the certificate was made before this name was known: delete the file, and a new one is made"
                    );
                }
                return Ok(pair);
            }
            Ok(_) => tracing::warn!(
                code = "certificate-expired",
                "the self-signed certificate ends, so a new one is made"
            ),
            Err(error) => {
                tracing::warn!(code = "certificate-broken", %error, "the self-signed certificate cannot be read, so a new one is made");
            }
        }
    }
    let state = |source| StartError::State {
        folder: folder.to_owned(),
        source,
    };
    let (chain, key) = make(names, now).map_err(state)?;
    let both = key + &chain;
    store::write(&file, both.as_bytes()).map_err(state)?;
    Pair::from_pem(provider, both.as_bytes(), both.as_bytes())
        .map_err(|error| state(io::Error::other(error.to_string())))
}

/// One that is kept nowhere, to have something to show before there is a better one.
pub(crate) fn passing(provider: &CryptoProvider, name: &str) -> Result<Pair, StartError> {
    let (chain, key) = make(&[name.to_owned()], SystemTime::now()).map_err(StartError::System)?;
    let pair = Pair::from_pem(provider, chain.as_bytes(), key.as_bytes());
    pair.map_err(|error| StartError::System(io::Error::other(error.to_string())))
}

/// A new certificate and its key, in PEM.
pub(super) fn make(names: &[String], now: SystemTime) -> io::Result<(String, String)> {
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Parlour, self-signed");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = (now - SKEW).into();
    params.not_after = (now + LIFE - SKEW).into();
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use clap::Parser as _;
    use rustls::crypto::ring;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn it_names_whatever_this_machine_is_opened_by() {
        let flags = [
            "parlour",
            "--public-url=https://[2001:db8::7]:8443",
            "--turn-listen=[::]:3478",
        ];
        let config = Config::parse_from(flags.iter().chain(&["--external-ip=203.0.113.7"]));
        let names = names(&config, "192.0.2.1".parse().unwrap());
        for name in [
            "localhost",
            "127.0.0.1",
            "::1",
            "192.0.2.1",
            "203.0.113.7",
            "2001:db8::7",
        ] {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
        let pair = passing(&ring::default_provider(), "192.0.2.1").unwrap();
        assert!(pair.is_for("192.0.2.1") && !pair.is_for("192.0.2.2") && !pair.is_for("localhost"));
    }

    #[test]
    fn it_stays_the_same_as_long_as_it_can() {
        let folder = TempDir::new().unwrap();
        let names = ["localhost".to_owned(), "::1".to_owned()];
        let kept = || kept(&ring::default_provider(), folder.path(), &names, SystemTime::now()).unwrap();
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
        kept: Arc<SelfSigned>,
        certificates: Arc<Certificates>,
        start: SystemTime,
        begun: tokio::time::Instant,
    }

    impl Years {
        fn begin(folder: &Path) -> Self {
            let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
            let names = vec!["localhost".to_owned()];
            let provider = Arc::new(ring::default_provider());
            let (kept, first) = SelfSigned::new(&provider, folder.to_owned(), names, start).unwrap();
            let (kept, certificates) = (Arc::new(kept), Arc::new(Certificates::new(first.certified)));
            let begun = tokio::time::Instant::now();
            let (keeper, served) = (kept.clone(), certificates.clone());
            tokio::spawn(async move { keeper.keep(&served, || start + begun.elapsed()).await });
            Self {
                kept,
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
        let shown = || years.certificates.current().cert.clone();
        let first = shown();
        years.until(LIFE - SKEW - REST - DAY).await;
        assert_eq!(shown(), first, "not before it has to be");
        years.until(LIFE - SKEW - REST + DAY).await;
        let second = shown();
        assert_ne!(second, first);
        // It is the one that a restart finds.
        let now = years.start + years.begun.elapsed();
        let found = kept(&ring::default_provider(), folder.path(), &years.kept.names, now).unwrap();
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
        let first = years.certificates.current().cert.clone();
        let aside = folder.path().join("aside");
        fs::rename(&state, &aside).unwrap();
        years.until(LIFE - SKEW - REST + DAY).await;
        assert_eq!(years.certificates.current().cert, first);
        fs::rename(&aside, &state).unwrap();
        years.until(LIFE - SKEW - REST + DAY + 2 * LOOK).await;
        assert_ne!(years.certificates.current().cert, first);
    }

    #[test]
    fn a_key_that_everybody_can_read_is_not_used() {
        let folder = TempDir::new().unwrap();
        let names = ["localhost".to_owned()];
        let kept = || kept(&ring::default_provider(), folder.path(), &names, SystemTime::now());
        kept().unwrap();
        let file = folder.path().join(FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(kept().unwrap_err().to_string().contains("chmod 600"));
    }
}
