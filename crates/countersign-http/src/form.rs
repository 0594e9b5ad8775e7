//! Form bodies, as `/oauth/*` takes them (RFC 6749 §3.2 and appendix B).

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::body;
use crate::limits::FORM_PARAMETERS_MAX;
use crate::oauth_error::{OAuthCode, OAuthError};

/// The parameters of a form. Each is there once; empty ones are not there (RFC 6749 §3.2).
///
/// It holds secrets, so it does not print its values.
pub struct FormBody(BTreeMap<String, String>);

impl FormBody {
    /// A parameter's value, never empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there; `missing` is the error's sentence, such as `"grant_type is missing"`.
    pub fn require(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::new(OAuthCode::InvalidRequest).describe(missing))
    }

    fn parse(bytes: &[u8]) -> Result<Self, OAuthError> {
        let invalid = |sentence| OAuthError::new(OAuthCode::InvalidRequest).describe(sentence);
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            // Counted before empty ones are dropped: `a=&a=x` names `a` twice.
            if parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(invalid("A parameter is there more than once."));
            }
            if parameters.len() > FORM_PARAMETERS_MAX {
                return Err(invalid("There are too many parameters."));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }
}

impl std::fmt::Debug for FormBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FormBody({} parameters, [redacted])", self.0.len())
    }
}

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        if !body::is_of_type(request.headers(), "application/x-www-form-urlencoded") {
            let error = OAuthError::new(OAuthCode::InvalidRequest);
            return Err(error
                .describe("Send the body as application/x-www-form-urlencoded.")
                .into_response());
        }
        // Too large, too slow, broken off: failures of transport, not of OAuth, told as everywhere.
        let bytes = body::read(request)
            .await
            .map_err(IntoResponse::into_response)?;
        Self::parse(&bytes).map_err(IntoResponse::into_response)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn status(content_type: &str, body: impl Into<Body>) -> u16 {
        let request = Request::builder()
            .header("content-type", content_type)
            .body(body.into())
            .unwrap();
        FormBody::from_request(request, &())
            .await
            .map_or_else(|response| response.status().as_u16(), |_| 200)
    }

    #[test]
    fn parameters_are_decoded_and_empty_ones_are_none() {
        let form = FormBody::parse(b"grant_type=urn%3Aietf&client_id=a+b&empty=&flag").unwrap();
        assert_eq!(form.get("grant_type"), Some("urn:ietf"));
        assert_eq!(form.get("client_id"), Some("a b"));
        assert_eq!(
            (form.get("empty"), form.get("flag"), form.get("other")),
            (None, None, None)
        );
        assert_eq!(
            form.require("empty", "empty is missing")
                .unwrap_err()
                .code(),
            OAuthCode::InvalidRequest
        );
    }

    #[test]
    fn repeated_parameters_are_refused_however_spelled() {
        for body in ["a=1&a=1", "a=1&%61=2", "a=&a=1", "a&a", "b=1&a=2&b=3"] {
            assert_eq!(
                FormBody::parse(body.as_bytes()).unwrap_err().code(),
                OAuthCode::InvalidRequest,
                "{body}"
            );
        }
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let many: Vec<String> = (0..=FORM_PARAMETERS_MAX)
            .map(|n| format!("p{n}=1"))
            .collect();
        assert!(FormBody::parse(many.join("&").as_bytes()).is_err());
        assert!(FormBody::parse(many[1..].join("&").as_bytes()).is_ok());
    }

    #[test]
    fn values_are_not_printed() {
        let form = FormBody::parse(b"refresh_token=s3cret").unwrap();
        assert!(!format!("{form:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn only_forms_of_bounded_size_are_read() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(status(form, "a=1").await, 200);
        assert_eq!(
            status("application/x-www-form-urlencoded;charset=UTF-8", "a=1").await,
            200
        );
        for other in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ] {
            assert_eq!(status(other, "a=1").await, 400, "{other}");
        }
        assert_eq!(
            status(form, "a".repeat(crate::limits::REQUEST_BODY_MAX + 1)).await,
            413
        );
    }
}
