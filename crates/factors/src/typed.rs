//! What somebody typed or pasted.

use zeroize::Zeroizing;

/// The `N` characters of a text, each as `read` understands it; spaces and hyphens may stand anywhere. Nothing if one is not
/// understood, or if there are more or fewer.
pub(crate) fn characters<const N: usize>(
    text: &str,
    read: impl Fn(char) -> Option<u8>,
) -> Option<Zeroizing<[u8; N]>> {
    let mut found = Zeroizing::new([0; N]);
    let mut typed = text.chars().filter(|character| !keeps_apart(*character));
    for place in found.iter_mut() {
        *place = read(typed.next()?)?;
    }
    typed.next().is_none().then_some(found)
}

/// An ASCII digit.
pub(crate) fn digit(character: char) -> Option<u8> {
    character.is_ascii_digit().then_some(character as u8)
}

/// Spaces of any kind, and the hyphens and dashes that keyboards and mail programs make of `-`.
fn keeps_apart(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}
