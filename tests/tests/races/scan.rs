//! Phones that scan one code.

use countersign_client::{Phone, State};
use countersign_tests::parties::{another_phone, desktop_sees, phone_sees, wish};
use countersign_tests::race::{at_once, both, outcome};
use countersign_tests::{Server, desktop, invariants, phone, scan_link};

const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_one_claims_and_the_other_is_a_stranger() {
    let server = Server::start().await;
    let (anna, bert) = (phone(&server, "anna").await, phone(&server, "bert").await);
    for round in 0..ROUNDS {
        let (winner, seen) = two_scan_one_code(&server, round, &anna, &bert).await;
        assert_eq!(seen.strangers, 1);
        assert_eq!(seen.version, 3, "the claim, and the stranger");
        drop(winner);
    }
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_phones_of_one_account_one_claims_and_the_other_is_not_counted() {
    let server = Server::start().await;
    let one = phone(&server, "anna").await;
    let other = another_phone(&server, "anna").await;
    for round in 0..ROUNDS {
        let (winner, seen) = two_scan_one_code(&server, round, &one, &other).await;
        assert_eq!(seen.strangers, 0);
        assert_eq!(seen.version, 2, "the claim alone");
        drop(winner);
    }
    invariants(&server);
}

/// Lets two phones scan one code at once, and the one that got it sign the desktop in; what that one saw in between.
async fn two_scan_one_code(
    server: &Server,
    round: usize,
    one: &Phone,
    other: &Phone,
) -> (Phone, countersign_client::ScanState) {
    let login = desktop(server).create(&wish()).await.unwrap();
    let link = scan_link(&login);
    let scan = |phone: &Phone| {
        let (phone, link) = (phone.clone(), link.clone());
        async move { phone.scan(&link, "scanner").await }
    };
    let (one_got, other_got) = both(round, scan(one), scan(other)).await;
    let (winner, approval) = match (one_got, other_got) {
        (Ok(approval), Err(error)) if error.code() == "claimed" => (one, approval),
        (Err(error), Ok(approval)) if error.code() == "claimed" => (other, approval),
        (a, b) => panic!("round {round}: {} and {}", outcome(&a), outcome(&b)),
    };
    let seen = phone_sees(winner, &approval).await;
    assert_eq!(seen.state, State::Scanned);

    let approval = if seen.strangers == 0 {
        approval
    } else {
        let confirm = winner.confirm(&approval, false).await;
        assert_eq!(
            outcome(&confirm),
            "context_changed",
            "look again: somebody else scanned"
        );
        winner.scan(&link, "scanner").await.unwrap()
    };
    let confirmed = winner.confirm(&approval, false).await.unwrap();
    login.check(&confirmed.check_code.unwrap()).await.unwrap();
    let session = login.collect().await.unwrap();
    let (me, owner) = (session.me().await.unwrap(), winner.me().await.unwrap());
    assert_eq!(me.account, owner.account, "who claimed is who is signed in");
    (winner.clone(), seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_phone_that_scans_fifty_times_claims_once() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let login = desktop(&server).create(&wish()).await.unwrap();
    let link = scan_link(&login);
    let scans = at_once(50, |_| {
        let (phone, link) = (phone.clone(), link.clone());
        async move { phone.scan(&link, "scanner").await }
    });
    let mut answers = Vec::new();
    for scan in scans.await {
        let Ok(approval) = scan else {
            panic!("refused: {}", outcome(&scan));
        };
        answers.push((approval.ticket, approval.context_digest, approval.version));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "every answer is the same");
    assert_eq!(desktop_sees(&login).await.version, 2);
    invariants(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_goes_round_is_cancelled_at_the_third_stranger() {
    let server = Server::start().await;
    let mut phones = Vec::new();
    for name in ["anna", "bert", "cleo", "dora", "emil", "fred"] {
        phones.push(phone(&server, name).await);
    }
    for round in 0..ROUNDS {
        let login = desktop(&server).create(&wish()).await.unwrap();
        let link = scan_link(&login);
        let scans = at_once(phones.len(), |number| {
            let (phone, link) = (phones[number].clone(), link.clone());
            async move { phone.scan(&link, "scanner").await }
        });
        let scans = scans.await;
        let mut told: Vec<_> = scans.iter().map(outcome).collect();
        told.sort_unstable();
        // One claims, three are strangers, and the others find the login over.
        let expected = [
            "claimed",
            "claimed",
            "claimed",
            "login_ended",
            "login_ended",
            "ok",
        ];
        assert_eq!(told, expected, "round {round}");
        assert_eq!(desktop_sees(&login).await.state, State::Cancelled);
        let winner = scans.iter().position(Result::is_ok).unwrap();
        let approval = scans[winner].as_ref().unwrap();
        let seen = phone_sees(&phones[winner], approval).await;
        assert_eq!((seen.state, seen.strangers), (State::Cancelled, 3));
        let late = phones[winner].confirm(approval, false).await;
        assert_eq!(outcome(&late), "login_ended");
    }
    invariants(&server);
}
