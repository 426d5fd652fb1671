//! What the product behind it learns: who is signed in, by the cookie, or by a one-time code where the cookie does not reach.

use factors::LinkSecret;
use store::{Result, args};
use time_and_chance::Duration;
use url::Url;

use super::session::{self, Kind, Session};
use crate::{app::App, config::Settings, ids::SessionId, signin::session::Found};

/// How long a code holds.
const LASTS: Duration = Duration::from_mins(1);

/// Whether a browser may be sent there: the settings name the address, or what it begins with up to a slash.
pub fn is_allowed(settings: &Settings, url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return false;
    }
    settings.signin.return_urls.iter().any(|allowed| begins_with(&url, allowed))
}

fn begins_with(url: &Url, allowed: &Url) -> bool {
    let folder = allowed.path().trim_end_matches('/');
    let below = url.path().strip_prefix(folder);
    url.origin() == allowed.origin() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const INSERT: &str = "
    INSERT INTO handovers (digest, session_id, address, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";

/// Makes a code with which the product at this address learns, once and within a minute, who is signed in.
pub async fn hand_over(app: &App, session: &Session, address: &str) -> Result<LinkSecret> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let code = LinkSecret::new(now.chance);
    let digest = code.digest();
    let until = now.when.plus(LASTS);
    tx.execute(INSERT, args![&digest.as_bytes()[..], &session.id, address, now.when, until]).await?;
    tx.commit().await?;
    Ok(code)
}

const TAKE: &str = "
    UPDATE handovers SET used_at = $3
    WHERE digest = $1 AND address = $2 AND used_at IS NULL AND expires_at > $3 RETURNING session_id";

/// Takes a code that was made for this address, and answers whose session it is. A code is good once; one that is sent for another
/// address is not used up by that.
pub async fn take_over(app: &App, code: &str, address: &str) -> Result<Option<Session>> {
    let Some(code) = LinkSecret::parse(code) else { return Ok(None) };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let digest = code.digest();
    let row = tx.row(TAKE, args![&digest.as_bytes()[..], address, now.when]).await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let id: SessionId = row.get("session_id")?;
    match session::find_by_id(app, &id).await? {
        Found::Lasting(session) if session.kind == Kind::Full => Ok(Some(*session)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str, by: &str) -> bool {
        let variables = [("BAILIWICK_SIGNIN__RETURN_URLS".to_owned(), by.to_owned())];
        is_allowed(&Settings::load(None, variables.into_iter()).unwrap(), url)
    }

    #[test]
    fn only_what_the_settings_name_is_gone_back_to() {
        let by = "https://app.vendor.example/signed-in";
        for good in ["https://app.vendor.example/signed-in", "https://app.vendor.example/signed-in/x?y=z"] {
            assert!(allowed(good, by), "{good}");
        }
        for bad in [
            "https://app.vendor.example/signed-in-elsewhere",
            "https://app.vendor.example/",
            "https://app.vendor.example/signed-in/../out",
            "http://app.vendor.example/signed-in",
            "https://app.vendor.example:8443/signed-in",
            "https://app.vendor.example.evil.example/signed-in",
            "https://x@app.vendor.example/signed-in",
            "https://app.vendor.example/signed-in#x",
            "javascript:alert(1)",
            "//app.vendor.example/signed-in",
            "",
        ] {
            assert!(!allowed(bad, by), "{bad}");
        }
        assert!(allowed("https://app.vendor.example/anywhere", "https://app.vendor.example"));
    }
}
