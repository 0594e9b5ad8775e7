//! Times as people and machines read them, in UTC: the server knows nobody's time zone.

use countersign_core::time::Timestamp;

const DAY: u64 = 86_400;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2026-11-23T19:59:07Z` (RFC 3339).
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let (year, month, day) = date(at.seconds() / DAY);
    let (hour, minute, second) = time(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `23 November 2026 at 19:59 UTC`.
pub(crate) fn plain(at: Timestamp) -> String {
    let (year, month, day) = date(at.seconds() / DAY);
    let (hour, minute, _) = time(at);
    let name = usize::try_from(month - 1)
        .ok()
        .and_then(|index| MONTHS.get(index));
    let name = name.copied().unwrap_or_default();
    format!("{day} {name} {year} at {hour:02}:{minute:02} UTC")
}

const fn time(at: Timestamp) -> (u64, u64, u64) {
    let second = at.seconds() % DAY;
    (second / 3600, second / 60 % 60, second % 60)
}

/// Year, month and day of the day that is `days` after 1 January 1970. Counts in years that begin in March, so that
/// the leap day is the last one, and in eras of 400 years, which all have the same number of days.
const fn date(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (era, day) = (days / ERA, days % ERA);
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_735_689_600, "2025-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_millis(seconds * 1000)), text);
        }
        let at = Timestamp::from_millis(1_764_000_000_999);
        assert_eq!(plain(at), "24 November 2025 at 16:00 UTC");
    }
}
