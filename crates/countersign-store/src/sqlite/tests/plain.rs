//! The conformance suite on the store itself.

use super::subject::Sqlite;

async fn fresh() -> Sqlite {
    Sqlite::fresh(false)
}

crate::conformance_tests!(super::fresh);
