//! A certificate that is obtained and renewed by itself (ACME, RFC 8555).
//!
//! `instant-acme` speaks the protocol. `rustls-acme`, which would do all of this, was looked at first: it repeats a failed
//! order after a second, two, four, whatever the failure was and the authority said, and tells the operator the library's own
//! words for it. It also brings a second runtime's timers and a second HTTP client.

mod http;
mod order;
mod renewal;
mod schedule;
mod trouble;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use instant_acme::{AccountCredentials, CertificateIdentifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};

use super::pem::{Pair, Validity};
use super::{Certificates, store};
use crate::config::{AcmeFlags, EabKey};
use crate::error::StartError;
use schedule::{Again, Next, Schedule};
use trouble::Trouble;

/// An account outside of ACME, to which the one here is bound (RFC 8555, section 7.3.4).
#[derive(Clone, Debug)]
struct Customer {
    name: String,
    key: EabKey,
}

/// Whose certificate, from whom, and where it is kept.
#[derive(Debug)]
pub(crate) struct Acme {
    provider: Arc<CryptoProvider>,
    domain: String,
    email: Option<String>,
    /// By what the authority knows its customer.
    customer: Option<Customer>,
    directory: String,
    /// With whom the authority's own HTTPS is checked.
    client: ClientConfig,
    folder: PathBuf,
    /// What was found in the folder, and by which the authority knows it.
    validity: Option<Validity>,
    identifier: Option<CertificateIdentifier<'static>>,
}

