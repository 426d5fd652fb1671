use serde::Deserialize;
use store::{Result, args};
use time_and_chance::Time;

use crate::{
    app::App,
    columns::SESSION_ORIGIN,
    ids::{PersonId, SessionId},
};

/// A session as its person sees it.
pub struct ListedSession {
    /// Its id.
    pub id: SessionId,
    /// The network address it was begun from, if it is known.
    pub address: Option<String>,
    /// The browser, and what it runs on, as far as it says.
    pub browser: String,
    /// Since when it is.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// Whether it came by a portal link.
    pub portal: bool,
}

#[derive(Deserialize, Default)]
struct From {
    address: Option<String>,
    user_agent: Option<String>,
}

const LIST: &str = "
    SELECT id, kind, created_at, expires_at, origin FROM sessions
    WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 100";

/// A person's sessions, the newest first.
pub async fn list(app: &App, person: &PersonId) -> Result<Vec<ListedSession>> {
    let rows = app.db.rows(LIST, args![person, app.clock.now()]).await?;
    let opener = app.vault.opener_of(&app.db, &rows, &["origin"]).await?;
    let of_row = |row: &store::Row| {
        let id: SessionId = row.get("id")?;
        let from = opener.text(row, "origin", SESSION_ORIGIN.of(id.as_str(), ""))?;
        let from: From = serde_json::from_str(from.expose()).unwrap_or_default();
        Ok(ListedSession {
            id,
            address: from.address,
            browser: in_words(&from.user_agent.unwrap_or_default()),
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            portal: row.get::<String>("kind")? == "portal",
        })
    };
    rows.iter().map(of_row).collect()
}

/// The browser and the system that a user agent names, as far as they are of those that people have. What it says is nobody's
/// proof; it helps to recognise oneself.
pub fn in_words(user_agent: &str) -> String {
    // Each says that it is those that come after it, too.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known = |all: &[(&str, &'static str)]| {
        all.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "An unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_recognise_their_browsers() {
        for (said, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 (KHTML, like Gecko) Version/18 Safari/605",
                "Safari on macOS",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150 Safari/537.36 Edg/150.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) AppleWebKit CriOS/150 Safari/604",
                "Chrome on iPhone",
            ),
            ("curl/8", "An unknown browser"),
        ] {
            assert_eq!(in_words(said), expected);
        }
    }
}
