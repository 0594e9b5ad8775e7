//! The program, run to its end or as a server.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;

const COUNTERSIGN: &str = env!("CARGO_BIN_EXE_countersign");

pub(crate) fn countersign(args: &[&str]) -> Command {
    let mut command = Command::new(COUNTERSIGN);
    command
        .args(args)
        .stdin(Stdio::null())
        .env("COUNTERSIGN_LOG", "warn");
    command
}

/// Exit code, standard output, standard error.
pub(crate) fn run(command: &mut Command) -> (Option<i32>, String, String) {
    ended(&command.output().unwrap())
}

pub(crate) fn run_with_input(command: &mut Command, input: &str) -> (Option<i32>, String, String) {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses at once does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    ended(&child.wait_with_output().unwrap())
}

fn ended(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// What it said when it began to listen.
    pub(crate) line: Value,
}

impl Server {
    /// Starts `serve` with the data folder `data`, these further arguments and variables.
    pub(crate) fn start(data: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = countersign(&["serve", "--json", "--data"]);
        command
            .arg(data)
            .args(args)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped());
        Self::of(&mut command)
    }

    /// Starts a command that is one, with its standard output piped.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it did not start"));
        Self { child, line }
    }

    /// Its standard error, which must have been piped.
    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.child.stderr.take().unwrap()
    }

    /// Host and port of a member of the line.
    pub(crate) fn address(&self, member: &str) -> &str {
        let url = self.line[member].as_str().unwrap();
        url.split_once("://").unwrap().1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for a page on a connection of any kind, and gives the whole answer.
pub(crate) fn get(mut stream: impl Read + Write, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The end may come without a farewell of the TLS layer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
