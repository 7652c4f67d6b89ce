//! The certificate that is served now. Another takes its place while connections stay open: they keep what they began with.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::pem::Pair;

/// What new connections are shown.
#[derive(Debug)]
pub(crate) struct Certificates {
    current: RwLock<Pair>,
    /// What a certificate authority is shown that comes to look (RFC 8737), as long as it is expected.
    challenge: RwLock<Option<Arc<ServerConfig>>>,
}

impl Certificates {
    pub(crate) const fn new(first: Pair) -> Self {
        Self {
            current: RwLock::new(first),
            challenge: RwLock::new(None),
        }
    }

    pub(crate) fn current(&self) -> Pair {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves this one from now on.
    pub(crate) fn swap(&self, certificate: Pair) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    pub(crate) fn challenge(&self) -> Option<Arc<ServerConfig>> {
        self.challenge.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn expect_challenge(&self, config: Option<Arc<ServerConfig>>) {
        *self.challenge.write().unwrap_or_else(PoisonError::into_inner) = config;
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // One server, one name: who comes by another one (an address, an alias) sees in the browser what is wrong.
        Some(self.current().certified)
    }
}
