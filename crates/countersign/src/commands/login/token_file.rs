//! The file that keeps a desktop's tokens with the key that they are bound to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_client::{Key, Session, Tokens};
use countersign_core::ports::Entropy as _;
use serde::{Deserialize, Serialize};

use crate::commands::file_name;
use crate::failure::file_error;
use crate::system::SystemEntropy;
use crate::{CliError, environment, private_file};

/// What the file holds. The key stays the same from login to login, so that the server can know this desktop again.
#[derive(Serialize, Deserialize)]
struct Content {
    issuer: String,
    client_id: String,
    /// PKCS#8, base64url.
    key: String,
    tokens: Tokens,
}

/// Where the tokens of one issuer and client are.
pub(super) struct TokenFile {
    path: PathBuf,
    issuer: String,
    client_id: String,
}

impl TokenFile {
    /// The file that was asked for, or the one in the state folder.
    pub(super) fn at(
        path: Option<PathBuf>,
        issuer: &str,
        client_id: &str,
    ) -> Result<Self, CliError> {
        let path = match (path, environment::state_folder()) {
            (Some(path), _) => path,
            (None, Some(folder)) => folder.join("tokens").join(format!(
                "{}-{}.json",
                file_name(issuer),
                file_name(client_id)
            )),
            (None, None) => {
                let text =
                    "there is no home folder to keep the token in: name a file with --token-file";
                return Err(CliError::Usage(text.to_owned()));
            }
        };
        Ok(Self {
            path,
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The key of the last login, or a new one.
    ///
    /// # Errors
    /// When the file is there but is none of ours: it is not to be lost by overwriting.
    pub(super) fn key(&self) -> Result<Key, CliError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Key::generate()?),
            Err(error) => return Err(file_error("read", &self.path, &error)),
        };
        let foreign = || {
            let path = self.path.display();
            CliError::Failed(format!(
                "{path} is no token file of {}. Name another with --token-file.",
                self.issuer
            ))
        };
        let content: Content = serde_json::from_slice(&text).map_err(|_| foreign())?;
        if content.issuer != self.issuer || content.client_id != self.client_id {
            return Err(foreign());
        }
        let key = URL_SAFE_NO_PAD.decode(content.key).map_err(|_| foreign())?;
        Ok(Key::from_pkcs8(&key)?)
    }

    /// Finds out whether the file can be written, before anybody scans for nothing: writes a draft beside it and takes
    /// it away again.
    ///
    /// # Errors
    /// When its folder cannot be made or written to.
    pub(super) fn check_writable(&self) -> Result<(), CliError> {
        let mut random = [0; 12];
        SystemEntropy.fill(&mut random);
        let mut draft = self.path.clone().into_os_string();
        draft.push(format!(".{}.check", URL_SAFE_NO_PAD.encode(random)));
        let draft = PathBuf::from(draft);
        private_file::create(&draft, b"")
            .and_then(|()| fs::remove_file(&draft))
            .map_err(|error| file_error("write", &self.path, &error))
    }

    /// Keeps the tokens of a new session.
    pub(super) fn save(&self, session: &Session, tokens: &Tokens) -> Result<(), CliError> {
        let content = Content {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            key: URL_SAFE_NO_PAD.encode(session.key().to_pkcs8()?),
            tokens: tokens.clone(),
        };
        let text = serde_json::to_vec_pretty(&content)
            .map_err(|error| CliError::Failed(format!("cannot write the token out: {error}")))?;
        private_file::write(&self.path, &text)
            .map_err(|error| file_error("write", &self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        serde_json::from_value(serde_json::json!({
            "access_token": "a", "refresh_token": "r", "expires_at": 1,
            "account": {"id": "1", "name": "Anna"}, "device": {"id": "2", "name": "here", "kind": "terminal"},
        }))
        .unwrap()
    }

    #[test]
    fn the_key_is_the_same_at_the_next_login() {
        let folder = tempfile::tempdir().unwrap();
        let at = |client| {
            TokenFile::at(
                Some(folder.path().join("t")),
                "https://login.example",
                client,
            )
            .unwrap()
        };
        let (http, key) = (
            countersign_client::Http::new("https://login.example").unwrap(),
            at("demo").key().unwrap(),
        );
        let session = Session::new(http, key.clone(), "demo", tokens());
        at("demo").check_writable().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        at("demo").save(&session, &tokens()).unwrap();
        assert_eq!(at("demo").key().unwrap().thumbprint(), key.thumbprint());
        assert!(
            at("other").key().is_err(),
            "the file of another client is not overwritten"
        );
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "dear diary").unwrap();
        let file = TokenFile::at(Some(path), "https://login.example", "demo").unwrap();
        assert!(file.key().unwrap_err().to_string().contains("--token-file"));
    }
}
