//! The harness itself, seen at work: a whole sign-in, a stop, a kill and a restart.

use countersign_client::Call;
use countersign_tests::{Server, phone, sign_in_whole};

#[tokio::test]
async fn a_desktop_is_signed_in_and_stays_so_over_a_kill_and_a_stop() {
    let mut server = Server::start().await;
    let phone = phone(&server, "anna").await;
    let desktop = sign_in_whole(&server, &phone).await;
    assert_eq!(desktop.me().await.unwrap().account.name, "anna");

    let (pid, issuer) = (server.pid(), server.issuer().to_owned());
    server.kill9();
    server.restart().await;
    assert_ne!(server.pid(), pid);
    assert_eq!(server.issuer(), issuer);
    assert_eq!(desktop.me().await.unwrap().account.name, "anna");

    assert!(server.stop().await.success());
    server.restart().await;
    assert_eq!(server.send(&Call::get("/healthz")).await.status, 200);
    assert!(server.logs().iter().any(|line| line.contains("INFO")));
}
