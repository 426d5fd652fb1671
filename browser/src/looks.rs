use serde_json::json;

use crate::{Browser, Screen, Theme, person::flat, wait::NotYet};

/// Whether a page is one of ours, and was not glanced at yet. Notes that it was.
const IS_NEW: &str = "
    const isNew = location.protocol.startsWith('http') && document.contentType === 'text/html' && !window.glancedAt;
    window.glancedAt = true;
    return isNew;";

/// By how many pixels the page is wider than the screen, and whether it tells phones how wide it is.
const WIDTHS: &str = "
    const tells = document.querySelector('meta[name=viewport]')?.content.includes('width=device-width') ?? false;
    return { over: document.scrollingElement.scrollWidth - window.innerWidth, tells };";

/// The heading of what is in front of a person: of an open dialog, or of the page once all of it is there.
const HEADING: &str = "
    if (document.readyState !== 'complete') return '';
    const dialog = [...document.querySelectorAll('dialog:modal')].at(-1);
    return (dialog ? dialog.querySelector('h2') : document.querySelector('h1'))?.textContent ?? '';";

impl Browser {
    /// Waits until the page, or a dialog, with this heading is in front. Under this name, it looks well: on a desk and on a phone, light and dark, nobody is kept out by it, nothing
    /// stands out at the side of a phone, it fetches nothing from elsewhere, and the browser has nothing to complain of.
    /// Leaves the pictures `<name>-<theme>-<width>.png`.
    ///
    /// # Panics
    /// When it does not, with all that is wrong.
    pub async fn looks_well(&self, name: &str, heading: &str) {
        self.until(&format!("“{heading}” is in front"), async || {
            let front = self.driver.execute(HEADING, []).await?.convert::<String>()?;
            let is_there = flat(&front) == flat(heading);
            is_there.then_some(()).ok_or_else(|| NotYet(format!("it is “{}”", flat(&front))))
        })
        .await;
        let wrong = self.what_is_wrong(name).await;
        if !wrong.is_empty() {
            self.give_up(&format!("“{name}” looks well"), &wrong.join("\n")).await;
        }
    }

    /// What is wrong with the looks of the page, under this name.
    ///
    /// # Panics
    /// When this browser has looked at another page under the name.
    pub async fn what_is_wrong(&self, name: &str) -> Vec<String> {
        assert!(self.named.borrow_mut().insert(name.to_owned()), "“{name}” was looked at already");
        self.script(IS_NEW, Vec::new()).await;
        let mut wrong = Vec::new();
        for screen in [Screen::DESK, Screen::PHONE] {
            for theme in [Theme::Light, Theme::Dark] {
                self.show(screen, theme).await;
                let shown = format!("{name}-{}-{}", theme.name(), screen.width);
                wrong.extend(self.barriers().await.iter().map(|barrier| format!("{shown}: {barrier}")));
                self.picture(&shown).await;
            }
            wrong.extend(self.what_stands_out(name, screen).await);
        }
        self.show(Screen::DESK, Theme::Light).await;
        wrong.extend(self.complaints().await);
        wrong
    }

    async fn what_stands_out(&self, name: &str, screen: Screen) -> Vec<String> {
        let widths = self.script(WIDTHS, Vec::new()).await;
        let (over, width) = (widths["over"].as_i64().unwrap_or_default(), screen.width);
        let mut wrong = Vec::new();
        if over > 0 {
            wrong.push(format!("{name}: at {width} px it scrolls sideways, by {over} px"));
        }
        if widths["tells"] != true {
            wrong.push(format!("{name}: no meta viewport, so a phone shows it as a desk does, only smaller"));
        }
        wrong
    }

    /// What the browser noted since the last time: errors, what a page's policy forbade, and fetches from elsewhere.
    async fn complaints(&self) -> Vec<String> {
        self.read_log().await;
        let mut log = self.log.borrow_mut();
        let elsewhere = log.fetched_from_elsewhere(&self.base);
        log.forget_fetches();
        let mut complaints = log.take_mistakes();
        complaints.extend(elsewhere.iter().map(|url| format!("fetched from elsewhere: {url}")));
        complaints
    }

    /// Looks at a page before it is left, once: no page goes by unseen, whether it has a name or not.
    pub(crate) async fn glance(&self) {
        let mut wrong = Vec::new();
        if self.script(IS_NEW, Vec::new()).await == true {
            wrong.extend(self.barriers().await);
        }
        wrong.extend(self.complaints().await);
        if !wrong.is_empty() {
            self.give_up("the page looks well", &wrong.join("\n")).await;
        }
    }

    /// Opens a path as a browser does that was never here, and answers how many bytes come over the wire until all is
    /// there, headers included.
    pub async fn weight_of_a_first_visit(&self, path: &str) -> u64 {
        self.open("about:blank").await;
        self.devtools("Network.clearBrowserCache", json!({})).await;
        self.read_log().await;
        self.log.borrow_mut().forget_fetches();
        self.open_unseen(path).await;
        self.until(&format!("all of {path} has come"), async || {
            self.read_log().await;
            let weight = self.log.borrow().weight();
            weight.ok_or_else(|| NotYet("something is under way".to_owned()))
        })
        .await
    }
}
