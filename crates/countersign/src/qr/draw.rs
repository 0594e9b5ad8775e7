//! A symbol as text for a terminal, as SVG and as PNG: black on white with its quiet zone, always.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};

use super::symbol::Symbol;

/// How the terminal shows dark and light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStyle {
    /// Black on white by colour escapes: right on dark and light terminals alike.
    Colour,
    /// No escapes; blocks of the text colour are the *light* modules: right where text is light on dark.
    LightText,
    /// No escapes; blocks of the text colour are the *dark* modules: right where text is dark on light.
    DarkText,
}

/// Draws two rows of modules in one line of half blocks; lines end with `\n`.
pub fn terminal(symbol: &Symbol, style: TerminalStyle) -> String {
    const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
    const RESET: &str = "\x1b[0m";
    let side = symbol.outer_size();
    let mut text = String::with_capacity((side * 3 + 30) * side.div_ceil(2));
    for top in (0..side).step_by(2) {
        if style == TerminalStyle::Colour {
            text.push_str(BLACK_ON_WHITE);
        }
        for x in 0..side {
            // Below an odd last row lies nothing: it counts as light there.
            let (upper, lower) = (symbol.is_dark(x, top), symbol.is_dark(x, top + 1));
            let inked = match style {
                TerminalStyle::LightText => (!upper, !lower && top + 1 < side),
                TerminalStyle::Colour | TerminalStyle::DarkText => (upper, lower),
            };
            text.push(match inked {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        if style == TerminalStyle::Colour {
            text.push_str(RESET);
        }
        text.push('\n');
    }
    text
}

/// An SVG document: one white square and one black path, one unit a module.
pub fn svg(symbol: &Symbol) -> String {
    let side = symbol.outer_size();
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|x| symbol.is_dark(*x, y)).count();
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         width=\"{px}\" height=\"{px}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n",
        px = side * 8,
    )
}

/// A greyscale PNG with `scale` pixels (at least 1) a module.
///
/// # Errors
/// When the encoder fails, which only a lack of memory can cause.
pub fn png(symbol: &Symbol, scale: u32) -> image::ImageResult<Vec<u8>> {
    let scale = scale.max(1);
    let side = u32::try_from(symbol.outer_size()).unwrap_or(u32::MAX);
    let picture = GrayImage::from_fn(side * scale, side * scale, |x, y| {
        let dark = symbol.is_dark((x / scale) as usize, (y / scale) as usize);
        Luma([if dark { 0 } else { 255 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::super::{Level, QUIET_ZONE};
    use super::*;

    fn symbol() -> Symbol {
        Symbol::encode(b"countersign", Level::M).unwrap()
    }

    #[test]
    fn the_terminal_drawing_has_one_cell_a_module_across_and_half_a_cell_down() {
        for style in [TerminalStyle::LightText, TerminalStyle::DarkText] {
            let drawing = terminal(&symbol(), style);
            assert_eq!(drawing.lines().count(), symbol().outer_size().div_ceil(2));
            assert!(
                drawing
                    .lines()
                    .all(|l| l.chars().count() == symbol().outer_size())
            );
            assert!(
                !drawing.contains('\x1b'),
                "no colour escapes without colour"
            );
        }
    }

    #[test]
    fn light_text_draws_the_quiet_zone_and_dark_text_leaves_it_empty() {
        let light = terminal(&symbol(), TerminalStyle::LightText);
        let dark = terminal(&symbol(), TerminalStyle::DarkText);
        assert!(light.starts_with(&"█".repeat(QUIET_ZONE)));
        assert!(dark.starts_with(&" ".repeat(QUIET_ZONE)));
    }

    #[test]
    fn every_coloured_line_is_reset_at_its_end() {
        let drawing = terminal(&symbol(), TerminalStyle::Colour);
        assert!(
            drawing
                .lines()
                .all(|l| l.starts_with("\x1b[38") && l.ends_with("\x1b[0m"))
        );
    }

    #[test]
    fn the_svg_paints_exactly_the_dark_modules() {
        let drawing = svg(&symbol());
        let painted: usize = drawing
            .split('M')
            .filter_map(|run| run.split_once("v1h-"))
            .filter_map(|(run, _)| run.split_once('h')?.1.parse::<usize>().ok())
            .sum();
        let side = symbol().outer_size();
        let dark = (0..side * side)
            .filter(|i| symbol().is_dark(i % side, i / side))
            .count();
        assert_eq!(painted, dark);
    }
}
