//! What one desktop and one phone do in a round, asking again whenever no answer came.

use std::time::Duration;

use countersign_client::{Call, Error, Http, Login, Phone, Session, State};
use countersign_tests::parties::{at_me, desktop_of_http, desktop_sees, new_key, wish};
use countersign_tests::race::outcome;
use countersign_tests::seed::Seeded;
use countersign_tests::{Page, scan_link};
use tokio::time::Instant;

use crate::round::Shared;

/// How long after the first collect it may be repeated.
const COLLECT_AGAIN: Duration = Duration::from_secs(10);

/// How a login goes.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    SignIn,
    /// The same, with a wrong check code first.
    Mistyped,
    Denied,
    Cancelled,
    /// Its code is shown and nobody scans it.
    Idle,
    /// On the server's own page, for a cookie.
    Page,
    /// Collected, and then taken back by the phone.
    Undone,
    /// Collected, and then signed out by itself.
    SignedOut,
}

/// What a login came to, as its parties were told.
pub(crate) enum End {
    Collected {
        login: Login,
        session: Session,
    },
    Other {
        login: Login,
        state: State,
    },
    /// A browser with its session.
    Browser(Page),
    /// A session that is over.
    Gone(Session),
}

impl Kind {
    pub(crate) fn chosen(chance: &mut Seeded) -> Self {
        match chance.below(12) {
            0 => Self::Mistyped,
            1 => Self::Denied,
            2 => Self::Cancelled,
            3 => Self::Idle,
            4 | 5 => Self::Page,
            6 | 7 => Self::Undone,
            8 => Self::SignedOut,
            _ => Self::SignIn,
        }
    }

    /// Requests that it takes when each is answered at once.
    pub(crate) fn requests(self) -> u64 {
        match self {
            Self::SignIn => 8,
            Self::Mistyped => 9,
            Self::Page => 6,
            Self::Undone => 11,
            Self::SignedOut => 10,
            Self::Denied | Self::Cancelled => 4,
            Self::Idle => 1,
        }
    }

    pub(crate) async fn run(self, shared: &Shared, http: Http, phone: &Phone) -> End {
        if matches!(self, Self::Page) {
            return on_a_page(shared, http, phone).await;
        }
        let desktop = desktop_of_http(&http, "demo");
        let create = async || desktop.create(&wish()).await;
        let login = shared.until_answered(create).await.unwrap();
        let other = |login, state| End::Other { login, state };
        if matches!(self, Self::Idle) {
            return other(login, State::Waiting);
        }
        let scan = async || phone.scan(&scan_link(&login), "scanner").await;
        let approval = shared.until_answered(scan).await.unwrap();
        let confirm = async || phone.confirm(&approval, false).await;
        let confirmed = shared.until_answered(confirm).await.unwrap();
        assert!(confirmed.version > approval.version);
        let code = confirmed.check_code.unwrap();
        match self {
            Self::Denied => {
                let deny = async || phone.deny(&approval.ticket, false).await;
                shared.until_answered(deny).await.unwrap();
                return other(login, State::Denied);
            }
            Self::Cancelled => {
                let cancel = async || login.cancel().await;
                shared.until_answered(cancel).await.unwrap();
                return other(login, State::Cancelled);
            }
            Self::Mistyped => {
                let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
                let check = async || login.check(&wrong).await;
                let told = shared.until_answered(check).await;
                assert_eq!(outcome(&told), "wrong_code");
            }
            _ => {}
        }
        let check = async || login.check(&code).await;
        let checked = shared.until_answered(check).await.unwrap();
        assert!(checked.version > confirmed.version);
        let end = signed_in(shared, login).await;
        match (self, end) {
            (Self::Undone, End::Collected { session, .. }) => undone(shared, phone, session).await,
            (Self::SignedOut, End::Collected { session, .. }) => signed_out(shared, session).await,
            (_, end) => end,
        }
    }
}

