//! Browser and operating system families as a `User-Agent` claims them.
//!
//! A claim for people to read, never an input to a decision; so a few families are enough.

/// Tokens of browsers, the more specific before what they imitate (RFC 9110 §10.1.5).
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("Windows NT", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// The browser and operating system that `agent` claims, as far as they are known families.
pub(crate) fn families(agent: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(agent) = agent else {
        return (None, None);
    };
    let find = |table: &[(&str, &str)]| {
        table
            .iter()
            .find(|(token, _)| agent.contains(token))
            .map(|(_, name)| (*name).to_owned())
    };
    let safari =
        || (agent.contains("Version/") && agent.contains("Safari/")).then(|| "Safari".to_owned());
    let own = || {
        agent
            .starts_with("countersign")
            .then(|| "Countersign in a terminal".to_owned())
    };
    (find(&BROWSERS).or_else(safari).or_else(own), find(&SYSTEMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_apart() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
                "Chrome",
                "Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0",
                "Firefox",
                "Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/120.0 Mobile Safari/604.1",
                "Chrome",
                "iOS",
            ),
        ];
        for (agent, browser, system) in cases {
            assert_eq!(
                families(Some(agent)),
                (Some(browser.to_owned()), Some(system.to_owned()))
            );
        }
        assert_eq!(families(Some("<script>")), (None, None));
        assert_eq!(families(None), (None, None));
    }
}
