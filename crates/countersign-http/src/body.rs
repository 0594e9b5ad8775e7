//! Reads request bodies: bounded in size and time, never compressed.

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use futures_util::StreamExt as _;

use crate::limits::{BODY_DRAIN_MAX, BODY_READ_TIMEOUT, REQUEST_BODY_MAX};
use crate::problem::{Code, Problem};

/// Whether the body says that it is of this type: one header, parameters such as a charset aside.
pub(crate) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return false;
    };
    let essence = field.to_str().ok().and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

/// Reads the whole body.
///
/// # Errors
/// `unsupported_media_type` for a compressed one (nothing is ever unpacked, so nothing can blow up), `too_large`,
/// `request_timeout`, or `invalid_request` when it breaks off.
pub(crate) async fn read(request: Request) -> Result<Vec<u8>, Problem> {
    let (parts, body) = request.into_parts();
    read_parts(&parts.headers, body).await
}

async fn read_parts(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType)
            .detail("Send the body without a Content-Encoding."));
    }
    let bounded = collect(body.into_data_stream());
    match tokio::time::timeout(BODY_READ_TIMEOUT, bounded).await {
        Ok(collected) => collected,
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
    }
}

/// The same request with its whole body in memory; errors as [`read`].
pub(crate) async fn received(request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = read_parts(&parts.headers, body).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn collect(mut body: BodyDataStream) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(part) = body.next().await {
        let part =
            part.map_err(|_| Problem::new(Code::InvalidRequest).detail("The body broke off."))?;
        if bytes.len() + part.len() > REQUEST_BODY_MAX {
            drain(body).await;
            return Err(Problem::new(Code::TooLarge));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Lets a client that sends too much come to its end, so that it hears the refusal; within reason.
async fn drain(mut body: BodyDataStream) {
    let mut drained = 0;
    while let Some(Ok(part)) = body.next().await {
        drained += part.len();
        if drained > BODY_DRAIN_MAX {
            return;
        }
    }
}
