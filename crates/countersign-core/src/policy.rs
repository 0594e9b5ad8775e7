//! What an approval takes: the one function that decides the level.

use crate::client::{Approval, Binding};
use crate::named::named;
use crate::network::Network;
use crate::opened_by::OpenedBy;
use crate::scan_code::Rotation;

named! {
    /// What the phone's person must do, from least to most.
    pub enum Level {
        /// Continue on the phone.
        Tap = "tap",
        /// Continue, then type the phone's check code on the desktop.
        Code = "code",
    }
}

/// What the level depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// What the client asks for.
    pub approval: Approval,
    /// What proves the desktop.
    pub binding: Binding,
    /// Whether the scan code rotates.
    pub rotation: Rotation,
    /// Whether this desktop's key, proved at creation, collected for this account and client
    /// before, at level `code` or higher, with no narrower scopes.
    pub known: bool,
    /// How the networks compare.
    pub network: Network,
    /// How the code reached the phone.
    pub opened_by: OpenedBy,
}

/// The level that an approval takes.
///
/// `tap` is never set, only reached: a known desktop nearby whose code was scanned, not sent.
pub fn level(circumstances: &Circumstances) -> Level {
    let Circumstances {
        approval,
        binding,
        rotation,
        known,
        network,
        opened_by,
    } = *circumstances;
    let nearby = matches!(network, Network::Same | Network::Near);
    let proves = binding == Binding::Dpop;
    let rotates = matches!(rotation, Rotation::Every(_));
    let scanned = opened_by != OpenedBy::CrossSiteLink;
    if approval == Approval::Auto && proves && known && nearby && rotates && scanned {
        Level::Tap
    } else {
        Level::Code
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn tap_needs_every_circumstance() {
        let best = Circumstances {
            approval: Approval::Auto,
            binding: Binding::Dpop,
            rotation: Rotation::Every(Duration::from_secs(30)),
            known: true,
            network: Network::Same,
            opened_by: OpenedBy::Scanner,
        };
        assert_eq!(level(&best), Level::Tap);
        assert_eq!(
            level(&Circumstances {
                network: Network::Near,
                ..best
            }),
            Level::Tap
        );
        assert_eq!(
            level(&Circumstances {
                opened_by: OpenedBy::Link,
                ..best
            }),
            Level::Tap
        );
        for worse in [
            Circumstances {
                approval: Approval::Code,
                ..best
            },
            Circumstances {
                binding: Binding::DeviceId,
                ..best
            },
            Circumstances {
                rotation: Rotation::Static,
                ..best
            },
            Circumstances {
                known: false,
                ..best
            },
            Circumstances {
                network: Network::Unknown,
                ..best
            },
            Circumstances {
                network: Network::Far,
                ..best
            },
            Circumstances {
                opened_by: OpenedBy::CrossSiteLink,
                ..best
            },
        ] {
            assert_eq!(level(&worse), Level::Code, "{worse:?}");
        }
    }
}
