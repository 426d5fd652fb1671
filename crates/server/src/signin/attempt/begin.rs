use factors::LinkSecret;
use passwords::Password;
use seal::{Field, Private};
use serde_json::json;
use store::{Tx, args};
use time_and_chance::{Duration, Time};

use super::{LASTS, Purpose, Ways, find::Attempt, mail, quietly};
use crate::{
    app::{App, Now},
    audit::Actor,
    columns::{ATTEMPT_DETAILS, ATTEMPT_NEXT},
    events::Event,
    ids::{AttemptId, PersonId},
    mail::Address,
    signin::{
        browser,
        failures::{self, GUARDED, Of},
        password::{self, Checked},
        session::Session,
    },
    telemetry,
    web::{Origin, Stop},
    workspaces,
};

/// What somebody asks for who wants in.
pub struct Asked<'a> {
    /// Their mail address.
    pub address: &'a Address,
    /// Their password.
    pub password: Password,
    /// Where they want to go.
    pub next: Option<String>,
    /// By what their browser is known, if it is.
    pub known_by: Option<&'a str>,
    /// Where they are.
    pub origin: &'a Origin,
}

/// Why nothing has begun.
#[derive(Debug)]
pub enum Refusal {
    /// Address and password do not fit together. It is not said which is wrong.
    Wrong,
    /// Too much has failed from this network; how long it has to wait.
    Wait(Duration),
    /// More passwords are being checked than there is room for.
    Busy,
}

impl From<password::NotTried> for Refusal {
    fn from(why: password::NotTried) -> Self {
        match why {
            password::NotTried::Wait(wait) => Self::Wait(wait),
            password::NotTried::Busy => Self::Busy,
        }
    }
}

impl From<Stop<password::Busy>> for Stop<Refusal> {
    fn from(stop: Stop<password::Busy>) -> Self {
        match stop {
            Stop::Refused(_) => Self::Refused(Refusal::Busy),
            Stop::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Begins to sign somebody in: takes mail address and password.
pub async fn begin(app: &App, asked: Asked<'_>) -> Result<Attempt, Stop<Refusal>> {
    must_not_wait(app, &asked).await?;
    let count = count_first(app, &asked).await?;
    let guarded = count > GUARDED;
    let checked = password::check(app, asked.address, asked.password.clone()).await;
    let is_right = checked.as_ref().is_ok_and(|checked| checked.is_right);
    // While it does not tell, a right password counts like a wrong one too, or the count would tell.
    if !guarded && (is_right || checked.is_err()) {
        uncount(app, &asked).await?;
    }
    let checked = checked?;
    // What takes time would tell too.
    if !guarded {
        password::follow_up(app, &checked, asked.password.clone()).await?;
    }
    if !is_right {
        note_failure(app, &checked, count).await?;
        if !guarded {
            return Err(Stop::Refused(Refusal::Wrong));
        }
    }
    // While it does not tell, a wrong password leads on as a right one does, and nowhere.
    let person = checked.person.filter(|_| is_right);
    let start = Start { person, guarded, next: asked.next, ..Start::of(Purpose::SignIn) };
    quietly(guarded, insert_and_mail(app, start, asked.known_by)).await
}

/// Proves the password of somebody who is signed in, to renew their session or to do something sensitive.
pub async fn begin_again(
    app: &App,
    session: &Session,
    purpose: Purpose,
    asked: Asked<'_>,
) -> Result<Attempt, Stop<Refusal>> {
    must_not_wait(app, &asked).await?;
    // Whoever sits at a session is told what is wrong; and what fails here counts for all that comes from outside.
    let (address, origin) = (asked.address, asked.origin);
    let checked =
        password::check_at::<Refusal>(app, session, address, asked.password.clone(), origin).await?;
    if !checked.is_right {
        return Err(Stop::Refused(Refusal::Wrong));
    }
    password::follow_up(app, &checked, asked.password).await?;
    let start =
        Start { person: checked.person, session: Some(session), next: asked.next, ..Start::of(purpose) };
    insert_and_mail(app, start, asked.known_by).await
}

async fn insert_and_mail(
    app: &App,
    start: Start<'_>,
    known_by: Option<&str>,
) -> Result<Attempt, Stop<Refusal>> {
    let attempt = insert(app, start).await?;
    let Some(person) = &attempt.person else { return Ok(attempt) };
    // Whoever has nothing but mail need not ask for it.
    if !Ways::of(app, person).await?.mail {
        return Ok(attempt);
    }
    let mail_until = mail::mail(app, &attempt, known_by).await?;
    Ok(Attempt { mail_until, ..attempt })
}

/// Begins with a passkey alone, which is two factors; for somebody who is signed in, if this is to prove it again.
pub async fn begin_with_passkey(
    app: &App,
    purpose: Purpose,
    session: Option<&Session>,
    next: Option<String>,
) -> store::Result<Attempt> {
    let person = session.map(|session| session.person.id.clone());
    insert(app, Start { person, session, next, no_password: true, ..Start::of(purpose) }).await
}

/// Begins for whoever came by a portal link and has to prove themselves by mail alone: the product has asked for the rest.
pub async fn begin_by_mail(app: &App, session: &Session, next: Option<String>) -> store::Result<Attempt> {
    let person = Some(session.person.id.clone());
    let start =
        Start { person, session: Some(session), next, no_password: true, ..Start::of(Purpose::StepUp) };
    let attempt = insert(app, start).await?;
    let mail_until = mail::mail(app, &attempt, None).await?;
    Ok(Attempt { mail_until, ..attempt })
}

/// Begins for somebody who comes for the first time, with what they have typed; they prove their mail address. `from`: where they
/// have typed it, to which they can go back.
pub async fn begin_join(app: &App, details: &Private, from: String) -> store::Result<Attempt> {
    insert(app, Start { details: Some(details), next: Some(from), ..Start::of(Purpose::Join) }).await
}

/// What failed on a network costs it waiting; not a browser that the person has been in with before.
async fn must_not_wait(app: &App, asked: &Asked<'_>) -> Result<(), Stop<Refusal>> {
    let when = app.clock.now();
    let lately = failures::lately(app, &Of::Network(asked.origin.address)).await?;
    let Some(wait) = lately.wait(when) else { return Ok(()) };
    if browser::is_known_of(app, when, asked.address, asked.known_by).await? {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::Wait(wait)))
}

/// Counts a try for the address, be it anybody's or nobody's, and for the network, and answers how many there are for the address.
async fn count_first(app: &App, asked: &Asked<'_>) -> store::Result<i64> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    failures::count(&mut tx, now, &Of::Network(asked.origin.address)).await?;
    let count = failures::count(&mut tx, now, &Of::Password(asked.address.folded())).await?;
    tx.commit().await?;
    Ok(count)
}

async fn uncount(app: &App, asked: &Asked<'_>) -> store::Result<()> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    failures::uncount(&mut tx, now, &Of::Network(asked.origin.address)).await?;
    failures::uncount(&mut tx, now, &Of::Password(asked.address.folded())).await?;
    tx.commit().await
}

/// That somebody is being guessed at is on record, once.
async fn note_failure(app: &App, checked: &Checked, count: i64) -> store::Result<()> {
    metrics::counter!(telemetry::SIGN_INS, "outcome" => "wrong_password").increment(1);
    let Some(person) = checked.person.as_ref().filter(|_| count == GUARDED) else { return Ok(()) };
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let details = json!({"factor": "password", "failures": count});
    let by = Actor::Job("sign_in");
    workspaces::note_by(&mut tx, now, &by, person, Event::SignInGuarded, details).await?;
    tx.commit().await
}

/// What an attempt begins with.
struct Start<'a> {
    purpose: Purpose,
    person: Option<PersonId>,
    session: Option<&'a Session>,
    guarded: bool,
    no_password: bool,
    next: Option<String>,
    details: Option<&'a Private>,
}

impl Start<'_> {
    const fn of(purpose: Purpose) -> Self {
        let (person, session, next, details) = (None, None, None, None);
        Self { purpose, person, session, guarded: false, no_password: false, next, details }
    }
}

