//! Says each state: in words on standard error, as JSON lines on standard output when asked for.

use std::path::Path;
use std::time::Duration;

use countersign_client::{Error, LoginState, State, Tokens};
use serde_json::{Value, json};

use crate::terminal::{self, Screen};

const SCAN: &str = "Scan this code with your phone, or open the link there.";
const TYPE: &str = "Type the code your phone shows:";

/// The two audiences of a login: a person and, with `--json`, a program.
pub(super) struct Show {
    json: bool,
    screen: Screen,
    /// Whether the last news was that there is none to be had.
    offline: bool,
}

impl Show {
    pub(super) fn new(json: bool, dark_text: bool) -> Self {
        Self {
            json,
            screen: Screen::new(dark_text),
            offline: false,
        }
    }

    /// The code to scan, and each that follows it. `again` only draws: the code is the one that was told before.
    pub(super) fn code(&mut self, link: &str, again: bool) {
        if !again {
            self.emit(&json!({"state": "waiting", "scan": link}));
        }
        // With JSON the link is in there; a person at the terminal still wants the drawing.
        if self.screen.is_terminal() || !self.json && !again {
            self.screen.code(link, SCAN);
        }
    }

    /// A state that the login has come to.
    pub(super) fn state(&mut self, now: &LoginState) {
        self.emit(&json!({"state": now.state, "expires_in": now.expires_in}));
        match now.state {
            State::Scanned => self.screen.line("Scanned. Continue on your phone."),
            State::Checking => self.ask_for_code(),
            State::Confirmed => self.screen.line("Confirmed. Signing in …"),
            // The end is said once, by the exit.
            _ => {}
        }
    }

    pub(super) fn ask_for_code(&mut self) {
        if self.screen.is_terminal() {
            self.screen.question(TYPE);
        } else {
            self.screen.line(TYPE);
        }
    }

    pub(super) fn wrong_code(&mut self, tries_left: Option<u32>) {
        self.emit(&json!({"state": "checking", "error": "wrong_code", "tries_left": tries_left}));
        match tries_left {
            Some(1) => self.screen.line("Wrong code. One try is left."),
            Some(tries @ 2..) => self
                .screen
                .line(&format!("Wrong code. {tries} tries are left.")),
            Some(0) | None => self.screen.line("Wrong code."),
        }
        if tries_left != Some(0) {
            self.ask_for_code();
        }
    }

    /// What was typed is no check code; it was sent nowhere.
    pub(super) fn no_code(&mut self) {
        self.emit(&json!({"state": "checking", "error": "no_check_code"}));
        self.screen.line("A check code is six digits.");
        self.ask_for_code();
    }

    /// The code could not be brought to the server, or has not the form of one.
    pub(super) fn not_checked(&mut self, error: &Error) {
        self.emit(&json!({"state": "checking", "error": error.code()}));
        self.screen.line(&terminal::plain(&error.to_string()));
        self.ask_for_code();
    }

    pub(super) fn trouble(&mut self, error: &Error, after: Duration) {
        self.offline = true;
        let seconds = after.as_secs().max(1);
        self.emit(&json!({"retrying": error.code(), "retry_in": seconds}));
        let what = match error.code() {
            "slow_down" | "busy" => "The server is busy".to_owned(),
            _ => format!("Offline: {}", terminal::plain(&error.to_string())),
        };
        self.screen.line(&format!(
            "{what}. Trying again in {} …",
            terminal::duration(seconds)
        ));
    }

    /// An answer has come. Says so after trouble, and gives whether there was any.
    pub(super) fn connected(&mut self) -> bool {
        let was_offline = std::mem::take(&mut self.offline);
        if was_offline {
            self.screen.line("Connected again.");
        }
        was_offline
    }

    /// The result.
    pub(super) fn signed_in(&mut self, tokens: &Tokens, file: &Path) {
        let name = terminal::plain(&tokens.account.name);
        if self.json {
            self.emit(&json!({
                "state": "collected",
                "account": tokens.account,
                "device": tokens.device,
                "token_file": file.display().to_string(),
            }));
        } else {
            terminal::result(&format!("Signed in as {name}."));
        }
        terminal::progress(&format!(
            "The token is in {}, which only you can read.",
            file.display()
        ));
    }

    fn emit(&self, line: &Value) {
        if self.json {
            terminal::result_json(line);
        }
    }
}
