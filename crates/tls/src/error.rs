//! Why there is no certificate to start with, each as one sentence for the operator.

use std::io;
use std::path::PathBuf;

/// Why [`Tls::open`](crate::Tls::open) fails. The sentences name the flags of the program `parlour`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate and its key cannot be kept, or not be found again.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A certificate or its key cannot be served.
    #[error("{file} cannot be served: {why}; correct the file, or name another with --tls-cert and --tls-key.")]
    Certificate {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file of roots by which a certificate authority is checked cannot be used.
    #[error("{file} cannot be used: {why}; name a PEM file of the authority's roots with --acme-ca.")]
    Roots {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system refuses what every TLS server needs: random numbers, or a key made of them.
    #[error("no key for TLS can be made here: {0}.")]
    System(#[source] io::Error),
}

impl Error {
    pub(crate) fn system(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::System(io::Error::other(error))
    }
}
