use passwords::{Password, Stored};
use seal::Private;
use serde_json::json;
use store::{Tx, args};
use time_and_chance::{Duration, Time};

use super::{Context, NotTried, check_at, desk::Busy, guidance};
use crate::{
    app::{App, Now},
    columns::PASSWORD_HASH,
    events::Event,
    ids::PersonId,
    mail,
    signin::{
        failures::{self, Of},
        letters, link,
        session::{self, Ending, Session},
    },
    web::{Origin, Stop},
    workspaces,
};

/// Why a password is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It has more than 1,024 bytes.
    TooLong,
    /// It has fewer characters than this.
    TooShort(usize),
    /// It is one of those that everybody tries first.
    Common,
    /// It is little more than this word, which everybody can guess who knows whose it is.
    Guessable(Private),
    /// It is known from a breach.
    Breached,
    /// It is not the present one.
    WrongCurrent,
    /// Too many wrong ones were typed at this session; how long it has to wait.
    Wait(Duration),
    /// More passwords are being worked on than there is room for.
    Busy,
}

impl Refusal {
    /// What is said beside the field.
    pub fn sentence(&self) -> String {
        match self {
            Self::TooLong => "A password may have at most 1,024 bytes.".to_owned(),
            Self::TooShort(least) => format!("A password needs at least {least} characters. Longer is better."),
            Self::Common => "This is one of the passwords that attackers try first. Take another one.".to_owned(),
            Self::Guessable(word) => {
                format!("This is little more than \"{}\", which is easy to guess here. Take another one.", word.expose())
            }
            Self::Breached => {
                "This password has turned up in a breach elsewhere, so attackers have it on their lists. Take another one."
                    .to_owned()
            }
            Self::WrongCurrent => "That is not your present password.".to_owned(),
            Self::Wait(wait) => {
                format!("Too many wrong passwords were typed here. Try again in {}.", failures::in_words(*wait))
            }
            Self::Busy => "Very many people are signing in at the moment. Try again in a few seconds.".to_owned(),
        }
    }
}

impl From<NotTried> for Refusal {
    fn from(why: NotTried) -> Self {
        match why {
            NotTried::Wait(wait) => Self::Wait(wait),
            NotTried::Busy => Self::Busy,
        }
    }
}

impl From<Busy> for Stop<Refusal> {
    fn from(_: Busy) -> Self {
        Self::Refused(Refusal::Busy)
    }
}

/// A new password that may be taken. There are no rules of composition: what counts is that nobody guesses it.
pub async fn checked(app: &App, typed: &Private, context: &Context) -> Result<Password, Stop<Refusal>> {
    let password = Password::new(typed.expose()).map_err(|_| Stop::Refused(Refusal::TooLong))?;
    let least = app.settings.password.min_length;
    if typed.expose().chars().count() < least {
        return Err(Stop::Refused(Refusal::TooShort(least)));
    }
    if let Some(refusal) = guidance::refused(app, &password, context).await? {
        return Err(Stop::Refused(refusal));
    }
    if app.breached.knows(&password).await {
        return Err(Stop::Refused(Refusal::Breached));
    }
    Ok(password)
}

const PUT: &str = "
    INSERT INTO passwords (person_id, hash, scheme, set_at, closed_until) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (person_id) DO UPDATE SET hash = $2, scheme = $3, set_at = $4, known_at = NULL, closed_until = $5";

/// Stores a person's new password. `closed_until`: until when what is sensitive stays closed to them.
pub async fn put(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    stored: &Stored,
    closed_until: Option<Time>,
) -> store::Result<()> {
    let sealed = sealed(tx, now, person, stored).await?;
    let scheme = stored.scheme().to_string();
    tx.execute(PUT, args![person, sealed, scheme, now.when, closed_until]).await.map(drop)
}

const SCHEME: &str = "INSERT INTO password_schemes (scheme) VALUES ($1) ON CONFLICT DO NOTHING";

/// A hash as it is stored.
pub(super) async fn sealed(
    tx: &mut Tx,
    now: Now<'_>,
    person: &PersonId,
    stored: &Stored,
) -> store::Result<seal::Sealed> {
    // From here on nobody may cost less than this one.
    tx.execute(SCHEME, args![stored.scheme().to_string()]).await?;
    let keys = now.keys(tx, [person.as_str()]).await?;
    let place = PASSWORD_HASH.of(person.as_str(), "");
    Ok(keys.of(person.as_str())?.seal(now.chance, place, &stored.as_str().into()))
}

/// Changes the password of somebody who is signed in and knows the present one. Their other sessions end if they want that.
pub async fn change(
    app: &App,
    session: &Session,
    current: Password,
    wanted: Password,
    end_others: bool,
    origin: &Origin,
) -> Result<(), Stop<Refusal>> {
    let person = &session.person;
    let address = mail::address(person.mail.expose())
        .map_err(|_| store::Fault::Row("a person without a mail address".to_owned()))?;
    if !check_at::<Refusal>(app, session, &address, current, origin).await?.is_right {
        return Err(Stop::Refused(Refusal::WrongCurrent));
    }
    let stored = app.passwords.hash(wanted, app.chance.clone()).await?;
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    put(&mut tx, now, &person.id, &stored, session.closed(now.when)).await?;
    workspaces::note(&mut tx, now, &person.id, Event::PasswordChanged, json!({"by": "change"})).await?;
    // Whoever had the former one may have used up what is mailed to browsers that are not known.
    failures::forget(&mut tx, now, &Of::Mail(&person.id)).await?;
    link::withdraw(&mut tx, now, &person.id, link::Kind::Reset).await?;
    link::withdraw(&mut tx, now, &person.id, link::Kind::Address).await?;
    if end_others {
        session::end_others_in(&mut tx, now, &person.id, Some(&session.id), Ending::FactorChanged).await?;
    }
    let letter = letters::password_changed(app, origin, now.when, None);
    letters::send(&mut tx, now, person, &now.when.micros().to_string(), letter).await?;
    tx.commit().await?;
    app.queue.nudge();
    Ok(())
}

const REHASH: &str = "UPDATE passwords SET hash = $2, scheme = $3 WHERE person_id = $1 AND set_at = $4";

/// Stores a password anew that is stored otherwise than the settings want: now it is known. `set_at`: since when it is the person's;
/// one that was changed meanwhile stays.
pub(super) async fn rehash(
    app: &App,
    person: &PersonId,
    set_at: Time,
    password: Password,
) -> store::Result<()> {
    // It is done at the next sign-in if there is no room now.
    let Ok(anew) = app.passwords.hash(password, app.chance.clone()).await else { return Ok(()) };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let sealed = sealed(&mut tx, now, person, &anew).await?;
    tx.execute(REHASH, args![person, sealed, anew.scheme().to_string(), set_at]).await?;
    tx.commit().await
}

const KNOWN: &str =
    "UPDATE passwords SET known_at = COALESCE(known_at, $2) WHERE person_id = $1 AND set_at = $3";

/// Remembers that the password that is a person's since `set_at` is known from a breach, so that they are asked to change it. One that
/// was set meanwhile is another.
pub(super) async fn note_known(app: &App, person: &PersonId, set_at: Time) -> store::Result<()> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    tx.execute(KNOWN, args![person, now.when, set_at]).await?;
    tx.commit().await
}
