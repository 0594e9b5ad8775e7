//! The server's own address, and the URLs that proofs name.
//!
//! Owns the comparison of RFC 9449 §4.3 check 9. It never looks at `Host`: who the server is follows from its
//! configuration alone.

use std::sync::Arc;

use url::Url;

use crate::limits::ISSUER_MAX;

/// The one origin under which this server is reached: `https://host[:port]`, or `http://localhost[:port]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(Arc<str>);

/// Why a text can't be an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not a URL with a host.
    #[error("the issuer is not a URL such as https://login.example")]
    NotAUrl,
    /// Plain `http` elsewhere than on `localhost`: tokens and passwords would travel in clear.
    #[error("the issuer must start with https:// (http:// is allowed for localhost only)")]
    Insecure,
    /// A path, query, fragment or user name.
    #[error("the issuer must be scheme, host and port alone, without a path")]
    MoreThanAnOrigin,
    /// The scan code would need a larger symbol than old cameras read.
    #[error("the issuer must not be longer than 69 bytes, so that the QR code stays small")]
    TooLong,
}

impl Issuer {
    /// Reads an issuer from the configuration; one trailing slash is forgiven, upper case and a default port are
    /// normalised away.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text.trim()).map_err(|_| IssuerError::NotAUrl)?;
        let host = url.host_str().ok_or(IssuerError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if host == "localhost" => {}
            "http" => return Err(IssuerError::Insecure),
            _ => return Err(IssuerError::NotAUrl),
        }
        let extra = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        if extra || !url.username().is_empty() || url.password().is_some() {
            return Err(IssuerError::MoreThanAnOrigin);
        }
        let origin = url.origin().ascii_serialization();
        if origin.len() > ISSUER_MAX {
            return Err(IssuerError::TooLong);
        }
        Ok(Self(origin.into()))
    }

    /// The origin as text, without a trailing slash: the `iss` of tokens, and what `Origin` is compared with.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers may be told to come by `https` only.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether `htu` names this server's `path`, after the normalisation of RFC 3986 §6.2.2 and §6.2.3 on both
    /// sides and without query and fragment (RFC 9449 §4.3, check 9).
    ///
    /// `path` is the request's own path as received, without its query.
    pub fn is_at(&self, htu: &str, path: &str) -> bool {
        let named = normalise(htu);
        named.is_some() && named == normalise(&format!("{}{path}", self.0))
    }
}

/// Scheme, host, port and path of an `http(s)` URL in their normal form.
///
/// The browsers' URL standard, which the parser follows, mends what RFC 3986 has no meaning for (backslashes,
/// missing slashes, tabs); such texts are refused before it sees them.
fn normalise(text: &str) -> Option<(Url, String)> {
    let rfc3986 = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    if !text.bytes().all(rfc3986) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    let path = normalise_escapes(url.path())?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_path("");
    Some((url, path))
}

/// RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, and none for characters that need none.
fn normalise_escapes(path: &str) -> Option<String> {
    let mut pieces = path.split('%');
    let mut normal = pieces.next()?.to_owned();
    for piece in pieces {
        let digits = piece
            .get(..2)
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            normal.push(char::from(byte));
        } else {
            normal.push('%');
            normal.push_str(&digits.to_ascii_uppercase());
        }
        normal.push_str(piece.get(2..)?);
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_origin() {
        for (text, origin) in [
            ("https://login.example", "https://login.example"),
            ("HTTPS://Login.Example:443/", "https://login.example"),
            ("https://login.example:8443", "https://login.example:8443"),
            ("http://localhost:8080/", "http://localhost:8080"),
        ] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), origin);
        }
        assert!(Issuer::parse("https://login.example").unwrap().is_https());
        assert!(!Issuer::parse("http://localhost").unwrap().is_https());
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused_with_the_reason() {
        let long = format!("https://{}.example", "a".repeat(60));
        for (text, error) in [
            ("login.example", IssuerError::NotAUrl),
            ("", IssuerError::NotAUrl),
            ("ftp://login.example", IssuerError::NotAUrl),
            ("http://login.example", IssuerError::Insecure),
            ("http://localhost.evil.example", IssuerError::Insecure),
            ("https://login.example/auth", IssuerError::MoreThanAnOrigin),
            ("https://login.example?x", IssuerError::MoreThanAnOrigin),
            ("https://login.example/#x", IssuerError::MoreThanAnOrigin),
            ("https://me@login.example", IssuerError::MoreThanAnOrigin),
            (long.as_str(), IssuerError::TooLong),
        ] {
            assert_eq!(Issuer::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_url_is_compared_in_its_normal_form() {
        let issuer = Issuer::parse("https://login.example").unwrap();
        for htu in [
            "https://login.example/v1/scans",
            "HTTPS://LOGIN.example:443/v1/scans",
            "https://login.example/v1/%73cans",
            "https://login.example/v1/./x/../scans",
            "https://login.example/v1/scans?query=1#fragment",
        ] {
            assert!(issuer.is_at(htu, "/v1/scans"), "{htu}");
        }
        assert!(issuer.is_at("https://login.example/a%2fb", "/a%2Fb"));
        assert!(issuer.is_at("https://login.example", "/"));
    }

    #[test]
    fn another_url_is_another_url() {
        let issuer = Issuer::parse("https://login.example").unwrap();
        for htu in [
            "http://login.example/v1/scans",
            "https://login.example:8443/v1/scans",
            "https://login.example.evil.example/v1/scans",
            "https://evil.example/v1/scans",
            "https://login.example/v1/scans/",
            "https://login.example/V1/scans",
            "https://login.example/v1%2Fscans",
            "https://login.example//v1/scans",
            "https://user@login.example/v1/scans",
            "https://@login.example/v1/scans",
            "https:\\\\login.example\\v1\\scans",
            "https:/login.example/v1/scans",
            "https:///login.example/v1/scans",
            "https://login.example/v1/sc\tans",
            " https://login.example/v1/scans",
            "https://login.example/v1/scans%",
            "https://login.example/v1/scans%2",
            "https://login.example/v1/scans%00",
            "https://lögin.example/v1/scans",
            "//login.example/v1/scans",
            "/v1/scans",
            "",
        ] {
            assert!(!issuer.is_at(htu, "/v1/scans"), "{htu}");
        }
    }
}
