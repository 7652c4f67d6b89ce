//! A certificate and its key, out of PEM (RFC 7468).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Longest file that is read, in bytes. Chains are a few kilobytes long.
pub(crate) const PEM_MAX: u64 = 1 << 20;

/// From when until when a certificate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: SystemTime,
    pub(crate) until: SystemTime,
}

/// A certificate that can be served.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) certified: Arc<CertifiedKey>,
    pub(crate) validity: Validity,
}

/// Why two files are no such pair.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PairError {
    #[error("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    Certificate,
    #[error("it holds no private key in PEM that can be used (RSA, ECDSA or Ed25519, without a password)")]
    Key,
    #[error("the key does not belong to the certificate")]
    Mismatch,
}

impl Pair {
    /// The first key of the one and all certificates of the other, its own first. Both may be the same file.
    pub(crate) fn from_pem(provider: &CryptoProvider, chain: &[u8], key: &[u8]) -> Result<Self, PairError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.map_err(|_| PairError::Certificate)?;
        let validity = chain.first().and_then(validity).ok_or(PairError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| PairError::Key)?;
        let key = provider
            .key_provider
            .load_private_key(key)
            .map_err(|_| PairError::Key)?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| PairError::Mismatch)?;
        let certified = Arc::new(certified);
        Ok(Self { certified, validity })
    }

    /// Whether a browser that opens this host finds it in the certificate. An IPv6 address is without brackets.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let Ok(host) = rustls::pki_types::ServerName::try_from(host) else {
            return false;
        };
        let leaf = self.certified.end_entity_cert().ok();
        let leaf = leaf.and_then(|leaf| rustls::server::ParsedCertificate::try_from(leaf).ok());
        leaf.is_some_and(|leaf| rustls::client::verify_server_name(&leaf, &host).is_ok())
    }

    /// SHA-256 over the certificate, written as browsers do.
    pub(crate) fn fingerprint(&self) -> String {
        let leaf = self.certified.cert.first().map_or(&[][..], AsRef::as_ref);
        let bytes = Sha256::digest(leaf);
        let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }
}

fn validity(certificate: &CertificateDer<'_>) -> Option<Validity> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let time = |seconds: i64| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?));
    let validity = parsed.validity();
    Some(Validity {
        from: time(validity.not_before.timestamp())?,
        until: time(validity.not_after.timestamp())?,
    })
}
