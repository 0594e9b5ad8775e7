//! Refresh: a new refresh token for the old one.

use crate::audit::{Entry, Kind};
use crate::client::Binding;
use crate::grant::EndCause;
use crate::ids::{FamilyId, Thumbprint};
use crate::limits::RACE_ROUNDS;
use crate::ports::{Replaced, StoreError, Which};
use crate::refresh::{FamilyKind, RefreshRefusal, RefreshToken};

use super::{Failure, Service, SignedIn};

impl Service {
    /// Renews a grant for the device that proved `key` in the way of `binding`.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`] for a token that is unknown, another client's, dead, idle for too
    /// long or misused; a misused one ends its grant before this answers.
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        client: &str,
        (binding, key): (Binding, Thumbprint),
    ) -> Result<SignedIn, Failure> {
        let id = FamilyId::from_bytes(token.locator);
        for _ in 0..RACE_ROUNDS {
            let before = self.grants.family(id).await?.ok_or(Failure::InvalidGrant)?;
            let holder = self
                .grants
                .holder(before.grant)
                .await?
                .ok_or(Failure::InvalidGrant)?;
            if holder.grant.client.as_str() != client {
                return Err(Failure::InvalidGrant);
            }
            let now = self.now();
            let idle = now >= before.used_at.plus(holder.grant.role.idle());
            let (expected, next_secret) = (before.version, self.secret());
            let (next, verdict) = before.present(&token.secret, &key, &next_secret, now);
            // Proved in another way is proved by somebody else.
            let verdict = if holder.grant.binding == binding {
                verdict
            } else {
                verdict.and(Err(RefreshRefusal::Misused))
            };
            if verdict == Err(RefreshRefusal::Dead) {
                return Err(Failure::InvalidGrant);
            }
            if verdict == Err(RefreshRefusal::Misused) {
                // Ending the grant ends the family with it, in one commit.
                self.end(Which::One(holder.grant.id), EndCause::RefreshMisused, None)
                    .await?;
                return Err(Failure::InvalidGrant);
            }
            // Dead grants and locked accounts are refused only now: a misuse is punished first.
            self.holder(holder.grant.id, &key).await?;
            if idle {
                return Err(Failure::InvalidGrant);
            }
            let entry = Entry {
                account: Some(holder.account.id),
                device: Some(holder.device.id),
                grant: Some(holder.grant.id),
                ..Entry::new(now, Kind::Refreshed)
            };
            if self.grants.replace_family(expected, next, entry).await? == Replaced::Done {
                let secret = RefreshToken {
                    locator: token.locator,
                    secret: next_secret,
                };
                return Ok(SignedIn {
                    holder,
                    secret,
                    kind: FamilyKind::Refresh,
                });
            }
        }
        Err(Failure::Store(StoreError::Busy))
    }
}
