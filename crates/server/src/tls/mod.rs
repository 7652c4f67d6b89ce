//! HTTPS: which certificate is served, and who keeps it fresh.

mod accept;
mod acme;
mod certificates;
mod files;
mod first_bytes;
mod pem;
mod records;
mod self_signed;
mod store;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use data_encoding::HEXUPPER;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};

pub(crate) use accept::{HTTP_2, Hands, STUN, TURN};
pub(crate) use certificates::Certificates;
pub(crate) use first_bytes::is_stun;
pub(crate) use records::Records;

use crate::config::{Config, TlsMode};
use crate::error::StartError;
use crate::state::Places;
use accept::HTTP_1;
use acme::Acme;
use files::Files;
use self_signed::SelfSigned;

/// The certificate of this server, and where the next one comes from.
pub struct Tls {
    provider: Arc<CryptoProvider>,
    certificates: Arc<Certificates>,
    source: Source,
}

enum Source {
    /// It stays as it is.
    Passing,
    /// This server itself.
    SelfSigned(SelfSigned),
    /// Files of the operator.
    Files(Files),
    /// A certificate authority.
    Acme(Box<Acme>),
}

impl Tls {
    /// Reads or makes the certificate that the flags ask for; `None` where they ask for none. `local` is where the server
    /// listens.
    ///
    /// # Errors
    /// When there is none that could be served, or no folder where one can be kept.
    pub fn open(config: &Config, places: &Places, local: IpAddr) -> Result<Option<Self>, StartError> {
        let provider = Arc::new(ring::default_provider());
        let (first, source) = match (&config.tls.tls_cert, &config.tls.tls_key, config.tls.tls) {
            (Some(certificate), Some(key), _) => {
                let files = Files::new(provider.clone(), certificate, key);
                (files.load()?, Source::Files(files))
            }
            (_, _, Some(TlsMode::SelfSigned)) => {
                let folder = store::folder(config, places)?;
                let names = self_signed::names(config, local);
                let (kept, first) = SelfSigned::new(&provider, folder, names, SystemTime::now())?;
                (first, Source::SelfSigned(kept))
            }
            _ => match &config.tls.domain {
                Some(domain) => {
                    let folder = store::folder(config, places)?;
                    let (acme, kept) = Acme::new(&provider, &config.tls.acme, domain, folder)?;
                    let first = match kept {
                        Some(kept) => kept,
                        // Until there is a better one. Browsers warn meanwhile, and show that the server is there.
                        None => self_signed::passing(&provider, domain)?,
                    };
                    (first, Source::Acme(Box::new(acme)))
                }
                None => return Ok(None),
            },
        };
        let certificates = Arc::new(Certificates::new(first.certified));
        Ok(Some(Self {
            provider,
            certificates,
            source,
        }))
    }

    /// The same for a server that runs for a moment: nothing is kept, and no authority is asked. What is in no file is
    /// signed by nobody else.
    pub(crate) fn passing(config: &Config, local: IpAddr) -> Result<Option<Self>, StartError> {
        if !config.tls.is_on() {
            return Ok(None);
        }
        let provider = Arc::new(ring::default_provider());
        let first = match (&config.tls.tls_cert, &config.tls.tls_key) {
            (Some(certificate), Some(key)) => Files::new(provider.clone(), certificate, key).load()?,
            _ => {
                let name = match (&config.public_url(), config.relay.external_ips.first()) {
                    (Some(url), _) => url.host().to_owned(),
                    (None, Some(ip)) => ip.to_string(),
                    (None, None) => local.to_string(),
                };
                self_signed::passing(&provider, &name)?
            }
        };
        Ok(Some(Self {
            provider,
            certificates: Arc::new(Certificates::new(first.certified)),
            source: Source::Passing,
        }))
    }

    /// What new connections are greeted with. `relays`: the relay hears them, too.
    pub(crate) fn hands(&self, relays: bool) -> Result<Hands, StartError> {
        let refused = |error| StartError::System(std::io::Error::other(error));
        let config = ServerConfig::builder_with_provider(self.provider.clone());
        let mut config = config
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_no_client_auth()
            .with_cert_resolver(self.certificates.clone());
        let web = [HTTP_2, HTTP_1].into_iter();
        let relay = [TURN, STUN].into_iter().filter(|_| relays);
        config.alpn_protocols = web.chain(relay).map(<[u8]>::to_vec).collect();
        // A page, its socket and its relay are three connections: the later ones need no second proof.
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(refused)?;
        Ok(Hands::new(Arc::new(config), self.certificates.clone()))
    }

    /// Keeps the certificate fresh until it is dropped.
    pub(crate) async fn keep(&self) {
        match &self.source {
            Source::Passing => {}
            Source::SelfSigned(kept) => kept.keep(&self.certificates, SystemTime::now).await,
            Source::Files(files) => files.watch(&self.certificates).await,
            Source::Acme(acme) => acme.keep(&self.certificates).await,
        }
    }

    /// Says whether a browser finds a host in the certificate of that moment. An IPv6 address is without brackets.
    pub(crate) fn is_for(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let certificates = Arc::clone(&self.certificates);
        move |host| pem::is_for(&certificates.current(), host)
    }

    /// What to compare with what the browser shows, where no authority vouches for the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        match self.source {
            Source::SelfSigned(_) => Some(fingerprint(&self.certificates.current())),
            Source::Passing | Source::Files(_) | Source::Acme(_) => None,
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// SHA-256 over the certificate, written as browsers do.
fn fingerprint(certified: &CertifiedKey) -> String {
    let leaf = certified.cert.first().map_or(&[][..], AsRef::as_ref);
    let bytes: Vec<_> = Sha256::digest(leaf)
        .iter()
        .map(|byte| HEXUPPER.encode(&[*byte]))
        .collect();
    bytes.join(":")
}
