//! Tokens: proofs, access tokens, refresh tokens and forms that are not what they should be. All of them are played
//! beside the routes and the code that reads them.

use crate::cases::Case;

pub(crate) const CASES: &[Case] = &[
    (
        "proof: missing, empty, two",
        "routes/everywhere/proofs.rs::there_is_exactly_one_proof",
    ),
    (
        "proof: a second time",
        "routes/everywhere/proofs.rs::a_proof_counts_once",
    ),
    (
        "proof: for another method or address",
        "routes/everywhere/proofs.rs::a_proof_is_about_this_very_request",
    ),
    (
        "proof: algorithm, private key, point off the curve, signature",
        "routes/everywhere/proofs.rs::a_proof_is_a_signature_by_the_key_it_carries",
    ),
    (
        "proof: jti and iat of every odd form",
        "routes/everywhere/proofs.rs::a_proof_has_a_name_and_a_time_of_the_right_form",
    ),
    (
        "proof: a clock that is an hour off, a foreign nonce",
        "routes/everywhere/proofs.rs::a_wrong_clock_is_given_a_nonce_and_then_taken",
    ),
    (
        "proof: wrong or missing ath, another key, a bound token as Bearer",
        "routes/everywhere/proofs.rs::a_token_goes_with_a_proof_of_its_own_hash_and_key",
    ),
    (
        "proof: claims named twice",
        "crates/countersign-http/src/dpop/tests.rs::claims_named_twice_are_refused",
    ),
    (
        "access token: of another maker, changed, cut",
        "routes/everywhere/proofs.rs::an_access_token_is_one_that_this_server_made",
    ),
    (
        "access token: none, HMAC and zero signatures",
        "crates/countersign-http/src/access_token/tests.rs::unsigned_zero_signed_and_hmac_signed_tokens_are_refused",
    ),
    (
        "access token: kid, jku, x5c, typ, crit",
        "crates/countersign-http/src/access_token/tests.rs::the_header_is_ours_or_the_token_is_not",
    ),
    (
        "access token: another issuer, audience or key",
        "crates/countersign-http/src/access_token/tests.rs::another_issuer_audience_or_key_is_refused",
    ),
    (
        "access token: a second too late",
        "crates/countersign-http/src/access_token/tests.rs::a_token_ends_on_the_second_without_leeway",
    ),
    (
        "access token: claims doubled, missing, of another kind",
        "crates/countersign-http/src/access_token/tests.rs::claims_are_complete_known_single_and_of_their_kind",
    ),
    (
        "access token: a JWE, a proof, noise",
        "crates/countersign-http/src/access_token/tests.rs::a_jwe_a_proof_and_noise_are_refused",
    ),
    (
        "refresh token: used again",
        "routes/oauth/token/refresh.rs::an_old_token_used_again_ends_everything",
    ),
    (
        "refresh token: with another key",
        "routes/oauth/token/refresh.rs::a_stolen_token_is_of_no_use_and_betrays_the_theft",
    ),
    (
        "refresh token: by another client",
        "routes/oauth/token/refresh.rs::a_token_is_its_clients_alone",
    ),
    (
        "refresh token: without a proof, for more scopes",
        "routes/oauth/token/refresh.rs::a_refresh_takes_a_proof_and_asks_for_no_more_scopes",
    ),
    (
        "refresh token: the predecessor too often",
        "routes/oauth/token/refresh.rs::the_predecessor_comes_back_ten_times_at_most",
    ),
    (
        "refresh token: idle, or of a grant whose time is over",
        "routes/v1/me.rs::a_session_ends_by_time_and_by_not_being_used",
    ),
    (
        "form: parameters twice",
        "routes/oauth/token/form.rs::a_request_is_a_form_with_each_parameter_once",
    ),
    (
        "form: another client or grant type",
        "routes/oauth/token/form.rs::only_registered_clients_and_known_grants",
    ),
];
