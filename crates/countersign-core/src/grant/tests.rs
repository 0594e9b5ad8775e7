use super::*;
use crate::limits::PHONE_SESSION;

const DAY: Duration = Duration::from_secs(86_400);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn phone(key: u8, created_at: Timestamp) -> Grant {
    Grant {
        id: GrantId::from_bytes([key; 16]),
        account: AccountId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([key; 16]),
        key: Thumbprint::from_bytes([key; 32]),
        client: ClientId::parse("countersign").unwrap(),
        scopes: Scopes::of(&["openid"]),
        role: Role::Phone,
        how: How::Password,
        binding: Binding::Dpop,
        kept: false,
        approves_from: Some(created_at),
        allowed_by: None,
        verified_at: Some(created_at),
        address: None,
        created_at,
        expires_at: created_at.plus(PHONE_SESSION),
        ended: None,
    }
}

fn rules(additional: Additional) -> PhoneRules {
    let recovery_wait = DAY;
    PhoneRules {
        additional,
        recovery_wait,
    }
}

#[test]
fn a_passkey_approves_at_once_and_a_recovery_code_never_does() {
    let other = Earlier {
        phones: vec![phone(2, NOW.minus(DAY))],
        distrusted_at: Some(NOW.minus(DAY)),
        ..Earlier::default()
    };
    let with = |how| Grant {
        how,
        ..phone(1, NOW)
    };
    let passkey = PasskeyId::from_bytes([1; 16]);
    for how in [How::Passkey { passkey }, How::Invitation] {
        let from = with(how).approving_from(&other, rules(Additional::Confirm));
        assert_eq!(from, NOW);
    }
    for earlier in [&other, &Earlier::default()] {
        for additional in [Additional::Confirm, Additional::Open] {
            let from = with(How::Recovery).approving_from(earlier, rules(additional));
            assert_eq!(from, NOW.plus(DAY));
        }
    }
}

#[test]
fn a_passkey_that_a_desktop_added_makes_no_phone_until_it_is_a_day_old() {
    let hour = Duration::from_secs(3600);
    let how = How::Passkey {
        passkey: PasskeyId::from_bytes([1; 16]),
    };
    let new = Grant {
        how,
        ..phone(1, NOW)
    };
    let from = |phones: &[Grant], added_at, additional| {
        let earlier = Earlier {
            phones: phones.to_vec(),
            passkey_of_desktop: Some(added_at),
            ..Earlier::default()
        };
        new.approving_from(&earlier, rules(additional))
    };
    let before = NOW.minus(10 * DAY);
    let other = [phone(2, before)];
    let added_at = NOW.minus(hour);
    let waits = from(&other, added_at, Additional::Confirm);
    assert_eq!(waits, added_at.plus(DAY));
    assert_eq!(from(&other, NOW.minus(DAY), Additional::Confirm), NOW);
    assert_eq!(from(&other, before, Additional::Confirm), NOW);
    assert_eq!(from(&other, added_at, Additional::Open), NOW);
    assert_eq!(from(&[], added_at, Additional::Confirm), NOW, "the first");
    // One that approves goes on approving, unless it was taken back.
    let both = [phone(1, before), phone(2, before)];
    assert_eq!(from(&both, added_at, Additional::Confirm), NOW);
    let both = [over(EndCause::Undone, phone(1, before)), phone(2, before)];
    let waits = from(&both, added_at, Additional::Confirm);
    assert_eq!(waits, added_at.plus(DAY));
}

fn over(cause: EndCause, grant: Grant) -> Grant {
    let ended = Some(Ended {
        at: NOW.minus(DAY),
        cause,
    });
    Grant { ended, ..grant }
}

fn confirm(phones: &[Grant]) -> Timestamp {
    confirm_after(None, phones)
}

fn confirm_after(distrusted_at: Option<Timestamp>, phones: &[Grant]) -> Timestamp {
    let earlier = Earlier {
        phones: phones.to_vec(),
        distrusted_at,
        ..Earlier::default()
    };
    phone(1, NOW).approving_from(&earlier, rules(Additional::Confirm))
}

