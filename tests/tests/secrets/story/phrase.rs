//! A login with a phrase: typed wrongly, not at all, and rightly, with another case and more space.

use countersign_client::Key;
use countersign_tests::parties::new_key;
use serde_json::json;

use super::{asked, member};
use crate::recorder::{Recorder, Signed};
use crate::secret::Kind;

const PHRASE: &str = "Seven Herons  at Dusk";
/// As it is compared.
const PLAIN: &str = "seven herons at dusk";
const OTHER: &str = "eleven Lanterns, mistyped";

/// Plays it, with this phone and its token.
pub(super) async fn tell(run: &mut Recorder, (phone, token): (&Key, &str)) {
    for phrase in [PHRASE, PLAIN, OTHER, &OTHER.to_lowercase()] {
        run.knows(Kind::Phrase, phrase);
    }
    let desktop = new_key();
    let mut body = json!({"client_id": "demo", "dpop_jkt": desktop.thumbprint(), "phrase": PHRASE});
    let created = run
        .post("/v1/logins", Signed::by(&desktop), body.clone())
        .await;
    let asked = asked(run, &created);
    body["phrase"] = json!([PHRASE]);
    let refused = run.post("/v1/logins", Signed::by(&desktop), body).await;
    assert_eq!(refused.status, 400);

    let signed = Signed::with(phone, token);
    let scan = json!({"scan": asked.link, "opened_by": "scanner"});
    let scanned = run.post("/v1/scans", signed, scan).await;
    let (ticket, digest) = (
        member(&scanned, "/ticket"),
        member(&scanned, "/context_digest"),
    );
    for (phrase, status) in [
        (json!(null), 403),
        (json!([PLAIN]), 400),
        (json!(PHRASE.repeat(9)), 400),
        (json!(OTHER), 422),
        (json!(PLAIN), 200),
    ] {
        let body = json!({"ticket": ticket, "context_digest": digest, "phrase": phrase});
        let confirmed = run.post("/v1/scans/confirm", signed, body).await;
        assert_eq!(confirmed.status, status, "{}", confirmed.json());
    }
    let body = json!({"ticket": ticket});
    let denied = run.post("/v1/scans/deny", signed, body).await;
    assert_eq!(denied.status, 200);
}
