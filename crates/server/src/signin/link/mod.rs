//! Links that open something once. The database has the digest of a link's secret, and looking at a link changes nothing: mail
//! scanners look before people do.

mod address;
mod mailed;
mod owner;
mod portal;
mod reset;

pub use address::{ask as ask_address, confirm as confirm_address};
pub use mailed::{MailReset, Postbox, mail_resets};
pub use owner::{Made as MadeOwnerLink, Whose, make as make_owner_link, owner_of};
pub use portal::{
    Portal, Refusal as PortalRefusal, Wanted as WantedPortal, enter as enter_portal,
    make as make_portal_link, make_lasting as make_lasting_portal_link,
};
pub use reset::{CLOSED, Closed, ask as ask_reset, closed_members, lift as lift_closed, set as set_reset};

use factors::LinkSecret;
use seal::Private;
use store::{Result, Tx, args};
use time_and_chance::{Duration, Time};

use crate::{
    app::{App, Now},
    columns::LINK_DETAILS,
    ids::{LinkId, PersonId, WorkspaceId},
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For a first owner.
    Owner,
    /// To set a password.
    Reset,
    /// To confirm a mail address.
    Address,
    /// Into the console from the product.
    Portal,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Reset => "reset",
            Self::Address => "address",
            Self::Portal => "portal",
        }
    }

    const fn lasts(self) -> Duration {
        match self {
            Self::Owner => Duration::from_hours(7 * 24),
            Self::Reset | Self::Address => Duration::from_hours(1),
            Self::Portal => Duration::from_mins(1),
        }
    }
}

/// A link that is there.
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// How it stands.
    pub stands: Stands,
    /// Whom it is about, if it is about a person.
    pub person: Option<PersonId>,
    /// Which workspace it is about, if any.
    pub workspace: Option<WorkspaceId>,
    /// What else it is about.
    pub details: Option<Private>,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It opens what it is for.
    Good,
    /// It was used.
    Used,
    /// Its time is over.
    Late,
    /// A newer one was asked for, or it was withdrawn.
    Withdrawn,
}

/// What a new link is to be about.
#[derive(Default, Clone)]
struct About<'a> {
    person: Option<&'a PersonId>,
    workspace: Option<&'a WorkspaceId>,
    details: Option<Private>,
    lasts: Option<Duration>,
}

const INSERT: &str = "
    INSERT INTO links (id, kind, digest, person_id, workspace_id, details, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

async fn insert(tx: &mut Tx, now: Now<'_>, kind: Kind, about: About<'_>) -> Result<(LinkId, LinkSecret)> {
    let (id, secret) = (LinkId::new(now.when, now.chance), LinkSecret::new(now.chance));
    // Of a person it is sealed by their key, so that it goes with them.
    let subject = about.person.map_or(seal::HOUSE, PersonId::as_str);
    let details = match &about.details {
        Some(details) => {
            let keys = now.keys(tx, [subject]).await?;
            Some(keys.of(subject)?.seal(now.chance, LINK_DETAILS.of(id.as_str(), ""), details))
        }
        None => None,
    };
    let digest = secret.digest();
    let until = now.when.plus(about.lasts.unwrap_or(kind.lasts()));
    let arguments = args![
        &id,
        kind.name(),
        &digest.as_bytes()[..],
        about.person,
        about.workspace,
        details,
        now.when,
        until
    ];
    tx.execute(INSERT, arguments).await?;
    Ok((id, secret))
}

const FIND: &str = "
    SELECT id, person_id, workspace_id, details, expires_at, used_at, withdrawn_at FROM links
    WHERE digest = $1 AND kind = $2";

/// The link with this secret, if there is one of this kind.
pub async fn find(app: &App, kind: Kind, secret: &str) -> Result<Option<Link>> {
    let Some(secret) = LinkSecret::parse(secret) else { return Ok(None) };
    let digest = secret.digest();
    let rows = app.db.rows(FIND, args![&digest.as_bytes()[..], kind.name()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opener = app.vault.opener_of(&app.db, &rows, &["details"]).await?;
    let id: LinkId = row.get("id")?;
    let is_past = |name| row.get::<Option<Time>>(name).map(|at| at.is_some());
    let stands = if is_past("used_at")? {
        Stands::Used
    } else if is_past("withdrawn_at")? {
        Stands::Withdrawn
    } else if row.get::<Time>("expires_at")? <= app.clock.now() {
        Stands::Late
    } else {
        Stands::Good
    };
    Ok(Some(Link {
        stands,
        person: row.get("person_id")?,
        workspace: row.get("workspace_id")?,
        details: opener.column(row, "details", LINK_DETAILS.of(id.as_str(), ""))?,
        id,
    }))
}

const TAKE: &str = "
    UPDATE links SET used_at = $2
    WHERE id = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2 RETURNING id";
const WITHDRAW: &str = "
    UPDATE links SET withdrawn_at = $3
    WHERE person_id = $1 AND kind = $2 AND used_at IS NULL AND withdrawn_at IS NULL";

/// Uses a link up. Of two at once one does.
pub(in crate::signin) async fn take(tx: &mut Tx, now: Now<'_>, id: &LinkId) -> Result<bool> {
    Ok(tx.row(TAKE, args![id, now.when]).await?.is_some())
}

/// Withdraws the links of a kind that a person has been sent.
pub(in crate::signin) async fn withdraw(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    kind: Kind,
) -> Result<()> {
    tx.execute(WITHDRAW, args![person, kind.name(), now.when]).await.map(drop)
}
