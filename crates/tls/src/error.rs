//! Why there is no certificate to start with, each as one sentence for the operator.

use std::io;
use std::path::{Path, PathBuf};

/// Why [`Tls::open`](crate::Tls::open) or a [`private_file`](crate::private_file) fails. The sentences name the flags of the
/// program `parlour`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder for keys cannot be used.
    #[error("no key can be kept in {folder}: {source}; name a folder that this user may write with --state-dir.")]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Every user of the machine may read or write the file of a key.
    #[error(
        "every user of this machine may read the key in {file}: delete it, and a new one is made, or keep it with chmod 600 {file}."
    )]
    KeyIsOpen {
        /// Which file.
        file: PathBuf,
    },
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

    /// For the folder of this file.
    pub(crate) fn folder_of(file: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Folder {
            folder: file.parent().unwrap_or(file).to_owned(),
            source,
        }
    }
}
