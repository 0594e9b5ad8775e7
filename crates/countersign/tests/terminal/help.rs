//! A server, and programs without a terminal whose lines are waited for.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const COUNTERSIGN: &str = env!("CARGO_BIN_EXE_countersign");
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Nothing here takes so long; a line that has not come by then never will.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server with the account `anna`, in a folder of its own that goes with it.
pub(crate) struct Server {
    child: Child,
    pub(crate) issuer: String,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with_config("")
    }

    pub(crate) fn with_config(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (
            folder.path().join("data"),
            folder.path().join("config.toml"),
        );
        fs::write(&file, config).unwrap();
        let mut child = Command::new(COUNTERSIGN)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--config")
            .arg(&file)
            .env("COUNTERSIGN_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .split("http://127.0.0.1:")
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap();
        let server = Self {
            issuer: format!("http://localhost:{port}"),
            child,
            folder,
        };
        let mut add = Command::new(COUNTERSIGN);
        add.args([
            "account",
            "add",
            "anna",
            "--display-name",
            "Anna",
            "--password-stdin",
            "--data",
        ])
        .arg(data);
        let added = finish(&mut add, format!("{PASSWORD}\n").as_bytes());
        assert!(added.status.success(), "{}", text(&added.stderr));
        server
    }

    /// The folder for what `login` and `approve` keep.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, cut off from any terminal, keeping its files beside this server's.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command
            .args(["--wait", COUNTERSIGN])
            .args(args)
            .env("XDG_STATE_HOME", self.state());
        command
    }

    pub(crate) fn login(&self, args: &[&str]) -> Running {
        let mut command = self.command(&["login", "--issuer", &self.issuer]);
        Running::start(command.args(args))
    }

    /// Approves with the password, without being asked.
    pub(crate) fn approve(&self, source: &str, args: &[&str]) -> Running {
        let mut command = self.command(&[
            "approve",
            source,
            "--issuer",
            &self.issuer,
            "--account",
            "anna",
            "--password-stdin",
            "--json",
        ]);
        let mut running = Running::start(command.args(args));
        running.say(PASSWORD);
        running
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running program: its lines of standard output as they come, its standard error at the end.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: lines(child.stdout.take().unwrap()),
            stderr: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The next JSON line in which `member` is there and not null.
    #[track_caller]
    pub(crate) fn json(&self, member: &str) -> Value {
        loop {
            let line = self.stdout.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {member}; {}", self.errors()));
            let value: Value = serde_json::from_str(&line).unwrap();
            if !value[member].is_null() {
                return value;
            }
        }
    }

    /// The next line of standard output.
    #[track_caller]
    pub(crate) fn stdout_line(&self) -> String {
        let line = self.stdout.recv_timeout(PATIENCE);
        line.unwrap_or_else(|_| panic!("nothing came; {}", self.errors()))
    }

    /// The next line of standard error that holds `part`.
    #[track_caller]
    pub(crate) fn stderr_line(&self, part: &str) -> String {
        loop {
            let line = self.stderr.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("{part:?} was not said"));
            if line.contains(part) {
                return line;
            }
        }
    }

    fn errors(&self) -> String {
        self.stderr.iter().collect::<Vec<_>>().join("\n")
    }

    /// Waits for its end: exit code, the rest of standard output, the rest of standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>, String) {
        let out = self.stdout.iter().collect();
        let errors = self.errors();
        (self.child.wait().unwrap().code(), out, errors)
    }
}

fn lines(source: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(source).lines() {
            if sender.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    lines
}

/// Runs a program to its end.
pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses at once does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Draws a link as a picture file, as a screenshot would hold it.
pub(crate) fn screenshot(link: &str, path: &Path) {
    let drawn = finish(
        Command::new(COUNTERSIGN)
            .args(["qr", "encode", "-", "-o"])
            .arg(path),
        link.as_bytes(),
    );
    assert!(drawn.status.success(), "{}", text(&drawn.stderr));
}
