-- The first tables. Rows that are no legal state can't be written: what a state needs and what it must not
-- have stands in CHECK constraints, and the reader refuses what gets past them.
--
-- Times are milliseconds since the Unix epoch. Ids are 16 bytes, keys (RFC 7638 thumbprints) and hashes 32.
-- Addresses are 16 bytes, IPv4 ones as IPv6 (RFC 4291 §2.5.5.2), so that a network is a range.
-- Names of causes and audit kinds are not listed here: they grow with every version, and changing a CHECK
-- means copying a table. The reader refuses those that it does not know.

PRAGMA application_id = 0x4353474E; -- "CSGN"

CREATE TABLE accounts (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    login_name    TEXT    NOT NULL UNIQUE CHECK (login_name <> ''),
    display_name  TEXT    NOT NULL,
    password_hash TEXT    CHECK (password_hash <> ''), -- none before an invitation, or beside a passkey
    email         TEXT    CHECK (email <> ''),
    status        TEXT    NOT NULL CHECK (status IN ('active', 'locked', 'disabled')),
    created_at    INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

-- The passwords that were changed, for as long as whoever did may be taken back: newest last.
CREATE TABLE former_passwords (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    set_by     BLOB    NOT NULL CHECK (length(set_by) = 16), -- the grant that set the next one
    set_at     INTEGER NOT NULL CHECK (set_at >= 0),
    hash       TEXT    CHECK (hash <> '') -- of the one before; none if there was none
) STRICT;

CREATE INDEX former_passwords_of_account ON former_passwords (account_id, seq);
CREATE INDEX former_passwords_set ON former_passwords (set_by);
CREATE INDEX former_passwords_before ON former_passwords (set_at);

CREATE TABLE devices (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL REFERENCES accounts (id),
    name          TEXT    CHECK (name <> ''),
    kind          TEXT    NOT NULL CHECK (kind <> ''),
    platform      TEXT    CHECK (platform <> ''),
    label         TEXT    CHECK (label <> ''), -- what its owner calls it
    key           BLOB    NOT NULL CHECK (length(key) = 32),
    first_seen    INTEGER NOT NULL CHECK (first_seen >= 0),
    last_seen     INTEGER NOT NULL CHECK (last_seen >= first_seen),
    distrusted_at INTEGER CHECK (distrusted_at >= 0), -- when its owner last took it back
    UNIQUE (account_id, key)
) STRICT;

CREATE INDEX devices_as_listed ON devices (account_id, last_seen DESC);

CREATE TABLE logins (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version         INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    created_at      INTEGER NOT NULL CHECK (created_at >= 0),
    server_key      INTEGER NOT NULL CHECK (server_key BETWEEN 0 AND 255),
    -- what was asked, never written again
    client          TEXT    NOT NULL CHECK (client <> ''),
    scopes          TEXT    NOT NULL,
    key             BLOB    NOT NULL CHECK (length(key) = 32),
    binding         TEXT    NOT NULL CHECK (binding IN ('dpop', 'device-id')),
    ending          TEXT    NOT NULL CHECK (ending IN ('tokens', 'cookie')),
    cookie          BLOB    CHECK (length(cookie) = 32), -- of the browser that asked, hashed
    proved          INTEGER NOT NULL CHECK (proved IN (0, 1)),
    rotate_ms       INTEGER NOT NULL CHECK (rotate_ms >= 0), -- 0: one scan code for life
    device_name     TEXT    CHECK (device_name <> ''),
    device_kind     TEXT    NOT NULL CHECK (device_kind <> ''),
    device_platform TEXT    CHECK (device_platform <> ''),
    browser         TEXT,
    os              TEXT,
    origin          TEXT    CHECK (origin <> ''),
    address         BLOB    CHECK (length(address) = 16),
    hint            TEXT    CHECK (hint <> ''), -- the login name that it is for, whether there is one or not
    act             TEXT    CHECK (act IN ('add_passkey')),
    phrase          BLOB    CHECK (length(phrase) = 32), -- of the phrase that was typed, a MAC under the server key
    device_code     BLOB    NOT NULL CHECK (length(device_code) = 32),
    -- counted
    strangers       BLOB    NOT NULL CHECK (length(strangers) % 16 = 0), -- account ids, one after the other
    wrong_codes     INTEGER NOT NULL CHECK (wrong_codes BETWEEN 0 AND 255),
    wrong_passkeys  INTEGER NOT NULL CHECK (wrong_passkeys BETWEEN 0 AND 255),
    wrong_phrases   INTEGER NOT NULL CHECK (wrong_phrases BETWEEN 0 AND 255),
    desktop_moved   INTEGER NOT NULL CHECK (desktop_moved IN (0, 1)),
    -- the state, and exactly what is known in it
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'scanned', 'checking', 'confirmed',
                                                      'collected', 'denied', 'cancelled', 'expired')),
    until           INTEGER CHECK (until >= 0),
    ended_at        INTEGER CHECK (ended_at >= 0),
    claim_version   INTEGER CHECK (claim_version BETWEEN 1 AND 4294967295),
    claim_session   BLOB    CHECK (length(claim_session) = 16),
    claim_account   BLOB    CHECK (length(claim_account) = 16),
    claim_context   TEXT    CHECK (json_valid(claim_context)),
    claim_challenge TEXT    CHECK (claim_challenge <> ''), -- sealed
    claim_address   BLOB    CHECK (length(claim_address) = 16),
    claimed_at      INTEGER CHECK (claimed_at >= 0),
    keep            INTEGER CHECK (keep IN (0, 1)),
    phone_key       BLOB    CHECK (length(phone_key) = 32),
    passkey_id      BLOB    CHECK (length(passkey_id) = 16),
    confirmed_at    INTEGER CHECK (confirmed_at >= 0),
    grant_id        BLOB    CHECK (length(grant_id) = 16),
    cause           TEXT    CHECK (cause <> ''),

    -- Without the hash any browser could end a login that ends with a cookie.
    CHECK ((ending = 'cookie') = (cookie IS NOT NULL)),
    CHECK (binding = 'dpop' OR ending = 'tokens'),
    CHECK ((state IN ('waiting', 'scanned', 'checking', 'confirmed')) = (until IS NOT NULL)),
    CHECK ((state IN ('collected', 'denied', 'cancelled', 'expired')) = (ended_at IS NOT NULL)),
    CHECK (CASE state WHEN 'waiting' THEN claim_version IS NULL
                      WHEN 'cancelled' THEN 1
                      WHEN 'expired' THEN 1
                      ELSE claim_version IS NOT NULL END),
    CHECK ((claim_version IS NULL) = (claim_session IS NULL)),
    CHECK ((claim_version IS NULL) = (claim_account IS NULL)),
    CHECK ((claim_version IS NULL) = (claim_context IS NULL)),
    CHECK ((claim_version IS NULL) = (claimed_at IS NULL)),
    CHECK (claim_version IS NOT NULL OR claim_address IS NULL),
    -- At level passkey, and there alone, a passkey is asked, and answers.
    CHECK ((claim_context ->> 'level' IS 'passkey') = (claim_challenge IS NOT NULL)),
    CHECK ((passkey_id IS NOT NULL) = (confirmed_at IS NOT NULL AND claim_challenge IS NOT NULL)),
    CHECK ((state IN ('checking', 'confirmed', 'collected')) = (confirmed_at IS NOT NULL)),
    CHECK ((confirmed_at IS NULL) = (keep IS NULL)),
    CHECK ((confirmed_at IS NULL) = (phone_key IS NULL)),
    CHECK ((state = 'collected') = (grant_id IS NOT NULL)),
    CHECK ((state IN ('denied', 'cancelled')) = (cause IS NOT NULL))
) STRICT;

