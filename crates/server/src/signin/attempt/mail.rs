use factors::{LinkSecret, MailCode, SecretText};
use store::{Result, Tx, args};
use time_and_chance::Time;

use super::{Done, MAIL_LASTS, Purpose, Ways, find::Attempt, finish};
use crate::{
    app::{App, Now},
    ids::AttemptId,
    signin::{
        browser,
        failures::{self, Of},
        letters,
        session::{self, Found, Kind, Means},
    },
    web::Origin,
    workspaces,
};

/// Whether a mail is a proof that this attempt lacks: not for whoever has an authenticator or a passkey, but for the day on which
/// answers do not tell and they had it right; and without a password only where the product has asked for the rest.
pub async fn mail_counts(app: &App, attempt: &Attempt) -> Result<bool> {
    if attempt.purpose == Purpose::Join {
        return Ok(true);
    }
    let Some(person) = &attempt.person else { return Ok(false) };
    if attempt.password_at.is_some() {
        return Ok(attempt.factor_at.is_some() || Ways::of(app, person).await?.mail);
    }
    let Some(session) = &attempt.session else { return Ok(false) };
    let found = session::find_by_id(app, session).await?;
    Ok(matches!(found, Found::Lasting(session) if session.kind != Kind::Full))
}

const IS_PORTAL: &str = "SELECT 1 AS one FROM sessions WHERE id = $1 AND kind = 'portal'";

/// The same inside the transaction that completes the attempt: as things stand now, and without waiting for another connection.
/// Whether the session still lasts is seen when it is given its new secret.
pub(super) async fn mail_still_counts(tx: &mut Tx, attempt: &Attempt) -> Result<bool> {
    if attempt.purpose == Purpose::Join {
        return Ok(true);
    }
    let Some(person) = &attempt.person else { return Ok(false) };
    if attempt.password_at.is_some() {
        return Ok(attempt.factor_at.is_some() || Ways::of_in(tx, person).await?.mail);
    }
    let Some(session) = &attempt.session else { return Ok(false) };
    Ok(tx.row(IS_PORTAL, args![session]).await?.is_some())
}

const MAILED: &str = "
    UPDATE attempts SET mail_link = $2, mail_code = $3, mail_until = $4, mail_tries = 0
    WHERE id = $1 AND ended_at IS NULL";

/// Mails a link and a code to whoever is on their way in, and answers until when they hold. What was mailed before holds no more.
/// Where nobody may know whether there is anybody, the answer is the same and nothing is mailed.
pub async fn mail(app: &App, attempt: &Attempt, known_by: Option<&str>) -> Result<Option<Time>> {
    let until = app.clock.now().plus(MAIL_LASTS);
    let Some(person) = &attempt.person else { return Ok(Some(until)) };
    let Some(person) = workspaces::person(app, person).await? else { return Ok(Some(until)) };
    // Whoever has only the password does not use up what the person's own browsers may ask for.
    let is_known = browser::is_known(&app.db, app.clock.now(), &person.id, known_by).await?;
    let of = if is_known { Of::MailHere(&person.id) } else { Of::Mail(&person.id) };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    // The mailbox of somebody whose password is known is not to be filled.
    if !failures::may_mail(&mut tx, now, &of).await? {
        return Ok(attempt.mail_until);
    }
    let mailed = put_mail(&mut tx, now, attempt).await?;
    let letter = letters::second_step(app, attempt.purpose, &mailed.0, &mailed.1);
    let once = format!("{} {}", attempt.id, now.when.micros());
    letters::send(&mut tx, now, &person, &once, letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(Some(until))
}

/// Makes a link and a code for an attempt. Both are bound to its browser: the link by being looked for together with its cookie,
/// the code by being hashed with it.
pub(in crate::signin) async fn put_mail(
    tx: &mut Tx,
    now: Now<'_>,
    attempt: &Attempt,
) -> Result<(LinkSecret, MailCode)> {
    let (link, code) = (LinkSecret::new(now.chance), MailCode::new(now.chance));
    let (of_link, of_code) = (link.digest(), code.digest(attempt.secret.expose(), attempt.id.as_str()));
    let until = now.when.plus(MAIL_LASTS);
    tx.execute(MAILED, args![&attempt.id, &of_link.as_bytes()[..], &of_code.as_bytes()[..], until]).await?;
    Ok((link, code))
}

const FORGET_MAIL: &str = "UPDATE attempts SET mail_code = NULL, mail_link = NULL WHERE id = $1";

/// Takes a link and a code back that were not mailed.
pub(in crate::signin) async fn forget_mail(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    tx.execute(FORGET_MAIL, args![&attempt.id]).await.map(drop)
}

/// How a mailed link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStands {
    /// A click on the button counts.
    Good,
    /// It was opened in another browser than the one in which the password was typed.
    OtherBrowser,
    /// Its ten minutes are over.
    Late,
    /// It was used.
    Used,
    /// A newer one was asked for, or it is cut short.
    Unknown,
}

