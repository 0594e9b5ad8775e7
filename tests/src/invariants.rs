//! What holds after every run, whatever happened in it: the promises of the protocol, read off the database.
//!
//! Each rule is a query that gives what breaks it, so that a breach names the row. The rules know the tables and
//! none of the server's code: they are a second reading of the same promises.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::server::Server;

/// Panics with every breach in the server's database; it may run, or have been stopped or killed.
pub fn invariants(server: &Server) {
    let found = breaches(&server.database());
    assert!(found.is_empty(), "broken invariants:\n{}", found.join("\n"));
}

/// Every breach in a database, as `rule: row`.
pub fn breaches(database: &Path) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(database, flags).expect("the database opens");
    // One transaction, so that all rules see the same moment of a running server.
    db.execute_batch("BEGIN").expect("it can be read");
    let checked: i64 = db
        .query_row("SELECT count(*) FROM audit", [], |row| row.get(0))
        .expect("it has an audit log");
    assert!(checked > 0, "nothing happened on this server");
    RULES
        .iter()
        .flat_map(|(rule, sql)| {
            let mut query = db.prepare(sql).expect(rule);
            let rows = query.query_map([], |row| row.get::<_, String>(0));
            let rows: Vec<_> = rows.expect(rule).map(|row| row.expect(rule)).collect();
            rows.into_iter().map(move |row| format!("{rule}: {row}"))
        })
        .collect()
}

