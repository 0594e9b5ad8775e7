//! How a scan code reached the phone: scanned from a screen, or sent as a link.

/// How the code reached the phone, from safest to least safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenedBy {
    /// The phone app's own scanner.
    Scanner,
    /// A link that the phone's camera, or nobody knows who, opened.
    Link,
    /// A link on another site's page.
    CrossSiteLink,
}

impl OpenedBy {
    /// The name on the wire and at rest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scanner => "scanner",
            Self::Link => "link",
            Self::CrossSiteLink => "cross-site-link",
        }
    }

    /// Reads a name; missing and unknown ones count as a link.
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            Some("scanner") => Self::Scanner,
            Some("cross-site-link") => Self::CrossSiteLink,
            _ => Self::Link,
        }
    }
}
