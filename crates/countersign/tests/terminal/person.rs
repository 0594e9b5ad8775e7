//! In tmux, in windows of the classic size: what a person sees, and types.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use countersign::qr::{Picture, read};
use image::{GrayImage, Luma};

use crate::help::{COUNTERSIGN, PASSWORD, PATIENCE, Server, finish, screenshot, text};

/// A tmux server of our own, with what its window is told, byte for byte.
struct Window {
    name: String,
    output: Receiver<Vec<u8>>,
    seen: String,
}

impl Window {
    /// Opens a window that runs the program, and tells how it ended.
    fn open(server: &Server, name: &str, environment: &str, args: &str) -> Self {
        let pipe = server.file(&format!("{name}.pipe"));
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let output = bytes_of(&pipe);
        // The program starts when the pipe is in place, so that nothing is missed. The shell outlives a Ctrl-C.
        let gate = server.file(&format!("{name}.gate"));
        assert!(
            Command::new("mkfifo")
                .arg(&gate)
                .status()
                .unwrap()
                .success()
        );
        let state = server.state();
        let script = format!(
            "trap : INT; read _ < '{gate}'; env {environment} XDG_STATE_HOME='{state}' '{COUNTERSIGN}' {args}; echo \"exit code $?.\"; cat",
            gate = gate.display(),
            state = state.display(),
        );
        let name = format!("countersign-{}-{name}", std::process::id());
        let window = Self {
            name,
            output,
            seen: String::new(),
        };
        window.tmux(&[
            "-f",
            "/dev/null",
            "-u",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            "sh",
            "-c",
            &script,
        ]);
        window.tmux(&["pipe-pane", &format!("cat > '{}'", pipe.display())]);
        std::fs::write(gate, "go\n").unwrap();
        window
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = finish(
            Command::new("tmux").args(["-L", &self.name]).args(args),
            b"",
        );
        assert!(
            output.status.success(),
            "tmux {args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Waits until the program has written `part` after what was waited for before; gives what came up to there.
    #[track_caller]
    fn wait_for(&mut self, part: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(part) {
                let rest = self.seen.split_off(at + part.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let bytes = self.output.recv_timeout(PATIENCE);
            let bytes = bytes.unwrap_or_else(|_| {
                panic!(
                    "{part:?} was not written but:\n{}\n{}",
                    self.seen,
                    self.screen()
                )
            });
            self.seen.push_str(&text(&bytes));
        }
    }

    fn type_line(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    /// The characters on the screen now.
    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The link of the code on the screen, read from its half blocks. `ink_is_dark` says what the blocks stand for.
    fn code(&self, ink_is_dark: bool) -> Option<String> {
        const CELL: u32 = 4;
        let rows: Vec<Vec<char>> = self
            .screen()
            .lines()
            .map(|line| line.chars().collect())
            .collect();
        let picture = GrayImage::from_fn(80 * CELL, 48 * CELL, |x, y| {
            let row = rows.get((y / CELL / 2) as usize);
            let block = row.and_then(|row| row.get((x / CELL) as usize));
            let inked = match block {
                Some('█') => true,
                Some('▀') => (y / CELL).is_multiple_of(2),
                Some('▄') => !(y / CELL).is_multiple_of(2),
                _ => false,
            };
            Luma([if inked == ink_is_dark { 0 } else { 255 }])
        });
        read(&Picture::from(picture)).map(|found| found.text)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = Command::new("tmux")
            .args(["-L", &self.name, "kill-server"])
            .output();
    }
}

fn bytes_of(pipe: &Path) -> Receiver<Vec<u8>> {
    let (sender, bytes) = channel();
    // For reading and writing, so that opening waits for nobody and the pipe has no end before the test has.
    let mut pipe = OpenOptions::new()
        .read(true)
        .write(true)
        .open(pipe)
        .unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length) = pipe.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    bytes
}

#[test]
fn a_person_signs_in_with_two_terminals() {
    let server = Server::start();
    let mut desktop = Window::open(
        &server,
        "desktop",
        "",
        &format!("login --issuer {}", server.issuer),
    );
    desktop.wait_for("/q#");
    let link = desktop
        .code(true)
        .expect("a code that can be read from the screen");
    assert!(link.starts_with(&format!("{}/q#", server.issuer)), "{link}");
    assert!(
        desktop.screen().replace('\n', "").contains(&link),
        "the link stands below:\n{}",
        desktop.screen()
    );

    let picture = server.file("shot.png");
    screenshot(&link, &picture);
    let mut phone = Window::open(
        &server,
        "phone",
        "",
        &format!("approve '{}' --issuer {}", picture.display(), server.issuer),
    );
    phone.wait_for("Account at");
    phone.type_line("anna");
    phone.wait_for("Password of anna");
    phone.type_line(PASSWORD);
    let context = phone.wait_for("Approve? [y/N]");
    assert!(!context.contains(PASSWORD), "the password is not shown");
    for part in [
        "new to this account",
        "Countersign demo, a program and no web page, asks to be signed in.",
        "Support will never ask you to scan.",
    ] {
        assert!(context.contains(part), "{part:?} is missing in:\n{context}");
    }
    desktop.wait_for("Scanned. Continue on your phone.");
    assert_eq!(
        desktop.code(true),
        None,
        "a code that is used up is not shown"
    );
    phone.type_line("y");
    phone.wait_for("The check code is:");
    let code: String = phone.wait_for("\r\n") + &phone.wait_for("\r\n");
    let code = code.trim();
    assert_eq!(code.find(' '), Some(3), "in two groups: {code:?}");
    desktop.wait_for("Type the code your phone shows:");
    desktop.type_line(code);
    desktop.wait_for("Signed in as Anna.");
    desktop.wait_for("exit code 0.");
    phone.wait_for("Signed in there.");
    phone.wait_for("exit code 0.");
}

#[test]
fn ctrl_c_cancels_and_leaves_a_clean_screen() {
    let server = Server::start();
    let mut desktop = Window::open(
        &server,
        "desktop",
        "",
        &format!("login --issuer {}", server.issuer),
    );
    desktop.wait_for("/q#");
    desktop.tmux(&["send-keys", "C-c"]);
    desktop.wait_for("Cancelled.");
    desktop.wait_for("exit code 5.");
}

#[test]
fn no_colour_is_honoured_and_the_code_is_read_all_the_same() {
    let server = Server::start();
    let args = format!("login --issuer {}", server.issuer);
    let mut desktop = Window::open(&server, "plain", "NO_COLOR=1", &args);
    let written = desktop.wait_for("/q#");
    assert!(
        !written.contains("\x1b[3") && !written.contains("\x1b[4"),
        "no colour was asked for"
    );
    assert!(
        desktop.code(false).is_some(),
        "light on dark:\n{}",
        desktop.screen()
    );
}

#[test]
fn the_code_is_drawn_anew_in_its_place() {
    let server = Server::with_config("[rotation]\nseconds = 15\n");
    let mut desktop = Window::open(
        &server,
        "turning",
        "",
        &format!("login --issuer {}", server.issuer),
    );
    desktop.wait_for("/q#");
    let first = desktop.code(true).expect("a code");
    desktop.wait_for("/q#");
    let second = desktop.code(true).expect("its successor");
    assert_ne!(first, second);
    assert_eq!(
        desktop.screen().matches("Scan this code").count(),
        1,
        "in place:\n{}",
        desktop.screen()
    );
}

#[test]
fn a_window_that_is_made_larger_gets_its_code_at_once() {
    // No code turns here: only the new size can be why it is drawn.
    let server = Server::with_config("[rotation]\nseconds = 0\n");
    let args = format!("login --issuer {}", server.issuer);
    let mut desktop = Window::open(&server, "resized", "", &args);
    desktop.wait_for("/q#");
    desktop.tmux(&["resize-window", "-x", "60", "-y", "12"]);
    desktop.wait_for("Enlarge it");
    desktop.wait_for("/q#");
    assert_eq!(desktop.code(true), None);
    desktop.tmux(&["resize-window", "-x", "80", "-y", "24"]);
    desktop.wait_for("/q#");
    assert!(desktop.code(true).is_some(), "{}", desktop.screen());
}
