//! A restart in the midst of logins loses none: whoever waits goes on, in whatever state it was.

use countersign_client::{
    Approval, Checked, Error, Login, Phone, Progress as _, State, Update, hold,
};
use countersign_tests::page::PageLogin;
use countersign_tests::parties::{PASSWORD, new_key, wish};
use countersign_tests::{Page, Server, desktop, invariants, phone, scan_link};
use tokio::task::JoinHandle;

/// Logins of each kind in each state.
const EACH: usize = 3;

/// A login as its desktop has it: of a program, or of the server's own page.
enum Desk {
    Program(Login),
    Page(PageLogin),
}

impl Desk {
    async fn new(server: &Server, n: usize) -> Self {
        if n.is_multiple_of(2) {
            Self::Program(desktop(server).create(&wish()).await.unwrap())
        } else {
            Self::Page(Page::new(server).login().await.unwrap())
        }
    }

    fn login(&self) -> &Login {
        match self {
            Self::Program(login) => login,
            Self::Page(login) => login.login(),
        }
    }

    async fn check(&self, code: &str) -> Result<Checked, Error> {
        match self {
            Self::Program(login) => login.check(code).await,
            Self::Page(login) => login.check(code).await,
        }
    }

    /// Collects, and is signed in.
    async fn collect(&self) {
        match self {
            Self::Program(login) => {
                let session = login.collect().await.unwrap();
                assert_eq!(session.me().await.unwrap().account.name, "anna");
            }
            Self::Page(login) => {
                let told = login.collect().await.unwrap();
                assert_eq!(told["account"]["name"], "anna");
            }
        }
    }

    /// Everything that its stream says from now on, over lost connections.
    fn follow(&self) -> JoinHandle<Vec<State>> {
        let mut watch = self.login().watch();
        tokio::spawn(async move {
            let mut states = Vec::new();
            while let Some(update) = watch.next().await.unwrap() {
                if let Update::State(state) = update
                    && states.last() != Some(&state.state())
                {
                    states.push(state.state());
                }
            }
            states
        })
    }
}

/// Brings a login up to `state`; what the phone has of it then.
async fn brought_to(
    state: State,
    desk: &Desk,
    phone: &Phone,
) -> (Option<Approval>, Option<String>) {
    if state == State::Waiting {
        return (None, None);
    }
    let scan = phone.scan(&scan_link(desk.login()), "scanner").await;
    let approval = scan.unwrap();
    if state == State::Scanned {
        return (Some(approval), None);
    }
    let confirmed = phone.confirm(&approval, false).await.unwrap();
    let code = confirmed.check_code.unwrap();
    if state == State::Confirmed {
        desk.check(&code).await.unwrap();
    }
    (Some(approval), Some(code))
}

/// Goes on from `state` to the end.
async fn goes_on(
    state: State,
    desk: &Desk,
    phone: &Phone,
    had: (Option<Approval>, Option<String>),
) {
    let (approval, code) = had;
    let approval = match approval {
        Some(approval) => approval,
        None => phone
            .scan(&scan_link(desk.login()), "scanner")
            .await
            .unwrap(),
    };
    let code = if let Some(code) = code {
        code
    } else {
        let confirmed = phone.confirm(&approval, false).await;
        confirmed.unwrap().check_code.unwrap()
    };
    if state != State::Confirmed {
        desk.check(&code).await.unwrap();
    }
    desk.collect().await;
}

async fn nobody_is_lost(killed: bool) {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let mut logins = Vec::new();
    for state in [
        State::Waiting,
        State::Scanned,
        State::Checking,
        State::Confirmed,
    ] {
        for n in 0..2 * EACH {
            let desk = Desk::new(&server, n).await;
            let had = brought_to(state, &desk, &phone).await;
            let follower = desk.follow();
            logins.push((state, desk, had, follower));
        }
    }
    // A phone that is about to sign in has a hold, which no restart takes from it.
    let (late, held) = (new_key(), Desk::new(&server, 0).await);
    let code = hold(&server.http(), &late, &scan_link(held.login())).await;
    let collected = Desk::new(&server, 0).await;
    let had = brought_to(State::Confirmed, &collected, &phone).await;
    goes_on(State::Confirmed, &collected, &phone, had).await;

    if killed {
        server.kill9();
    } else {
        assert!(server.stop().await.success());
    }
    server.restart().await;
    for (state, desk, had, follower) in logins {
        goes_on(state, &desk, &phone, had).await;
        let heard = follower.await.unwrap();
        assert_eq!(heard.last(), Some(&State::Collected), "{state:?}");
        assert!(heard.is_sorted_by_key(|state| *state as u8), "{heard:?}");
    }
    let device = countersign_client::NewDevice {
        name: None,
        kind: "ios".to_owned(),
        platform: None,
    };
    let late = Phone::sign_in(&server.http(), &late, "anna", PASSWORD, &device).await;
    let late = late.unwrap();
    let approval = late.scan_held(&code.unwrap().hold, "scanner").await;
    let had = (Some(approval.unwrap()), None);
    goes_on(State::Scanned, &held, &late, had).await;
    // The collect may be repeated over a restart too.
    collected.collect().await;
    invariants(&server);
}

#[tokio::test]
async fn a_stop_in_the_midst_of_logins_loses_none() {
    nobody_is_lost(false).await;
}

#[tokio::test]
async fn a_kill_in_the_midst_of_logins_loses_none() {
    nobody_is_lost(true).await;
}
