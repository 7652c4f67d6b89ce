//! Why something cannot be kept, each as one sentence for the operator.

use std::io;
use std::path::{Path, PathBuf};

/// Why a [`key`](crate::key()) or a [`private_file`](crate::private_file) cannot be had.
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
    /// The key's file holds something else than a key.
    #[error("{file} is no key, because it is not 32 bytes long: delete it, and a new one is made.")]
    KeyLength {
        /// Which file.
        file: PathBuf,
    },
    /// The system has no random numbers for a key.
    #[error("the system does not let a key be made: {0}.")]
    System(#[source] io::Error),
}

impl Error {
    /// For the folder of this file.
    pub(crate) fn folder_of(file: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Folder {
            folder: file.parent().unwrap_or(file).to_owned(),
            source,
        }
    }
}
