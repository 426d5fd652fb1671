use thirtyfour::{Key, TypingData};

use crate::{Browser, wait::NotYet};

const IS_DRAWN: &str = "requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))";

impl Browser {
    /// To the next field, button or link.
    pub async fn tab(&self) {
        self.keys(Key::Tab).await;
    }

    /// To the one before.
    pub async fn tab_back(&self) {
        self.is_drawn().await;
        let chain = self.driver.action_chain().key_down(Key::Shift).send_keys(Key::Tab).key_up(Key::Shift);
        chain.perform().await.expect("the browser takes keys");
    }

    /// Presses Enter where the focus is.
    pub async fn enter(&self) {
        self.glance().await;
        self.keys(Key::Enter).await;
    }

    /// Presses the space bar where the focus is.
    pub async fn space(&self) {
        self.glance().await;
        self.keys(" ").await;
    }

    /// Presses Escape.
    pub async fn escape(&self) {
        self.keys(Key::Escape).await;
    }

    /// Types where the focus is.
    pub async fn types(&self, text: &str) {
        self.keys(text).await;
    }

    /// Waits until the focus is on what has this name.
    pub async fn focus_is_on(&self, name: &str) {
        self.until(&format!("the focus is on “{name}”"), async || {
            let on = self.name_of(&self.driver.active_element().await?).await?;
            (on == name).then_some(()).ok_or_else(|| NotYet(format!("it is on “{on}”")))
        })
        .await;
    }

    async fn keys(&self, keys: impl Into<TypingData>) {
        self.is_drawn().await;
        let typed = self.driver.action_chain().send_keys(keys).perform().await;
        typed.expect("the browser takes keys");
    }

    /// A page that was not drawn yet takes no keys.
    async fn is_drawn(&self) {
        let drawn = self.driver.execute_async(IS_DRAWN, []).await;
        drawn.expect("the browser draws the page");
    }
}
