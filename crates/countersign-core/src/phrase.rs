//! The phrase: what a person was told out of band, typed on the desktop and on the phone and compared by the server
//! (RFC 10027 §6.1.17).
//!
//! In clear it lives only as long as the request that brings it; what is kept of it is made in [`crate::keys`].

use zeroize::ZeroizeOnDrop;

use crate::limits::PHRASE_CHARS;

/// A phrase as it counts: however somebody writes the same words, it is the same.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Phrase(String);

impl Phrase {
    /// Reads what was typed, without regard to case and to how much space is where; `None` for one that is too short
    /// or too long.
    pub fn parse(typed: &str) -> Option<Self> {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let phrase = Self(words.join(" ").to_lowercase());
        PHRASE_CHARS
            .contains(&phrase.0.chars().count())
            .then_some(phrase)
    }

    /// The bytes that are compared.
    pub(crate) const fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<String> {
        Phrase::parse(typed).map(|phrase| phrase.0.clone())
    }

    #[test]
    fn the_same_words_are_the_same_phrase() {
        let phrase = Some("blaue gänse im märz".to_owned());
        for typed in [
            "blaue gänse im märz",
            "  Blaue Gänse\tim\u{a0} MÄRZ\n",
            "BLAUE\u{3000}GÄNSE IM MÄRZ",
        ] {
            assert_eq!(read(typed), phrase, "{typed:?}");
        }
        assert_ne!(read("blauegänse im märz"), phrase);
        assert_eq!(read("ΟΔΟΣ"), read("οδος"));
    }

    #[test]
    fn a_phrase_has_four_to_sixty_four_characters() {
        assert_eq!(read("  abc  "), None);
        assert_eq!(read("a \u{2003}\u{2003} b"), None, "space counts once");
        assert!(read("äöü1").is_some());
        assert!(read(&"ä".repeat(64)).is_some());
        assert_eq!(read(&"ä".repeat(65)), None);
        assert_eq!(read(&" ".repeat(64)), None);
    }

    #[test]
    fn a_phrase_is_not_printed() {
        let phrase = Phrase::parse("blaue gänse").unwrap();
        assert_eq!(format!("{phrase:?}"), "[redacted]");
    }
}
