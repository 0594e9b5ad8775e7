use std::sync::mpsc;

use super::*;

fn password(text: &str) -> Password {
    Password::presented(text.to_owned()).unwrap()
}

#[tokio::test]
async fn the_right_password_is_right_and_no_other_is() {
    let passwords = Passwords::new().unwrap();
    let hash = passwords.hash(password("correct horse")).await.unwrap();
    assert!(
        passwords
            .verify(password("correct horse"), Some(hash.clone()))
            .await
            .unwrap()
    );
    for wrong in ["", "Correct horse", "correct horse ", "correct hors"] {
        assert!(
            !passwords
                .verify(password(wrong), Some(hash.clone()))
                .await
                .unwrap(),
            "{wrong}"
        );
    }
    assert!(
        !passwords
            .verify(password("correct horse"), None)
            .await
            .unwrap()
    );
}

#[test]
fn a_hash_has_the_cost_and_a_salt_of_its_own() {
    let (one, two) = (
        hash_now(&password("same password")).unwrap(),
        hash_now(&password("same password")).unwrap(),
    );
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two);
}

#[tokio::test]
async fn a_damaged_hash_is_a_failure_and_never_a_yes() {
    let passwords = Passwords::new().unwrap();
    for hash in ["", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$"] {
        let verdict = passwords
            .verify(password("anything"), Some(hash.to_owned()))
            .await;
        assert!(!matches!(verdict, Ok(true)), "{hash}: {verdict:?}");
    }
}

#[test]
fn length_is_counted_in_characters() {
    assert!(Password::chosen("päßwörtüß".into(), &[]).is_ok());
    assert_eq!(
        Password::chosen("päßwörü".into(), &[]).unwrap_err(),
        PasswordError::TooShort
    );
    let long: String = "密码和钥匙都在门口的花盆下面"
        .chars()
        .cycle()
        .take(PASSWORD_MAX)
        .collect();
    assert!(Password::chosen(long, &[]).is_ok());
    assert_eq!(
        Password::presented("密".repeat(PASSWORD_MAX + 1)).unwrap_err(),
        PasswordError::TooLong
    );
    assert!(Password::presented("short".into()).is_ok());
}

#[test]
fn a_password_is_not_printed() {
    assert_eq!(format!("{:?}", password("s3cret")), "Password([redacted])");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_workers_and_queue_it_is_busy_and_an_abandoned_caller_frees_no_worker() {
    let passwords = Passwords::with_limits(1, 1).unwrap();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let first = tokio::spawn({
        let passwords = passwords.clone();
        async move {
            let work = move || {
                begun.send(()).ok();
                released.recv().ok();
                Ok(())
            };
            passwords.run(work).await
        }
    });
    has_begun.await.unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(passwords.working.available_permits(), 0, "the hash goes on");

    let mut second = Box::pin(passwords.run(|| Ok(2)));
    assert!(futures_util::poll!(second.as_mut()).is_pending());
    assert_eq!(passwords.run(|| Ok(3)).await, Err(PasswordError::Busy));
    release.send(()).unwrap();
    assert_eq!(second.await, Ok(2));
}

#[test]
fn a_password_that_is_easily_guessed_is_not_taken() {
    let common = |text: &str| {
        let judged = Password::chosen(text.to_owned(), &["anna", "Anna Meier"]);
        judged.err() == Some(PasswordError::Common)
    };
    for weak in [
        "password",
        "Passw0rd!",
        "12345678",
        "qwertyuiop",
        "iloveyou1",
        "annameier",
        "anna1990",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabc",
    ] {
        assert!(common(weak), "{weak}");
    }
    for good in [
        "correct horse battery staple",
        "gpqz-rwtn",
        "Möwen frühstücken",
    ] {
        assert!(!common(good), "{good}");
    }
}
