use factors::LinkSecret;
use seal::Private;
use serde_json::json;
use store::{Result, Tx, args};
use time_and_chance::{Duration, Time};

use super::{Kind, LASTS};
use crate::{
    app::{App, Now},
    columns::SESSION_ORIGIN,
    events::Event,
    ids::{BrowserId, PersonId, SessionId},
    signin::{browser, letters},
    web::Origin,
    workspaces::{self, Person},
};

/// By what somebody has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Password, and a link or code of a mail.
    Mail,
    /// Password, and an authenticator's code.
    Authenticator,
    /// A passkey, which is two factors.
    Passkey,
    /// Password, and a recovery code.
    RecoveryCode,
    /// A link that was mailed, and a password that was set for the first time.
    Joined,
    /// A link of the product's, which has signed them in.
    PortalLink,
}

impl Means {
    /// As it stands in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Authenticator => "authenticator",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
            Self::Joined => "joined",
            Self::PortalLink => "portal_link",
        }
    }
}

/// A session that has just begun.
pub struct Begun {
    /// Its id.
    pub id: SessionId,
    /// The secret for the browser's cookie.
    pub secret: LinkSecret,
    /// When it ends.
    pub expires_at: Time,
    /// The secret by which the browser is known from now on, if it is a new one.
    pub browser: Option<LinkSecret>,
}

const INSERT: &str = "
    INSERT INTO sessions (id, person_id, digest, kind, created_at, proved_at, expires_at, browser_id, origin, workspace_id, page,
                          back)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Signs somebody in who has proved who they are, in a browser that is known by this secret, if it is. Whoever comes with a browser
/// that was never seen is told of it by mail.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    person: &Person,
    means: Means,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Begun> {
    let browser = browser::know(tx, now, &person.id, known_by).await?;
    let mut begun =
        begin_in(tx, now, &person.id, &Kind::Full, means, origin, LASTS, Some(&browser.id)).await?;
    // Whoever joins has just been mailed, and knows that they do.
    if browser.is_new_device && means != Means::Joined {
        let letter = letters::new_device(app, origin, now.when);
        letters::send(tx, now, person, begun.id.as_str(), letter).await?;
    }
    begun.browser = browser.secret;
    Ok(begun)
}

/// The same of a session of any kind, in a browser that is known or need not be.
#[expect(clippy::too_many_arguments, reason = "each says another thing of one session")]
pub async fn begin_in(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    kind: &Kind,
    means: Means,
    origin: &Origin,
    lasts: Duration,
    browser: Option<&BrowserId>,
) -> Result<Begun> {
    let (id, secret) = (SessionId::new(now.when, now.chance), LinkSecret::new(now.chance));
    let expires_at = now.when.plus(lasts);
    let (name, workspace, page, back) = match kind {
        Kind::Full => ("full", None, None, None),
        Kind::Portal { workspace, page, back } => ("portal", Some(workspace), page.as_ref(), back.as_ref()),
    };
    // The product's word is no proof: before something sensitive there has to be one.
    let proved_at = (means != Means::PortalLink).then_some(now.when);
    let keys = now.keys(tx, [person.as_str()]).await?;
    let place = SESSION_ORIGIN.of(id.as_str(), "");
    let from = keys.of(person.as_str())?.seal(now.chance, place, &told(origin));
    let digest = secret.digest();
    let arguments = args![
        &id,
        person,
        &digest.as_bytes()[..],
        name,
        now.when,
        proved_at,
        expires_at,
        browser,
        from,
        workspace,
        page,
        back
    ];
    tx.execute(INSERT, arguments).await?;
    let details = json!({"session_id": id, "means": means.name()});
    workspaces::note(tx, now, person, Event::SessionBegun, details).await?;
    Ok(Begun { id, secret, expires_at, browser: None })
}

/// Where somebody signs in and with what, as they will recognise it.
fn told(origin: &Origin) -> Private {
    let address = origin.address.map(|address| address.to_string());
    json!({"address": address, "user_agent": origin.user_agent}).to_string().into()
}
