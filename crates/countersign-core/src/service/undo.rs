//! Taking back: by the link in a notice, and all of a kind at once.

use crate::grant::EndCause;
use crate::ids::GrantId;
use crate::limits::UNDO_TOKEN;
use crate::ports::{Filter, Gone, Holder, Which};
use crate::time::Timestamp;

use super::{Failure, Service};

const LABEL: &[u8] = b"countersign undo\0";

impl Service {
    /// What the undo link of a notice about `grant` carries in its fragment. It takes back that grant, once, and
    /// does nothing else, so that it may travel by mail. `None` only when the cipher fails.
    pub fn undo_token(&self, grant: GrantId) -> Option<String> {
        let until = self.now().plus(UNDO_TOKEN);
        let mut clear = grant.bytes().to_vec();
        clear.extend_from_slice(&until.millis().to_be_bytes());
        self.keys.seal(LABEL, b"", &clear, self.random())
    }

    /// Takes back the sign-in of an undo link, with what its device made and approved. Needs nobody who is
    /// signed in: who reads the notice may have lost every device. What was taken back before stays as it is.
    ///
    /// # Errors
    /// [`Failure::UndoInvalid`] for what this server did not make, or too long ago.
    pub async fn undo_by_token(&self, token: &str) -> Result<Gone, Failure> {
        let clear = self.keys.unseal(LABEL, b"", token);
        let (grant, until) = clear
            .as_deref()
            .and_then(read)
            .ok_or(Failure::UndoInvalid)?;
        if self.now() >= until {
            return Err(Failure::UndoInvalid);
        }
        let gone = self
            .end(Which::ByLink(grant), EndCause::Undone, None)
            .await?;
        if let Some(holder) = self.grants.holder(grant).await? {
            self.signal.tell(holder.account.id);
        }
        Ok(gone)
    }

    /// Ends all grants of the holder's account that the filter means, but never the holder's own.
    ///
    /// # Errors
    /// Those of a sensitive act; [`Failure::NothingNamed`] for a filter that names nothing.
    pub async fn revoke(&self, holder: &Holder, filter: Filter) -> Result<Gone, Failure> {
        self.sensitive(holder)?;
        if !filter.names_something() {
            return Err(Failure::NothingNamed);
        }
        let filter = Filter {
            account: Some(holder.account.id),
            but: Some(holder.grant.id),
            ..filter
        };
        self.end(Which::Matching(filter), EndCause::Revoked, Some(holder))
            .await
    }

    /// Ends all grants that the filter means, for the operator.
    ///
    /// # Errors
    /// [`Failure::NothingNamed`] for a filter that names nothing, not even an account.
    pub async fn revoke_as_operator(&self, filter: Filter) -> Result<Gone, Failure> {
        let which = Self::meant(filter)?;
        self.end(which, EndCause::Revoked, None).await
    }

    /// How many live grants [`Service::revoke_as_operator`] would begin with.
    ///
    /// # Errors
    /// Its own.
    pub async fn would_revoke(&self, filter: Filter) -> Result<u64, Failure> {
        let which = Self::meant(filter)?;
        Ok(self.grants.count(which, self.now()).await?)
    }

    fn meant(filter: Filter) -> Result<Which, Failure> {
        let named = filter.account.is_some() || filter.names_something();
        named
            .then_some(Which::Matching(filter))
            .ok_or(Failure::NothingNamed)
    }
}

fn read(clear: &[u8]) -> Option<(GrantId, Timestamp)> {
    let (grant, until) = clear.split_at_checked(16)?;
    let until = u64::from_be_bytes(until.try_into().ok()?);
    let grant = GrantId::from_bytes(grant.try_into().ok()?);
    Some((grant, Timestamp::from_millis(until)))
}
