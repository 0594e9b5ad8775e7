//! Every number that bounds what this crate takes in, keeps, or waits for, each with its reason.
//!
//! The limits of the protocol itself (lifetimes of logins, tickets, grants) belong to the core; here are only
//! those of the wire.

use std::time::Duration;

/// Largest request body in bytes. The longest honest body (a sign-in with device names, or a refresh) stays
/// under 2 KiB; anything near this is not a client of ours.
pub const REQUEST_BODY_MAX: usize = 16 * 1024;

/// Bytes of a body that is too large which are still read, and thrown away, before it is refused. A connection
/// that is closed while its client sends is reset, and the refusal lost with it (RFC 9112 §9.6).
pub const BODY_DRAIN_MAX: usize = 1024 * 1024;

/// Time in which a request body must have arrived. Stops senders of one byte a second, also on the routes that
/// may wait long for their answer.
pub const BODY_READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Bodies received at once: far more than are worked on, since most of them only trickle; at 16 KiB each a quarter
/// of a gigabyte at the very worst.
pub const BODIES_AT_ONCE: usize = 16_384;

/// Time in which an ordinary request must be answered; the store refuses or answers well before.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait that `Prefer: wait=N` can ask for: below the 60 s after which common proxies give up.
pub const LONG_POLL_MAX: Duration = Duration::from_secs(30);

/// Time in which a waiting route must have begun its answer: the longest wait and some air.
pub const LONG_POLL_TIMEOUT: Duration = Duration::from_secs(35);

/// Ordinary requests worked on at once. Beyond it a quick 503 serves people better than a queue that outlives
/// their patience; at 10 ms each this is 100,000 requests a second, more than any store answers.
pub const REQUESTS_AT_ONCE: usize = 1_024;

/// Streams and long polls open at once on a node: each costs some kilobytes, so all of them a few hundred MB.
pub const WAITS_AT_ONCE: usize = 20_000;

/// Seconds after which a refused-as-busy client may try again.
pub const BUSY_RETRY_SECONDS: u64 = 1;

/// Pause between the comments that keep a silent event stream open: under the 30 s of impatient proxies.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// Longest `DPoP` header in bytes. An ES256 proof with all claims has about 600; nonces and long URLs fit.
pub const PROOF_MAX: usize = 4_096;

/// Longest `jti` of a proof in bytes: RFC 9449 §11.1 tells servers to limit it, since it is kept.
pub const JTI_MAX: usize = 128;

/// How old a proof without a server nonce may be, in seconds (RFC 9449 §11.1: "relatively brief").
pub const PROOF_AGE_SECONDS: i64 = 60;

/// How far in the future a proof without a server nonce may be, in seconds: small clock differences.
pub const PROOF_AHEAD_SECONDS: i64 = 10;

/// Grain of the times that nonces carry, in milliseconds: coarse, so that a nonce is no precise clock.
pub const NONCE_GRAIN_MS: u64 = 60_000;

/// How long a nonce is good for, counted from the start of its grain, in milliseconds.
pub const NONCE_LIFE_MS: u64 = 300_000;

/// Proofs remembered at once. One is remembered for 60 s (5 min with a nonce), so this carries 17,000 proofs a
/// second, about fifteen times what two cores can verify beside their other work; full, it takes some 40 MB.
pub const REPLAY_ENTRIES: usize = 1 << 20;

/// Parts of the replay memory, each with its own lock, so that cores do not queue for one.
pub const REPLAY_SHARDS: usize = 16;

/// Longest access token in bytes: ours have about 900.
pub const ACCESS_TOKEN_MAX: usize = 4_096;

/// Longest issuer in bytes: with `/q#`, login id and MAC (37 bytes) it must fit a QR code of version 6, level M,
/// in byte mode (106 bytes).
pub const ISSUER_MAX: usize = 69;

/// How long a browser keeps the cookie of a login: no login lives longer (RFC 10027 §6.1.2).
pub const LOGIN_COOKIE_LIFE: Duration = Duration::from_secs(600);

/// Cookies of logins that one browser is left with: more tabs than that are not looked at within ten minutes, and
/// all cookies together must fit a request's head.
pub const LOGIN_COOKIES: usize = 8;

/// Parameters that a form may have; the longest honest one has six.
pub const FORM_PARAMETERS_MAX: usize = 32;

/// Shortest password in characters. NIST SP 800-63B-4 §3.1.1.2 asks for 15 where a password stands alone and 8
/// where it is one of two factors. Here it opens a session that is bound to a key of the device, and passkeys
/// are still to come; until then 8, none that is easily guessed, and with sign-in attempts limited.
pub const PASSWORD_MIN: usize = 8;

/// Longest password in characters: above the 64 that NIST SP 800-63B-4 asks to permit, low enough that hashing
/// never sees a kilobyte-long input.
pub const PASSWORD_MAX: usize = 256;

/// Guesses that a chosen password must be worth by zxcvbn's estimate: a million is more than sign-in limits let
/// anybody try in a lifetime.
pub const PASSWORD_GUESSES: u64 = 1_000_000;

/// Characters of a chosen password that are judged.
pub const PASSWORD_JUDGED: usize = 64;

/// Memory for one password hash in KiB, with [`PASSWORD_PASSES`]: the OWASP Password Storage Cheat Sheet's
/// minimum for Argon2id.
pub const PASSWORD_MEMORY_KIB: u32 = 19 * 1024;

/// Passes over that memory.
pub const PASSWORD_PASSES: u32 = 2;

/// Password hashes worked on at once: each holds a core for tens of milliseconds, and the other routes need the
/// machine too.
pub const PASSWORDS_AT_ONCE: usize = 2;

/// Password hashes that may wait for their turn: under a second of work. Beyond it people are told to retry.
pub const PASSWORDS_WAITING: usize = 32;

/// A waiter looks again this often even without a wake-up: a lost one costs a delay, never the news.
pub const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// How long the store may take to say whether it is ready: less than the second or two that orchestrators wait.
pub const READY_TIMEOUT: Duration = Duration::from_millis(800);

/// For how long what it said is passed on: whoever asks often makes it work no more than once in that time.
pub const READY_KEPT: Duration = Duration::from_secs(1);

/// Entries of `X-Forwarded-For` that are read: no chain of one's own proxies has more.
pub const FORWARDED_MAX: usize = 32;

/// Keys that one budget of [`crate::rate`] remembers: some 2 MB each, and with budgets that fill up again in seconds
/// far more than a node serves in that time.
pub const RATE_KEYS_MAX: usize = 65_536;

/// Entries of what is remembered of who signed in here lately: two for each network and each key, one in all and one
/// for the account. The older half is forgotten at once, so it holds the latest 65,536 networks and keys at least;
/// full, it takes some 9 MB.
pub const RATE_HISTORY_MAX: usize = 262_144;

/// How long somebody who signed in counts as no stranger: people who come once a month still do.
pub const RATE_HISTORY_LIFE: Duration = Duration::from_hours(30 * 24);

/// Networks and keys that one account can make known in a day, and at once: more than its owner's devices have, far
/// fewer than a crowd.
pub const RATE_LEARNED_A_DAY: u32 = 40;

/// How often a budget whose memory is full is gone through for keys to forget: a millisecond's work at most.
pub const RATE_SWEEP: Duration = Duration::from_secs(1);
