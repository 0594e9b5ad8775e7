//! Waits for what happens to the login: states from the server, the turn of the code, the typed check code.

use std::time::Duration;

use countersign_client::{Error, Login, LoginState, Rotation, State, Update};
use tokio::signal::unix::{Signal, SignalKind};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::show::Show;
use crate::CliError;
use crate::terminal::Lines;

/// The shortest time between two drawings of the code: nobody can scan faster, and a server that says a new step all
/// the time must not keep the terminal busy.
const REDRAW: Duration = Duration::from_millis(250);
/// Digits of a check code.
const CODE_DIGITS: usize = 6;
/// The shortest time to a turn; the server rounds it up to whole seconds.
const SOONEST_TURN: Duration = Duration::from_secs(1);

/// The code that is current, and when it turns.
struct Code {
    step: u64,
    turns_at: Option<Instant>,
}

/// A login on its way.
pub(super) struct Follow<'a> {
    login: &'a Login,
    show: &'a mut Show,
    rotation: Rotation,
    /// Zero when the code does not rotate.
    period: Duration,
    code: Option<Code>,
    /// The step of the code that is on the screen, and since when.
    drawn: Option<(u64, Instant)>,
    state: State,
    /// Whether the last try was used up.
    tried_out: bool,
    lines: Option<Lines>,
    /// The window has another size.
    resized: Signal,
    /// Whether the code on the screen has to be drawn again: its window changed, or a line took its place.
    stale: bool,
}

type News = Result<Update<LoginState>, Error>;

impl<'a> Follow<'a> {
    pub(super) fn new(login: &'a Login, show: &'a mut Show) -> Result<Self, CliError> {
        Ok(Self {
            rotation: login.rotation()?,
            period: Duration::from_secs(login.created().scan.rotate_seconds),
            login,
            show,
            code: None,
            drawn: None,
            state: State::Waiting,
            tried_out: false,
            lines: None,
            resized: super::listen(SignalKind::window_change())?,
            stale: false,
        })
    }

    /// Follows it until it is confirmed.
    ///
    /// # Errors
    /// [`CliError::Ended`] for every other end.
    pub(super) async fn run(mut self) -> Result<(), CliError> {
        let scan = &self.login.created().scan;
        self.set_code(scan.rotation_step, scan.rotate_in);
        let mut news = watch(self.login);
        while self.state != State::Confirmed {
            let turns_at = self.code.as_ref().and_then(|code| code.turns_at);
            tokio::select! {
                update = news.recv() => match update {
                    Some(update) => self.update(update?)?,
                    None => return Err(CliError::Failed("the login was lost from sight. Start again.".to_owned())),
                },
                () = at(turns_at) => self.turn(),
                () = at(self.draws_at()) => self.draw(),
                _ = self.resized.recv() => self.stale = true,
                line = next_line(&mut self.lines) => self.typed(line).await?,
            }
        }
        Ok(())
    }

    fn update(&mut self, update: Update<LoginState>) -> Result<(), CliError> {
        let now = match update {
            Update::Retrying { error, after } => {
                self.show.trouble(&error, after);
                return Ok(());
            }
            Update::State(now) => now,
        };
        if self.show.connected() {
            self.stale = true;
        }
        // A login never goes back: an answer that says so is old, or made up.
        if stage(now.state) < stage(self.state) {
            return Ok(());
        }
        let is_new = now.state != self.state;
        self.state = now.state;
        if now.state == State::Waiting {
            self.set_code(
                now.rotation_step.unwrap_or_default(),
                now.rotate_in.unwrap_or_default(),
            );
            return Ok(());
        }
        self.code = None;
        if is_new {
            self.show.state(&now);
        }
        match now.state {
            State::Checking if self.lines.is_none() => self.lines = Some(Lines::start()),
            state if state.is_final() => return Err(ended(state, self.tried_out)),
            _ => {}
        }
        Ok(())
    }