const LINK: &str = "SELECT digest, mail_until, ended_at FROM attempts WHERE mail_link = $1";

/// Looks at a mailed link, and changes nothing: mail scanners open links before people do.
pub async fn link_stands(app: &App, link: &str, browser: Option<&str>) -> Result<LinkStands> {
    let Some(link) = LinkSecret::parse(link) else { return Ok(LinkStands::Unknown) };
    let digest = link.digest();
    let Some(row) = app.db.row(LINK, args![&digest.as_bytes()[..]]).await? else {
        return Ok(LinkStands::Unknown);
    };
    if row.get::<Option<Time>>("ended_at")?.is_some() {
        return Ok(LinkStands::Used);
    }
    if row.get::<Option<Time>>("mail_until")?.is_none_or(|until| until <= app.clock.now()) {
        return Ok(LinkStands::Late);
    }
    let bound_to: Vec<u8> = row.get("digest")?;
    let here = browser.and_then(LinkSecret::parse).map(|secret| secret.digest());
    let is_here = here.is_some_and(|here| here.as_bytes()[..] == bound_to[..]);
    Ok(if is_here { LinkStands::Good } else { LinkStands::OtherBrowser })
}

/// What a click on a mailed link's button has brought.
pub enum Click {
    /// The last proof that was missing.
    In(Box<Done>),
    /// Nothing, and why.
    Not(LinkStands),
}

// The guard is what makes exactly one of two clicks count.
const CLICK: &str = "
    UPDATE attempts SET mail_until = NULL
    WHERE id = $1 AND mail_link = $2 AND mail_until > $3 AND ended_at IS NULL RETURNING id";

/// Takes a mailed link, in the browser that it was made for.
pub async fn click(
    app: &App,
    attempt: Option<&Attempt>,
    link: &str,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Click> {
    let secret = attempt.map(|attempt| attempt.secret.text());
    let browser = secret.as_ref().map(SecretText::expose);
    let stands = link_stands(app, link, browser).await?;
    let (LinkStands::Good, Some(attempt), Some(link)) = (stands, attempt, LinkSecret::parse(link)) else {
        return Ok(Click::Not(stands));
    };
    if !mail_counts(app, attempt).await? {
        return Ok(Click::Not(LinkStands::Unknown));
    }
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let taken = tx.row(CLICK, args![&attempt.id, &link.digest().as_bytes()[..], now.when]).await?;
    if taken.map(|row| row.get::<AttemptId>("id")).transpose()?.is_none() {
        return Ok(Click::Not(LinkStands::Used));
    }
    let Some(done) = finish(app, &mut tx, now, attempt, Means::Mail, origin, known_by).await? else {
        return Ok(Click::Not(LinkStands::Used));
    };
    tx.commit().await?;
    app.queue.nudge();
    Ok(Click::In(Box::new(done)))
}