const RULES: [(&str, &str); 36] = [
    (
        "the file is sound",
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    ),
    (
        "no row points into nothing",
        "SELECT \"table\" || ' ' || rowid FROM pragma_foreign_key_check",
    ),
    (
        "a login gives at most one grant",
        "SELECT hex(login_id) FROM grants WHERE login_id IS NOT NULL
         GROUP BY login_id HAVING count(*) > 1",
    ),
    (
        "a grant by scan is that of a login",
        // A login is kept for an hour after its end.
        "SELECT hex(id) FROM grants WHERE login_id IS NOT NULL AND login_id NOT IN (SELECT id FROM logins)
         AND created_at > (SELECT max(at) FROM audit) - 3600000",
    ),
    (
        "a login has a grant, the one that it names, exactly when it is collected",
        "SELECT hex(l.id) || ' ' || l.state FROM logins l LEFT JOIN grants g ON g.login_id = l.id
         WHERE (l.state = 'collected') <> (g.id IS NOT NULL) OR l.grant_id IS NOT g.id",
    ),
    (
        "a grant is what was asked at creation, for who scanned and confirmed",
        "SELECT hex(g.id) FROM grants g JOIN logins l ON l.id = g.login_id
         WHERE g.key <> l.key OR g.client <> l.client OR g.scopes <> l.scopes OR g.role <> 'desktop'
         OR g.account_id <> l.claim_account OR g.approved_by <> l.claim_session
         OR g.proved <> l.proved OR g.binding <> l.binding OR g.kept <> l.keep
         OR l.confirmed_at IS NULL",
    ),
    (
        "who approved is a phone of the same account, signed in without a scan",
        "SELECT hex(g.id) FROM grants g LEFT JOIN grants p ON p.id = g.approved_by
         WHERE g.login_id IS NOT NULL AND (p.id IS NULL OR p.role <> 'phone' OR p.how = 'scan'
         OR p.account_id <> g.account_id)",
    ),
    (
        "a phone that waits claims nothing",
        "SELECT hex(l.id) FROM logins l JOIN grants p ON p.id = l.claim_session
         WHERE p.approves_from > l.claimed_at",
    ),
    (
        "phones may approve from some time on, and nobody else ever",
        "SELECT hex(id) FROM grants WHERE (role = 'phone') <> (approves_from IS NOT NULL)",
    ),
    (
        "no password was given where a scan signed in",
        "SELECT hex(id) FROM grants WHERE how = 'scan' AND verified_at IS NOT NULL",
    ),
    (
        "what can't sign is a desktop that typed a code, and not for long",
        "SELECT hex(id) FROM grants WHERE binding = 'device-id'
         AND (role <> 'desktop' OR level IS NOT 'code' OR kept OR expires_at - created_at > 28800000)",
    ),
    (
        "what can't sign proved nothing",
        "SELECT hex(id) FROM logins WHERE binding = 'device-id' AND proved",
    ),
    (
        "whose phone's session had ended collects nothing",
        "SELECT hex(g.id) FROM grants g
         JOIN audit made ON made.grant_id = g.id AND made.login_to = 'collected'
         JOIN audit over ON over.grant_id = g.approved_by AND over.kind = 'grant_ended'
         WHERE over.seq < made.seq",
    ),
    (
        "a grant is bound to one key, everywhere",
        "SELECT hex(g.id) FROM grants g JOIN devices d ON d.id = g.device_id
         JOIN families f ON f.grant_id = g.id
         WHERE d.key <> g.key OR f.key <> g.key OR d.account_id <> g.account_id",
    ),
    (
        "a grant has at most one live refresh token or cookie, and none once it has ended",
        "SELECT hex(g.id) || ' ' || count(*) FROM grants g
         JOIN families f ON f.grant_id = g.id AND f.ended = 0
         GROUP BY g.id HAVING count(*) > (g.ended_at IS NULL)",
    ),
    (
        "a cookie keeps the desktops of clients that end with one, and nothing else",
        "SELECT hex(f.id) FROM families f JOIN grants g ON g.id = f.grant_id JOIN clients c ON c.id = g.client
         WHERE (f.kind = 'cookie') <> (g.role = 'desktop' AND c.ending = 'cookie')",
    ),
    (
        "nothing is renewed, collected or allowed of a grant that has ended, nor changed by it",
        "SELECT hex(g.grant_id) || ' ' || g.kind FROM audit over JOIN audit g ON g.grant_id = over.grant_id
         WHERE over.kind = 'grant_ended' AND g.seq > over.seq
         AND g.kind IN ('refreshed', 'collected_again', 'verified', 'phone_allowed', 'password_changed',
            'status_changed', 'passkey_added', 'recovery_codes_made')",
    ),
    (
        "an account that is out of use is signed in nowhere",
        "SELECT hex(g.id) FROM grants g JOIN accounts a ON a.id = g.account_id
         WHERE a.status <> 'active' AND g.ended_at IS NULL AND g.expires_at > (SELECT max(at) FROM audit)",
    ),
    (
        "a device has at most one live grant of a client and role",
        "SELECT hex(device_id) || ' ' || client FROM grants WHERE ended_at IS NULL
         GROUP BY device_id, client, role HAVING count(*) > 1",
    ),
    (
        "a login's audit begins with its creation and has each version once, in order",
        "WITH steps AS (SELECT *, lag(login_version) OVER earlier AS version_before,
                        lag(login_to) OVER earlier AS to_before FROM audit WHERE login_id IS NOT NULL
                        WINDOW earlier AS (PARTITION BY login_id ORDER BY seq))
         SELECT hex(login_id) || ' version ' || login_version FROM steps WHERE CASE
         WHEN version_before IS NULL THEN NOT (kind = 'login_created' AND login_version = 1
                                               AND login_from IS NULL AND login_to = 'waiting')
         ELSE NOT (kind <> 'login_created' AND login_version = version_before + 1
                   AND login_from IS to_before) END",
    ),
    (
        "a login's audit ends where its row stands",
        "SELECT hex(l.id) || ' ' || l.state FROM logins l LEFT JOIN audit a ON a.login_id = l.id
         AND a.seq = (SELECT max(seq) FROM audit WHERE login_id = l.id)
         WHERE a.login_version IS NOT l.version OR a.login_to IS NOT l.state",
    ),
    (
        "an audited login has a row",
        "SELECT hex(login_id) FROM audit WHERE login_id IS NOT NULL AND login_id NOT IN (SELECT id FROM logins) GROUP BY login_id
         HAVING max(at) > (SELECT max(at) FROM audit) - 3600000",
    ),
    (
        "a login moves along the table and never out of an end",
        "SELECT hex(login_id) || ' ' || login_from || ' to ' || login_to || ' by ' || kind FROM audit
         WHERE login_from IS NOT NULL AND CASE
         WHEN kind = 'login_moved' THEN (login_from || ' ' || login_to) NOT IN (
            'waiting scanned', 'waiting cancelled', 'waiting expired',
            'scanned checking', 'scanned confirmed', 'scanned denied', 'scanned cancelled',
            'scanned expired', 'checking confirmed', 'checking denied', 'checking cancelled',
            'checking expired', 'confirmed collected', 'confirmed denied', 'confirmed cancelled',
            'confirmed expired')
         WHEN kind = 'stranger_scanned' THEN login_from || login_to NOT IN ('scannedscanned', 'waitingwaiting')
         WHEN kind IN ('context_changed', 'wrong_passkey', 'wrong_phrase') THEN login_from || login_to <> 'scannedscanned'
         WHEN kind = 'desktop_moved' THEN login_from <> login_to
         WHEN kind = 'wrong_code' THEN login_from || login_to <> 'checkingchecking'
         ELSE 1 END",
    ),
    (
        "one account alone moves a login after its scan",
        "SELECT DISTINCT hex(l.id) FROM logins l JOIN audit a ON a.login_id = l.id
         WHERE a.kind <> 'stranger_scanned' AND a.account_id IS NOT NULL
         AND a.account_id IS NOT l.claim_account",
    ),
    (
        "strangers and wrong codes are counted as audited",
        "SELECT hex(l.id) FROM logins l LEFT JOIN audit a ON a.login_id = l.id GROUP BY l.id
         HAVING length(l.strangers) / 16 <> count(*) FILTER (WHERE a.kind = 'stranger_scanned')
            + (l.cause IS 'strangers')
         OR l.wrong_codes <> count(*) FILTER (WHERE a.kind = 'wrong_code') + (l.cause IS 'wrong_codes')
         OR l.wrong_passkeys <> count(*) FILTER (WHERE a.kind = 'wrong_passkey') + (l.cause IS 'wrong_passkeys')
         OR l.wrong_phrases <> count(*) FILTER (WHERE a.kind = 'wrong_phrase') + (l.cause IS 'wrong_phrases')
         OR l.wrong_phrases > 3 OR (l.wrong_phrases > 0 AND l.phrase IS NULL)
         OR l.wrong_codes > 3 OR l.wrong_passkeys > 5 OR length(l.strangers) / 16 > 3",
    ),
    (
        "a passkey is of the account that made it, and a scan made at most one for an act",
        "SELECT hex(p.id) FROM passkeys p JOIN grants g ON g.id = p.made_by
         WHERE g.account_id <> p.account_id OR (g.role = 'desktop' AND g.act IS NULL)
         UNION ALL SELECT hex(g.id) FROM grants g JOIN passkeys p ON p.made_by = g.id
         WHERE g.role = 'desktop' GROUP BY g.id HAVING count(*) > 1",
    ),
    (
        "who came by a recovery code waits",
        "SELECT hex(id) FROM grants WHERE how = 'recovery' AND approves_from <= created_at",
    ),
    (
        "what made recovery codes, or let a phone approve, is a phone of the same account",
        "SELECT hex(c.account_id) FROM recovery_codes c JOIN grants g ON g.id = c.made_by
         WHERE g.account_id <> c.account_id OR g.role <> 'phone'
         UNION ALL SELECT hex(g.id) FROM grants g JOIN grants p ON p.id = g.allowed_by
         WHERE p.account_id <> g.account_id OR p.role <> 'phone' OR p.id = g.id",
    ),
    (
        "what opened a session rests with its account",
        "SELECT hex(g.id) FROM grants g LEFT JOIN grants maker ON maker.id = g.rests_on
         WHERE maker.account_id <> g.account_id OR (g.how = 'recovery' AND maker.id IS NULL)",
    ),
    (
        "an invitation that was accepted is good no more, and one at most is",
        "SELECT hex(i.account_id) FROM invitations i JOIN audit a ON a.account_id = i.account_id
         WHERE a.kind = 'invitation_accepted' AND i.used_at IS NULL AND i.created_at < a.at
         UNION ALL SELECT hex(account_id) FROM invitations WHERE used_at IS NULL
         GROUP BY account_id HAVING count(*) > 1",
    ),
    (
        "nothing is sent of what is part of something else",
        "SELECT o.id || ' ' || a.kind FROM outbox o JOIN audit a ON a.seq = o.seq
         WHERE a.kind IN ('login_created', 'refreshed', 'verified', 'collected_again', 'name_taken', 'wrong_code',
            'wrong_phrase')
         OR o.due_at < o.written_at",
    ),
    (
        "an act is approved with a passkey",
        "SELECT hex(id) FROM grants WHERE act IS NOT NULL AND level IS NOT 'passkey'",
    ),
    (
        "nothing expires early",
        "SELECT hex(l.id) FROM logins l JOIN audit a ON a.login_id = l.id AND a.login_to = 'expired'
         WHERE a.at < l.ended_at",
    ),
    (
        "a grant was made once, and ended once, by somebody or by its successor",
        "SELECT hex(g.id) FROM grants g LEFT JOIN audit a ON a.grant_id = g.id GROUP BY g.id
         HAVING count(*) FILTER (WHERE a.kind IN ('session_opened', 'recovery_started', 'invitation_accepted')
            OR a.login_to = 'collected') <> 1
         OR count(*) FILTER (WHERE a.kind = 'grant_ended')
            <> (g.ended_at IS NOT NULL AND g.end_cause <> 'replaced')",
    ),
    (
        "a grant has a family for each time that it was collected",
        "SELECT hex(g.id) FROM grants g WHERE (SELECT count(*) FROM families WHERE grant_id = g.id)
         <> 1 + (SELECT count(*) FROM audit WHERE grant_id = g.id AND kind = 'collected_again')",
    ),
    (
        "each refresh is audited once",
        "SELECT hex(g.id) FROM grants g
         WHERE (SELECT sum(version - 1 - ended) FROM families WHERE grant_id = g.id)
         <> (SELECT count(*) FROM audit WHERE grant_id = g.id AND kind = 'refreshed')",
    ),
];
