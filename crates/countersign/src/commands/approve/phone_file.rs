//! The file that keeps a phone's session, so that the next approval needs no password.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_client::{Key, Tokens};
use serde::{Deserialize, Serialize};

use crate::commands::file_name;
use crate::failure::file_error;
use crate::{CliError, environment, private_file};

/// What the file holds. The key outlives the session: signing in again is then the same phone, not a new one.
#[derive(Serialize, Deserialize)]
struct Content {
    issuer: String,
    account: String,
    /// PKCS#8, base64url.
    key: String,
    tokens: Tokens,
}

/// A phone of one account at one issuer, as it was kept.
pub(super) struct Saved {
    pub(super) account: String,
    pub(super) key: Key,
    pub(super) tokens: Tokens,
}

/// The folder of one issuer's phones.
pub(super) struct PhoneFiles {
    folder: PathBuf,
    issuer: String,
}

impl PhoneFiles {
    pub(super) fn of(issuer: &str) -> Result<Self, CliError> {
        let state = environment::state_folder().ok_or_else(|| {
            CliError::Usage(
                "there is no home folder to keep the session in: set XDG_STATE_HOME".to_owned(),
            )
        })?;
        Ok(Self::in_folder(&state, issuer))
    }

    fn in_folder(state: &Path, issuer: &str) -> Self {
        Self {
            folder: state.join("phones").join(file_name(issuer)),
            issuer: issuer.to_owned(),
        }
    }

    /// The phone of `account`, or the one used last. One that cannot be read counts as none: a password makes another.
    pub(super) fn find(&self, account: Option<&str>) -> Option<Saved> {
        if let Some(account) = account {
            return self
                .read(&self.path(account))
                .filter(|saved| saved.account == account);
        }
        let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(&self.folder)
            .ok()?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
            })
            .collect();
        files.sort();
        files.iter().rev().find_map(|(_, path)| self.read(path))
    }

    fn read(&self, path: &Path) -> Option<Saved> {
        let content: Content = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let key = Key::from_pkcs8(&URL_SAFE_NO_PAD.decode(content.key).ok()?).ok()?;
        (content.issuer == self.issuer).then_some(Saved {
            account: content.account,
            key,
            tokens: content.tokens,
        })
    }

    /// Keeps the phone of `account`.
    pub(super) fn save(&self, account: &str, key: &Key, tokens: Tokens) -> Result<(), CliError> {
        let content = Content {
            issuer: self.issuer.clone(),
            account: account.to_owned(),
            key: URL_SAFE_NO_PAD.encode(key.to_pkcs8()?),
            tokens,
        };
        let text = serde_json::to_vec_pretty(&content)
            .map_err(|error| CliError::Failed(format!("cannot write the session out: {error}")))?;
        let path = self.path(account);
        private_file::write(&path, &text).map_err(|error| file_error("write", &path, &error))
    }

    fn path(&self, account: &str) -> PathBuf {
        // Account names may hold anything; base64url holds nothing that leads to another folder.
        self.folder
            .join(format!("{}.json", URL_SAFE_NO_PAD.encode(account)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(id: &str) -> Tokens {
        serde_json::from_value(serde_json::json!({
            "access_token": id, "expires_at": 1,
            "account": {"id": id, "name": id}, "device": {"id": "2", "name": "here", "kind": "terminal"},
        }))
        .unwrap()
    }

    #[test]
    fn phones_are_kept_by_issuer_and_account() {
        let state = tempfile::tempdir().unwrap();
        let files = PhoneFiles::in_folder(state.path(), "https://login.example");
        let key = Key::generate().unwrap();
        files.save("anna/../x", &key, tokens("a")).unwrap();
        files
            .save("bert", &Key::generate().unwrap(), tokens("b"))
            .unwrap();
        let saved = files.find(Some("anna/../x")).unwrap();
        assert_eq!(
            (saved.tokens.access_token.as_str(), saved.key.thumbprint()),
            ("a", key.thumbprint())
        );
        assert!(files.find(Some("carl")).is_none());
        assert!(
            PhoneFiles::in_folder(state.path(), "https://other.example")
                .find(None)
                .is_none()
        );
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let state = tempfile::tempdir().unwrap();
        let files = PhoneFiles::in_folder(state.path(), "https://login.example");
        files
            .save("anna", &Key::generate().unwrap(), tokens("a"))
            .unwrap();
        fs::write(files.path("anna"), "{").unwrap();
        assert!(files.find(None).is_none() && files.find(Some("anna")).is_none());
    }
}
