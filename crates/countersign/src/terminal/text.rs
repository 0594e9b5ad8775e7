//! Text for people: foreign words made harmless, durations in words.

/// Characters that a name may have at most when it is shown.
const MAX_CHARS: usize = 200;

/// Text from elsewhere, without what could steer a terminal or deceive the eye: control characters (escape sequences
/// begin with one), bidirectional overrides, invisible characters, line breaks; cut at 200 characters.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = harmless(text);
    if let Some((cut, _)) = shown.char_indices().nth(MAX_CHARS) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

/// As [`plain`], at any length.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().filter(|c| !is_treacherous(*c)).collect()
}

fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A duration in its largest whole unit: "8 hours", "30 days", "1 minute".
pub(crate) fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        86_400.. if seconds.is_multiple_of(86_400) || seconds >= 3 * 86_400 => {
            (seconds / 86_400, "day")
        }
        3600.. => (seconds / 3600, "hour"),
        60.. => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_deceives_the_eye_is_dropped() {
        assert_eq!(plain("Shop\x1b[2J\x07\u{9b}31m\r\n"), "Shop[2J31m");
        assert_eq!(plain("evil\u{202e}gpj.exe\u{2066}"), "evilgpj.exe");
        assert_eq!(plain("a\u{200b}b\u{feff}c\u{e0041}d"), "abcd");
        assert_eq!(plain("Zoë 北京 مرحبا"), "Zoë 北京 مرحبا");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let cut = plain(&"ü".repeat(1000));
        assert_eq!(cut.chars().count(), MAX_CHARS + 1);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn durations_are_said_in_their_largest_unit() {
        let said = [1, 59, 60, 7200, 8 * 3600, 86_400, 30 * 86_400].map(duration);
        assert_eq!(
            said,
            [
                "1 second",
                "59 seconds",
                "1 minute",
                "2 hours",
                "8 hours",
                "1 day",
                "30 days"
            ]
        );
    }
}