-- For writing down what expired, and for sweeping what is over, in batches by time.
CREATE INDEX logins_by_deadline ON logins (until) WHERE until IS NOT NULL;
CREATE INDEX logins_over ON logins (ended_at) WHERE ended_at IS NOT NULL AND state <> 'denied';
CREATE INDEX logins_denied_before ON logins (ended_at) WHERE state = 'denied';
-- For a desktop's lost trust.
CREATE INDEX logins_denied ON logins (key, ended_at) WHERE state = 'denied';
-- For detectors: whom a desktop asked, and who was denied.
CREATE INDEX logins_asked ON logins (key, claimed_at, claim_account)
    WHERE claim_account IS NOT NULL AND proved = 1;
CREATE INDEX logins_asked_from ON logins (address, claimed_at, claim_account) WHERE claim_account IS NOT NULL;
CREATE INDEX logins_denied_of ON logins (client, ended_at) WHERE state = 'denied';
CREATE INDEX logins_denied_from ON logins (address, ended_at) WHERE state = 'denied';

-- A grant outlives the login and the session that it came from, so it names them without a foreign key.
CREATE TABLE grants (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id    BLOB    NOT NULL REFERENCES accounts (id),
    device_id     BLOB    NOT NULL REFERENCES devices (id),
    key           BLOB    NOT NULL CHECK (length(key) = 32),
    client        TEXT    NOT NULL CHECK (client <> ''),
    scopes        TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('phone', 'desktop')),
    how           TEXT    NOT NULL CHECK (how IN ('password', 'passkey', 'invitation', 'recovery', 'scan')),
    passkey_id    BLOB    CHECK (length(passkey_id) = 16),
    login_id      BLOB    UNIQUE CHECK (length(login_id) = 16), -- at most one grant for a login, ever
    approved_by   BLOB    CHECK (length(approved_by) = 16),
    level         TEXT    CHECK (level IN ('tap', 'code', 'passkey')),
    proved        INTEGER CHECK (proved IN (0, 1)),
    act           TEXT    CHECK (act IN ('add_passkey')),
    acted_at      INTEGER CHECK (acted_at >= 0), -- when it did that, once
    binding       TEXT    NOT NULL CHECK (binding IN ('dpop', 'device-id')),
    kept          INTEGER NOT NULL CHECK (kept IN (0, 1)),
    approves_from INTEGER CHECK (approves_from >= 0),
    allowed_by    BLOB    CHECK (length(allowed_by) = 16),
    -- The grant whose trust it has: that let it approve, that made the passkey or the recovery code which opened it,
    -- or the one of which an earlier session of the same phone had its own. Who takes that back takes this too.
    rests_on      BLOB    CHECK (length(rests_on) = 16),
    verified_at   INTEGER CHECK (verified_at >= 0),
    address       BLOB    CHECK (length(address) = 16),
    created_at    INTEGER NOT NULL CHECK (created_at >= 0),
    expires_at    INTEGER NOT NULL CHECK (expires_at >= created_at),
    ended_at      INTEGER CHECK (ended_at >= 0),
    end_cause     TEXT    CHECK (end_cause <> ''),

    CHECK ((how = 'passkey') = (passkey_id IS NOT NULL)),
    CHECK ((how = 'scan') = (login_id IS NOT NULL)),
    CHECK ((how = 'scan') = (approved_by IS NOT NULL)),
    CHECK ((how = 'scan') = (level IS NOT NULL)),
    CHECK ((how = 'scan') = (proved IS NOT NULL)),
    CHECK (act IS NULL OR (how = 'scan' AND level = 'passkey')),
    CHECK (acted_at IS NULL OR act IS NOT NULL),
    -- A recovery code is no password; one may be given later.
    CHECK (CASE how WHEN 'scan' THEN verified_at IS NULL
                    WHEN 'recovery' THEN 1
                    ELSE verified_at IS NOT NULL END),
    CHECK (how = 'scan' OR kept = 0),
    -- What was made by scanning never approves, nor does what can't sign.
    CHECK (role = 'desktop' OR (how <> 'scan' AND binding = 'dpop')),
    CHECK (role = 'phone' OR how NOT IN ('invitation', 'recovery')),
    CHECK ((role = 'phone') = (approves_from IS NOT NULL)),
    CHECK (allowed_by IS NULL OR (role = 'phone' AND how <> 'recovery' AND rests_on IS allowed_by)),
    CHECK ((ended_at IS NULL) = (end_cause IS NULL))
) STRICT;

