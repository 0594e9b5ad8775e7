//! The cookies of the server's own pages (RFC 6265bis §4.1.3): one that binds a login to the browser that asked for
//! it, and one that is the session after it was collected.
//!
//! Both are `__Host-` and `HttpOnly`: no other host sets them, no script reads them. What they say is only ever a
//! secret that is looked up; who made the request is settled by more than a cookie wherever something changes.

use std::time::Duration;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, SameSite};
use countersign_core::ids::LoginId;
use countersign_core::refresh::SessionCookie;
use countersign_core::service::LoginCookie;

use crate::limits::{LOGIN_COOKIE_LIFE, LOGIN_COOKIES};

/// The session of a browser on our own pages.
const SESSION: &str = "__Host-session";
/// In front of a login's id: each tab of a browser has its own.
const LOGIN: &str = "__Host-login-";

/// The session cookie of a request; `None` when there is none, or none that could be one.
pub(crate) fn session(headers: &HeaderMap) -> Option<SessionCookie> {
    SessionCookie::parse(&one(headers, SESSION)?)
}

/// The cookie that binds the request's browser to a login.
pub(crate) fn login(headers: &HeaderMap, id: LoginId) -> Option<LoginCookie> {
    LoginCookie::parse(&one(headers, &login_name(id))?)
}

/// Gives the browser its session, in place of whatever it had, for as long as its grant lives.
pub(crate) fn set_session(answer: &mut HeaderMap, session: &SessionCookie, life: Duration) {
    // Lax: also sent when somebody follows a link to us, so that they find themselves signed in.
    set(answer, SESSION, session.reveal(), SameSite::Lax, life);
}

/// Takes the session from the browser.
pub(crate) fn clear_session(answer: &mut HeaderMap) {
    clear(answer, SESSION, SameSite::Lax);
}

/// Binds a new login to the browser that sent `request`, and takes away what it has too many of.
pub(crate) fn set_login(
    answer: &mut HeaderMap,
    request: &HeaderMap,
    id: LoginId,
    secret: &LoginCookie,
) {
    let earlier: Vec<Cookie<'_>> = pairs(request)
        .filter(|cookie| cookie.name().starts_with(LOGIN))
        .collect();
    // Browsers send the oldest first (RFC 6265 §5.4).
    let surplus = (earlier.len() + 1).saturating_sub(LOGIN_COOKIES);
    for cookie in &earlier[..surplus] {
        clear(answer, cookie.name(), SameSite::Strict);
    }
    let (name, value) = (login_name(id), secret.reveal());
    set(answer, &name, value, SameSite::Strict, LOGIN_COOKIE_LIFE);
}

/// Takes a login's cookie from the browser.
pub(crate) fn clear_login(answer: &mut HeaderMap, id: LoginId) {
    clear(answer, &login_name(id), SameSite::Strict);
}

fn login_name(id: LoginId) -> String {
    format!("{LOGIN}{id}")
}

/// The value of the one cookie of this name. Of two, nobody can say which is ours.
fn one(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found = pairs(headers).filter(|cookie| cookie.name() == name);
    let value = found.next()?.value().to_owned();
    found.next().is_none().then_some(value)
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| Cookie::split_parse(field).flatten())
}

fn set(answer: &mut HeaderMap, name: &str, value: String, same_site: SameSite, life: Duration) {
    let life = cookie::time::Duration::try_from(life).unwrap_or(cookie::time::Duration::ZERO);
    let cookie = Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(same_site)
        .max_age(life);
    // Names and values are base64url, so they always fit a header.
    if let Ok(mut field) = HeaderValue::try_from(cookie.build().to_string()) {
        field.set_sensitive(true);
        answer.append(SET_COOKIE, field);
    }
}

fn clear(answer: &mut HeaderMap, name: &str, same_site: SameSite) {
    set(answer, name, String::new(), same_site, Duration::ZERO);
}

#[cfg(test)]
mod tests {
    use countersign_core::secret::Secret;

    use super::*;

    fn sent(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        headers
    }

    fn told(headers: &HeaderMap) -> Vec<&str> {
        let fields = headers.get_all(SET_COOKIE).iter();
        fields.map(|field| field.to_str().unwrap()).collect()
    }

    fn cookie() -> SessionCookie {
        SessionCookie {
            locator: [1; 16],
            secret: Secret::new([2; 32]),
        }
    }

    #[test]
    fn a_session_is_for_this_host_alone_and_no_script_reads_it() {
        let mut answer = HeaderMap::new();
        set_session(&mut answer, &cookie(), Duration::from_secs(28_800));
        let value = cookie().reveal();
        let expected = format!(
            "__Host-session={value}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=28800"
        );
        assert_eq!(told(&answer), [expected]);
        let back = sent(&[&format!("other=1; __Host-session={value}")]);
        assert_eq!(session(&back), Some(cookie()));
    }

    #[test]
    fn of_two_cookies_of_one_name_none_counts() {
        let field = format!("__Host-session={}", cookie().reveal());
        assert_eq!(session(&sent(&[&field])), Some(cookie()));
        assert_eq!(session(&sent(&[&field, &field])), None);
        assert_eq!(session(&sent(&["__Host-session=nonsense"])), None);
        assert_eq!(session(&sent(&["session=x"])), None);
    }

    #[test]
    fn each_login_has_its_own_cookie_and_a_browser_keeps_few() {
        let (id, secret) = (LoginId::from_bytes([77; 16]), Secret::new([9; 32]));
        let earlier: Vec<String> = (0..20u8)
            .map(|n| format!("{}=x", login_name(LoginId::from_bytes([n; 16]))))
            .collect();
        let request = sent(&[&earlier.join("; ")]);
        let mut answer = HeaderMap::new();
        set_login(&mut answer, &request, id, &secret);
        let told = told(&answer);
        let cleared = told.iter().filter(|field| field.contains("Max-Age=0"));
        let cleared: Vec<_> = cleared.map(|field| field.split('=').next()).collect();
        let oldest: Vec<_> = earlier
            .iter()
            .map(|field| field.split('=').next())
            .collect();
        assert_eq!(cleared, oldest[..20 - (LOGIN_COOKIES - 1)]);
        let set = told.last().unwrap();
        assert!(set.starts_with(&format!("{LOGIN}{id}={};", secret.reveal())));
        assert!(set.contains("SameSite=Strict") && set.contains("HttpOnly"));
        let back = sent(&[set.split(';').next().unwrap()]);
        assert_eq!(login(&back, id), Some(secret));
        assert_eq!(login(&back, LoginId::from_bytes([8; 16])), None);
    }
}
