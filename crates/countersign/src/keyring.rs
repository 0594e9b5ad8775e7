//! The keys beside the database: the server key, from which secrets are derived, and the key that
//! signs access tokens. Neither is ever in the database, and neither is ever made anew silently:
//! with a new one every live login or every token would end.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign_core::keys::{KeyId, ServerKeys};
use countersign_core::ports::Entropy as _;
use countersign_core::secret::Secret;
use countersign_http::access_token::SigningKey;

use crate::system::SystemEntropy;
use crate::{private_file, terminal};

/// Holds the issuer with which a server last ran here.
const ISSUER: &str = "issuer";
const DATABASE: &str = "countersign.db";
const SERVER_KEY: &str = "server.key";
const SIGNING_KEY: &str = "signing.key";
const PEM_HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_TAIL: &str = "-----END PRIVATE KEY-----";

/// A data folder with its keys.
pub(crate) struct Folder {
    /// Whether it had no database yet.
    pub(crate) fresh: bool,
    /// Where the database is, or will be.
    pub(crate) database: PathBuf,
    /// The server keys.
    pub(crate) server_keys: ServerKeys,
    /// The key that signs access tokens.
    pub(crate) signing_key: SigningKey,
}

/// Why a data folder can't be used, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("can't use the data folder {folder}: {source}")]
    Io { folder: PathBuf, source: io::Error },
    #[error("can't read {path}: {source}. It must be a file that the server's user can read")]
    Key { path: PathBuf, source: io::Error },
    #[error("the data folder {0} is a file: name a folder with --data")]
    NoFolder(PathBuf),
    #[error("there is no database in {0}: name the server's data folder with --data")]
    NoDatabase(PathBuf),
    #[error(
        "{missing} is missing beside {database}. Without it nothing that was signed or derived with it is good any \
         more, so a new one is not made silently: bring it back from the backup, or start with an empty folder"
    )]
    Lost { missing: PathBuf, database: PathBuf },
    #[error(
        "{database} is gone or empty, but the keys beside it are there. A new one is not made silently: bring it back \
         from the backup or, if nothing was ever kept in it, start with an empty folder"
    )]
    Emptied { database: PathBuf },
    #[error("{path} is damaged: {why}. Bring it back from the backup")]
    Damaged { path: PathBuf, why: &'static str },
    #[error("can't make a signing key")]
    NoKey,
}

/// Notes with which issuer a server runs on a folder, for commands that print links to it.
pub(crate) fn note_issuer(folder: &Path, issuer: &str) -> std::io::Result<()> {
    let path = folder.join(ISSUER);
    if fs::read_to_string(&path).is_ok_and(|noted| noted == issuer) {
        return Ok(());
    }
    fs::write(path, issuer)
}

/// The issuer with which a server last ran on a folder.
pub(crate) fn noted_issuer(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(ISSUER)).ok()
}

/// The database of a folder that a server has made already; for commands that would be wrong in a new one.
pub(crate) fn existing_database(folder: &Path) -> Result<PathBuf, FolderError> {
    let database = folder.join(DATABASE);
    let there = fs::exists(&database).map_err(|source| FolderError::Io {
        folder: folder.to_owned(),
        source,
    })?;
    if there {
        Ok(database)
    } else {
        Err(FolderError::NoDatabase(folder.to_owned()))
    }
}

impl Folder {
    /// Opens a data folder. An empty one, or one that isn't there yet, gets its keys now.
    pub(crate) fn open(folder: &Path) -> Result<Self, FolderError> {
        let database = folder.join(DATABASE);
        let io = |source| FolderError::Io {
            folder: folder.to_owned(),
            source,
        };
        if folder.is_file() {
            return Err(FolderError::NoFolder(folder.to_owned()));
        }
        private_file::make_folder(folder).map_err(io)?;
        if let Some(warning) = open_to_others(folder) {
            terminal::progress(&warning);
        }
        let fresh = match fs::metadata(&database) {
            Ok(file) => file.len() == 0,
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => return Err(io(error)),
        };
        let has_keys = [SERVER_KEY, SIGNING_KEY]
            .iter()
            .all(|name| folder.join(name).exists());
        if fresh && has_keys {
            return Err(FolderError::Emptied { database });
        }
        let key = |name: &str, make: fn() -> Result<String, FolderError>| {
            let path = folder.join(name);
            match fs::read_to_string(&path) {
                Ok(text) => {
                    if let Some(warning) = readable_by_others(&path) {
                        terminal::progress(&warning);
                    }
                    Ok((path, text))
                }
                Err(error) if error.kind() == ErrorKind::NotFound && fresh => {
                    private_file::create(&path, make()?.as_bytes()).map_err(io)?;
                    // Another process may have been quicker: what counts is what is there.
                    Ok((path.clone(), fs::read_to_string(&path).map_err(io)?))
                }
                Err(error) if error.kind() == ErrorKind::NotFound => Err(FolderError::Lost {
                    missing: path,
                    database: database.clone(),
                }),
                Err(source) => Err(FolderError::Key { path, source }),
            }
        };
        let (path, text) = key(SERVER_KEY, || Ok(new_server_key()))?;
        let server_keys = read_server_keys(&text).ok_or(FolderError::Damaged {
            path,
            why: "each line must be a number and a key",
        })?;
        let (path, text) = key(SIGNING_KEY, new_signing_key)?;
        let signing_key = read_signing_key(&text).ok_or(FolderError::Damaged {
            path,
            why: "it is no P-256 private key in PEM form",
        })?;
        Ok(Self {
            fresh,
            database,
            server_keys,
            signing_key,
        })
    }
}

