use seal::{Opener, Private};
use serde::Serialize;
use store::{Result, Row, args};
use time_and_chance::Time;
use utoipa::ToSchema;

use super::decide::Outcome;
use crate::{
    app::App,
    columns::SIGHTING_URL,
    ids::{self, SightingId, TokenId, WorkspaceId},
    web::Page,
};

/// A token that was seen in public, as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sighting {
    /// Its id.
    #[schema(value_type = ids::Sighting)]
    pub id: SightingId,
    /// Which token.
    #[schema(value_type = ids::Token)]
    pub token_id: TokenId,
    /// Whether it was the secret from before a rotation.
    pub former_secret: bool,
    /// The first five characters of the secret after its prefix.
    #[schema(required, example = "a1B2c")]
    pub hint: Option<String>,
    /// Who reported it: `github` or `gitlab`.
    #[schema(example = "github")]
    pub partner: String,
    /// In which kind of place, in the partner's words.
    #[schema(required, max_length = 64, example = "commit")]
    pub source: Option<String>,
    /// Where, if the partner says so.
    #[schema(value_type = Option<String>, required, max_length = 2048, example = "https://github.com/acme/app/blob/1f3a/config.py")]
    pub url: Option<Private>,
    /// What became of the token.
    pub outcome: Outcome,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime, example = "2026-11-23T14:02:00Z")]
    pub seen_at: Time,
}

impl Sighting {
    /// Whether the place has an address that a browser opens. Anything else that stands there may be a script.
    pub fn is_on_the_web(&self) -> bool {
        self.url.as_ref().is_some_and(|url| {
            url::Url::parse(url.expose()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        })
    }

    /// Who reported it, as a person writes their name.
    pub fn reporter(&self) -> &str {
        match self.partner.as_str() {
            "github" => "GitHub",
            "gitlab" => "GitLab",
            other => other,
        }
    }
}

/// A page of sightings, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightingPage {
    /// The sightings.
    pub items: Vec<Sighting>,
    /// Where the next page begins, if there is one: give it as `cursor`.
    #[schema(required)]
    pub next: Option<String>,
}

const LIST: &str = "
    SELECT id, token_id, former_secret, hint, partner, source, url, outcome, seen_at FROM sightings
    WHERE workspace_id = $1 AND id < COALESCE(CAST($2 AS TEXT), 'z')
    ORDER BY id DESC LIMIT $3";

/// Where a workspace's tokens were seen, newest first.
pub async fn list(app: &App, workspace: &WorkspaceId, page: &Page<SightingId>) -> Result<SightingPage> {
    let rows = app.db.rows(LIST, args![workspace, page.after(), page.look_ahead()]).await?;
    let items = read(app, workspace, &rows).await?;
    let (items, next) = page.cut(items, |sighting| &sighting.id);
    Ok(SightingPage { items, next })
}

// A token that leaks again and again is seen very often; an index of it would cost every report, and nobody reads that far.
const OF_TOKEN: &str = "
    SELECT id, token_id, former_secret, hint, partner, source, url, outcome, seen_at
    FROM (SELECT id, token_id, former_secret, hint, partner, source, url, outcome, seen_at FROM sightings
          WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1000) newest
    WHERE token_id = $2 ORDER BY id DESC LIMIT 20";
const REVOKED: &str = "
    SELECT id, token_id, former_secret, hint, partner, source, url, outcome, seen_at
    FROM (SELECT id, token_id, former_secret, hint, partner, source, url, outcome, changed, seen_at FROM sightings
          WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1000) newest
    WHERE outcome = 'revoked' AND changed AND seen_at >= $2 ORDER BY id DESC LIMIT $3";

/// Where a token was seen lately: at most 20 places, among the last 1,000 sightings of its workspace.
pub async fn sightings_of(app: &App, workspace: &WorkspaceId, token: &TokenId) -> Result<Vec<Sighting>> {
    read(app, workspace, &app.db.rows(OF_TOKEN, args![workspace, token]).await?).await
}

/// The sightings since a moment that revoked a token: at most so many, among the last 1,000 of the workspace.
pub async fn revoked_since(
    app: &App,
    workspace: &WorkspaceId,
    since: Time,
    most: i64,
) -> Result<Vec<Sighting>> {
    read(app, workspace, &app.db.rows(REVOKED, args![workspace, since, most]).await?).await
}

async fn read(app: &App, workspace: &WorkspaceId, rows: &[Row]) -> Result<Vec<Sighting>> {
    let opener = app.vault.opener_of(&app.db, rows, &["url"]).await?;
    rows.iter().map(|row| of_row(row, &opener, workspace)).collect()
}

fn of_row(row: &Row, opener: &Opener, workspace: &WorkspaceId) -> Result<Sighting> {
    let id: SightingId = row.get("id")?;
    Ok(Sighting {
        url: opener.column(row, "url", SIGHTING_URL.of(id.as_str(), workspace.as_str()))?,
        id,
        token_id: row.get("token_id")?,
        former_secret: row.get("former_secret")?,
        hint: row.get("hint")?,
        partner: row.get("partner")?,
        source: row.get("source")?,
        outcome: Outcome::of_name(&row.get::<String>("outcome")?),
        seen_at: row.get("seen_at")?,
    })
}
