//! The vendor's colour, made readable: darker on the light page, lighter on the dark one, until text in it, and text on it, have
//! the contrast that WCAG 2.2 asks for (success criterion 1.4.3: 4.5 to 1).

use crate::config::Color;

const LIGHT_PAGE: Color = Color([0xf5, 0xf6, 0xf7]);
const DARK_PAGE: Color = Color([0x1e, 0x22, 0x26]);
const LIGHT_TEXT: Color = Color([0xff, 0xff, 0xff]);
const DARK_TEXT: Color = Color([0x15, 0x18, 0x1b]);
const LEAST: f64 = 4.5;

/// A colour, and what is written on it.
pub(super) struct Accent {
    pub color: Color,
    pub text: Color,
}

/// The accent of light pages.
pub(super) fn on_light(color: Color) -> Accent {
    readable(color, LIGHT_PAGE, Color([0, 0, 0]))
}

/// The accent of dark pages.
pub(super) fn on_dark(color: Color) -> Accent {
    readable(color, DARK_PAGE, Color([0xff, 0xff, 0xff]))
}

/// Moves a colour towards another until it can be read on the page.
fn readable(color: Color, page: Color, towards: Color) -> Accent {
    let mixed = (0..=100u32).map(|percent| mix(color, towards, percent));
    let color = mixed.into_iter().find(|mixed| contrast(*mixed, page) >= LEAST).unwrap_or(towards);
    let text = if contrast(color, LIGHT_TEXT) >= contrast(color, DARK_TEXT) { LIGHT_TEXT } else { DARK_TEXT };
    Accent { color, text }
}

fn mix(Color(from): Color, Color(to): Color, percent: u32) -> Color {
    let part = |at: usize| {
        let mixed = (u32::from(from[at]) * (100 - percent) + u32::from(to[at]) * percent) / 100;
        u8::try_from(mixed).expect("between two bytes lies a byte")
    };
    Color([part(0), part(1), part(2)])
}

/// WCAG 2.2, "contrast ratio": 1 to 21.
fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, "relative luminance".
fn luminance(Color(rgb): Color) -> f64 {
    let linear = |byte: u8| {
        let part = f64::from(byte) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_wcags() {
        assert!((contrast(Color([0; 3]), Color([255; 3])) - 21.0).abs() < 1e-9);
        assert!((contrast(Color([0x77; 3]), Color([255; 3])) - 4.478).abs() < 1e-3);
    }

    #[test]
    fn whatever_the_vendor_chooses_can_be_read() {
        for color in ["#ffff00", "#000000", "#ffffff", "#808080", "#1f5aa8", "#e4007c", "#00ff00"] {
            let color: Color = color.parse().unwrap();
            for (accent, page) in [(on_light(color), LIGHT_PAGE), (on_dark(color), DARK_PAGE)] {
                assert!(
                    contrast(accent.color, page) >= LEAST && contrast(accent.color, accent.text) >= LEAST
                );
            }
        }
        let kept: Color = "#1f5aa8".parse().unwrap();
        assert_eq!(on_light(kept).color, kept);
    }
}
