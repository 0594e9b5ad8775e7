//! Reads request bodies: bounded in size and time, never compressed.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};

use crate::limits::{BODY_READ_TIMEOUT, REQUEST_BODY_MAX};
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
pub(crate) async fn read(mut request: Request) -> Result<Bytes, Problem> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType)
            .detail("Send the body without a Content-Encoding."));
    }
    DefaultBodyLimit::max(REQUEST_BODY_MAX).apply(&mut request);
    match tokio::time::timeout(BODY_READ_TIMEOUT, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) => Err(refusal(&rejection)),
        Err(_) => Err(Problem::new(Code::RequestTimeout)),
    }
}

fn refusal(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Code::TooLarge)
    } else {
        Problem::new(Code::InvalidRequest).detail("The body broke off.")
    }
}
