//! Files that hold keys: for their owner alone, and whole at every moment.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::Error;

/// The bits of the group, and of everybody.
const GROUP: u32 = 0o070;
/// Reading a key is posing as the server; so is putting one's own there.
const WORLD: u32 = 0o006;

/// Makes a folder for its owner alone, unless it is there.
///
/// # Errors
/// [`Error::Folder`] where it cannot be made.
pub fn folder(folder: &Path) -> Result<(), Error> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| Error::Folder {
        folder: folder.to_owned(),
        source,
    })
}

/// The first `max` bytes of a file; `None` without a file. Warns where a group may read it.
///
/// # Errors
/// [`Error::Folder`] where it cannot be read. [`Error::KeyIsOpen`] where everybody may read it, unless its file system has no
/// modes.
pub fn read(file: &Path, max: u64) -> Result<Option<Vec<u8>>, Error> {
    let unreadable = Error::folder_of(file);
    let opened = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(&unreadable)?,
    };
    let metadata = opened.metadata().map_err(&unreadable)?;
    check(file, metadata.permissions().mode())?;
    let mut bytes = Vec::new();
    opened.take(max).read_to_end(&mut bytes).map_err(&unreadable)?;
    Ok(Some(bytes))
}

/// Puts these bytes in the place of what the file held.
///
/// # Errors
/// [`Error::Folder`] where the folder is not there or cannot be written. The file is as it was then.
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = draft(file, bytes).and_then(|draft| Ok(draft.persist(file)?));
    written.map(drop).map_err(Error::folder_of(file))
}

/// The same where there is no file yet; else the file stays as it is. Of several processes that do so at once, one is first.
///
/// # Errors
/// As [`write`](write()).
pub fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = draft(file, bytes).and_then(|draft| match draft.persist_noclobber(file) {
        Err(_) if file.exists() => Ok(()),
        // Some file systems can neither link nor rename without replacing.
        Err(refused) => Ok(refused.file.persist(file).map(drop)?),
        Ok(_) => Ok(()),
    });
    written.map_err(Error::folder_of(file))
}

/// A file beside it, with the mode 0600, on the disk. It is gone when it is dropped.
fn draft(file: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut draft = NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn check(file: &Path, mode: u32) -> Result<(), Error> {
    if mode & WORLD != 0 {
        if !has_no_modes(file).unwrap_or(false) {
            return Err(Error::KeyIsOpen { file: file.to_owned() });
        }
        tracing::warn!(
            code = "key-open",
            file = %file.display(),
            "the file system of this key does not say who may read it: see to it that nobody else reaches its folder"
        );
    } else if mode & GROUP != 0 {
        // Orchestrators set it so: they give a volume to the group of a container.
        tracing::warn!(
            code = "key-open-to-group",
            file = %file.display(),
            "a group of this machine's users may read this key: chmod 600 keeps it to its owner"
        );
    }
    Ok(())
}

/// Whether files beside it are shown as everybody's, whatever they are made as: FAT, and many a network share.
fn has_no_modes(file: &Path) -> io::Result<bool> {
    let mode = draft(file, &[])?.as_file().metadata()?.permissions().mode();
    Ok(mode & WORLD != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn a_group_is_not_the_world() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        for (mode, is_taken) in [
            (0o600, true),
            (0o400, true),
            (0o700, true),
            (0o601, true),
            (0o640, true),
            (0o660, true),
            (0o610, true),
            (0o604, false),
            (0o602, false),
            (0o644, false),
            (0o777, false),
        ] {
            write(&file, b"key").unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            match read(&file, 2) {
                Ok(bytes) => assert!(is_taken && bytes.unwrap() == b"ke", "{mode:o}"),
                Err(Error::KeyIsOpen { .. }) => assert!(!is_taken, "{mode:o}"),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_file_is_whole_and_for_its_owner_alone_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        assert_eq!(read(&file, 9).unwrap(), None);
        write_new(&file, b"one").unwrap();
        write_new(&file, b"two").unwrap();
        assert_eq!(read(&file, 9).unwrap().unwrap(), b"one", "the first stays");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write(&file, b"three").unwrap();
        assert_eq!(read(&file, 9).unwrap().unwrap(), b"three");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write(&folder.path().join("missing/key"), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_system_with_modes_is_known() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_no_modes(&folder.path().join("key")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
        assert!(has_no_modes(&folder.path().join("missing/key")).is_err());
    }
}
