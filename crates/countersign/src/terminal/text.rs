//! Text for people and lines for programs: foreign words made harmless, durations in words.

use std::fmt::Write as _;

use serde_json::Value;

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

/// One line of JSON that says the same to a program, and nothing to a terminal that shows it: what [`plain`] drops is
/// escaped. JSON itself escapes only the controls below U+0020 (RFC 8259 §7).
pub(crate) fn json_line(value: &Value) -> String {
    let mut line = String::new();
    // All such characters are inside of strings: JSON has none elsewhere, and there is no white space between.
    for c in value.to_string().chars() {
        if is_treacherous(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line
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
    fn a_line_of_json_says_the_same_and_steers_no_terminal() {
        let value = serde_json::json!({
            "a\u{9b}31m": "\u{1b}[2J \u{7f} \u{85} \u{202e}gpj \u{200b}\u{feff}\u{e0041} \"\\ Zoë 北京",
        });
        let line = json_line(&value);
        assert!(!line.chars().any(is_treacherous), "{line:?}");
        assert!(
            line.contains("Zoë 北京") && line.contains("\\u202egpj"),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
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