#[test]
fn the_first_phone_approves_at_once_and_a_further_one_waits_a_day() {
    assert_eq!(confirm(&[]), NOW);
    let before = NOW.minus(10 * DAY);
    assert_eq!(confirm(&[phone(2, before)]), NOW.plus(DAY));
    for cause in EndCause::ALL {
        let gone = over(*cause, phone(2, before));
        assert_eq!(confirm(&[gone]), NOW.plus(DAY), "{cause:?}");
    }
    let earlier = Earlier {
        phones: vec![phone(2, before)],
        ..Earlier::default()
    };
    let open = phone(1, NOW).approving_from(&earlier, rules(Additional::Open));
    assert_eq!(open, NOW);
}

#[test]
fn a_phone_that_signs_in_again_is_no_further_one_unless_somebody_took_it_back() {
    let before = NOW.minus(10 * DAY);
    let other = phone(2, before);
    for (cause, from) in [
        (EndCause::SignedOut, NOW),
        (EndCause::Replaced, NOW),
        (EndCause::Undone, NOW.plus(DAY)),
        (EndCause::SignedOutElsewhere, NOW.plus(DAY)),
        (EndCause::PasswordChanged, NOW.plus(DAY)),
        (EndCause::AccountLocked, NOW.plus(DAY)),
    ] {
        let own = over(cause, phone(1, before));
        assert_eq!(confirm(&[own, other.clone()]), from, "{cause:?}");
    }
}

#[test]
fn a_phone_that_was_sent_away_gains_nothing_by_what_it_had_before() {
    let before = NOW.minus(10 * DAY);
    let replaced = over(EndCause::Replaced, phone(1, before));
    let undone = over(EndCause::Undone, phone(1, before));
    assert_eq!(confirm(&[replaced, undone.clone()]), NOW.plus(DAY));
    let hour = Duration::from_secs(3600);
    let allowed_since = phone(1, NOW.minus(hour));
    assert_eq!(confirm(&[undone, allowed_since]), NOW);
}

#[test]
fn a_phone_that_was_taken_back_after_its_own_sign_out_begins_anew() {
    let hour = Duration::from_secs(3600);
    let before = NOW.minus(10 * DAY);
    let other = phone(2, before);
    let taken_back = Some(NOW.minus(2 * hour));
    for cause in [EndCause::SignedOut, EndCause::Replaced] {
        let own = over(cause, phone(1, before));
        let from = confirm_after(taken_back, &[own, other.clone()]);
        assert_eq!(from, NOW.plus(DAY), "{cause:?}");
    }
    let expired = Grant {
        expires_at: NOW.minus(DAY),
        ..phone(1, before)
    };
    let from = confirm_after(taken_back, &[expired, other.clone()]);
    assert_eq!(from, NOW.plus(DAY), "expired");
    // What came after it counts again, and what it left alive never stopped to.
    let allowed_since = phone(1, NOW.minus(hour));
    let alive = phone(1, before);
    for own in [allowed_since, alive] {
        assert_eq!(confirm_after(taken_back, &[own, other.clone()]), NOW);
    }
    assert_eq!(confirm_after(taken_back, &[]), NOW, "the first phone");
}

#[test]
fn one_that_waits_makes_nobody_wait_and_gains_nothing_by_signing_in_again() {
    let waiting = |key, since| Grant {
        approves_from: Some(since).map(|at: Timestamp| at.plus(DAY)),
        ..phone(key, since)
    };
    let hour = Duration::from_secs(3600);
    assert_eq!(confirm(&[waiting(2, NOW.minus(hour))]), NOW);
    let earlier = [phone(2, NOW.minus(10 * DAY)), waiting(1, NOW.minus(hour))];
    assert_eq!(confirm(&earlier), NOW.minus(hour).plus(DAY));
    let refused = over(EndCause::Undone, waiting(1, NOW.minus(hour)));
    assert_eq!(
        confirm(&[phone(2, NOW.minus(10 * DAY)), refused]),
        NOW.plus(DAY)
    );
}
