//! Decisions that meet: confirm with confirm, deny and cancel; right and wrong check codes.

use countersign_client::{NewLogin, Phrase, State};
use countersign_tests::parties::{checking, confirmed, desktop_sees, phone_sees, scanned, wish};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{Server, desktop, invariants, phone};

const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_confirms_are_one() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let (login, approval) = scanned(&desktop(&server), &phone).await;
    let confirms = at_once(50, |number| {
        let (phone, approval) = (phone.clone(), approval.clone());
        // Which duration counts is decided by the first; none of the others changes it.
        async move { phone.confirm(&approval, number.is_multiple_of(2)).await }
    });
    let mut answers = Vec::new();
    for confirm in confirms.await {
        let Ok(confirmed) = confirm else {
            panic!("refused: {}", outcome(&confirm));
        };
        assert_eq!(confirmed.state, State::Checking);
        answers.push((confirmed.check_code, confirmed.version));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "one check code, one version");
    let code = answers.remove(0).0.unwrap();
    login.check(&code).await.unwrap();
    login.collect().await.unwrap();
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_beats_a_confirm_that_is_not_collected() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, approval) = scanned(&desktop(&server), &phone).await;
        let (confirm, deny) = both(
            round,
            {
                let (phone, approval) = (phone.clone(), approval.clone());
                async move { phone.confirm(&approval, false).await }
            },
            {
                let (phone, ticket) = (phone.clone(), approval.ticket.clone());
                async move { phone.deny(&ticket, false).await }
            },
        )
        .await;
        assert_eq!(deny.unwrap().state, State::Denied, "round {round}");
        if let Err(error) = &confirm {
            let refusal = error.refusal().unwrap();
            assert_eq!((refusal.status, refusal.state), (410, Some(State::Denied)));
        }
        assert_eq!(desktop_sees(&login).await.state, State::Denied);
        assert_eq!(phone_sees(&phone, &approval).await.state, State::Denied);
        let code = confirm.ok().and_then(|confirmed| confirmed.check_code);
        let code = code.unwrap_or_else(|| "000000".to_owned());
        assert_eq!(outcome(&login.check(&code).await), "login_ended");
        assert_eq!(outcome(&login.collect().await), "access_denied");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_beats_a_confirm_that_is_not_collected() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, approval) = scanned(&desktop(&server), &phone).await;
        let (confirm, cancel) = both(
            round,
            {
                let (phone, approval) = (phone.clone(), approval.clone());
                async move { phone.confirm(&approval, false).await }
            },
            {
                let login = login.clone();
                async move { login.cancel().await }
            },
        )
        .await;
        assert_eq!(cancel.unwrap().state, State::Cancelled, "round {round}");
        if let Err(error) = &confirm {
            let refusal = error.refusal().unwrap();
            let told = (refusal.status, refusal.state);
            assert_eq!(told, (410, Some(State::Cancelled)));
        }
        assert_eq!(phone_sees(&phone, &approval).await.state, State::Cancelled);
        assert_eq!(outcome(&login.collect().await), "access_denied");
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_login_is_collected_or_denied_and_both_hear_the_same() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, approval) = confirmed(&desktop(&server), &phone).await;
        let (collect, deny) = both(
            round,
            {
                let login = login.clone();
                async move { login.collect().await }
            },
            {
                let (phone, ticket) = (phone.clone(), approval.ticket.clone());
                async move { phone.deny(&ticket, false).await }
            },
        )
        .await;
        let end = match (outcome(&collect), outcome(&deny)) {
            ("ok", "login_ended") => State::Collected,
            ("access_denied", "ok") => State::Denied,
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(desktop_sees(&login).await.state, end);
        assert_eq!(phone_sees(&phone, &approval).await.state, end);
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_wrong_codes_are_three_tries() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let (login, approval, confirm) = checking(&desktop(&server), &phone).await;
    let right = confirm.check_code.unwrap();
    let checks = at_once(50, |number| {
        let (login, code) = (login.clone(), another_code(&right, number));
        async move { login.check(&code).await }
    });
    let checks = checks.await;
    let mut tries_left: Vec<_> = checks
        .iter()
        .filter(|check| outcome(check) == "wrong_code")
        .map(|check| check.as_ref().err()?.refusal()?.tries_left)
        .collect();
    tries_left.sort_unstable();
    assert_eq!(tries_left, [Some(0), Some(1), Some(2)]);
    let ended = checks
        .iter()
        .filter(|check| outcome(check) == "login_ended")
        .count();
    assert_eq!(ended, 47);
    assert_eq!(outcome(&login.check(&right).await), "login_ended");
    let seen = phone_sees(&phone, &approval).await;
    assert_eq!((seen.state, seen.wrong_codes), (State::Denied, 3));
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_wrong_phrases_are_three_tries() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let typed = |words: &str| Phrase::from(words.to_owned());
    let wish = NewLogin {
        phrase: Some(typed("blue geese")),
        ..wish()
    };
    let login = desktop(&server).create(&wish).await.unwrap();
    let link = login.link(0).unwrap();
    let approval = phone.scan(&link, "scanner").await.unwrap();
    let confirms = at_once(200, |number| {
        let (phone, approval) = (phone.clone(), approval.clone());
        let phrase = typed(&format!("{number} geese"));
        async move { phone.confirm_with_phrase(&approval, false, &phrase).await }
    });
    let confirms = confirms.await;
    let mut tries_left: Vec<_> = confirms
        .iter()
        .filter(|confirm| outcome(confirm) == "wrong_phrase")
        .map(|confirm| confirm.as_ref().err()?.refusal()?.tries_left)
        .collect();
    tries_left.sort_unstable();
    assert_eq!(tries_left, [Some(0), Some(1), Some(2)]);
    let ended = confirms
        .iter()
        .filter(|confirm| outcome(confirm) == "login_ended");
    assert_eq!(ended.count(), 197);
    let right = typed("blue geese");
    let right = phone.confirm_with_phrase(&approval, false, &right).await;
    assert_eq!(outcome(&right), "login_ended");
    assert_eq!(desktop_sees(&login).await.state, State::Denied);
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_among_wrong_ones_counts_only_before_the_third() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (login, approval, confirm) = checking(&desktop(&server), &phone).await;
        let right = confirm.check_code.unwrap();
        // Its place in the queue moves from round to round.
        let place = round % 6;
        let checks = at_once(6, |number| {
            let code = if number == place {
                right.clone()
            } else {
                another_code(&right, number)
            };
            let login = login.clone();
            async move { login.check(&code).await }
        });
        let checks = checks.await;
        let wrong = checks
            .iter()
            .filter(|check| outcome(check) == "wrong_code")
            .count();
        let (state, rest) = match outcome(&checks[place]) {
            "ok" => (State::Confirmed, "not_ready"),
            "login_ended" => (State::Denied, "login_ended"),
            other => panic!("round {round}: {other}"),
        };
        assert_eq!(state == State::Denied, wrong == 3, "round {round}: {wrong}");
        assert!(wrong <= 3);
        let others = checks.iter().enumerate();
        for (_, check) in others.filter(|(number, _)| *number != place) {
            let told = outcome(check);
            assert!(told == "wrong_code" || told == rest, "{told}");
        }
        assert_eq!(desktop_sees(&login).await.state, state);
        assert_eq!(phone_sees(&phone, &approval).await.state, state);
    }
    invariants(&server);
}

/// Six digits that are not `right`, another one for each `number` below 99.
fn another_code(right: &str, number: usize) -> String {
    let right: usize = right.parse().unwrap();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}
