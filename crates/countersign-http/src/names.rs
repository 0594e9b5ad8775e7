//! Names that somebody chose for a device or for themselves, made safe to show on somebody else's screen.

use crate::limits::{NAME_MARKS_MAX, NAME_MAX};

/// Cleans a name: white space becomes single spaces, what is invisible or changes the direction of text is dropped,
/// stacks of combining marks are cut, and at most [`NAME_MAX`] characters stay. `None` when nothing is left.
///
/// It does not escape: whoever writes HTML, a terminal or a log does that for its own medium.
pub fn clean_name(text: &str) -> Option<String> {
    let mut name = String::new();
    let (mut length, mut marks, mut space) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > NAME_MARKS_MAX || (marks > 0 && name.is_empty()) {
            continue;
        }
        let separate = space && !name.is_empty();
        space = false;
        length += 1 + usize::from(separate);
        if length > NAME_MAX {
            break;
        }
        if separate {
            name.push(' ');
        }
        name.push(c);
    }
    (!name.is_empty()).then_some(name)
}

/// Characters without a picture of their own: controls, direction marks, zero-width ones, fillers, tags, private use,
/// non-characters. Emoji lose the joiner and fall into their parts, which is harmless.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
        || (c as u32) & 0xFFFE == 0xFFFE
}

/// Marks that pile up above and below a letter: the blocks of combining marks and the marks of Cyrillic, Hebrew and
/// Arabic, which are the tall ones.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world_stay_as_they_are() {
        for name in [
            "Anna's iPhone",
            "客厅电视",
            "هاتف أنا",
            "Bücherei 2",
            "नमस्ते",
            "Nguyễn",
            "📱 mine",
            "ก็ที่",
        ] {
            assert_eq!(clean_name(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn white_space_and_line_ends_become_single_spaces() {
        assert_eq!(
            clean_name("  My \t\r\n phone\u{2028}2\u{3000}").as_deref(),
            Some("My phone 2")
        );
    }

    #[test]
    fn what_is_invisible_or_turns_text_round_is_dropped() {
        let name = "a\u{202E}b\u{2066}c\u{200B}d\u{200D}e\u{FEFF}f\u{0}g\u{1b}[31mh\u{E0041}i\u{AD}j\u{7F}k\u{85}l";
        assert_eq!(clean_name(name).as_deref(), Some("abcdefg[31mhijk l"));
    }

    #[test]
    fn nothing_visible_is_nothing() {
        for name in [
            "",
            "   ",
            "\u{200B}\u{200B}",
            "\u{3164}",
            "\u{2800}",
            "\r\n",
            "\u{0301}\u{0301}",
            "\u{202E}",
        ] {
            assert_eq!(clean_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn stacks_of_marks_are_cut() {
        let zalgo = format!(
            "Z{}a{}",
            "\u{0336}".repeat(50),
            "\u{0489}\u{035B}".repeat(50)
        );
        let name = clean_name(&zalgo).unwrap();
        assert_eq!(name.chars().count(), 2 + 2 * NAME_MARKS_MAX);
    }

    #[test]
    fn ten_kilobytes_become_sixty_four_characters() {
        assert_eq!(
            clean_name(&"é".repeat(10_000)).unwrap().chars().count(),
            NAME_MAX
        );
        assert_eq!(
            clean_name(&"a ".repeat(10_000)).unwrap().trim_end().len(),
            NAME_MAX - 1
        );
        assert!(
            clean_name(&"a\u{0301}".repeat(10_000))
                .unwrap()
                .chars()
                .count()
                <= NAME_MAX
        );
    }

    #[test]
    fn markup_is_kept_for_the_one_who_escapes_it() {
        assert_eq!(
            clean_name("<b>{{ x }}</b>").as_deref(),
            Some("<b>{{ x }}</b>")
        );
    }

    #[test]
    fn cleaning_twice_is_cleaning_once() {
        for name in [
            "  a \u{200B} b ",
            "Z\u{0336}\u{0336}\u{0336}\u{0336} x",
            "a\u{202E} \u{301}b",
        ] {
            let once = clean_name(name).unwrap();
            assert_eq!(clean_name(&once), Some(once.clone()), "{name:?}");
        }
    }
}
