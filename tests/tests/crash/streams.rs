//! Open streams: a desktop and a phone that follow a login hear of everything, over kills in between.

use countersign_client::{Error, Progress, Update, Watch};
use countersign_tests::parties::wish;
use countersign_tests::{Server, desktop, invariants, phone, scan_link};

/// What a stream says next, over lost connections; versions never go back.
async fn next_state<T: Progress>(watch: &mut Watch<T>, seen: &mut u64) -> &'static str {
    loop {
        match watch.next().await.unwrap() {
            Some(Update::State(state)) => {
                assert!(state.version() >= *seen, "went back behind {seen}");
                if state.version() > *seen {
                    *seen = state.version();
                    return state.state().as_str();
                }
            }
            Some(Update::Retrying { error, .. }) => {
                assert!(matches!(error, Error::Unreachable { .. }), "{error}");
            }
            None => panic!("it has ended"),
        }
    }
}

#[tokio::test]
async fn streams_hear_every_step_though_the_server_dies_after_each() {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let login = desktop(&server).create(&wish()).await.unwrap();
    let (mut desktop_watch, mut desktop_seen) = (login.watch(), 0);
    let next = next_state(&mut desktop_watch, &mut desktop_seen);
    assert_eq!(next.await, "waiting");

    server.kill9();
    server.restart().await;
    let approval = phone.scan(&scan_link(&login), "scanner").await.unwrap();
    let (mut phone_watch, mut phone_seen) = (phone.watch(&approval.ticket), 0);
    let next = next_state(&mut desktop_watch, &mut desktop_seen);
    assert_eq!(next.await, "scanned");
    let next = next_state(&mut phone_watch, &mut phone_seen);
    assert_eq!(next.await, "scanned");

    server.kill9();
    server.restart().await;
    let confirmed = phone.confirm(&approval, false).await.unwrap();
    let next = next_state(&mut desktop_watch, &mut desktop_seen);
    assert_eq!(next.await, "checking");
    let next = next_state(&mut phone_watch, &mut phone_seen);
    assert_eq!(next.await, "checking");

    server.kill9();
    server.restart().await;
    login.check(&confirmed.check_code.unwrap()).await.unwrap();
    let next = next_state(&mut desktop_watch, &mut desktop_seen);
    assert_eq!(next.await, "confirmed");
    let next = next_state(&mut phone_watch, &mut phone_seen);
    assert_eq!(next.await, "confirmed");

    server.kill9();
    server.restart().await;
    login.collect().await.unwrap();
    let next = next_state(&mut desktop_watch, &mut desktop_seen);
    assert_eq!(next.await, "collected");
    let next = next_state(&mut phone_watch, &mut phone_seen);
    assert_eq!(next.await, "collected");
    assert!(desktop_watch.next().await.unwrap().is_none());
    invariants(&server);
}
