use std::{env, fs, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::Browser;

/// The longest part of a page that a picture shows, in pixels.
const LONGEST: f64 = 8_000.0;

/// What a page is looked at on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
}

impl Screen {
    /// A desk's.
    pub const DESK: Self = Self { width: 1280, height: 800 };
    /// A phone's.
    pub const PHONE: Self = Self { width: 390, height: 844 };
}

/// What colours a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Shows pages so from here on; and without motion, so that what is looked at stands still.
    pub async fn show(&self, screen: Screen, theme: Theme) {
        // Not as `mobile`, which would make the page smaller until what is too wide fits.
        let metrics = json!({
            "width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Puts a picture of the whole page among the artifacts, and answers where.
    pub(crate) async fn picture(&self, name: &str) -> String {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = |side: &str| metrics["cssContentSize"][side].as_f64().expect("a size");
        let clip = json!({
            "x": 0, "y": 0, "width": size("width"), "height": size("height").min(LONGEST), "scale": 1,
        });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.devtools("Page.captureScreenshot", wanted).await;
        let png = BASE64_STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("Base64");
        let path = artifacts().join(format!("{name}.png"));
        fs::write(&path, png).expect("the picture is written");
        path.display().to_string()
    }
}

/// Where pictures are kept.
fn artifacts() -> PathBuf {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/browser");
    let folder = env::var_os("BAILIWICK_ARTIFACTS").map_or_else(|| PathBuf::from(usual), PathBuf::from);
    fs::create_dir_all(&folder).expect("a folder for pictures");
    folder.canonicalize().expect("it is there")
}