    fn set_code(&mut self, step: u64, turns_in: u64) {
        let rotates = !self.period.is_zero();
        let turns_in = Duration::from_secs(turns_in)
            .min(self.period)
            .max(SOONEST_TURN);
        let turns_at = rotates.then(|| Instant::now() + turns_in);
        self.code = Some(Code { step, turns_at });
    }

    /// The period is over: the next code, without asking.
    fn turn(&mut self) {
        if let Some(Code {
            step,
            turns_at: Some(turned_at),
        }) = self.code
        {
            self.code = Some(Code {
                step: step.saturating_add(1),
                turns_at: Some(turned_at + self.period),
            });
        }
    }

    /// When the code has to be drawn; not while the current one is on the screen.
    fn draws_at(&self) -> Option<Instant> {
        let step = self.code.as_ref()?.step;
        match self.drawn {
            None => Some(Instant::now()),
            Some((drawn, _)) if drawn == step && !self.stale => None,
            Some((_, since)) => Some(since + REDRAW),
        }
    }

    fn draw(&mut self) {
        if let Some(Code { step, .. }) = self.code {
            let again = self.drawn.is_some_and(|(drawn, _)| drawn == step);
            self.drawn = Some((step, Instant::now()));
            self.stale = false;
            self.show.code(&self.rotation.link(step), again);
        }
    }

    async fn typed(&mut self, line: Option<String>) -> Result<(), CliError> {
        if self.state != State::Checking {
            return Ok(());
        }
        let Some(line) = line else {
            let text = "The check code was not given: standard input has ended. Run this in a terminal, or pipe the \
                        code in when \"checking\" is announced. The login is cancelled.";
            return Err(CliError::Failed(text.to_owned()));
        };
        let code: String = line
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if code.is_empty() {
            self.show.ask_for_code();
            return Ok(());
        }
        // Anything else would cost one of the few tries.
        if code.len() != CODE_DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            self.show.no_code();
            return Ok(());
        }
        match self.login.check(&code).await {
            Ok(now) => self.update(Update::State(LoginState {
                state: now.state,
                version: now.version,
                expires_in: now.expires_in,
                rotation_step: None,
                rotate_in: None,
                interval: None,
            }))?,
            Err(error) if error.code() == "wrong_code" => {
                let tries_left = error.refusal().and_then(|refusal| refusal.tries_left);
                self.tried_out = tries_left == Some(0);
                self.show.wrong_code(tries_left);
            }
            // Too late: the stream tells what has become of it.
            Err(error) if matches!(error.code(), "login_ended" | "not_ready") => {}
            Err(error) if error.is_passing() || error.code() == "invalid_request" => {
                self.show.not_checked(&error);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// How far a login has come.
const fn stage(state: State) -> u8 {
    match state {
        State::Waiting => 0,
        State::Scanned => 1,
        State::Checking => 2,
        State::Confirmed => 3,
        State::Collected | State::Denied | State::Cancelled | State::Expired => 4,
    }
}

/// Follows the login in a task of its own, so that no event here breaks a request off.
fn watch(login: &Login) -> mpsc::Receiver<News> {
    let mut watch = login.watch();
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Some(update) = watch.next().await.transpose() {
            if sender.send(update).await.is_err() {
                break;
            }
        }
    });
    receiver
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn next_line(lines: &mut Option<Lines>) -> Option<String> {
    match lines {
        Some(lines) => lines.next().await,
        None => std::future::pending().await,
    }
}

fn ended(state: State, tried_out: bool) -> CliError {
    let text = match state {
        State::Denied if tried_out => "The code was wrong three times. Start again for a new code.",
        State::Denied => "Declined. If that was a mistake, start again.",
        State::Expired => "Expired: nobody finished it in time. Start again for a new code.",
        State::Cancelled => "Cancelled. Start again for a new code.",
        _ => "This login was collected already. Start again.",
    };
    CliError::Ended {
        state,
        text: text.to_owned(),
    }
}