/// A warning about a data folder that others can look into or write to.
fn open_to_others(folder: &Path) -> Option<String> {
    let mode = fs::metadata(folder).ok()?.permissions().mode();
    let folder = folder.display();
    (mode & 0o077 != 0).then(|| {
        format!(
            "warning: the data folder {folder} is open to others on this computer. Close it: chmod 700 '{folder}'"
        )
    })
}

/// A warning about a key that more than its owner can read: whoever has it can make tokens, or codes for any login.
/// It is used all the same, because a server that is down helps nobody, and the key may have been read already.
fn readable_by_others(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    let path = path.display();
    (mode & 0o077 != 0).then(|| {
        format!(
            "warning: {path} can be read by others on this computer. Close it: chmod 600 '{path}'"
        )
    })
}

/// One line a key: its number, a space, 32 bytes in base64url. The first one is in use.
fn read_server_keys(text: &str) -> Option<ServerKeys> {
    let mut keys = text.lines().map(|line| {
        let (id, key) = line.split_once(' ')?;
        Some((KeyId(id.parse().ok()?), Secret::parse(key)?))
    });
    let (id, bytes) = keys.next()??;
    keys.try_fold(ServerKeys::new(id, bytes), |keys, former| {
        let (id, bytes) = former?;
        Some(keys.with_former(id, bytes))
    })
}

fn new_server_key() -> String {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    format!("1 {}\n", URL_SAFE_NO_PAD.encode(bytes))
}

/// PKCS#8 in PEM form (RFC 7468 §10), as other tools read and write it.
fn read_signing_key(text: &str) -> Option<SigningKey> {
    let body = text.trim().strip_prefix(PEM_HEAD)?.strip_suffix(PEM_TAIL)?;
    let body: String = body.split_ascii_whitespace().collect();
    SigningKey::from_pkcs8(&STANDARD.decode(body).ok()?).ok()
}

fn new_signing_key() -> Result<String, FolderError> {
    let body = STANDARD.encode(SigningKey::generate_pkcs8().map_err(|_| FolderError::NoKey)?);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    Ok(format!("{PEM_HEAD}\n{}\n{PEM_TAIL}\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_gets_keys_that_stay_and_that_only_the_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new/data");
        let first = Folder::open(&data).unwrap();
        let kid = first.signing_key.kid().to_owned();
        fs::write(first.database, b"used").unwrap();
        assert_eq!(Folder::open(&data).unwrap().signing_key.kid(), kid);
        for name in [SERVER_KEY, SIGNING_KEY] {
            let mode = fs::metadata(data.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert_eq!(
            fs::metadata(&data).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_key_that_others_read_is_named_with_what_helps() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join(SERVER_KEY);
        Folder::open(folder.path()).unwrap();
        assert_eq!(readable_by_others(&key), None);
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let warning = readable_by_others(&key).unwrap();
            let file = key.display().to_string();
            assert!(
                warning.contains(&file) && warning.contains("chmod 600"),
                "{warning}"
            );
        }
    }

    #[test]
    fn a_lost_key_beside_a_database_is_not_made_anew() {
        for name in [SERVER_KEY, SIGNING_KEY] {
            let folder = tempfile::tempdir().unwrap();
            let opened = Folder::open(folder.path()).unwrap();
            fs::write(opened.database, b"used").unwrap();
            fs::remove_file(folder.path().join(name)).unwrap();
            let Err(FolderError::Lost { missing, .. }) = Folder::open(folder.path()) else {
                panic!("{name} was made anew");
            };
            assert!(missing.ends_with(name));
            assert!(!folder.path().join(name).exists());
        }
    }

    #[test]
    fn a_file_is_no_data_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Folder::open(file.path()).err().unwrap().to_string();
        assert!(error.contains("is a file"), "{error}");
    }

    #[test]
    fn a_damaged_key_is_named() {
        for name in [SERVER_KEY, SIGNING_KEY] {
            let folder = tempfile::tempdir().unwrap();
            let opened = Folder::open(folder.path()).unwrap();
            fs::write(opened.database, b"used").unwrap();
            fs::write(folder.path().join(name), "1 nonsense").unwrap();
            let error = Folder::open(folder.path()).err().unwrap().to_string();
            assert!(error.contains(name) && error.contains("damaged"), "{error}");
        }
    }
}
