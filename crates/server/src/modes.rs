//! Who may read the file of a key.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::error::StartError;

/// The bits of the group, and of everybody.
const GROUP: u32 = 0o070;
/// Reading it takes seats and poses as the server; so does putting one's own key there.
const WORLD: u32 = 0o006;

/// What a mode says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// To its owner alone.
    Owner,
    /// To a group, as orchestrators set it: they give a volume to the group of a container.
    Group,
    /// To every user of the machine.
    World,
}

/// Warns of a key that a group may read.
///
/// # Errors
/// [`StartError::KeyIsOpen`] where everybody may, unless the file system has no modes and shows all files so.
pub(crate) fn check(file: &Path, mode: u32) -> Result<(), StartError> {
    match judge(mode) {
        Open::Owner => {}
        Open::Group => {
            tracing::warn!(
                code = "key-open-to-group",
                file = %file.display(),
                "a group of this machine's users may read this key: chmod 600 keeps it to its owner"
            );
        }
        Open::World
            if file
                .parent()
                .is_some_and(|folder| has_no_modes(folder).unwrap_or(false)) =>
        {
            tracing::warn!(
                code = "key-open",
                file = %file.display(),
                "the file system of this key does not say who may read it: see to it that nobody else reaches its folder"
            );
        }
        Open::World => return Err(StartError::KeyIsOpen { file: file.to_owned() }),
    }
    Ok(())
}

fn judge(mode: u32) -> Open {
    match (mode & WORLD, mode & GROUP) {
        (0, 0) => Open::Owner,
        (0, _) => Open::Group,
        _ => Open::World,
    }
}

/// Whether files in this folder are shown as everybody's, whatever they are made as: FAT, and many a network share.
fn has_no_modes(folder: &Path) -> io::Result<bool> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    let probe = folder.join(format!(".modes.{number:016x}"));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&probe)?;
    let mode = made.metadata().map(|metadata| metadata.permissions().mode());
    fs::remove_file(&probe)?;
    Ok(judge(mode?) == Open::World)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_not_the_world() {
        for (mode, open) in [
            (0o600, Open::Owner),
            (0o400, Open::Owner),
            (0o100_700, Open::Owner),
            (0o601, Open::Owner),
            (0o640, Open::Group),
            (0o660, Open::Group),
            (0o610, Open::Group),
            (0o604, Open::World),
            (0o602, Open::World),
            (0o644, Open::World),
            (0o777, Open::World),
        ] {
            assert_eq!(judge(mode), open, "{mode:o}");
        }
    }

    #[test]
    fn a_file_system_with_modes_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!has_no_modes(folder.path()).expect("writable"));
        assert_eq!(
            fs::read_dir(folder.path()).expect("readable").count(),
            0,
            "nothing is left"
        );
        assert!(has_no_modes(&folder.path().join("missing")).is_err());
    }
}
