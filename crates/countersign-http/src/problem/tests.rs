use axum::body::to_bytes;
use axum::http::StatusCode;
use serde_json::json;

use super::*;

async fn parts(problem: Problem) -> (StatusCode, HeaderMap, Value) {
    let response = problem.into_response();
    let (head, body) = response.into_parts();
    let body = serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap();
    (head.status, head.headers, body)
}

#[test]
fn every_code_has_its_own_word_and_an_error_status() {
    let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(
            code.status().is_client_error() || code.status().is_server_error(),
            "{code:?}"
        );
        assert!(code.title().ends_with('.'), "{code:?} is no sentence");
    }
}

#[test]
fn every_code_stands_in_the_documentation_as_it_is() {
    let page = include_str!("../../../../docs/http.md");
    let listed = page
        .lines()
        .filter(|line| line.starts_with("| `") && line.ends_with(". |"));
    let said: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "| `{}` | {} | {} |",
                code.as_str(),
                code.status().as_u16(),
                code.title()
            )
        })
        .collect();
    assert_eq!(listed.collect::<Vec<_>>(), said);
}

#[tokio::test]
async fn a_problem_has_exactly_its_members() {
    let problem = Problem::new(Code::WrongCode)
        .with("tries_left", 2)
        .request_id(RequestId([0xab; 8]));
    let (status, headers, body) = parts(problem).await;
    assert_eq!(status, 422);
    assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
    assert_eq!(
        body,
        json!({
            "type": "urn:countersign:problem:wrong_code", "title": "That code is wrong.", "status": 422,
            "code": "wrong_code", "detail": "That code is wrong.", "request_id": "abababababababab", "tries_left": 2,
        })
    );
}

#[tokio::test]
async fn no_extension_overwrites_what_the_code_says() {
    let (_, _, body) = parts(
        Problem::new(Code::LoginEnded)
            .with("status", "ok")
            .with("state", "denied"),
    )
    .await;
    assert_eq!(
        (&body["status"], &body["state"]),
        (&json!(410), &json!("denied"))
    );
}

#[tokio::test]
async fn bodies_of_equal_problems_differ_in_a_fixed_length_id_only() {
    let (_, _, mut one) = parts(Problem::new(Code::UnknownLogin)).await;
    let (_, _, two) = parts(Problem::new(Code::UnknownLogin)).await;
    assert_ne!(one["request_id"], two["request_id"]);
    assert_eq!(one["request_id"].as_str().unwrap().len(), 16);
    one["request_id"] = two["request_id"].clone();
    assert_eq!(one, two);
    assert_eq!(RequestId([0; 8]).to_string(), "0".repeat(16));
}

#[tokio::test]
async fn the_cause_stays_inside() {
    let (status, headers, body) = parts(Problem::internal("table grants is gone")).await;
    assert_eq!(status, 500);
    assert!(!body.to_string().contains("grants") && !format!("{headers:?}").contains("grants"));
}

#[tokio::test]
async fn a_wanted_nonce_comes_with_its_challenge() {
    let (status, headers, body) = parts(ProofError::UseNonce("fresh".into()).into()).await;
    assert_eq!(
        (status.as_u16(), body["code"].as_str()),
        (401, Some("use_dpop_nonce"))
    );
    assert_eq!(headers["dpop-nonce"], "fresh");
    assert!(
        headers[WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .starts_with(r#"DPoP error="use_dpop_nonce""#)
    );
}

#[tokio::test]
async fn every_401_has_a_challenge() {
    for code in Code::ALL
        .iter()
        .filter(|code| code.status() == StatusCode::UNAUTHORIZED)
    {
        assert!(
            parts(Problem::new(*code))
                .await
                .1
                .contains_key(WWW_AUTHENTICATE),
            "{code:?}"
        );
    }
}

#[tokio::test]
async fn waiting_is_told_as_header_and_member() {
    let (_, headers, body) = parts(Problem::new(Code::SlowDown).retry_after(20)).await;
    assert_eq!(
        (headers[RETRY_AFTER].to_str().unwrap(), &body["retry_after"]),
        ("20", &json!(20))
    );
    let (status, headers, body) = parts(Problem::new(Code::Busy)).await;
    assert_eq!(
        (
            status.as_u16(),
            headers[RETRY_AFTER].to_str().unwrap(),
            &body["retry_after"]
        ),
        (503, "1", &json!(1))
    );
}
