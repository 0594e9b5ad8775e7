//! Which key may have been meant.

use super::keys::Key;

/// ` Is KEY meant?`, if one is near: a slip or two away, or the right word in the wrong section; else nothing.
pub(super) fn nearest(given: &str, keys: &[Key]) -> String {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let near = |key: &&Key| {
        let slips = distance(given, key.name);
        if last(given) == last(key.name) {
            slips.min(1)
        } else {
            slips.min(1 + distance(given, key.name.rsplit('.').next().unwrap_or_default()))
        }
    };
    let best = keys.iter().map(|key| (near(&key), key.name)).min();
    match best {
        Some((slips, name)) if slips <= 3 && slips * 2 < given.len() => {
            format!(" Is {name} meant?")
        }
        _ => String::new(),
    }
}

/// The name that may have been meant, if one is a slip or two away.
pub(crate) fn nearest_name<'a>(
    given: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let names = names.into_iter();
    let best = names.map(|name| (distance(given, name), name)).min();
    best.filter(|(slips, _)| *slips <= 3 && slips * 2 <= given.len())
        .map(|(_, name)| name)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, there) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *there);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::super::keys::KEYS;
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        for (given, meant) in [
            ("lifetimes.wating", " Is lifetimes.waiting meant?"),
            ("waiting", " Is lifetimes.waiting meant?"),
            ("limit.creations", " Is limits.creations meant?"),
            ("isuer", " Is issuer meant?"),
            ("port", ""),
            ("completely.different", ""),
        ] {
            assert_eq!(nearest(given, KEYS), meant, "{given}");
        }
    }
}
