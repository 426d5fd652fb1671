use std::{cell::RefCell, collections::BTreeSet, env, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
    error::WebDriverResult,
};

use crate::{Chromedriver, Screen, log::Log, screen::Theme, wait::NotYet};

/// Headless, alone with the pages that it is told to open, and wherever tests run: as root, and in a container with little
/// shared memory.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,MediaRouter,\
     OptimizationHints,PasswordLeakDetection,Translate",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
    "--force-color-profile=srgb",
];

/// How often Chromium is launched anew that has ended before it could be spoken to, which it does now and then. What it shows once it is
/// there is tested; that it starts is not ours.
const LAUNCHES: usize = 3;

async fn launched(chromedriver: &Chromedriver) -> (WebDriver, TempDir) {
    let mut failed = Vec::new();
    while failed.len() < LAUNCHES {
        let profile = TempDir::new().expect("a folder for the browser");
        let wanted = capabilities(profile.path()).expect("plain data");
        match WebDriver::new(chromedriver.url(), wanted).await {
            Ok(driver) => return (driver, profile),
            Err(why) => failed.push(why.to_string()),
        }
    }
    panic!("the browser does not start: {failed:#?}");
}

/// A person's browser: it remembers nothing from before, and shares nothing with another.
pub struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) base: String,
    pub(crate) log: RefCell<Log>,
    pub(crate) named: RefCell<BTreeSet<String>>,
    _profile: TempDir,
    left: bool,
}

impl Browser {
    /// A browser for the site at this address.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(chromedriver: &Chromedriver, base: &str) -> Self {
        let (driver, profile) = launched(chromedriver).await;
        let browser = Self {
            driver,
            base: base.to_owned(),
            log: RefCell::default(),
            named: RefCell::default(),
            _profile: profile,
            left: false,
        };
        browser.begin().await;
        browser
    }

    /// On an empty page, instead of the browser's own.
    async fn begin(&self) {
        self.driver.goto("about:blank").await.expect("there is nothing to wait for");
        self.read_log().await;
        *self.log.borrow_mut() = Log::default();
        // Several browsers are in front at the same time.
        self.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        self.show(Screen::DESK, Theme::Light).await;
    }

    /// Opens a path of the site, or an address as it stands in a mail, and waits until it is there.
    pub async fn open(&self, path: &str) {
        self.glance().await;
        self.open_unseen(path).await;
    }

    pub(crate) async fn open_unseen(&self, path: &str) {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        if let Err(why) = self.driver.goto(url).await {
            self.give_up(&format!("opens {path}"), &why.to_string()).await;
        }
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.glance().await;
        self.driver.refresh().await.expect("the browser loads it again");
    }

    /// Goes back to the page before.
    pub async fn go_back(&self) {
        self.glance().await;
        self.driver.back().await.expect("the browser goes back");
    }

    /// Waits until this text stands on the page where a person sees it. White space is all the same.
    pub async fn sees(&self, text: &str) {
        let wanted = flat(text);
        self.until(&format!("sees “{text}”"), async || {
            let there = flat(&self.text().await?).contains(&wanted);
            there.then_some(()).ok_or_else(|| NotYet("it does not stand there".to_owned()))
        })
        .await;
    }

    /// Waits until this text no longer stands on the page. Of a page that is only about to change it is soon said, so see
    /// first what should be there.
    pub async fn sees_no(&self, text: &str) {
        let wanted = flat(text);
        self.until(&format!("sees no “{text}”"), async || {
            let there = flat(&self.text().await?).contains(&wanted);
            (!there).then_some(()).ok_or_else(|| NotYet("it stands there".to_owned()))
        })
        .await;
    }

    /// Waits until the page at this path is shown, whatever its query.
    pub async fn is_at(&self, path: &str) {
        self.until(&format!("is at {path}"), async || {
            let url = self.driver.current_url().await?;
            (url.path() == path).then_some(()).ok_or_else(|| NotYet(format!("it is at {}", url.path())))
        })
        .await;
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.driver.title().await.expect("the browser answers")
    }

    /// Everything that can be read on the page.
    pub(crate) async fn text(&self) -> WebDriverResult<String> {
        let said = self.driver.execute("return document.body?.innerText ?? ''", []).await?;
        said.convert()
    }

    /// From the next page on, they are where clocks show the time of this zone, such as `Asia/Tokyo`.
    pub async fn is_in_zone(&self, zone: &str) {
        self.devtools("Emulation.setTimezoneOverride", json!({ "timezoneId": zone })).await;
    }

    /// What a script answers. For what no person could find out.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answered = self.driver.execute(script, arguments).await;
        answered.unwrap_or_else(|why| panic!("{script}: {why}")).json().clone()
    }

    /// Waits until a script answers this. A press that leads to the page it is on shows no other way that it has worked.
    pub async fn becomes(&self, script: &str, expected: impl Into<Value>) {
        let expected = expected.into();
        self.until(&format!("{script}: {expected}"), async || {
            let answered = self.driver.execute(script, []).await?.json().clone();
            (answered == expected).then_some(()).ok_or_else(|| NotYet(format!("it is {answered}")))
        })
        .await;
    }

    pub(crate) async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let answered = self.driver.cdp().send_raw(method, parameters).await;
        answered.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    /// The person is done: a last glance at the page, and the browser is gone.
    ///
    /// # Panics
    /// When the page does not look well, or an error that [`Browser::expects`] was told of has not come.
    pub async fn leave(mut self) {
        self.glance().await;
        let missing = self.log.borrow().still_expected();
        assert!(missing.is_empty(), "expected of the browser's log, and not there: {missing:?}");
        self.left = true;
        self.driver.clone().quit().await.expect("the browser ends");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.left {
            // The driver would wait for an answer that only this thread could read. The browser ends with chromedriver.
            let _ = self.driver.clone().leak();
        }
        assert!(
            self.left || std::thread::panicking(),
            "a journey ends with `leave`, which looks at the last page"
        );
    }
}

fn capabilities(profile: &Path) -> WebDriverResult<thirtyfour::ChromeCapabilities> {
    let mut wanted = DesiredCapabilities::chrome();
    for flag in FLAGS {
        wanted.add_arg(flag)?;
    }
    wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    wanted
        .add_experimental_option("perfLoggingPrefs", json!({ "enableNetwork": true, "enablePage": false }))?;
    // Without it chromedriver takes the one that it knows.
    if let Ok(binary) = env::var("BAILIWICK_CHROMIUM") {
        wanted.set_binary(&binary)?;
    }
    Ok(wanted)
}

/// With one space wherever white space is.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