-- The end of a grant is coalesce(ended_at, expires_at): it is never ended after it has expired.
CREATE INDEX grants_of_account ON grants (account_id, coalesce(ended_at, expires_at));
CREATE INDEX grants_of_device ON grants (device_id, ended_at, client, role);
CREATE INDEX grants_approved ON grants (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX grants_resting ON grants (rests_on) WHERE rests_on IS NOT NULL;
CREATE INDEX grants_of_key ON grants (key, created_at);
-- For revoking by where and when they were made.
CREATE INDEX grants_from ON grants (address, created_at) WHERE address IS NOT NULL;
CREATE INDEX grants_made ON grants (created_at, id);
CREATE INDEX grants_over ON grants (coalesce(ended_at, expires_at));

CREATE TABLE families (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    grant_id BLOB    NOT NULL REFERENCES grants (id),
    kind     TEXT    NOT NULL CHECK (kind IN ('refresh', 'cookie')),
    key      BLOB    NOT NULL CHECK (length(key) = 32),
    version  INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    current  BLOB    NOT NULL CHECK (length(current) = 32),
    previous BLOB    CHECK (length(previous) = 32),
    repeats  INTEGER NOT NULL CHECK (repeats BETWEEN 0 AND 255),
    used_at  INTEGER NOT NULL CHECK (used_at >= 0),
    ended    INTEGER NOT NULL CHECK (ended IN (0, 1)),

    -- A cookie stays the same.
    CHECK (kind = 'refresh' OR (previous IS NULL AND repeats = 0))
) STRICT;

CREATE INDEX families_of_grant ON families (grant_id);
-- At most one live refresh token or cookie for a grant.
CREATE UNIQUE INDEX families_alive ON families (grant_id) WHERE ended = 0;

CREATE TABLE clients (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    name        TEXT    NOT NULL,
    origins     TEXT    NOT NULL CHECK (json_valid(origins)),
    native      INTEGER NOT NULL CHECK (native IN (0, 1)),
    phone       INTEGER NOT NULL CHECK (phone IN (0, 1)),
    first_party INTEGER NOT NULL CHECK (first_party IN (0, 1)),
    approval    TEXT    NOT NULL CHECK (approval IN ('auto', 'code', 'passkey')),
    far         TEXT    NOT NULL CHECK (far IN ('code', 'passkey', 'refuse')),
    desktops    TEXT    NOT NULL CHECK (desktops IN ('open', 'known', 'registered')),
    registered_desktops TEXT NOT NULL CHECK (json_valid(registered_desktops)), -- thumbprints
    create_networks TEXT NOT NULL CHECK (json_valid(create_networks)),
    scan_networks   TEXT NOT NULL CHECK (json_valid(scan_networks)),
    scanner_only    INTEGER NOT NULL CHECK (scanner_only IN (0, 1)),
    login_hint_required INTEGER NOT NULL CHECK (login_hint_required IN (0, 1)),
    phrase          INTEGER NOT NULL CHECK (phrase IN (0, 1)),
    qr_scopes   TEXT    NOT NULL,
    rotate_ms   INTEGER NOT NULL CHECK (rotate_ms >= 0),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    keep_ms     INTEGER NOT NULL CHECK (keep_ms >= 0),
    binding     TEXT    NOT NULL CHECK (binding IN ('dpop', 'device-id')),
    ending      TEXT    NOT NULL CHECK (ending IN ('tokens', 'cookie')),

    CHECK (binding = 'dpop' OR (ending = 'tokens' AND phone = 0)),
    CHECK (desktops = 'registered' OR registered_desktops = '[]')
) STRICT;

CREATE TABLE audit (
    seq           INTEGER NOT NULL PRIMARY KEY,
    at            INTEGER NOT NULL CHECK (at >= 0),
    kind          TEXT    NOT NULL CHECK (kind <> ''),
    login_id      BLOB    CHECK (length(login_id) = 16),
    login_version INTEGER CHECK (login_version BETWEEN 1 AND 4294967295),
    login_from    TEXT    CHECK (login_from <> ''),
    login_to      TEXT    CHECK (login_to <> ''),
    account_id    BLOB    CHECK (length(account_id) = 16),
    device_id     BLOB    CHECK (length(device_id) = 16),
    grant_id      BLOB    CHECK (length(grant_id) = 16),
    by_grant      BLOB    CHECK (length(by_grant) = 16), -- whose holder wished it
    detail        TEXT,
    subject       TEXT    CHECK (subject <> ''),

    CHECK ((login_id IS NULL) = (login_version IS NULL)),
    CHECK ((login_id IS NULL) = (login_to IS NULL)),
    CHECK (login_id IS NOT NULL OR login_from IS NULL)
) STRICT;

-- Each change of a login has one entry.
CREATE UNIQUE INDEX audit_of_login ON audit (login_id, login_version) WHERE login_id IS NOT NULL;
-- An account's activity. Without refreshes, which are most entries and told to nobody.
CREATE INDEX audit_of_account ON audit (account_id, seq) WHERE account_id IS NOT NULL AND kind <> 'refreshed';
-- For sweeping, in batches by time.
CREATE INDEX audit_before ON audit (at);
-- For raising an alert once.
CREATE INDEX audit_alerts ON audit (detail, subject, account_id, at) WHERE kind = 'alert';

CREATE TABLE passkeys (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    credential BLOB    NOT NULL UNIQUE CHECK (length(credential) BETWEEN 1 AND 1023),
    name       TEXT    NOT NULL CHECK (name <> ''),
    state      TEXT    NOT NULL CHECK (state <> ''),
    synced     INTEGER NOT NULL CHECK (synced IN (0, 1)),
    made_by    BLOB    NOT NULL REFERENCES grants (id),
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    used_at    INTEGER CHECK (used_at >= 0)
) STRICT;

CREATE INDEX passkeys_of_account ON passkeys (account_id, created_at, id);
CREATE INDEX passkeys_made ON passkeys (made_by);

-- Challenges that were met, until they would have expired.
CREATE TABLE used_challenges (
    challenge BLOB    NOT NULL PRIMARY KEY CHECK (length(challenge) = 32), -- hashed
    until     INTEGER NOT NULL CHECK (until >= 0)
) STRICT;

CREATE INDEX used_challenges_until ON used_challenges (until);

CREATE TABLE recovery_codes (
    code       BLOB    NOT NULL PRIMARY KEY CHECK (length(code) = 32), -- hashed
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    made_by    BLOB    NOT NULL REFERENCES grants (id),
    made_at    INTEGER NOT NULL CHECK (made_at >= 0),
    used_at    INTEGER CHECK (used_at >= 0)
) STRICT;

CREATE INDEX recovery_codes_of_account ON recovery_codes (account_id);
CREATE INDEX recovery_codes_made ON recovery_codes (made_by);

CREATE TABLE invitations (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    secret     BLOB    NOT NULL CHECK (length(secret) = 32), -- hashed
    created_at INTEGER NOT NULL CHECK (created_at >= 0),
    expires_at INTEGER NOT NULL CHECK (expires_at >= created_at),
    used_at    INTEGER CHECK (used_at >= 0) -- or replaced
) STRICT;

-- At most one is good.
CREATE UNIQUE INDEX invitations_good ON invitations (account_id) WHERE used_at IS NULL;
CREATE INDEX invitations_of_account ON invitations (account_id);
CREATE INDEX invitations_over ON invitations (expires_at);

-- Over which channels the server that owns this file tells what happens; whoever writes beside it does so too.
CREATE TABLE channels (
    name TEXT NOT NULL PRIMARY KEY CHECK (name <> '')
) STRICT, WITHOUT ROWID;

-- What has to be sent, one row for each channel. A message goes with the entry that it tells of.
CREATE TABLE outbox (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- never given twice
    seq        INTEGER NOT NULL REFERENCES audit (seq) ON DELETE CASCADE,
    channel    TEXT    NOT NULL CHECK (channel <> ''),
    attempts   INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 4294967295),
    due_at     INTEGER NOT NULL CHECK (due_at >= 0),
    written_at INTEGER NOT NULL CHECK (written_at >= 0),

    UNIQUE (seq, channel)
) STRICT;

CREATE INDEX outbox_due ON outbox (channel, due_at, id);
CREATE INDEX outbox_before ON outbox (written_at);
