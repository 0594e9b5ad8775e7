//! After the confirmation: the check code, and what happens on the desktop until it is over.

use countersign_client::{Confirmed, Phone, ScanState, State, Update};
use serde_json::{Value, json};

use crate::{CliError, terminal};

/// Shows the code to type on the desktop: in two groups to a person, as digits alone to a script.
pub(super) fn show_check_code(as_json: bool, confirmed: &Confirmed, host: Option<&str>) {
    if as_json {
        let line = json!({
            "state": confirmed.state,
            "check_code": confirmed.check_code,
            "expires_in": confirmed.expires_in,
        });
        terminal::result_json(&line);
    }
    let Some(code) = confirmed.check_code.as_deref().map(terminal::plain) else {
        return;
    };
    let advice = match host.map(terminal::plain) {
        Some(host) => format!("Type it only on {host}. Look at the address bar."),
        None => "Type it only into the program that you started yourself.".to_owned(),
    };
    terminal::progress(&format!("\n{advice} The check code is:"));
    if as_json {
        terminal::progress(&grouped(&code));
    } else if terminal::stdout_is_terminal() {
        terminal::result(&grouped(&code));
    } else {
        terminal::result(&code);
    }
}

/// Six digits as two groups of three; anything else as it is.
fn grouped(code: &str) -> String {
    match (code.get(..3), code.get(3..)) {
        (Some(first), Some(second)) if code.len() == 6 => format!("{first} {second}"),
        _ => code.to_owned(),
    }
}

/// Tells what happens until the login has ended.
///
/// # Errors
/// [`CliError::Ended`] unless the desktop was signed in.
pub(super) async fn follow(
    as_json: bool,
    phone: &Phone,
    ticket: &str,
    state: State,
) -> Result<(), CliError> {
    let mut watch = phone.watch(ticket);
    let mut last = ScanState {
        state,
        version: 0,
        expires_in: 0,
        strangers: 0,
        wrong_codes: 0,
        desktop_moved: false,
        grant: None,
    };
    let mut told = Told::default();
    while let Some(update) = watch.next().await? {
        let now = match update {
            Update::State(now) => {
                told.trouble.clear();
                now
            }
            Update::Retrying { after, .. } => {
                let seconds = after.as_secs().max(1);
                told.trouble(format!(
                    "Offline. Trying again in {} …",
                    terminal::duration(seconds)
                ));
                continue;
            }
        };
        if as_json {
            let line = json!({
                "state": now.state,
                "strangers": now.strangers,
                "wrong_codes": now.wrong_codes,
                "desktop_moved": now.desktop_moved,
                "grant": now.grant,
            });
            told.json(line);
        }
        for line in news(&last, &now) {
            terminal::progress(line);
        }
        if now.state.is_final() {
            return end(now.state);
        }
        last = now;
    }
    Ok(())
}

/// What was said last; the same is not said again.
#[derive(Default)]
struct Told {
    trouble: String,
    json: Value,
}

impl Told {
    fn trouble(&mut self, line: String) {
        if self.trouble != line {
            terminal::progress(&line);
            self.trouble = line;
        }
    }

    fn json(&mut self, line: Value) {
        if self.json != line {
            terminal::result_json(&line);
            self.json = line;
        }
    }
}

/// What is new, in words.
fn news(last: &ScanState, now: &ScanState) -> Vec<&'static str> {
    let mut news = Vec::new();
    if now.strangers > last.strangers {
        news.push("Somebody else has scanned this code, too.");
    }
    if now.desktop_moved && !last.desktop_moved {
        news.push("The other computer's network has changed since it showed the code.");
    }
    if now.wrong_codes > last.wrong_codes {
        news.push("A wrong code was typed on the other computer.");
    }
    if now.state == State::Confirmed && last.state != State::Confirmed {
        news.push("The code was right. Waiting for the other computer …");
    }
    news
}

fn end(state: State) -> Result<(), CliError> {
    let text = match state {
        State::Collected => {
            terminal::progress("Signed in there.");
            return Ok(());
        }
        State::Denied => "Not signed in: it was declined, or a wrong code was typed too often.",
        State::Cancelled => "Not signed in: it was cancelled on the other computer.",
        _ => "Not signed in: the time was up. Start again on the other computer.",
    };
    Err(CliError::Ended {
        state,
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(state: State, strangers: u32, wrong_codes: u32) -> ScanState {
        ScanState {
            state,
            version: 1,
            expires_in: 1,
            strangers,
            wrong_codes,
            grant: None,
            desktop_moved: false,
        }
    }

    #[test]
    fn each_change_is_told_once() {
        let first = state(State::Checking, 0, 0);
        assert!(news(&first, &first).is_empty());
        assert_eq!(news(&first, &state(State::Checking, 1, 1)).len(), 2);
        assert_eq!(news(&first, &state(State::Confirmed, 0, 0)).len(), 1);
    }

    #[test]
    fn a_check_code_is_read_in_two_groups() {
        assert_eq!(grouped("769779"), "769 779");
        assert_eq!(grouped("76977"), "76977");
        assert_eq!(grouped("éééé"), "éééé");
    }

    #[test]
    fn only_a_signed_in_desktop_is_a_success() {
        assert!(end(State::Collected).is_ok());
        for (state, code) in [
            (State::Denied, 3),
            (State::Expired, 4),
            (State::Cancelled, 5),
        ] {
            assert_eq!(end(state).unwrap_err().exit_code(), code);
        }
    }
}
