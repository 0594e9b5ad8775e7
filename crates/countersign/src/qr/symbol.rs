//! Bytes to a square of dark and light modules (ISO/IEC 18004).

use fast_qr::{ECL, QRBuilder};

/// Modules of light margin that ISO/IEC 18004 §6.3.8 asks for on each side.
pub const QUIET_ZONE: usize = 4;

/// How much damage a symbol survives, as a share of its codewords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// 7 %: the most room, for clean screens and big contents.
    L,
    /// 15 %: what the scan code uses.
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

impl Level {
    /// Bytes that the largest symbol (version 40) holds at this level in byte mode.
    pub const fn capacity(self) -> usize {
        match self {
            Self::L => 2953,
            Self::M => 2331,
            Self::Q => 1663,
            Self::H => 1273,
        }
    }
}

/// The content does not fit a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes do not fit: the largest QR code holds {}", room(*level))]
pub struct TooLong {
    /// Bytes asked for.
    pub length: usize,
    /// The level asked for.
    pub level: Level,
}

/// What fits at the level, and at the one with the most room.
fn room(level: Level) -> String {
    let most = match level {
        Level::L => String::new(),
        _ => format!(", and {} at level L", Level::L.capacity()),
    };
    format!("{} at level {level:?}{most}", level.capacity())
}

/// A symbol: a square of modules, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    size: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// Encodes `data` in the smallest symbol that holds it at `level`.
    ///
    /// # Errors
    /// [`TooLong`] beyond what version 40 holds (digits and capitals get more in than other bytes).
    pub fn encode(data: &[u8], level: Level) -> Result<Self, TooLong> {
        let ecl = match level {
            Level::L => ECL::L,
            Level::M => ECL::M,
            Level::Q => ECL::Q,
            Level::H => ECL::H,
        };
        let too_long = TooLong {
            length: data.len(),
            level,
        };
        let code = QRBuilder::new(data)
            .ecl(ecl)
            .build()
            .map_err(|_| too_long)?;
        let dark = (0..code.size)
            .flat_map(|y| code[y].iter().map(|module| module.value()))
            .collect();
        Ok(Self {
            size: code.size,
            dark,
        })
    }

    /// Encodes at level M, or at L when only that has the room.
    ///
    /// # Errors
    /// [`TooLong`] as [`Symbol::encode`], for level L.
    pub fn encode_any_level(data: &[u8]) -> Result<Self, TooLong> {
        Self::encode(data, Level::M).or_else(|_| Self::encode(data, Level::L))
    }

    /// Modules on a side, quiet zone not counted: 21 (version 1) to 177 (version 40).
    pub fn size(&self) -> usize {
        self.size
    }

    /// Modules on a side, quiet zone included.
    pub fn outer_size(&self) -> usize {
        self.size + 2 * QUIET_ZONE
    }

    /// Whether the module at `x`, `y` is dark, counted from the corner of the quiet zone; light outside.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |outer: usize| outer.checked_sub(QUIET_ZONE).filter(|i| *i < self.size);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark[y * self.size + x],
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_content_of_each_level_fits_and_one_byte_more_is_refused() {
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            let full = vec![b'a'; level.capacity()];
            assert_eq!(Symbol::encode(&full, level).unwrap().size(), 177);
            let over = vec![b'a'; level.capacity() + 1];
            let refusal = Symbol::encode(&over, level).unwrap_err();
            assert!(refusal.to_string().contains(&over.len().to_string()));
        }
    }

    #[test]
    fn a_scan_code_of_a_17_letter_host_is_version_4() {
        let link = format!(
            "https://{}/q#{}.{}",
            "h".repeat(17),
            "i".repeat(22),
            "m".repeat(11)
        );
        assert_eq!(
            Symbol::encode(link.as_bytes(), Level::M).unwrap().size(),
            33
        );
    }

    #[test]
    fn the_quiet_zone_is_light_and_the_finder_begins_behind_it() {
        let symbol = Symbol::encode(b"x", Level::M).unwrap();
        assert!(!symbol.is_dark(QUIET_ZONE - 1, QUIET_ZONE));
        assert!(symbol.is_dark(QUIET_ZONE, QUIET_ZONE));
        assert!(!symbol.is_dark(symbol.outer_size(), 0));
    }
}
