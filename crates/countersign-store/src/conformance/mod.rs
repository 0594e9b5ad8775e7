//! The suite that every store passes: the words of `countersign_core::ports`, as tests.
//!
//! A store brings a [`Subject`] and calls [`conformance_tests!`](crate::conformance_tests) with a
//! way to make a fresh one; each promise becomes one test. It knows nothing of how a store works,
//! but for one thing that no port does: a row spoilt by hand.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a promise that is not kept stops the test right there, with the value in the message"
)]

pub mod accounts;
pub mod acting;
pub mod activity;
pub mod again;
pub mod collect;
pub mod devices;
pub mod ending;
pub mod former;
pub mod invitations;
pub mod known;
pub mod logins;
pub mod making;
pub mod matching;
pub mod opening;
pub mod outbox;
pub mod passkeys;
pub mod phones;
pub mod reach;
pub mod recovery;
pub mod samples;
pub mod scene;
pub mod sessions;
pub mod taking;
pub mod upkeep;
pub mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::ids::LoginId;
use countersign_core::ports::{
    Accounts, Audit, Devices, Grants, Invitations, Logins, Outbox, Passkeys, RecoveryCodes, Upkeep,
    Watch,
};

/// A store under test.
#[async_trait]
pub trait Subject: Send + Sync + Sized + 'static {
    /// Its logins.
    fn logins(&self) -> Arc<dyn Logins>;

    /// Its accounts.
    fn accounts(&self) -> Arc<dyn Accounts>;

    /// Its grants.
    fn grants(&self) -> Arc<dyn Grants>;

    /// Its devices.
    fn devices(&self) -> Arc<dyn Devices>;

    /// Its passkeys.
    fn passkeys(&self) -> Arc<dyn Passkeys>;

    /// Its recovery codes.
    fn recovery_codes(&self) -> Arc<dyn RecoveryCodes>;

    /// Its invitations.
    fn invitations(&self) -> Arc<dyn Invitations>;

    /// Its outbox; a fresh store tells over [`outbox::CHANNELS`].
    fn outbox(&self) -> Arc<dyn Outbox>;

    /// What its detectors ask.
    fn watch(&self) -> Arc<dyn Watch>;

    /// Its audit log.
    fn audit(&self) -> Arc<dyn Audit>;

    /// Its upkeep.
    fn upkeep(&self) -> Arc<dyn Upkeep>;

    /// Stops it and starts it again on what it kept, with nothing in memory.
    async fn reopen(self) -> Self {
        self.reopen_with(&outbox::CHANNELS).await
    }

    /// The same; then it tells over these channels.
    async fn reopen_with(self, channels: &[&str]) -> Self;

    /// Makes the row of a confirmed login one that is no legal state, past whatever guards it.
    async fn spoil(&self, login: LoginId);
}

