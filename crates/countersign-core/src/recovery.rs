//! Recovery codes: the way back in for who has lost every phone.
//!
//! Each works once. It opens a phone's session that has to wait, while everybody else of the account is told and can
//! end it; after that it may set a new password or add a passkey.

use sha2::{Digest as _, Sha256};

use crate::secret::{Secret, SecretHash};

/// Random bytes of a code: 120 bits, so that one fast hash keeps it (NIST SP 800-63B-4 §3.1.2.2 asks for 112).
pub const CODE_BYTES: usize = 15;
/// Letters of a code, five bits each.
const LETTERS: u32 = 24;
/// Letters and digits that can't be taken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A recovery code.
pub type RecoveryCode = Secret<CODE_BYTES>;

/// The form that is shown and written down: six groups of four.
pub fn shown(code: &RecoveryCode) -> String {
    let mut text = String::with_capacity(29);
    let bits = code
        .expose()
        .iter()
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    for place in 0..LETTERS {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let index = (bits >> (5 * (LETTERS - 1 - place))) & 31;
        let letter = usize::try_from(index).ok().and_then(|at| ALPHABET.get(at));
        text.extend(letter.map(|letter| char::from(*letter)));
    }
    text
}

/// Reads what a person typed: any case, with or without dashes and spaces, `o` for zero, `i` and `l` for one. `None`
/// for what can't be a code.
pub fn parse(typed: &str) -> Option<RecoveryCode> {
    let (mut bits, mut letters) = (0_u128, 0);
    for c in typed.chars().take(64) {
        let c = match c.to_ascii_lowercase() {
            '-' | ' ' => continue,
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let value = ALPHABET
            .iter()
            .position(|letter| char::from(*letter) == c)?;
        bits = bits << 5 | u128::try_from(value).ok()?;
        letters += 1;
        if letters > LETTERS {
            return None;
        }
    }
    let bytes = bits.to_be_bytes();
    let bytes: [u8; CODE_BYTES] = bytes[16 - CODE_BYTES..].try_into().ok()?;
    (letters == LETTERS).then(|| Secret::new(bytes))
}

/// The form at rest. With the account's id in front, so that equal codes of two accounts would not show.
pub fn hash(account: crate::ids::AccountId, code: &RecoveryCode) -> SecretHash {
    let mut hash = Sha256::new_with_prefix(b"countersign recovery code\0");
    hash.update(account.bytes());
    hash.update(code.expose());
    SecretHash::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    #[test]
    fn a_code_is_read_as_people_write() {
        let code = Secret::new([0, 1, 2, 3, 4, 5, 6, 250, 251, 255, 66, 0, 9, 128, 77]);
        let text = shown(&code);
        assert_eq!(text.len(), 29);
        for typed in [
            text.clone(),
            text.to_uppercase(),
            text.replace('-', " "),
            text.replace('-', "").replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(parse(&typed), Some(code.clone()), "{typed}");
        }
        for typed in [
            "",
            "0000",
            &text[1..],
            &format!("{text}0"),
            &text.replace('0', "u"),
        ] {
            assert_eq!(parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_hash_belongs_to_one_account() {
        let code = Secret::new([7; CODE_BYTES]);
        let of = |account| hash(AccountId::from_bytes([account; 16]), &code);
        assert_ne!(of(1), of(2));
    }
}
