//! base64url without padding (RFC 4648 §5), the only text form of bytes on this wire.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Writes bytes as text.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads text back. `None` for anything but the one canonical form: padding, other alphabets, white space and
/// stray trailing bits are refused, so that equal bytes always have equal texts.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Reads text that must be exactly `N` bytes long.
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Four characters per three bytes: longer text is refused before any work.
    if text.len() > N.div_ceil(3) * 4 {
        return None;
    }
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        for bad in ["+/8", "-_8=", "-_9", "-_8 ", "\n-_8", "-"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_array_has_its_length_or_is_nothing() {
        assert_eq!(decode_array::<2>(&encode([1, 2])), Some([1, 2]));
        assert_eq!(decode_array::<2>(&encode([1, 2, 3])), None);
        assert_eq!(decode_array::<2>(&encode([1])), None);
        assert_eq!(decode_array::<2>(&"A".repeat(1_000_000)), None);
    }
}