impl Acme {
    /// Reads what there is in the folder, too: a certificate of an earlier start is the second value.
    ///
    /// # Errors
    /// When the file of roots cannot be used, or others can read a key.
    pub(crate) fn new(
        provider: &Arc<CryptoProvider>,
        flags: &AcmeFlags,
        domain: &str,
        folder: PathBuf,
    ) -> Result<(Self, Option<Pair>), StartError> {
        let client = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| StartError::System(io::Error::other(error)))?
            .with_root_certificates(roots(flags.acme_ca.as_deref())?)
            .with_no_client_auth();
        let mut acme = Self {
            provider: provider.clone(),
            domain: domain.to_owned(),
            email: flags.acme_email.clone(),
            customer: customer(flags),
            directory: flags.acme_directory.clone(),
            client,
            folder,
            validity: None,
            identifier: None,
        };
        let kept = acme.kept()?;
        acme.validity = kept.as_ref().map(|pair| pair.validity);
        acme.identifier = kept.as_ref().and_then(|pair| renewal::identifier(&pair.certified));
        Ok((acme, kept))
    }

    /// The certificate of an earlier start, where it is one for this name.
    fn kept(&self) -> Result<Option<Pair>, StartError> {
        let Some(bytes) = store::read(&self.certificate_file())? else {
            return Ok(None);
        };
        let pair = Pair::from_pem(&self.provider, &bytes, &bytes);
        if let Err(error) = &pair {
            tracing::warn!(code = "certificate-broken", %error, "the certificate that was kept cannot be read, so another is ordered");
        }
        Ok(pair.ok().filter(|pair| pair.is_for(&self.domain)))
    }

    /// Orders and renews until it is dropped.
    pub(crate) async fn keep(&self, certificates: &Certificates) {
        let mut schedule = Schedule::new(self.validity, chance());
        let mut identifier = self.identifier.clone();
        loop {
            match schedule.next(SystemTime::now()) {
                Next::Wait(wait) => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                Next::Ask => {
                    self.ask(&mut schedule, identifier.as_ref()).await;
                    continue;
                }
                Next::Order => {}
            }
            let ordered = order::order(self, certificates, identifier.as_ref()).await;
            match ordered.and_then(|pem| self.take(&pem)) {
                Ok(pair) => {
                    let left = pair
                        .validity
                        .until
                        .duration_since(SystemTime::now())
                        .unwrap_or_default();
                    tracing::info!(
                        domain = self.domain,
                        hours = left.as_secs() / 3600,
                        "there is a new certificate"
                    );
                    schedule = Schedule::renewed(pair.validity, SystemTime::now(), chance());
                    identifier = renewal::identifier(&pair.certified);
                    certificates.swap(pair.certified);
                }
                Err(trouble) => {
                    if trouble.forget_account {
                        for file in self.account_files() {
                            let _ = fs::remove_file(file);
                        }
                    }
                    let wait = schedule.failed(SystemTime::now(), trouble.again, trouble.retry_after, chance());
                    tracing::warn!(
                        code = trouble.code,
                        detail = trouble.detail,
                        again_in_seconds = wait.as_secs(),
                        "no certificate: {}",
                        trouble.sentence
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
        match suggestion {
            None => schedule.not_suggested(now),
            Some(suggestion) => {
                if let Some(due) = schedule.suggested(now, suggestion.window, suggestion.again) {
                    let left = due.duration_since(now).unwrap_or_default();
                    tracing::info!(
                        in_hours = left.as_secs() / 3600,
                        why = suggestion.explanation,
                        "the certificate will be renewed when its authority suggests it"
                    );
                }
            }
        }
    }

    /// The account of last time.
    fn account(&self) -> Option<AccountCredentials> {
        let bytes = store::read(self.account_files().first()?).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Looks at what was ordered, and keeps it.
    fn take(&self, pem: &str) -> Result<Pair, Trouble> {
        let own = |code, sentence: &str, detail: &str| Trouble {
            code,
            sentence: sentence.to_owned(),
            detail: detail.to_owned(),
            again: Again::Later,
            retry_after: None,
            forget_account: false,
        };
        let pair = Pair::from_pem(&self.provider, pem.as_bytes(), pem.as_bytes());
        let unusable = "the authority gave a certificate that cannot be served: choose another --acme-directory";
        let pair = pair.map_err(|error| own("acme-certificate", unusable, &error.to_string()))?;
        if !pair.is_for(&self.domain) {
            return Err(own("acme-certificate", unusable, "it is for another name"));
        }
        let now = SystemTime::now();
        if pair.validity.until <= now || pair.validity.from > now {
            let sentence =
                "the new certificate does not count at the time that this machine's clock shows: set the clock";
            return Err(own("clock-wrong", sentence, ""));
        }
        if let Err(error) = store::write(&self.certificate_file(), pem.as_bytes()) {
            self.warn_unkept(&error);
        }
        Ok(pair)
    }

    fn warn_unkept(&self, error: &io::Error) {
        tracing::warn!(
            code = "certificate-not-kept",
            %error,
            folder = %self.folder.display(),
            "what the authority gave cannot be kept, so it is asked again after a restart, and it does not give many: free space \
             on the disk, and let this user write the folder"
        );
    }

    fn certificate_file(&self) -> PathBuf {
        self.file("certificate", &format!("{}\n{}", self.directory, self.domain), "pem")
    }

    /// Where the account is kept, first of all where it is looked for. One that was made for another customer is not taken for this
    /// one; who leaves the customer's flags out afterwards goes on with the account that is there.
    fn account_files(&self) -> Vec<PathBuf> {
        let of_customer = |customer: &Customer| format!("{}\n{}", self.directory, customer.name);
        let names = self.customer.iter().map(of_customer);
        names
            .chain([self.directory.clone()])
            .map(|name| self.file("account", &name, "json"))
            .collect()
    }

    /// A file for each authority, and for each name.
    fn file(&self, what: &str, whose: &str, kind: &str) -> PathBuf {
        let digest = Sha256::digest(whose);
        self.folder
            .join(format!("{what}-{}.{kind}", HEXLOWER.encode(&digest[..8])))
    }

    /// The host of the authority's directory.
    fn authority(&self) -> &str {
        let rest = self.directory.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }
}

fn customer(flags: &AcmeFlags) -> Option<Customer> {
    let (name, key) = (flags.acme_eab_kid.clone()?, flags.acme_eab_hmac_key.clone()?);
    Some(Customer { name, key })
}

/// The roots that browsers trust as well, which are inside this program; with a file, those in it instead.
fn roots(file: Option<&Path>) -> Result<RootCertStore, StartError> {
    let Some(file) = file else {
        return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
    };
    let wrong = |why: String| StartError::AcmeCa {
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
