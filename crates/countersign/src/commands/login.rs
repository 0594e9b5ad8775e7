//! `countersign login`: a desktop in the terminal.

mod follow;
mod show;
mod token_file;

use std::process::ExitCode;

use countersign_client::{Call, Desktop, Error, Http, Login, NewLogin, Phrase, Session, State};
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::follow::Follow;
use self::show::Show;
use self::token_file::TokenFile;
use crate::cli::LoginArgs;
use crate::commands::phrase;
use crate::{CliError, commands, terminal};

/// Tries to collect: the answer can be asked for again within 10 s if it was lost.
const COLLECT_TRIES: u32 = 4;

/// Signs this computer in.
pub(crate) fn run(args: &LoginArgs) -> Result<ExitCode, CliError> {
    let phrase = match args {
        LoginArgs { phrase: true, .. } => Some(phrase::ask("The phrase that you were told: ")?),
        LoginArgs {
            phrase_stdin: true, ..
        } => Some(phrase::read()?),
        _ => None,
    };
    commands::block_on(sign_in(args, phrase))
}

async fn sign_in(args: &LoginArgs, phrase: Option<Phrase>) -> Result<ExitCode, CliError> {
    let mut interrupts = Interrupts::new()?;
    let http = Http::new(&args.issuer)?;
    let file = TokenFile::at(args.token_file.clone(), http.issuer(), &args.client_id)?;
    let key = file.key()?;
    file.check_writable()?;
    let desktop = Desktop::new(http, key, &args.client_id);
    let wish = NewLogin {
        device: Some(commands::this_device(args.name.clone())),
        prove: true,
        phrase,
        ..NewLogin::default()
    };
    let login = desktop.create(&wish).await?;
    let mut show = Show::new(args.json, args.dark_text);
    let end = tokio::select! {
        end = Follow::new(&login, &mut show)?.run() => end,
        () = interrupts.next() => give_up(&login, &mut interrupts).await,
    };
    match end {
        Ok(()) => {}
        Err(error) => {
            // Whatever went wrong here, the code must not stay alive without anybody waiting for it.
            if !matches!(error, CliError::Ended { .. }) {
                let _ = login.cancel().await;
            }
            return Err(error);
        }
    }
    let session = collect(&login).await?;
    let tokens = session.tokens().await;
    if let Err(error) = file.save(&session, &tokens) {
        return Err(not_kept(&session, &error).await);
    }
    show.signed_in(&tokens, file.path());
    Ok(ExitCode::SUCCESS)
}

/// Cancels the login at the server, unless the person is in a hurry.
async fn give_up(login: &Login, interrupts: &mut Interrupts) -> Result<(), CliError> {
    let text = tokio::select! {
        stopped = login.cancel() => match stopped {
            Ok(_) => "Cancelled.",
            Err(_) => "Stopped. The server could not be told; the code dies by itself within minutes.",
        },
        () = interrupts.next() => "Stopped. The code dies by itself within minutes.",
    };
    Err(CliError::Ended {
        state: State::Cancelled,
        text: text.to_owned(),
    })
}

/// Signs out again: a session whose token is nowhere is of use to nobody.
async fn not_kept(session: &Session, error: &CliError) -> CliError {
    let ended = session
        .ask::<()>(&Call::delete("/v1/sessions/current"))
        .await;
    let text = match ended {
        Ok(()) => "This computer is signed out again.".to_owned(),
        Err(refused) => format!(
            "It could not be signed out again ({}): end the session on your phone.",
            terminal::plain(&refused.to_string())
        ),
    };
    CliError::Failed(format!("{error}\n{text}"))
}

async fn collect(login: &Login) -> Result<Session, CliError> {
    let mut tries = 1;
    loop {
        match login.collect().await {
            Err(Error::Unreachable { .. } | Error::TimedOut { .. }) if tries < COLLECT_TRIES => {
                tries += 1;
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
            answer => return Ok(answer?),
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, CliError> {
    signal(kind).map_err(|error| CliError::Failed(format!("cannot listen for signals: {error}")))
}

/// The signals that ask to stop: Ctrl-C, an ordinary kill, a closed window.
struct Interrupts([Signal; 3]);

impl Interrupts {
    fn new() -> Result<Self, CliError> {
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
