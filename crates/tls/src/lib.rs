//! HTTPS for a server on tokio: a certificate, TLS handshakes that show it, and the next certificate before it ends.
//!
//! [`Tls::open`] reads or makes the first certificate as a [`Mode`] says: files of the operator, self-signed, or ACME (RFC 8555).
//! An [`Acceptor`] does the handshakes, and answers the authority's challenge on the same port (TLS-ALPN-01, RFC 8737).
//! [`Tls::keep`] renews while it runs, when the authority suggests it (RFC 9773); connections that are open go on.
//! What goes wrong meanwhile is a warning of `tracing` with a stable `code`; sentences name the flags of the program `parlour`.
//!
//! ```no_run
//! # async fn serve(listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
//! let names = vec!["localhost".to_owned()];
//! let tls = tls::Tls::open(tls::Mode::SelfSigned { names, folder: None })?;
//! let acceptor = tls.acceptor(&[b"h2", b"http/1.1"])?;
//! tokio::spawn(async move { tls.keep().await });
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let acceptor = acceptor.clone();
//!     tokio::spawn(async move {
//!         if let Some(stream) = acceptor.accept(stream).await {
//!             // HTTP is spoken on it.
//! #           drop(stream);
//!         }
//!     });
//! }
//! # }
//! ```

mod accept;
mod acme;
mod certificates;
mod error;
mod files;
mod pem;
mod records;
mod self_signed;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};

pub use accept::{Acceptor, first_byte};
pub use error::Error;
pub use records::Records;
pub use settings::{AcmeSettings, Customer, EabKey, Mode};

use acme::Acme;
use certificates::Certificates;
use files::Files;
use self_signed::SelfSigned;

/// The certificate of this server, and where the next one comes from.
pub struct Tls {
    provider: Arc<CryptoProvider>,
    certificates: Arc<Certificates>,
    source: Source,
}

enum Source {
    Files(Files),
    SelfSigned(SelfSigned),
    Acme(Box<Acme>),
}

impl Tls {
    /// Reads or makes the first certificate. With [`Mode::Acme`] and none of an earlier start it is a self-signed one, until
    /// [`keep`](Self::keep) has got the authority's. Reads and writes files.
    ///
    /// # Errors
    /// When there is none that could be served, or no folder where one can be kept.
    pub fn open(mode: Mode) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let (first, source) = match mode {
            Mode::Files { certificate, key } => {
                let files = Files::new(provider.clone(), certificate, key);
                (files.load()?, Source::Files(files))
            }
            Mode::SelfSigned { names, folder } => {
                let (kept, first) = SelfSigned::open(&provider, folder, names, SystemTime::now())?;
                (first, Source::SelfSigned(kept))
            }
            Mode::Acme(settings) => {
                let acme = Acme::open(&provider, settings)?;
                (acme.first()?, Source::Acme(Box::new(acme)))
            }
        };
        let certificates = Arc::new(Certificates::new(first));
        Ok(Self {
            provider,
            certificates,
            source,
        })
    }

    /// What new connections are greeted with. `protocols` are those of the server, the best first (ALPN, RFC 7301).
    ///
    /// # Errors
    /// [`Error::System`] without random numbers.
    pub fn acceptor(&self, protocols: &[&[u8]]) -> Result<Acceptor, Error> {
        let config = ServerConfig::builder_with_provider(self.provider.clone());
        let mut config = config
            .with_safe_default_protocol_versions()
            .map_err(Error::system)?
            .with_no_client_auth()
            .with_cert_resolver(self.certificates.clone());
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        // A page, its socket and its relay are three connections: the later ones need no second proof.
        config.ticketer = ring::Ticketer::new().map_err(Error::system)?;
        Ok(Acceptor::new(Arc::new(config), self.certificates.clone()))
    }

    /// Keeps the certificate fresh until it is dropped. Failures are logged and tried again. Reads and writes files, and takes
    /// SIGHUP with [`Mode::Files`].
    pub async fn keep(&self) {
        match &self.source {
            Source::Files(files) => files.watch(&self.certificates).await,
            Source::SelfSigned(kept) => kept.keep(&self.certificates, SystemTime::now).await,
            Source::Acme(acme) => acme.keep(&self.certificates).await,
        }
    }

    /// Says whether a browser finds a host in the certificate of that moment. An IPv6 address is without brackets.
    pub fn is_for(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let certificates = Arc::clone(&self.certificates);
        move |host| certificates.current().is_for(host)
    }

    /// What to compare with what the browser shows, where no authority vouches for the certificate: its SHA-256 in pairs of
    /// hexadecimal digits with colons between them.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        match self.source {
            Source::SelfSigned(_) => Some(self.certificates.current().fingerprint()),
            Source::Files(_) | Source::Acme(_) => None,
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
