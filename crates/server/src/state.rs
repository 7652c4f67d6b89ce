//! What outlives this process: the key of the seats. With the same key, a server that was restarted knows whose seat a
//! resume secret is for, and calls go on.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use signaling::SeatKey;
use tls::private_file;

use crate::config::Config;
use crate::error::StartError;

/// The key's file in the folder of the state.
const KEY_FILE: &str = "seat.key";

/// Its length in bytes.
const KEY: usize = 32;

/// Shortest secret that makes a key, in bytes: as long as the checksum of a resume token, so that it is not the weaker part.
const SECRET_MIN: usize = 16;

/// The variables that say where programs keep their state.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `STATE_DIRECTORY`, which systemd sets: one folder, or several with colons between them.
    pub state_directory: Option<OsString>,
    /// `XDG_STATE_HOME`.
    pub xdg_state_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

impl Places {
    /// Those of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            state_directory: std::env::var_os("STATE_DIRECTORY"),
            xdg_state_home: std::env::var_os("XDG_STATE_HOME"),
            home: std::env::var_os("HOME"),
        }
    }

    /// The folder for this program's state, where nobody named one.
    pub(crate) fn default_folder(&self) -> Option<PathBuf> {
        // Relative paths are ignored (XDG Base Directory Specification).
        let absolute = |path: Option<PathBuf>| path.filter(|path| path.is_absolute());
        let first = |list: &OsString| std::env::split_paths(list).next();
        let systemd = absolute(self.state_directory.as_ref().and_then(first));
        let xdg = || absolute(self.xdg_state_home.as_ref().map(PathBuf::from));
        let home = || absolute(self.home.as_ref().map(PathBuf::from));
        let state_home = || xdg().or_else(|| Some(home()?.join(".local/state")));
        systemd.or_else(|| Some(state_home()?.join("parlour")))
    }
}

/// The key of the seats: that of `--secret`, else the one in the folder of the state, which is made at the first start.
/// `None` where no folder was named and the usual one cannot be had; the operator is warned then.
///
/// # Errors
/// When the folder that was named cannot be written, and when a key file is there that is not as it must be.
pub fn seat_key(config: &Config, places: &Places) -> Result<Option<SeatKey>, StartError> {
    if let Some(key) = &config.secret {
        return Ok(Some(key.clone()));
    }
    if let Some(folder) = &config.state_dir {
        return key_in(folder).map(Some);
    }
    let why = match places.default_folder().map(|folder| key_in(&folder)) {
        Some(Ok(key)) => return Ok(Some(key)),
        Some(Err(error @ StartError::Tls(tls::Error::Folder { .. }))) => error.to_string(),
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
fn key_in(folder: &Path) -> Result<SeatKey, StartError> {
    let file = folder.join(KEY_FILE);
    let read = || private_file::read(&file, KEY as u64 + 1);
    let bytes = match read()? {
        Some(bytes) => bytes,
        None => {
            let mut key = [0; KEY];
            getrandom::fill(&mut key).map_err(|error| StartError::System(io::Error::other(error)))?;
            private_file::folder(folder)?;
            private_file::write_new(&file, &key)?;
            read()?.unwrap_or_default()
        }
    };
    let key: [u8; KEY] = bytes.try_into().map_err(|_| StartError::KeyLength { file })?;
    Ok(SeatKey::from_random_bytes(key))
}

/// Reads `--secret`: random bytes in hexadecimal digits or in base64url (RFC 4648, sections 8 and 5).
///
/// A text that somebody thought up is refused: everybody in a room holds tokens by which guesses can be tried at home.
///
/// # Errors
/// A sentence that does not repeat it.
pub(crate) fn parse_secret(text: &str) -> Result<SeatKey, String> {
    let text = text.trim();
    let hex = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    let bytes = hex.or_else(|_| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()));
    match bytes {
        // The text and not what it stands for: so a secret of before these rules, if it keeps them, makes the same key.
        Ok(bytes) if bytes.len() >= SECRET_MIN => Ok(SeatKey::from_text(text)),
        _ => Err(format!(
            "write at least {SECRET_MIN} random bytes in hexadecimal digits or base64url, as `openssl rand -hex 32` makes them"
        )),
    }
}

#[cfg(test)]
mod tests;
