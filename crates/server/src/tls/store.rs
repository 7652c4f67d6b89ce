//! Where certificates and their keys are kept: in the folder of the state, for its owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::pem::PEM_MAX;
use crate::config::Config;
use crate::error::StartError;
use crate::modes;
use crate::state::Places;

/// The folder's name in the folder of the state.
const FOLDER: &str = "tls";

/// The folder for certificates. Makes it if there is none.
pub(crate) fn folder(config: &Config, places: &Places) -> Result<PathBuf, StartError> {
    let state = config.state_dir.clone().or_else(|| places.default_folder());
    let folder = state.ok_or(StartError::NoStateFolder)?.join(FOLDER);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    match made {
        Ok(()) => {
            // Each key has a mode of its own. Some file systems have none, and a folder that is there may be another user's.
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
            Ok(folder)
        }
        Err(source) => Err(StartError::State { folder, source }),
    }
}

/// What the file holds; `None` without a file.
///
/// # Errors
/// When it cannot be read, and when everybody may read it.
pub(crate) fn read(file: &Path) -> Result<Option<Vec<u8>>, StartError> {
    let unreadable = |source| StartError::State {
        folder: file.to_owned(),
        source,
    };
    let opened = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(unreadable)?,
    };
    let metadata = opened.metadata().map_err(unreadable)?;
    modes::check(file, metadata.permissions().mode())?;
    let mut bytes = Vec::new();
    opened.take(PEM_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}

/// Puts these bytes in the place of what the file held. It is whole at every moment.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    let draft = file.with_extension(format!("{number:016x}"));
    let written = write_new(&draft, bytes).and_then(|()| fs::rename(&draft, file));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_new(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}
