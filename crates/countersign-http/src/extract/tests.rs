use std::convert::Infallible;

use axum::body::{Body, Bytes};
use serde::Deserialize;

use super::*;
use crate::limits::REQUEST_BODY_MAX;

#[derive(Debug, Deserialize, PartialEq)]
struct Form {
    name: String,
    #[serde(default)]
    count: Option<u8>,
    device: Device,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Device {
    kind: String,
}

async fn send(content_type: &str, body: impl Into<Body>) -> Result<Form, (u16, String)> {
    let request = Request::builder()
        .header("content-type", content_type)
        .body(body.into())
        .unwrap();
    answer(request).await
}

async fn answer(request: Request) -> Result<Form, (u16, String)> {
    match JsonBody::<Form>::from_request(request, &()).await {
        Ok(JsonBody(form)) => Ok(form),
        Err(problem) => {
            let status = problem.code().status().as_u16();
            let body = axum::response::IntoResponse::into_response(problem).into_body();
            let body: Value =
                serde_json::from_slice(&axum::body::to_bytes(body, 10_000).await.unwrap()).unwrap();
            Err((status, body["detail"].as_str().unwrap().to_owned()))
        }
    }
}

#[tokio::test]
async fn an_object_is_read_and_unknown_members_are_ignored() {
    let body = r#"{"name":"a","user_id":7,"device":{"kind":"tv","x":[]}}"#;
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let form = send(content_type, body).await.unwrap();
        assert_eq!(
            form,
            Form {
                name: "a".into(),
                count: None,
                device: Device { kind: "tv".into() }
            }
        );
    }
}

#[tokio::test]
async fn other_types_are_415_whatever_they_hold() {
    let body = r#"{"name":"a","device":{"kind":"tv"}}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/jsonp",
    ] {
        assert_eq!(
            send(content_type, body).await.unwrap_err().0,
            415,
            "{content_type}"
        );
    }
    let none = Request::builder().body(Body::from(body)).unwrap();
    assert_eq!(answer(none).await.unwrap_err().0, 415);
    let two = Request::builder()
        .header("content-type", "application/json")
        .header("content-type", "text/plain");
    assert_eq!(
        answer(two.body(Body::from(body)).unwrap())
            .await
            .unwrap_err()
            .0,
        415
    );
    let packed = Request::builder()
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    assert_eq!(
        answer(packed.body(Body::from(body)).unwrap())
            .await
            .unwrap_err()
            .0,
        415
    );
}

#[tokio::test]
async fn the_member_is_named_and_its_value_is_not() {
    for (body, detail) in [
        (
            r#"{"device":{"kind":"tv"}}"#,
            "The member `name` is missing.",
        ),
        (
            r#"{"name":"s3cret","device":{}}"#,
            "The member `device.kind` is missing.",
        ),
        (
            r#"{"name":null,"device":{"kind":"tv"}}"#,
            "The member `name` has the wrong type or an impossible value.",
        ),
        (
            r#"{"name":[],"device":{"kind":"tv"}}"#,
            "The member `name` has the wrong type or an impossible value.",
        ),
        (
            r#"{"name":"s","count":777,"device":{"kind":"tv"}}"#,
            "The member `count` has the wrong type or an impossible value.",
        ),
        (
            r#"{"name":"s","device":"s3cret"}"#,
            "The member `device` has the wrong type or an impossible value.",
        ),
        (
            r#"{"name":"s","device":{"kind":5}}"#,
            "The member `device.kind` has the wrong type or an impossible value.",
        ),
    ] {
        assert_eq!(
            send("application/json", body).await,
            Err((400, detail.to_owned())),
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_is_no_json_object_is_400() {
    let deep = "[".repeat(16_000);
    for body in [
        "",
        "null",
        "[]",
        "7",
        "{",
        "{}{}",
        "\"x\"",
        deep.as_str(),
        r#"{"name":"a","name":"b","device":{"kind":"tv"}}"#,
    ] {
        assert_eq!(
            send("application/json", body.to_owned())
                .await
                .unwrap_err()
                .0,
            400,
            "{body:.20}"
        );
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_413_with_or_without_a_length() {
    let large = " ".repeat(REQUEST_BODY_MAX + 1);
    assert_eq!(
        send("application/json", large.clone()).await.unwrap_err().0,
        413
    );
    let endless = futures_util::stream::repeat_with(|| {
        Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1_000]))
    });
    assert_eq!(
        send("application/json", Body::from_stream(endless))
            .await
            .unwrap_err()
            .0,
        413
    );
    let fits = format!(r#"{{"name":"{}"}}"#, "a".repeat(REQUEST_BODY_MAX - 11));
    assert_eq!(fits.len(), REQUEST_BODY_MAX);
    assert_eq!(
        send("application/json", fits).await.unwrap_err().0,
        400,
        "read, and found to lack a member"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_408_and_one_that_breaks_off_400() {
    let silent = futures_util::stream::pending::<Result<Bytes, Infallible>>();
    assert_eq!(
        send("application/json", Body::from_stream(silent))
            .await
            .unwrap_err()
            .0,
        408
    );
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
    assert_eq!(
        send("application/json", Body::from_stream(broken))
            .await
            .unwrap_err()
            .0,
        400
    );
}
