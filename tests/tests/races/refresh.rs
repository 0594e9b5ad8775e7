//! One refresh token, presented many times at once.

use countersign_client::Session;
use countersign_tests::parties::at_me;
use countersign_tests::race::{at_once, outcome};
use countersign_tests::{Server, invariants, phone, sign_in_whole};

#[tokio::test(flavor = "multi_thread")]
async fn a_few_refreshes_of_one_token_are_lost_answers_and_only_the_latest_goes_on() {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let session = sign_in_whole(&server, &phone).await;
    let renewed = refresh_at_once(&session, 6).await;
    for (told, session) in &renewed {
        assert_eq!(told, "ok");
        assert_eq!(at_me(session).await.unwrap(), "ok");
    }
    invariants(&server);
    assert!(server.stop().await.success());

    // To present one that is not the latest ends the family, so each is tried on the same state again.
    let (database, kept) = (server.database(), server.data().join("kept"));
    std::fs::copy(&database, &kept).unwrap();
    let mut went_on = 0;
    for (_, session) in &renewed {
        std::fs::copy(&kept, &database).unwrap();
        server.restart().await;
        let told = session.refresh().await;
        went_on += usize::from(told.is_ok());
        if told.is_err() {
            assert_eq!(outcome(&told), "invalid_grant");
        }
        let expected = if told.is_ok() { "ok" } else { "invalid_token" };
        assert_eq!(at_me(session).await.unwrap(), expected);
        invariants(&server);
        assert!(server.stop().await.success());
    }
    assert_eq!(went_on, 1, "exactly the latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_refreshes_of_one_token_are_a_copy_and_end_the_grant() {
    let server = Server::start().await;
    let phone = phone(&server, "anna").await;
    for round in 0..5 {
        let session = sign_in_whole(&server, &phone).await;
        let renewed = refresh_at_once(&session, 50).await;
        let count = |code| renewed.iter().filter(|(told, _)| told == code).count();
        assert_eq!(count("ok"), 11, "round {round}: the use and ten repeats");
        assert_eq!(count("invalid_grant"), 39, "round {round}");
        for (_, session) in renewed {
            assert_eq!(outcome(&session.refresh().await), "invalid_grant");
            assert_eq!(at_me(&session).await.unwrap(), "invalid_token");
        }
    }
    invariants(&server);
}

/// Presents the session's refresh token `count` times at once; what each was told, and the session it has then.
async fn refresh_at_once(session: &Session, count: usize) -> Vec<(String, Session)> {
    let tokens = session.tokens().await;
    at_once(count, |_| {
        let (http, key) = (session.http().clone(), session.key().clone());
        let copy = Session::new(http, key, "demo", tokens.clone());
        async move {
            let told = outcome(&copy.refresh().await).to_owned();
            (told, copy)
        }
    })
    .await
}
