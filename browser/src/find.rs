use std::sync::Arc;

use serde_json::{Value, json};
use thirtyfour::{
    RequestData, SessionId, WebElement,
    common::{command::FormatRequestData, types::ElementId},
    error::WebDriverResult,
};

use crate::{Browser, person::flat, wait::NotYet};

/// What a person presses.
const PRESSABLE: &str = "a[href], button, summary, input[type=submit], input[type=button], input[type=reset], \
    [role=button], [role=link], [role=tab], [role=menuitem]";
/// What a person ticks.
const TICKABLE: &str =
    "input[type=checkbox], input[type=radio], [role=checkbox], [role=radio], [role=switch]";
/// What a person fills in.
const FILLABLE: &str = "input, textarea, select, [contenteditable=true]";

/// Those among them that can be seen and used and may have this name; what a name comes from says that they could. With a
/// text, only those beside it: in the same row, item, card or form.
const CANDIDATES: &str = "
    const [css, name, beside] = arguments;
    const flat = text => (text ?? '').replace(/\\s+/g, ' ').trim().toLowerCase();
    // What is put apart from the rest of a name has a space before it there, and none in the text.
    const bare = text => flat(text).replaceAll(' ', '');
    const wanted = bare(name);
    const named = element => [
        element.textContent, element.value, element.title, element.ariaLabel, element.placeholder,
        ...[...(element.labels ?? [])].map(label => label.textContent),
        ...(element.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent),
        ...[...element.querySelectorAll('[alt], [aria-label], title')]
            .map(part => part.getAttribute('alt') ?? part.ariaLabel ?? part.textContent),
    ];
    // Open dialogs that are modal leave nothing else to use.
    const room = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
    const group = 'tr, li, article, fieldset, dialog, section, form';
    const isBeside = element => {
        for (let around = element.closest(group); around; around = around.parentElement?.closest(group)) {
            if (flat(around.textContent).includes(flat(beside))) {
                // The smallest group that has both; a larger one has neighbours as well.
                return around;
            }
        }
    };
    const usable = element => element.checkVisibility({ visibilityProperty: true }) && !element.matches(':disabled');
    let found = [...room.querySelectorAll(css)]
        .filter(element => usable(element) && named(element).some(text => bare(text).includes(wanted)));
    if (beside !== null) {
        const groups = found.map(element => [element, isBeside(element)]).filter(([, around]) => around);
        found = groups
            .filter(([, around]) => !groups.some(([, other]) => other !== around && around.contains(other)))
            .map(([element]) => element);
    }
    return found;";

impl Browser {
    /// Presses the button or link with this name, once there is one.
    pub async fn press(&self, name: &str) {
        self.press_one(name, None).await;
    }

    /// The same where there are several: the one in the row, item, card or form in which this text stands.
    pub async fn press_beside(&self, text: &str, name: &str) {
        self.press_one(name, Some(text)).await;
    }

    /// Fills the field with this label, in place of what stands there.
    pub async fn fill(&self, label: &str, text: &str) {
        self.until(&format!("fills “{label}”"), async || {
            let field = self.one(FILLABLE, label, None).await?;
            field.clear().await?;
            Ok(field.send_keys(text).await?)
        })
        .await;
    }

    /// Chooses an option, by its text, of the list with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        self.until(&format!("chooses “{option}” of “{label}”"), async || {
            let list = self.one("select", label, None).await?;
            for one in list.find_all(thirtyfour::By::Tag("option")).await? {
                if flat(&one.text().await?) == flat(option) {
                    return Ok(one.click().await?);
                }
            }
            Err(NotYet("there is no such option".to_owned()))
        })
        .await;
    }

    /// Ticks, or unticks, the box with this label.
    pub async fn tick(&self, label: &str) {
        self.until(&format!("ticks “{label}”"), async || {
            Ok(self.one(TICKABLE, label, None).await?.click().await?)
        })
        .await;
    }

    /// What stands in the field with this label.
    pub async fn reads(&self, label: &str) -> String {
        self.until(&format!("reads “{label}”"), async || {
            Ok(self.one(FILLABLE, label, None).await?.value().await?.unwrap_or_default())
        })
        .await
    }

    async fn press_one(&self, name: &str, beside: Option<&str>) {
        self.until(&format!("there is “{name}” to press"), async || {
            self.one(PRESSABLE, name, beside).await.map(drop)
        })
        .await;
        self.glance().await;
        self.until(&format!("presses “{name}”"), async || {
            Ok(self.one(PRESSABLE, name, beside).await?.click().await?)
        })
        .await;
    }

    /// The only one with this accessible name.
    async fn one(&self, css: &str, name: &str, beside: Option<&str>) -> Result<WebElement, NotYet> {
        let asked = vec![json!(css), json!(name), json!(beside)];
        let mut found = Vec::new();
        for candidate in self.driver.execute(CANDIDATES, asked).await?.elements()? {
            if self.name_of(&candidate).await? == flat(name) {
                found.push(candidate);
            }
        }
        match (found.pop(), found.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => Err(NotYet("there is none".to_owned())),
            (Some(_), more) => Err(NotYet(format!("there are {} of that name", more + 1))),
        }
    }

    /// What the browser tells a screen reader that it is called.
    pub(crate) async fn name_of(&self, element: &WebElement) -> WebDriverResult<String> {
        let said = self.driver.cmd(ComputedLabel(element.element_id())).await?;
        Ok(flat(said.value::<Value>()?.as_str().unwrap_or_default()))
    }
}

/// "Get Computed Label" of the W3C’s specification of `WebDriver` 2.
#[derive(Debug)]
struct ComputedLabel(ElementId);

impl FormatRequestData for ComputedLabel {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let path: Arc<str> = format!("session/{session}/element/{}/computedlabel", self.0).into();
        RequestData::new("GET".parse().expect("a method"), path)
    }
}
