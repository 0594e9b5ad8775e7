//! How a scan code reached the phone: scanned from a screen, or sent as a link.

use crate::named::named;

named! {
    /// How the code reached the phone, from safest to least safe.
    pub enum OpenedBy {
        /// The phone app's own scanner.
        Scanner = "scanner",
        /// A link that the phone's camera, or nobody knows who, opened.
        Link = "link",
        /// A link on another site's page.
        CrossSiteLink = "cross-site-link",
    }
}

impl OpenedBy {
    /// What a phone says; nothing and anything unknown count as a link.
    pub fn said(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or(Self::Link)
    }
}
