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
pub mod again;
pub mod collect;
pub mod known;
pub mod logins;
pub mod samples;

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::ids::LoginId;
use countersign_core::ports::{Accounts, Audit, Devices, Grants, Logins, Upkeep};

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

    /// Its audit log.
    fn audit(&self) -> Arc<dyn Audit>;

    /// Its upkeep.
    fn upkeep(&self) -> Arc<dyn Upkeep>;

    /// Stops it and starts it again on what it kept, with nothing in memory.
    async fn reopen(self) -> Self;

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
            collecting_again_needs_every_condition_of_collect,
        );
        $crate::conformance_tests!(@module $fresh, accounts:
            a_login_name_is_taken_once,
            a_password_opens_a_session,
            only_an_active_account_opens_a_session,
            a_device_that_signs_in_anew_replaces_its_session,
            an_ended_grant_is_ended_once,
            an_expired_grant_is_not_ended_any_more,
            of_two_hundred_refreshes_one_wins,
            a_refresh_marks_the_device_as_seen,
            a_refresh_that_was_decided_before_the_end_loses,
            devices_are_listed_with_their_live_grants,
            no_more_devices_are_listed_than_the_limit,
        );
        $crate::conformance_tests!(@module $fresh, known:
            a_desktop_is_known_since_its_first_collect,
            a_desktop_is_known_to_its_account_and_client_alone,
            what_earns_no_trust_makes_no_desktop_known,
            a_denial_ends_what_a_desktop_had_earned,
            a_key_that_two_accounts_collected_with_is_known_to_neither,
            misuse_ends_what_a_desktop_had_earned,
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
