//! The conformance suite on the store behind the mirror of live logins.

use super::subject::Sqlite;

async fn fresh() -> Sqlite {
    Sqlite::fresh(true)
}

crate::conformance_tests!(super::fresh);