const INSERT: &str = "
    INSERT INTO attempts (id, digest, purpose, person_id, session_id, created_at, expires_at, password_at, guarded, next, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

async fn insert(app: &App, start: Start<'_>) -> store::Result<Attempt> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let (id, secret) = (AttemptId::new(now.when, now.chance), LinkSecret::new(now.chance));
    let password_at: Option<Time> = (start.person.is_some() && !start.no_password).then_some(now.when);
    let details = sealed(&mut tx, now, &id, ATTEMPT_DETAILS, start.details).await?;
    let next = start.next.as_deref().map(Private::from);
    let next = sealed(&mut tx, now, &id, ATTEMPT_NEXT, next.as_ref()).await?;
    let session = start.session.map(|session| session.id.clone());
    let digest = secret.digest();
    let arguments = args![
        &id,
        &digest.as_bytes()[..],
        start.purpose.name(),
        start.person.as_ref(),
        session.as_ref(),
        now.when,
        now.when.plus(LASTS),
        password_at,
        start.guarded,
        next,
        details
    ];
    tx.execute(INSERT, arguments).await?;
    tx.commit().await?;
    Ok(Attempt {
        id,
        secret,
        purpose: start.purpose,
        person: start.person,
        session,
        password_at,
        factor_at: None,
        guarded: start.guarded,
        next: start.next,
        mail_until: None,
        details: start.details.cloned(),
    })
}

/// Whoever is not there yet has no key of their own.
async fn sealed(
    tx: &mut Tx,
    now: Now<'_>,
    id: &AttemptId,
    field: Field,
    details: Option<&Private>,
) -> store::Result<Option<seal::Sealed>> {
    let Some(details) = details else { return Ok(None) };
    let keys = now.keys(tx, [seal::HOUSE]).await?;
    Ok(Some(keys.of(seal::HOUSE)?.seal(now.chance, field.of(id.as_str(), ""), details)))
}
