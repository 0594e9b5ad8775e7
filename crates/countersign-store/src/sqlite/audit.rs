//! The audit log, as it is read. Every write has its entry in the same commit, elsewhere.

use std::sync::LazyLock;

use async_trait::async_trait;
use countersign_core::audit::{Entry, Kind, TOLD, Told};
use countersign_core::ids::{AccountId, ClientId, LoginId};
use countersign_core::login::StateName;
use countersign_core::ports::{Audit, Page, StoreError};
use rusqlite::named_params;

use super::devices::{ACTING, ACTOR, NAME};
use super::rows::audit::{self, ENTRY};
use super::{SqliteStore, all};

#[async_trait]
impl Audit for SqliteStore {
    async fn of_login(&self, id: LoginId) -> Result<Vec<Entry>, StoreError> {
        self.read(move |db| {
            let sql =
                format!("SELECT {ENTRY} FROM audit WHERE login_id = ? ORDER BY login_version");
            all(db, &sql, [id.bytes()], audit::entry)
        })
        .await
    }

    async fn of_account(&self, account: AccountId, page: Page) -> Result<Vec<Told>, StoreError> {
        let place = |seq| i64::try_from(seq).unwrap_or(i64::MAX);
        let before = page.before.map_or(i64::MAX, place);
        let after = page.after.map_or(-1, place);
        self.read(move |db| {
            let params = named_params! {
                ":account": account.bytes(),
                ":before": before,
                ":after": after,
                ":limit": page.limit,
            };
            all(db, &OF_ACCOUNT, params, |columns| {
                let (id, entry) = audit::entry_with_seq(columns)?;
                Ok(Told {
                    id,
                    entry,
                    device: columns.take()?,
                    by_device: columns.take()?,
                    client: columns.word_or_none(ClientId::parse)?,
                })
            })
        })
        .await
    }
}

/// `kind <> 'refreshed'` stands in the index, which is used only when the question says it too.
static OF_ACCOUNT: LazyLock<String> = LazyLock::new(|| {
    let told = words(TOLD.iter().map(|kind| kind.name()));
    let ends = words(
        StateName::ALL
            .iter()
            .filter(|state| state.is_final())
            .map(|state| state.name()),
    );
    let moved = Kind::LoginMoved.name();
    format!(
        "SELECT {ENTRY}, {NAME}, {ACTOR}, coalesce(grants.client, logins.client) FROM audit \
         LEFT JOIN devices AS named ON named.id = audit.device_id \
         {ACTING}LEFT JOIN grants ON grants.id = audit.grant_id \
         LEFT JOIN logins ON logins.id = audit.login_id \
         WHERE audit.account_id = :account AND audit.kind <> 'refreshed' AND audit.seq < :before \
         AND audit.seq > :after \
         AND audit.kind IN ({told}) AND (audit.kind <> '{moved}' OR audit.login_to IN ({ends})) \
         ORDER BY audit.seq DESC LIMIT :limit"
    )
});

fn words(names: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<_> = names.map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}
