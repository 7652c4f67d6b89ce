//! A key that is made at the first start and found again at each later one.

use std::io;
use std::path::Path;

use crate::{Error, Places, private_file};

/// The key's file in the folder of the state.
const KEY_FILE: &str = "seat.key";

/// Its length in bytes.
pub const KEY: usize = 32;

/// The key in the folder that the operator named, else in the usual one. `None` where the usual one cannot be had; the operator is warned
/// then.
///
/// # Errors
/// When the folder that was named cannot be written, and when a key file is there that is not as it must be.
pub fn key(named: Option<&Path>, places: &Places) -> Result<Option<[u8; KEY]>, Error> {
    if let Some(folder) = named {
        return key_in(folder).map(Some);
    }
    let why = match places.default_folder().map(|folder| key_in(&folder)) {
        Some(Ok(key)) => return Ok(Some(key)),
        Some(Err(error @ Error::Folder { .. })) => error.to_string(),
        Some(Err(error)) => return Err(error),
        None => "there is no home folder".to_owned(),
    };
    tracing::warn!(
        why,
        "calls will not survive a restart of this server: name a folder for its key with --state-dir, or a --secret"
    );
    Ok(None)
}

/// The key in this folder. Makes one if there is none, unless another process that was started at the same time is first.
fn key_in(folder: &Path) -> Result<[u8; KEY], Error> {
    let file = folder.join(KEY_FILE);
    let read = || private_file::read(&file, KEY as u64 + 1);
    let bytes = match read()? {
        Some(bytes) => bytes,
        None => {
            let mut key = [0; KEY];
            getrandom::fill(&mut key).map_err(|error| Error::System(io::Error::other(error)))?;
            private_file::folder(folder)?;
            private_file::write_new(&file, &key)?;
            read()?.unwrap_or_default()
        }
    };
    bytes.try_into().map_err(|_| Error::KeyLength { file })
}

#[cfg(test)]
mod tests;
