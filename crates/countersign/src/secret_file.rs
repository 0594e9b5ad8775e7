//! Files with a secret that the operator has written: read only if nobody else on this computer can read them too.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// More than any secret has.
const BYTES_MAX: u64 = 1 << 16;
/// Letters of the operator's token, at least: it opens everything, from anywhere.
const TOKEN_CHARS: usize = 32;

/// Why a secret was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    Io(io::Error),
    /// Others on this computer can read it, or more.
    Open,
}

/// Why a setting that names a file with a secret is of no use, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretFileError {
    #[error("{setting} {path}: {source}")]
    Io {
        setting: String,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "{setting} {path} can be read by others on this computer. Close it: chmod 600 '{path}'"
    )]
    Open { setting: String, path: PathBuf },
    #[error("{setting} {path} must hold {what}")]
    Wrong {
        setting: String,
        path: PathBuf,
        what: &'static str,
    },
}

/// Reads a file with a secret.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let file = File::open(path).map_err(Unread::Io)?;
    let about = file.metadata().map_err(Unread::Io)?;
    // Root may give a group the right to read one, as Debian's `ssl-cert`; nobody else may, and nobody may more.
    let allowed = if about.uid() == 0 { 0o740 } else { 0o700 };
    if about.mode() & 0o777 & !allowed != 0 {
        return Err(Unread::Open);
    }
    let mut secret = Zeroizing::new(Vec::new());
    let mut bounded = file.take(BYTES_MAX + 1);
    bounded.read_to_end(&mut secret).map_err(Unread::Io)?;
    if bounded.limit() == 0 {
        let large = io::Error::new(io::ErrorKind::InvalidData, "it is too large for a secret");
        return Err(Unread::Io(large));
    }
    Ok(secret)
}

/// Reads a file whose secret is one line of text.
pub(crate) fn line(setting: &str, path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    let bytes = read(path).map_err(|unread| {
        let (setting, path) = (setting.to_owned(), path.to_owned());
        match unread {
            Unread::Open => SecretFileError::Open { setting, path },
            Unread::Io(source) => SecretFileError::Io {
                setting,
                path,
                source,
            },
        }
    })?;
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    let text = text.filter(|text| !text.is_empty() && !text.contains(char::is_control));
    let text = text.map(|text| Zeroizing::new(text.to_owned()));
    text.ok_or_else(|| wrong(setting, path, "one line of text"))
}

/// Reads the token that opens what is the operator's.
pub(crate) fn admin_token(path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    let setting = "admin.token_file";
    let token = line(setting, path)?;
    // What a header can carry (RFC 6750 §2.1).
    let plain = token.chars().all(|c| c.is_ascii_graphic());
    if !plain || token.len() < TOKEN_CHARS {
        let what = "at least 32 letters and digits. To make them: openssl rand -hex 32 > FILE";
        return Err(wrong(setting, path, what));
    }
    Ok(token)
}

/// The complaint that a file's content is not what it must be.
pub(crate) fn wrong(setting: &str, path: &Path, what: &'static str) -> SecretFileError {
    SecretFileError::Wrong {
        setting: setting.to_owned(),
        path: path.to_owned(),
        what,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_secret_that_others_could_read_is_not_read() {
        for (mode, closed) in [(0o600, true), (0o400, true), (0o644, false), (0o660, false)] {
            let (_folder, path) = file(b"secret\n", mode);
            let read = line("x", &path);
            assert_eq!(read.is_ok(), closed, "{mode:o}");
            if let Ok(secret) = read {
                assert_eq!(secret.as_str(), "secret");
            }
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_repeated() {
        let large = vec![b'x'; 70_000];
        for content in [b"".as_slice(), b" \n", b"S3CRET\ntwo", b"\xff\xfe", &large] {
            let (_folder, path) = file(content, 0o600);
            let said = line("x", &path).unwrap_err().to_string();
            assert!(!said.contains("S3CRET") && !said.contains("xxx"), "{said}");
        }
        assert!(line("x", Path::new("/nowhere")).is_err());
    }

    #[test]
    fn the_operators_token_is_long_and_fits_a_header() {
        for (token, good) in [
            ("x".repeat(32), true),
            ("x".repeat(31), false),
            ("ä".repeat(40), false),
        ] {
            let (_folder, path) = file(token.as_bytes(), 0o600);
            assert_eq!(admin_token(&path).is_ok(), good);
        }
    }
}
