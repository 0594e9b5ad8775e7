//! What happened is told: to real receivers of webhooks and by a real mail server, over crashes too.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on says so and stops"
)]

mod mail;
mod receiver;
mod webhooks;

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

/// A file with a secret in it, for its owner alone.
fn secret_file(folder: &TempDir, name: &str, secret: &str) -> PathBuf {
    use std::io::Write as _;
    let path = folder.path().join(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&path).unwrap();
    file.write_all(secret.as_bytes()).unwrap();
    path
}