/// A login of the server's own page, to a cookie that works.
async fn on_a_page(shared: &Shared, http: Http, phone: &Phone) -> End {
    let page = Page::at(http, &new_key());
    let create = async || page.login().await;
    let login = shared.until_answered(create).await.unwrap();
    let scan = async || phone.scan(&scan_link(login.login()), "scanner").await;
    let approval = shared.until_answered(scan).await.unwrap();
    let confirm = async || phone.confirm(&approval, false).await;
    let confirmed = shared.until_answered(confirm).await.unwrap();
    let code = confirmed.check_code.unwrap();
    let check = async || login.check(&code).await;
    shared.until_answered(check).await.unwrap();
    let first = Instant::now();
    match shared.until_answered(async || login.collect().await).await {
        Ok(_) => {}
        Err(error) if error.code() == "unknown_login" && first.elapsed() > COLLECT_AGAIN => {
            let (login, state) = (login.login().clone(), State::Collected);
            return End::Other { login, state };
        }
        Err(error) => panic!("session: {error}"),
    }
    let look = async || page.at_me().await;
    assert_eq!(shared.until_answered(look).await.unwrap(), "ok");
    End::Browser(page)
}

/// The phone takes the session back: from its answer on it is over.
async fn undone(shared: &Shared, phone: &Phone, session: Session) -> End {
    let me = shared.until_answered(async || session.me().await).await;
    let path = format!("/v1/grants/{}/undo", me.unwrap().grant.id.unwrap());
    let call = Call::post(path).json(&serde_json::json!({}));
    let undo = async || phone.session().ask::<serde_json::Value>(&call).await;
    shared.until_answered(undo).await.unwrap();
    is_over(shared, &session).await;
    End::Gone(session)
}

/// The desktop signs out; that it had done so already is a fine answer too.
async fn signed_out(shared: &Shared, session: Session) -> End {
    let call = Call::delete("/v1/sessions/current");
    let leave = async || session.ask::<()>(&call).await;
    let told = shared.until_answered(leave).await;
    assert!(
        matches!(outcome(&told), "ok" | "invalid_grant"),
        "{}",
        outcome(&told)
    );
    is_over(shared, &session).await;
    End::Gone(session)
}

async fn is_over(shared: &Shared, session: &Session) {
    let me = async || -> Result<String, Error> { at_me(session).await };
    assert_eq!(shared.until_answered(me).await.unwrap(), "invalid_token");
}

/// The way from confirmed to tokens that work and renew themselves.
async fn signed_in(shared: &Shared, login: Login) -> End {
    let first = Instant::now();
    let collect = shared.until_answered(async || login.collect().await).await;
    let session = match collect {
        Ok(session) => session,
        // The answer was lost and the server was away for too long: the desktop starts again.
        Err(error) if error.code() == "invalid_grant" && first.elapsed() > COLLECT_AGAIN => {
            let state = State::Collected;
            return End::Other { login, state };
        }
        Err(error) => panic!("collect: {error}"),
    };
    works(shared, &session).await;
    let refresh = async || session.refresh().await;
    shared.until_answered(refresh).await.unwrap();
    works(shared, &session).await;
    End::Collected { login, session }
}

/// The access token is taken as it is.
async fn works(shared: &Shared, session: &Session) {
    let me = async || -> Result<String, Error> { at_me(session).await };
    assert_eq!(shared.until_answered(me).await.unwrap(), "ok");
}

impl End {
    /// Looks again: an end never changes, and who waits has not been forgotten.
    pub(crate) async fn still_stands(&self) {
        let (login, state) = match self {
            Self::Collected { login, .. } => (login, State::Collected),
            Self::Other { login, state } => (login, *state),
            Self::Browser(page) => {
                assert_eq!(page.at_me().await.unwrap(), "ok");
                return;
            }
            Self::Gone(session) => {
                assert_eq!(at_me(session).await.unwrap(), "invalid_token");
                assert_eq!(outcome(&session.refresh().await), "invalid_grant");
                return;
            }
        };
        assert_eq!(desktop_sees(login).await.state, state);
    }
}