/// Makes one test of each promise. Takes a path to an `async fn() -> impl Subject` that makes a
/// fresh, empty store.
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:path) => {
        $crate::conformance_tests!(@module $fresh, logins:
            a_login_comes_back_in_every_state,
            a_login_has_every_detail_that_it_was_given,
            an_unknown_login_is_none_and_no_error,
            an_id_is_taken_once,
            of_two_hundred_writers_one_wins,
            a_write_on_another_version_writes_nothing,
            a_final_login_never_changes,
            no_reader_goes_back_behind_what_was_written,
            what_was_acknowledged_survives_a_restart,
            folding_the_audit_log_gives_the_row,
            a_row_that_is_no_legal_state_is_an_error,
        );
        $crate::conformance_tests!(@module $fresh, collect:
            collecting_writes_everything_at_once,
            of_two_hundred_collects_one_mints,
            who_may_not_approve_any_more_mints_nothing,
            a_collect_that_fails_half_way_leaves_nothing,
            a_collected_login_is_never_collected_again,
            a_device_is_found_again_by_its_key,
            an_earlier_grant_of_the_same_device_is_replaced,
        );
        $crate::conformance_tests!(@module $fresh, again:
            collecting_again_replaces_the_refresh_family,
            collecting_a_cookie_again_kills_the_one_before,
            collecting_again_needs_every_condition_of_collect,
        );
        $crate::conformance_tests!(@module $fresh, accounts:
            a_login_name_is_taken_once,
            accounts_are_listed_by_name,
            a_password_changes_and_ends_what_it_names,
            a_password_of_no_account_is_an_error,
            a_status_ends_everything_unless_it_is_active,
            a_lock_wins_against_collects_and_sign_ins,
            a_status_leaves_what_expired_as_it_was,
        );
        $crate::conformance_tests!(@module $fresh, acting:
            only_a_phone_that_still_may_changes_an_account,
            a_phone_that_was_taken_back_changes_nothing_any_more,
            a_password_that_was_changed_meanwhile_opens_nothing,
            a_new_password_wins_against_sign_ins_with_the_old_one,
        );
        $crate::conformance_tests!(@module $fresh, sessions:
            a_password_opens_a_session,
            only_an_active_account_opens_a_session,
            a_device_that_signs_in_anew_replaces_its_session,
            an_ended_grant_is_ended_once,
            an_expired_grant_is_not_ended_any_more,
            of_two_hundred_refreshes_one_wins,
            a_refresh_marks_the_device_as_seen,
            a_refresh_that_was_decided_before_the_end_loses,
            a_family_and_its_device_are_seen,
        );
        $crate::conformance_tests!(@module $fresh, phones:
            the_first_phone_approves_at_once_and_a_further_one_waits,
            of_two_hundred_first_phones_one_approves_at_once,
            a_phone_that_signs_in_again_is_no_further_one,
            a_phone_is_remembered_for_a_month,
            what_is_no_phone_of_the_account_makes_no_further_one,
            however_many_signed_in_since_the_first_phone_counts,
            however_often_it_had_signed_in_a_phone_that_was_sent_away_waits,
            a_phone_that_was_over_when_it_was_taken_back_begins_anew,
            a_phone_that_was_spared_goes_on,
            a_waiting_phone_mints_nothing_until_it_is_allowed,
            a_waiting_phone_is_allowed_once,
            what_is_no_live_phone_of_the_account_is_not_allowed,
            a_password_given_again_is_noted,
        );
        $crate::conformance_tests!(@module $fresh, ending:
            every_choice_ends_what_it_says,
            what_a_phone_approved_ends_after_it_as_well,
            what_a_phone_approved_in_earlier_sessions_ends_as_well,
            what_phones_approved_that_were_let_in_ends_as_well,
            all_end_however_many,
            an_end_wins_against_a_refresh,
            an_undo_wins_against_collects,
        );
        $crate::conformance_tests!(@module $fresh, passkeys:
            a_passkey_comes_back_as_it_was_added,
            who_may_not_add_a_passkey_adds_none,
            a_desktop_adds_one_passkey_ever,
            a_passkey_belongs_to_one_account,
            an_account_has_so_many_passkeys,
            only_its_account_names_and_removes_a_passkey,
            the_last_way_into_an_account_is_not_removed,
        );
        $crate::conformance_tests!(@module $fresh, opening:
            a_challenge_counts_once,
            of_two_hundred_answers_to_one_challenge_one_counts,
            of_uses_judged_at_once_one_counts,
            a_passkey_that_a_desktop_added_makes_a_phone_wait,
            a_passkey_opens_a_session,
            a_passkey_of_a_locked_account_opens_nothing,
            an_undo_wins_against_new_passkeys,
            a_recovery_is_over_with_a_new_credential,
        );
        $crate::conformance_tests!(@module $fresh, recovery:
            recovery_codes_replace_those_from_before,
            who_may_not_make_recovery_codes_makes_none,
            a_recovery_code_opens_one_session,
            a_recovery_waits_whoever_allows_it,
            a_password_beside_a_recovery_gains_nothing,
        );
        $crate::conformance_tests!(@module $fresh, invitations:
            an_invitation_is_found_until_a_later_one_replaces_it,
            what_is_not_good_is_not_accepted,
            accepting_ends_all_that_was,
            a_passkey_takes_the_place_of_the_password,
            an_invitation_is_accepted_once,
            an_invitation_is_void_once_its_account_is_shut,
        );
        $crate::conformance_tests!(@module $fresh, former:
            a_password_goes_with_who_set_it,
            a_password_that_somebody_else_set_since_stays,
            an_accepted_invitation_sets_a_password,
            a_former_password_is_kept_for_a_week,
            what_an_admin_sets_comes_of_nobody,
        );
        $crate::conformance_tests!(@module $fresh, taking:
            what_a_device_made_goes_with_it,
            what_a_device_made_outlives_a_sign_out,
            what_a_device_made_in_earlier_sessions_goes_as_well,
            who_came_by_a_passkey_that_is_gone_goes_as_well,
            a_new_session_stands_in_the_trust_of_the_old_one,
            whoever_wishes_it_is_spared,
            the_passkey_of_who_wishes_it_stays,
            only_a_phone_that_may_approve_ends_anything,
            an_undo_wins_against_letting_in,
            with_what_it_approved_goes_what_its_phones_approved,
        );
        $crate::conformance_tests!(@module $fresh, reach:
            a_tap_ends_only_what_nobody_misses,
            a_tap_takes_nothing_that_was_made,
            what_came_in_the_place_of_a_grant_goes_with_it,
            a_link_takes_back_once,
            a_recovered_phone_takes_the_codes_with_it,
            a_passkey_that_is_removed_takes_its_sessions,
            who_wished_it_is_named,
        );
        $crate::conformance_tests!(@module $fresh, matching:
            a_filter_means_what_holds_in_every_part,
            what_would_end_is_counted,
            who_is_spared_keeps_its_devices_trust,
        );
        $crate::conformance_tests!(@module $fresh, watch:
            who_was_asked_is_counted_by_key_and_network,
            no_more_accounts_are_counted_than_matter,
            denials_are_counted_by_client_and_network,
            an_alert_is_raised_once_in_a_while,
        );
        $crate::conformance_tests!(@module $fresh, outbox:
            what_is_notified_is_due_over_every_channel,
            what_is_not_notified_is_not_due,
            what_is_tried_again_is_due_later,
            deliveries_are_swept,
            challenges_and_invitations_are_swept,
        );
        $crate::conformance_tests!(@module $fresh, devices:
            devices_are_listed_with_their_live_grants,
            no_more_devices_are_listed_than_the_limit,
            a_device_is_called_what_its_owner_calls_it,
            a_device_that_is_not_the_accounts_is_not_renamed,
        );
        $crate::conformance_tests!(@module $fresh, activity:
            an_owner_is_told_of_ends_and_not_of_steps,
            an_owner_is_told_what_the_list_says,
            activity_is_read_page_by_page,
            activity_since_an_entry_is_read,
            an_entry_outlives_what_it_tells_of,
        );
        $crate::conformance_tests!(@module $fresh, upkeep:
            overdue_logins_are_named_oldest_first,
            logins_are_swept_when_they_ended_long_ago,
            grants_are_swept_with_their_families_and_devices,
            who_approved_what_stays_is_kept,
            who_made_what_stays_is_kept,
            a_sweep_forgets_no_phone_too_early,
            a_swept_login_costs_no_trust,
            a_sweep_takes_so_many_at_a_time,
            the_log_is_swept_by_age,
            a_sweep_takes_nothing_from_a_collect,
            a_store_that_is_well_is_ready,
        );
        $crate::conformance_tests!(@module $fresh, known:
            a_desktop_is_known_since_its_first_collect,
            a_desktop_is_known_to_its_account_and_client_alone,
            what_earns_no_trust_makes_no_desktop_known,
            a_denial_ends_what_a_desktop_had_earned,
            a_key_that_two_accounts_collected_with_is_known_to_neither,
            misuse_ends_what_a_desktop_had_earned,
            a_desktop_that_is_taken_back_once_it_is_over_starts_anew,
        );
    };
    (@module $fresh:path, $module:ident: $($name:ident,)*) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    $crate::conformance::$module::$name($fresh().await).await;
                }
            )*
        }
    };
}
