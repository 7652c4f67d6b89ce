//! A certificate that is obtained and renewed by itself (ACME, RFC 8555). `instant-acme` speaks the protocol.

mod http;
mod order;
mod renewal;
mod schedule;
mod trouble;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use instant_acme::{Account, AccountCredentials, CertificateIdentifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use state::private_file;
use tokio::time::sleep;

use self::http::Http;
use crate::certificates::Certificates;
use crate::pem::{PEM_MAX, Pair};
use crate::settings::AcmeSettings;
use crate::{Error, self_signed};
use schedule::{Next, Schedule};
use trouble::Trouble;

/// Whose certificate, from whom, and what is there of it.
#[derive(Debug)]
pub(crate) struct Acme {
    provider: Arc<CryptoProvider>,
    settings: AcmeSettings,
    /// With whom the authority's own HTTPS is checked.
    client: ClientConfig,
    /// The certificate of an earlier start, where it is one for this name.
    kept: Option<Pair>,
}

impl Acme {
    /// # Errors
    /// When the folder or the file of roots cannot be used, or others can read a key.
    pub(crate) fn open(provider: &Arc<CryptoProvider>, settings: AcmeSettings) -> Result<Self, Error> {
        private_file::folder(&settings.folder)?;
        let client = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(Error::system)?
            .with_root_certificates(roots(settings.roots.as_deref())?)
            .with_no_client_auth();
        let mut acme = Self {
            provider: provider.clone(),
            settings,
            client,
            kept: None,
        };
        if let Some(bytes) = private_file::read(&acme.certificate_file(), PEM_MAX)? {
            match Pair::from_pem(provider, &bytes, &bytes) {
                Ok(pair) => acme.kept = Some(pair).filter(|pair| pair.is_for(&acme.settings.domain)),
                Err(error) => {
                    tracing::warn!(code = "certificate-broken", %error, "the certificate that was kept cannot be read, so another is ordered");
                }
            }
        }
        Ok(acme)
    }

    /// What to serve first: without a certificate a passing one. Browsers warn meanwhile, and show that the server is there.
    pub(crate) fn first(&self) -> Result<Pair, Error> {
        let kept = self.kept.clone().map(Ok);
        kept.unwrap_or_else(|| self_signed::passing(&self.provider, &self.settings.domain))
    }

    /// Orders and renews until it is dropped.
    pub(crate) async fn keep(&self, certificates: &Certificates) {
        let mut schedule = Schedule::new(self.kept.as_ref().map(|pair| pair.validity), chance());
        let mut identifier = self.kept.as_ref().and_then(renewal::identifier);
        loop {
            match schedule.next(SystemTime::now()) {
                Next::Wait(wait) => {
                    sleep(wait).await;
                    continue;
                }
                Next::Ask => {
                    self.ask(&mut schedule, identifier.as_ref()).await;
                    continue;
                }
                Next::Order => {}
            }
            let ordered = order::order(self, certificates, identifier.as_ref()).await;
            let now = SystemTime::now();
            match ordered.and_then(|pem| self.take(&pem, now)) {
                Ok(pair) => {
                    let left = pair.validity.until.duration_since(now).unwrap_or_default();
                    tracing::info!(
                        domain = self.settings.domain,
                        hours = left.as_secs() / 3600,
                        "there is a new certificate"
                    );
                    schedule = Schedule::renewed(pair.validity, now, chance());
                    identifier = renewal::identifier(&pair);
                    certificates.swap(pair);
                }
                Err(trouble) => {
                    if trouble.forget_account {
                        for file in self.account_files() {
                            let _ = fs::remove_file(file);
                        }
                    }
                    let wait = schedule.failed(now, trouble.retry_after, chance());
                    tracing::warn!(
                        code = trouble.code,
                        detail = trouble.detail,
                        again_in_seconds = wait.as_secs(),
                        "no certificate for {} from {}: {}",
                        self.settings.domain,
                        self.authority(),
                        trouble.hint
                    );
                }
            }
        }
    }

