//! A desktop against a server whose code leads elsewhere.

use crate::support::{Reply, serve};
use countersign_client::{Desktop, Http, Key, NewLogin};
use serde_json::json;

#[tokio::test]
async fn a_code_that_leads_anywhere_but_to_the_issuer_is_not_taken() {
    for url in [
        "https://evil.example/q",
        "http://localhost:1/q",
        "\u{1b}]0;x\u{7}",
        "",
    ] {
        let (issuer, _) = serve(vec![Reply::Json(
            201,
            "",
            json!({
                "login_id": "AAECAwQFBgcICQoLDA0ODw", "device_code": "d", "expires_in": 300, "interval": 5,
                "scan": {"url": url, "rotation_key": "AAEC", "rotate_seconds": 30},
            }),
        )]);
        let desktop = Desktop::new(
            Http::new(&issuer).unwrap(),
            Key::generate().unwrap(),
            "demo",
        );
        let error = desktop.create(&NewLogin::default()).await.err().unwrap();
        assert_eq!(error.code(), "bad_answer", "{url:?}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
