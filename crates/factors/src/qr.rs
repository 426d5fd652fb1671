use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use crate::SecretText;

/// Light modules around the code: ISO/IEC 18004 wants four.
const QUIET: usize = 4;

/// A text as QR code, as an SVG to be put into a page; nothing for a text that is too long for one (about 2,300 bytes).
///
/// Black on white with its own white margin, whatever the theme. Its size is the page's to say; `title` is read out.
pub(crate) fn svg(text: &str, title: &str) -> Option<SecretText> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width() + 2 * QUIET;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><title>{}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d=""##,
        escaped(title)
    );
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        draw_row(&mut svg, row, y + QUIET);
    }
    svg.push_str(r#""/></svg>"#);
    Some(SecretText::new(svg))
}

/// One rectangle for each run of dark modules.
fn draw_row(svg: &mut String, row: &[Color], y: usize) {
    let mut x = QUIET;
    for run in row.chunk_by(|one, next| one == next) {
        if run[0] == Color::Dark {
            write!(svg, "M{x} {y}h{0}v1h-{0}z", run.len()).expect("a String takes any text");
        }
        x += run.len();
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
