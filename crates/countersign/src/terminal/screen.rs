//! The part of the terminal that `login` draws on: one place that is drawn again, and lines that stay.

use std::io::{self, IsTerminal as _, Write as _};

use crate::environment;
use crate::qr::{Level, Symbol, TerminalStyle, terminal};

/// How codes are drawn: in colour unless the person asked for none.
pub(crate) fn code_style(dark_text: bool) -> TerminalStyle {
    match (environment::no_colour(), dark_text) {
        (false, false) => TerminalStyle::Colour,
        (_, true) => TerminalStyle::DarkText,
        (true, false) => TerminalStyle::LightText,
    }
}

/// Standard error as a screen: on a terminal the code is drawn in place, elsewhere its link is a line.
pub(crate) struct Screen {
    is_terminal: bool,
    style: TerminalStyle,
    /// The drawing that stands above the cursor and may be drawn over; empty when there is none. The rows that it
    /// takes are counted when it goes: the window may have another width by then.
    drawn: String,
}

impl Screen {
    /// Finds out what standard error is.
    pub(crate) fn new(dark_text: bool) -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
            style: code_style(dark_text),
            drawn: String::new(),
        }
    }

    /// Whether a person sees it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Shows the code of `link` with `caption` below it, in the place of the last one.
    pub(crate) fn code(&mut self, link: &str, caption: &str) {
        if !self.is_terminal {
            super::progress(&format!("{caption}\n{link}"));
            return;
        }
        let size = size();
        let too_small = || {
            let advice = "(This window is too small for the code. Enlarge it, or open the link on your phone.)";
            format!("{advice}\n{caption}\n{link}\n")
        };
        let drawing =
            Symbol::encode(link.as_bytes(), Level::M).map(|symbol| terminal(&symbol, self.style));
        // The link is the first to go when room is short: the code says the same.
        let text = drawing
            .map(|drawing| {
                [
                    format!("{drawing}{caption}\n{link}\n"),
                    format!("{drawing}{caption}\n"),
                ]
            })
            .ok()
            .and_then(|texts| texts.into_iter().find(|text| fits(text, size)))
            .unwrap_or_else(too_small);
        self.replace(&text);
        self.drawn = text;
    }

    /// A line that stays; the code goes.
    pub(crate) fn line(&mut self, line: &str) {
        self.replace(&format!("{line}\n"));
    }

    /// A question; what is typed stands behind it.
    pub(crate) fn question(&mut self, question: &str) {
        self.replace(&format!("{question} "));
    }

    fn replace(&mut self, text: &str) {
        let mut stderr = io::stderr().lock();
        let erase = match rows_of(&std::mem::take(&mut self.drawn), size().0) {
            0 => String::new(),
            // Up to the first line of the drawing, and clear from there to the end of the screen.
            lines => format!("\x1b[{lines}A\r\x1b[J"),
        };
        // Nobody to show it to is no reason to stop: the phone may confirm all the same.
        let _ = write!(stderr, "{erase}{text}").and_then(|()| stderr.flush());
    }
}

/// Columns and rows of the terminal; the classic ones where it does not tell.
fn size() -> (usize, usize) {
    terminal_size::terminal_size_of(io::stderr()).map_or((80, 24), |(width, height)| {
        (width.0.into(), height.0.into())
    })
}

/// Whether the text can be drawn over later: all of it, and the cursor's row, must stay on the screen. A drawing must
/// not be wrapped either.
fn fits(text: &str, (columns, rows): (usize, usize)) -> bool {
    rows_of(text, columns) < rows
        && text
            .lines()
            .next()
            .is_none_or(|first| width(first) <= columns)
}

/// Rows that the text takes on a terminal of so many columns.
fn rows_of(text: &str, columns: usize) -> usize {
    text.lines()
        .map(|line| width(line).div_ceil(columns.max(1)).max(1))
        .sum()
}

/// Cells of a line; escape sequences take none.
fn width(line: &str) -> usize {
    let mut cells = 0;
    let mut escape = false;
    for c in line.chars() {
        match c {
            '\x1b' => escape = true,
            _ if escape => escape = !c.is_ascii_alphabetic(),
            _ => cells += 1,
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_and_escapes_are_counted_as_the_terminal_shows_them() {
        assert_eq!(rows_of("\n", 80), 1);
        assert_eq!(rows_of(&"x".repeat(80), 80), 1);
        assert_eq!(rows_of(&format!("{}\nx", "x".repeat(81)), 80), 3);
        assert_eq!(rows_of("\x1b[38;5;16;48;5;231mab\x1b[0m", 2), 1);
    }

    #[test]
    fn a_scan_code_with_caption_and_link_fits_the_classic_window() {
        let link = format!(
            "http://localhost:8080/q#{}.{}",
            "i".repeat(22),
            "m".repeat(11)
        );
        let symbol = Symbol::encode(link.as_bytes(), Level::M).unwrap();
        let text = format!(
            "{}caption\n{link}\n",
            terminal(&symbol, TerminalStyle::Colour)
        );
        assert!(fits(&text, (80, 24)));
        assert!(!fits(&text, (40, 24)), "wrapped");
        assert!(!fits(&text, (80, 23)), "scrolled");
    }
}
