use factors::LinkSecret;
use seal::Private;
use store::{Result, Row, Tx, args};
use time_and_chance::Time;

use crate::{
    app::App,
    columns::{ATTEMPT_DETAILS, ATTEMPT_NEXT},
    ids::{AttemptId, PersonId, SessionId},
};

/// What is to be proved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To keep a session for another 14 days.
    Renew,
    /// To do something sensitive.
    StepUp,
    /// To come for the first time: by an owner's link, or by signing up.
    Join,
}

impl Purpose {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Renew => "renew",
            Self::StepUp => "step_up",
            Self::Join => "join",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        [Self::SignIn, Self::Renew, Self::StepUp, Self::Join].into_iter().find(|one| one.name() == name)
    }
}

/// Somebody on their way in.
#[derive(Clone)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The secret of the browser's cookie. What is mailed is bound to it.
    pub secret: LinkSecret,
    /// What for.
    pub purpose: Purpose,
    /// Who it is about; nobody, if the address is nobody's, or while it does not tell.
    pub person: Option<PersonId>,
    /// The session that is renewed or proved for.
    pub session: Option<SessionId>,
    /// When the password was right, if it was.
    pub password_at: Option<Time>,
    /// When a factor was right, and mail is asked for besides.
    pub factor_at: Option<Time>,
    /// Whether answers do not tell what was right.
    pub guarded: bool,
    /// Where to go afterwards; of whoever comes for the first time, where they came from.
    pub next: Option<String>,
    /// Until when a mailed link or code holds, if one was mailed.
    pub mail_until: Option<Time>,
    /// What somebody has typed who comes for the first time.
    pub details: Option<Private>,
}

const FIND: &str = "
    SELECT id, purpose, person_id, session_id, password_at, factor_at, guarded, next, mail_until, details FROM attempts
    WHERE digest = $1 AND ended_at IS NULL AND expires_at > $2";

/// The attempt of a cookie's secret, if it still stands.
pub async fn find(app: &App, secret: &str) -> Result<Option<Attempt>> {
    let Some(secret) = LinkSecret::parse(secret) else { return Ok(None) };
    let digest = secret.digest();
    let rows = app.db.rows(FIND, args![&digest.as_bytes()[..], app.clock.now()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let opener = app.vault.opener_of(&app.db, &rows, &["details", "next"]).await?;
    let id: AttemptId = row.get("id")?;
    let details = opener.column(row, "details", ATTEMPT_DETAILS.of(id.as_str(), ""))?;
    let next = opener.column(row, "next", ATTEMPT_NEXT.of(id.as_str(), ""))?;
    of_row(row, id, secret, [details, next])
}

fn of_row(
    row: &Row,
    id: AttemptId,
    secret: LinkSecret,
    [details, next]: [Option<Private>; 2],
) -> Result<Option<Attempt>> {
    let Some(purpose) = Purpose::of_name(&row.get::<String>("purpose")?) else { return Ok(None) };
    Ok(Some(Attempt {
        id,
        secret,
        purpose,
        person: row.get("person_id")?,
        session: row.get("session_id")?,
        password_at: row.get("password_at")?,
        factor_at: row.get("factor_at")?,
        guarded: row.get("guarded")?,
        next: next.map(|next| next.expose().to_owned()),
        mail_until: row.get("mail_until")?,
        details,
    }))
}

/// The ways on from here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four ways that do not depend on one another")]
pub struct Ways {
    /// A code of an authenticator.
    pub authenticator: bool,
    /// A passkey.
    pub passkey: bool,
    /// A recovery code.
    pub recovery_code: bool,
    /// A link or a code of a mail.
    pub mail: bool,
}

const WAYS: &str = "
    SELECT EXISTS (SELECT 1 FROM authenticators WHERE person_id = $1 AND confirmed_at IS NOT NULL) AS authenticator,
           EXISTS (SELECT 1 FROM passkeys WHERE person_id = $1) AS passkey,
           EXISTS (SELECT 1 FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL) AS recovery_code";

impl Ways {
    /// What everybody is shown while answers do not tell: it must not depend on who it is.
    pub const ALL: Self = Self { authenticator: true, passkey: true, recovery_code: true, mail: true };

    /// What a person has. Mail is for whoever has neither an authenticator nor a passkey.
    pub async fn of(app: &App, person: &PersonId) -> Result<Self> {
        Self::of_row(app.db.row(WAYS, args![person]).await?)
    }

    /// The same inside a transaction.
    pub async fn of_in(tx: &mut Tx, person: &PersonId) -> Result<Self> {
        Self::of_row(tx.row(WAYS, args![person]).await?)
    }

    fn of_row(row: Option<Row>) -> Result<Self> {
        let row = row.ok_or_else(|| store::Fault::Row("no factors were read".to_owned()))?;
        let (authenticator, passkey): (bool, bool) = (row.get("authenticator")?, row.get("passkey")?);
        let mail = !authenticator && !passkey;
        Ok(Self { authenticator, passkey, recovery_code: row.get("recovery_code")?, mail })
    }

    /// Whether there is more than mail.
    pub const fn is_strong(self) -> bool {
        self.authenticator || self.passkey
    }
}
