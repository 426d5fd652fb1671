use std::{ops::Deref, result::Result as Either};

use factors::LinkSecret;
use store::{Result, Row, args};
use time_and_chance::Time;

use super::FRESH;
use crate::{
    app::App,
    columns::{PERSON_MAIL, PERSON_NAME},
    ids::{PersonId, SessionId, WorkspaceId},
    workspaces::Person,
};

/// A session that lasts.
#[derive(Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub person: Person,
    /// What it reaches.
    pub kind: Kind,
    /// Since when it is.
    pub created_at: Time,
    /// When whoever sits there last proved who they are.
    pub proved_at: Option<Time>,
    /// When it ends.
    pub expires_at: Time,
    /// Whether the person has an authenticator or a passkey.
    pub has_strong_factor: bool,
    /// Until when tokens, factors and addresses stay closed: a forgotten password was set anew by mail alone.
    pub closed_until: Option<Time>,
    /// Whether the password is known from a breach.
    pub password_is_known: bool,
}

/// What a session reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The person's account and all of their workspaces.
    Full,
    /// One workspace, by a portal link of the product's.
    Portal {
        /// Which one.
        workspace: WorkspaceId,
        /// Which of its pages, if it is one.
        page: Option<String>,
        /// The way back to the product.
        back: Option<String>,
    },
}

impl Kind {
    /// As it is stored and told.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Portal { .. } => "portal",
        }
    }
}

impl Session {
    /// Whether something sensitive needs no new proof.
    pub fn is_fresh(&self, when: Time) -> bool {
        self.proved_at.is_some_and(|proved| when < proved.plus(FRESH))
    }

    /// The proof that something sensitive may be done, which verbs take as an argument: whoever sits there has proved who they are
    /// within ten minutes, and nothing is closed to them.
    pub fn fresh(&self, when: Time) -> Either<Fresh<'_>, NotFresh> {
        if let Some(until) = self.closed(when) {
            return Err(NotFresh::Closed(until));
        }
        if self.is_fresh(when) { Ok(Fresh(self)) } else { Err(NotFresh::Stale) }
    }

    /// Until when tokens, factors and addresses stay closed, if they do.
    pub fn closed(&self, when: Time) -> Option<Time> {
        self.closed_until.filter(|until| when < *until)
    }

    /// Whether it reaches this workspace, as far as the session goes; and of its pages, by their names, this one.
    pub fn reaches(&self, workspace: &WorkspaceId, page: &str) -> bool {
        match &self.kind {
            Kind::Full => true,
            Kind::Portal { workspace: only, page: one, .. } => {
                only == workspace && one.as_ref().is_none_or(|one| one == page)
            }
        }
    }
}

/// A session in which somebody has proved lately who they are.
#[derive(Clone, Copy)]
pub struct Fresh<'a>(&'a Session);

impl Deref for Fresh<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.0
    }
}

/// Why something sensitive may not be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFresh {
    /// Whoever sits there has to prove again who they are.
    Stale,
    /// It stays closed until then, because a forgotten password was set anew by mail alone.
    Closed(Time),
}

/// What a secret is of.
pub enum Found {
    /// A session that lasts.
    Lasting(Box<Session>),
    /// One whose 14 days are over.
    Over,
    /// One by a portal link whose time is over.
    PortalOver,
    /// One that was ended: signed out, or from elsewhere.
    Ended,
    /// None.
    Nothing,
}

const FIND: &str = "
    SELECT s.id AS id, s.person_id AS person_id, s.kind AS kind, s.created_at AS created_at, s.proved_at AS proved_at,
           s.expires_at AS expires_at, s.ended_at AS ended_at, s.workspace_id AS workspace_id, s.page AS page, s.back AS back,
           p.mail AS mail, p.name AS name, w.closed_until AS closed_until, w.known_at AS known_at,
           EXISTS (SELECT 1 FROM authenticators a WHERE a.person_id = s.person_id AND a.confirmed_at IS NOT NULL)
             OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = s.person_id) AS strong,
           s.kind = 'full' OR EXISTS (
             SELECT 1 FROM members m JOIN workspaces x ON x.id = m.workspace_id
             WHERE m.person_id = s.person_id AND m.workspace_id = s.workspace_id AND m.left_at IS NULL
               AND x.deleted_at IS NULL) AS inside
    FROM sessions s JOIN people p ON p.id = s.person_id LEFT JOIN passwords w ON w.person_id = s.person_id
    WHERE s.digest = $1";
const DIGEST_OF: &str = "SELECT digest FROM sessions WHERE id = $1";

/// The session of a cookie's secret: one read.
pub async fn find(app: &App, secret: &str) -> Result<Found> {
    let Some(secret) = LinkSecret::parse(secret) else { return Ok(Found::Nothing) };
    of_digest(app, secret.digest().as_bytes()).await
}

/// The session with this id. If its secret is replaced meanwhile, none is found.
pub async fn find_by_id(app: &App, id: &SessionId) -> Result<Found> {
    match app.db.row(DIGEST_OF, args![id]).await? {
        Some(row) => of_digest(app, &row.get::<Vec<u8>>("digest")?).await,
        None => Ok(Found::Nothing),
    }
}

async fn of_digest(app: &App, digest: &[u8]) -> Result<Found> {
    let rows = app.db.rows(FIND, args![digest]).await?;
    let Some(row) = rows.first() else { return Ok(Found::Nothing) };
    let (expires_at, when): (Time, Time) = (row.get("expires_at")?, app.clock.now());
    if row.get::<Option<Time>>("ended_at")?.is_some() {
        return Ok(Found::Ended);
    }
    if expires_at <= when {
        let is_portal = row.get::<String>("kind")? == "portal";
        return Ok(if is_portal { Found::PortalOver } else { Found::Over });
    }
    // Whoever came by a portal link for one workspace has nothing left when they are not in it any more.
    if !row.get::<bool>("inside")? {
        return Ok(Found::Ended);
    }
    let opener = app.vault.opener_of(&app.db, &rows, &["mail", "name"]).await?;
    let Some(kind) = kind_of(row)? else { return Ok(Found::Nothing) };
    let person: PersonId = row.get("person_id")?;
    Ok(Found::Lasting(Box::new(Session {
        id: row.get("id")?,
        kind,
        created_at: row.get("created_at")?,
        proved_at: row.get("proved_at")?,
        expires_at,
        has_strong_factor: row.get("strong")?,
        closed_until: row.get("closed_until")?,
        password_is_known: row.get::<Option<Time>>("known_at")?.is_some(),
        person: Person {
            mail: opener.text(row, "mail", PERSON_MAIL.of(person.as_str(), ""))?,
            name: opener.column(row, "name", PERSON_NAME.of(person.as_str(), ""))?,
            id: person,
        },
    })))
}

/// What this version does not know reaches nothing.
fn kind_of(row: &Row) -> Result<Option<Kind>> {
    let workspace: Option<WorkspaceId> = row.get("workspace_id")?;
    Ok(match (row.get::<String>("kind")?.as_str(), workspace) {
        ("full", None) => Some(Kind::Full),
        ("portal", Some(workspace)) => {
            Some(Kind::Portal { workspace, page: row.get("page")?, back: row.get("back")? })
        }
        _ => None,
    })
}
