//! Files that only their owner can read, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::ports::Entropy as _;

use crate::system::SystemEntropy;

/// Writes `content` to `path` with mode 0600: first to a new file beside it, which then takes its place, so that a
/// crash leaves the old content or the new one, and no moment at which others can read it.
///
/// # Errors
/// When the folder cannot be made (0700) or written to.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    place(path, content, |draft| fs::rename(draft, path))
}

/// Like [`write`], for a file that must not be there yet: when somebody else was quicker, theirs
/// stays.
///
/// # Errors
/// When the folder cannot be made or written to.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    place(path, content, |draft| match fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    })
}

/// Writes a draft beside `path`, has it take its place, and leaves no draft whatever happens.
fn place(
    path: &Path,
    content: &[u8],
    take: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    make_folder(folder)?;
    let draft = draft(folder, path)?;
    let placed = write_new(&draft, content).and_then(|()| take(&draft));
    // After a rename there is none; in a failure the one that counts is the first.
    let _ = fs::remove_file(&draft);
    placed?;
    // The name is the folder's content: without this a power cut can take it back.
    File::open(folder)?.sync_all()
}

/// Makes a folder that only its owner can enter, with those above it.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A name for a file in the making. Random, so that nobody can put something there first, and so that what a crash
/// has left stands in no way: a process id comes again, in a container always.
fn draft(folder: &Path, path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it names no file",
        ));
    };
    let mut random = [0; 12];
    SystemEntropy.fill(&mut random);
    let mut draft = name.to_owned();
    draft.push(format!(".{}.new", URL_SAFE_NO_PAD.encode(random)));
    Ok(folder.join(draft))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // `create_new` follows no link that somebody else has put there.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_and_its_folder_are_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/token.json");
        write(&path, b"one").unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_file_that_others_could_read_is_replaced_by_one_that_they_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.json");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(
            (mode(&path), fs::read(&path).unwrap().as_slice()),
            (0o600, b"new".as_slice())
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft is left"
        );
    }

    #[test]
    fn what_a_crash_left_stands_in_no_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        let draft = format!("server.key.{}.new", std::process::id());
        fs::write(folder.path().join(draft), b"half a k").unwrap();
        create(&path, b"key").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"key");
        write(&path, b"other").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
    }

    #[test]
    fn whoever_was_quicker_keeps_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        create(&path, b"first").unwrap();
        create(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, b"x").is_err());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no draft is left"
        );
    }
}