    /// Asks when to renew.
    async fn ask(&self, schedule: &mut Schedule, identifier: Option<&CertificateIdentifier<'_>>) {
        let suggestion = match identifier {
            Some(identifier) => renewal::ask(self, identifier).await,
            None => None,
        };
        let now = SystemTime::now();
        let Some(suggestion) = suggestion else {
            return schedule.not_suggested(now);
        };
        if let Some(due) = schedule.suggested(now, suggestion.window, suggestion.again) {
            tracing::info!(
                in_hours = due.duration_since(now).unwrap_or_default().as_secs() / 3600,
                why = suggestion.explanation,
                "the certificate will be renewed when its authority suggests it"
            );
        }
    }

    /// The account of last time.
    async fn account(&self, http: &Http) -> Option<Result<Account, instant_acme::Error>> {
        let bytes = private_file::read(self.account_files().first()?, PEM_MAX).ok()??;
        let credentials = serde_json::from_slice::<AccountCredentials>(&bytes).ok()?;
        let builder = Account::builder_with_http(Box::new(http.clone()));
        Some(builder.from_credentials(credentials).await)
    }

    /// Looks at what was ordered, and keeps it.
    fn take(&self, pem: &str, now: SystemTime) -> Result<Pair, Trouble> {
        let unusable = |detail: &str| {
            let hint = "it gave a certificate that cannot be served: choose another --acme-directory";
            Trouble::new("acme-certificate", hint, detail)
        };
        let pair = Pair::from_pem(&self.provider, pem.as_bytes(), pem.as_bytes());
        let pair = pair.map_err(|error| unusable(&error.to_string()))?;
        if !pair.is_for(&self.settings.domain) {
            return Err(unusable("it is for another name"));
        }
        if pair.validity.until <= now || pair.validity.from > now {
            let hint = "the new one does not count at the time that this machine's clock shows: set the clock";
            return Err(Trouble::new("clock-wrong", hint, ""));
        }
        self.keep_file(&self.certificate_file(), pem.as_bytes());
        Ok(pair)
    }

    /// Without the file the authority is asked once more next time. That keeps nobody from having a certificate now.
    fn keep_file(&self, file: &Path, bytes: &[u8]) {
        if let Err(error) = private_file::write(file, bytes) {
            tracing::warn!(
                code = "certificate-not-kept",
                %error,
                folder = %self.settings.folder.display(),
                "what the authority gave cannot be kept, so it is asked again after a restart, and it does not give many: free \
                 space on the disk, and let this user write the folder"
            );
        }
    }

    fn certificate_file(&self) -> PathBuf {
        let AcmeSettings { directory, domain, .. } = &self.settings;
        self.file("certificate", &format!("{directory}\n{domain}"), "pem")
    }

    /// Where the account is kept, first of all where it is looked for. One that was made for another customer is not taken for this
    /// one; who leaves the customer's flags out afterwards goes on with the account that is there.
    fn account_files(&self) -> Vec<PathBuf> {
        let directory = &self.settings.directory;
        let customer = self.settings.customer.as_ref();
        let of_customer = customer.map(|customer| format!("{directory}\n{}", customer.name));
        let names = of_customer.into_iter().chain([directory.clone()]);
        names.map(|name| self.file("account", &name, "json")).collect()
    }

    /// A file for each authority, and for each name.
    fn file(&self, what: &str, whose: &str, kind: &str) -> PathBuf {
        let digest = HEXLOWER.encode(&Sha256::digest(whose)[..8]);
        self.settings.folder.join(format!("{what}-{digest}.{kind}"))
    }

    /// The host of the authority's directory.
    fn authority(&self) -> &str {
        let rest = self.settings.directory.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

/// The roots that browsers trust as well, which are inside this program; with a file, those in it instead.
fn roots(file: Option<&Path>) -> Result<RootCertStore, Error> {
    let Some(file) = file else {
        return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
    };
    let wrong = |why: String| Error::Roots {
        file: file.to_owned(),
        why,
    };
    let bytes = fs::read(file).map_err(|error| wrong(format!("it cannot be read ({error})")))?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&bytes) {
        let root = root.map_err(|_| wrong("it is no PEM".to_owned()))?;
        roots.add(root).map_err(|error| wrong(error.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(wrong("it holds no certificate in PEM".to_owned())),
        false => Ok(roots),
    }
}

/// From 0 up to 1. Without random numbers nothing is spread, and nothing else is lost.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}
