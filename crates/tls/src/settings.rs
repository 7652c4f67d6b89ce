//! What the one who runs the server chooses.

use std::fmt;
use std::path::PathBuf;

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Two files in PEM that somebody else renews. They are read again when they have changed, and on SIGHUP.
    Files {
        /// The server's certificate, and after it those that lead to its authority.
        certificate: PathBuf,
        /// The private key of the first.
        key: PathBuf,
    },
    /// One that nobody vouches for but this server. Browsers warn of it.
    SelfSigned {
        /// The host names and IP addresses in it; IPv6 without brackets.
        names: Vec<String>,
        /// Where it is kept, so that it stays the same after a restart. It is made if it is missing. With `None`, each
        /// start makes another certificate.
        folder: Option<PathBuf>,
    },
    /// One of a certificate authority that speaks ACME (RFC 8555) with the challenge TLS-ALPN-01 (RFC 8737). The name must
    /// lead to this server, and port 443 of it to its [`Acceptor`](crate::Acceptor).
    Acme(AcmeSettings),
}

/// Which certificate, and from which authority.
#[derive(Clone, Debug)]
pub struct AcmeSettings {
    /// The host name in the certificate.
    pub domain: String,
    /// The address of the authority's directory (RFC 8555, section 7.1.1), with https.
    pub directory: String,
    /// An address of mail by which the authority may reach the operator.
    pub email: Option<String>,
    /// A file in PEM of the roots by which the authority's own HTTPS is checked. With `None` these are Mozilla's, which are
    /// inside the program.
    pub roots: Option<PathBuf>,
    /// By what the authority knows its customer, where it serves no others. Used when the account is made, and never again.
    pub customer: Option<Customer>,
    /// Where account and certificate are kept. It is made if it is missing.
    pub folder: PathBuf,
}

/// An account outside of ACME, to which the one in it is bound (external account binding, RFC 8555, section 7.3.4).
#[derive(Clone, Debug)]
pub struct Customer {
    /// The key identifier (kid).
    pub name: String,
    /// The key that the authority gave with it.
    pub key: EabKey,
}

/// The MAC key of a [`Customer`]. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct EabKey(Vec<u8>);

impl EabKey {
    /// These bytes, decoded: authorities hand the key out in base64url.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The same bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for EabKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EabKey").finish_non_exhaustive()
    }
}
