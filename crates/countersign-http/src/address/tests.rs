use axum::http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn proxies(texts: &[&str]) -> Result<Proxies, ProxyError> {
    Proxies::parse(
        &texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>(),
    )
}

fn reach(trusted: &[&str], direct: bool) -> Reach {
    Reach {
        proxies: proxies(trusted).unwrap(),
        direct,
    }
}

fn said(lines: &[&str]) -> HeaderMap {
    let field = |line: &&str| {
        (
            FORWARDED_FOR,
            HeaderValue::from_bytes(line.as_bytes()).unwrap(),
        )
    };
    lines
        .iter()
        .map(field)
        .fold(HeaderMap::new(), |mut all, (name, value)| {
            all.append(name, value);
            all
        })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Who calls, when the trusted 10.0.0.1 hands on `lines`.
fn behind(lines: &[&str]) -> Option<IpAddr> {
    reach(&["10.0.0.0/8", "::1"], false).caller(Some(ip("10.0.0.1")), &said(lines))
}

#[test]
fn the_rightmost_untrusted_address_is_the_callers() {
    for (lines, caller) in [
        (&["192.0.2.1"][..], "192.0.2.1"),
        (&["192.0.2.1, 10.0.0.7"], "192.0.2.1"),
        (&["203.0.113.9, 192.0.2.1 ,\t10.0.0.7"], "192.0.2.1"),
        (&["203.0.113.9", "192.0.2.1", "10.1.2.3, ::1"], "192.0.2.1"),
        (&["nonsense, 192.0.2.1"], "192.0.2.1"),
        (&["192.0.2.1:4711"], "192.0.2.1"),
        (&["2001:db8::1"], "2001:db8::1"),
        (&["[2001:db8::1]"], "2001:db8::1"),
        (&["[2001:db8::1]:4711"], "2001:db8::1"),
        (&["::ffff:192.0.2.1"], "192.0.2.1"),
        (&["192.0.2.1, ::ffff:10.0.0.7"], "192.0.2.1"),
    ] {
        assert_eq!(behind(lines), Some(ip(caller)), "{lines:?}");
    }
}

#[test]
fn what_is_no_address_stops_the_walk() {
    for lines in [
        &[][..],
        &[""],
        &["10.0.0.7"],
        &["192.0.2.1, unknown"],
        &["192.0.2.1, _hidden, 10.0.0.7"],
        &["192.0.2.1,"],
        &["192.0.2.1, , 10.0.0.7"],
        &["192.0.2.1", ""],
        &["[192.0.2.1]"],
        &["192.0.2.1:"],
        &["192.0.2.1:99999"],
        &["2001:db8::1%eth0"],
        &["0300.0.2.1"],
        &["192.0.2"],
        &["\"192.0.2.1\""],
        &["192.0.2.1 10.0.0.7"],
        &["for=192.0.2.1"],
        &["\u{660}.\u{660}.2.1"],
    ] {
        assert_eq!(behind(lines), None, "{lines:?}");
    }
}

#[test]
fn a_chain_without_end_is_not_followed() {
    let chain = |length| format!("192.0.2.1{}", ", 10.0.0.7".repeat(length));
    assert_eq!(behind(&[&chain(FORWARDED_MAX - 1)]), Some(ip("192.0.2.1")));
    assert_eq!(behind(&[&chain(FORWARDED_MAX)]), None);
}

#[test]
fn only_the_one_header_is_asked() {
    let mut headers = HeaderMap::new();
    for name in [
        "forwarded",
        "x-real-ip",
        "x-client-ip",
        "cf-connecting-ip",
        "true-client-ip",
    ] {
        headers.insert(name, HeaderValue::from_static("192.0.2.1"));
    }
    assert_eq!(
        reach(&["10.0.0.1"], false).caller(Some(ip("10.0.0.1")), &headers),
        None
    );
}

#[test]
fn without_a_trusted_proxy_https_elsewhere_leaves_the_caller_unknown() {
    let (peer, none) = (Some(ip("192.0.2.1")), HeaderMap::new());
    assert_eq!(reach(&[], false).caller(peer, &none), None);
    assert_eq!(reach(&[], true).caller(peer, &none), peer);
    assert_eq!(reach(&["10.0.0.1"], false).caller(peer, &none), peer);
    assert_eq!(reach(&[], true).caller(None, &none), None);
    let mapped = Some(ip("::ffff:192.0.2.1"));
    assert_eq!(reach(&[], true).caller(mapped, &none), peer);
}

#[test]
fn trusted_proxies_are_addresses_or_networks() {
    assert!(
        proxies(&[
            "10.0.0.0/8",
            "10.0.0.7/8",
            "192.0.2.1",
            "::1",
            "fd00::/8",
            "fc00::/7",
            "fe80::/10",
            "2001:db8::/16",
            "::1/128",
            "::ffff:10.0.0.1"
        ])
        .is_ok()
    );
    for wrong in ["", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.0/8 ", "*"] {
        assert_eq!(
            proxies(&[wrong]),
            Err(ProxyError::NotANetwork(wrong.to_owned()))
        );
    }
    for everybody in ["0.0.0.0/0", "::/0", "192.0.2.1/0"] {
        assert_eq!(
            proxies(&["::1", everybody]),
            Err(ProxyError::Everybody(everybody.to_owned()))
        );
    }
    for wide in [
        "0.0.0.0/1",
        "128.0.0.0/1",
        "10.0.0.0/7",
        "2000::/3",
        "2001::/15",
        "::/15",
        "f800::/6",
    ] {
        assert_eq!(
            proxies(&["::1", wide]),
            Err(ProxyError::TooWide(wide.to_owned()))
        );
    }
    for mapped in ["::ffff:0:0/96", "::ffff:10.0.0.0/104"] {
        assert_eq!(
            proxies(&["::1", mapped]),
            Err(ProxyError::Mapped(mapped.to_owned()))
        );
    }
}

fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from)
    ]
}

fn junk() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let printable = prop_oneof![Just(b','), Just(b'.'), Just(b':'), 32u8..127, 128u8..=255];
    proptest::collection::vec(proptest::collection::vec(printable, 0..60), 0..5)
}

proptest! {
    #[test]
    fn whatever_an_untrusted_peer_sends_counts_for_nothing(peer in any_address(), lines in junk()) {
        let reach = reach(&["10.0.0.0/8"], true);
        prop_assume!(!reach.proxies.trust(peer.to_canonical()));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(&line).unwrap());
        }
        prop_assert_eq!(reach.caller(Some(peer), &headers), Some(peer.to_canonical()));
    }

    #[test]
    fn what_the_caller_put_before_changes_nothing(caller in any_address(), lines in junk(), hops in 0usize..5) {
        let reach = reach(&["10.0.0.0/8"], false);
        prop_assume!(!reach.proxies.trust(caller.to_canonical()));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(&line).unwrap());
        }
        let ours = format!("{caller}{}", ", 10.0.0.7".repeat(hops));
        headers.append(FORWARDED_FOR, HeaderValue::from_str(&ours).unwrap());
        prop_assert_eq!(reach.caller(Some(ip("10.0.0.1")), &headers), Some(caller.to_canonical()));
    }

    #[test]
    fn the_caller_is_never_one_of_our_own_proxies(lines in junk()) {
        let reach = reach(&["10.0.0.0/8"], false);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(&line).unwrap());
        }
        let caller = reach.caller(Some(ip("10.0.0.1")), &headers);
        prop_assert!(caller.is_none_or(|caller| !reach.proxies.trust(caller)));
    }
}
