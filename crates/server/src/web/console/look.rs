use std::{fs, path::Path};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{body::Bytes, http::HeaderValue};

use super::color::{Accent, on_dark, on_light};
use crate::config::{Color, Settings};

/// What of the console's look is the vendor's.
pub struct Look {
    /// The name of the product.
    pub vendor: String,
    /// What a browser may do with a page.
    pub(super) policy: HeaderValue,
    /// The colours.
    pub(super) colors: Bytes,
    /// What stands beside the title in a browser's tab, of a vendor without a logo.
    pub(super) icon: Bytes,
    /// The logo, and what kind of picture it is.
    pub(super) logo: Option<(&'static str, Bytes)>,
    /// Changes whenever a file does, so that browsers may keep what they have got.
    pub version: String,
}

/// The largest logo, in bytes: whoever comes first has to wait for it.
const LARGEST_LOGO: u64 = 30 * 1024;

impl Look {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Result<Self, String> {
        let logo = settings.console.logo.as_deref().map(logo).transpose()?;
        let colors = Bytes::from(colors(settings.console.color));
        let icon = Bytes::from(icon(settings.console.color));
        let mut all = super::files::contents();
        all.extend_from_slice(&colors);
        all.extend(logo.iter().flat_map(|(_, picture)| picture.iter().copied()));
        let version = digest(&SHA256, &all).as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let origins = settings.signin.return_urls.iter().map(|url| url.origin().ascii_serialization());
        let policy = policy(&origins.collect::<Vec<_>>());
        Ok(Self { vendor: settings.mail.vendor_name.clone(), policy, colors, icon, logo, version })
    }
}

/// Everything from here, nothing from elsewhere. A form may end at the product, to which a sign-in can lead back.
fn policy(origins: &[String]) -> HeaderValue {
    let text = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'self' {}; frame-ancestors 'none'",
        origins.join(" ")
    );
    HeaderValue::try_from(text).expect("origins are visible ASCII")
}

fn logo(path: &Path) -> Result<(&'static str, Bytes), String> {
    let fault = |why: String| format!("console.logo: {} {why}", path.display());
    let size = fs::metadata(path).map_err(|error| fault(format!("cannot be read: {error}")))?.len();
    if size > LARGEST_LOGO {
        return Err(fault(format!("has {size} bytes, and may have 30720: everybody waits for it")));
    }
    let picture = fs::read(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
    let kind = if picture.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if String::from_utf8_lossy(&picture).contains("<svg") {
        "image/svg+xml"
    } else {
        return Err(fault("is neither an SVG nor a PNG picture".to_owned()));
    };
    Ok((kind, picture.into()))
}

/// As style sheets and pictures write it.
fn hex(Color([red, green, blue]): Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A keyhole in the vendor's colour.
fn icon(color: Color) -> String {
    let Accent { color, text } = on_light(color);
    let (color, text) = (hex(color), hex(text));
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='{color}'/>\
         <path d='M16 7a5 5 0 0 0-2.2 9.5L12.5 25h7l-1.3-8.5A5 5 0 0 0 16 7z' fill='{text}'/></svg>"
    )
}

fn colors(color: Color) -> String {
    let theme = |Accent { color, text }: Accent| format!("--accent:{};--on-accent:{}", hex(color), hex(text));
    let (light, dark) = (theme(on_light(color)), theme(on_dark(color)));
    format!(
        ":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\
         :root[data-theme=light]{{{light}}}:root[data-theme=dark]{{{dark}}}"
    )
}
