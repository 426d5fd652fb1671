use factors::{Digest, MailCode, RecoveryCode};
use serde_json::json;
use store::{Result, Tx, args};
use time_and_chance::Duration;

use super::{CODE_TRIES, Done, find::Attempt, finish, mail, mail_counts, quietly};
use crate::{
    app::{App, Now},
    audit::Actor,
    events::Event,
    ids::PersonId,
    signin::{
        browser, factor,
        failures::{self, GUARDED, Of},
        letters,
        session::Means,
    },
    telemetry,
    web::Origin,
    workspaces,
};

/// What a typed code has brought.
pub enum Tried {
    /// The last proof that was missing.
    In(Box<Done>),
    /// It is none that counts.
    Wrong,
    /// It does not tell; and if it was right, there is a mail now.
    LookIntoYourMail,
    /// Too much has failed from this network; how long it has to wait.
    Wait(Duration),
}

/// What somebody has typed, as its shape tells.
enum Typed {
    Authenticator(String),
    Mail(MailCode),
    Recovery(RecoveryCode),
    Nothing,
}

impl Typed {
    fn of(text: &str) -> Self {
        if factors::is_authenticator_code(text) {
            return Self::Authenticator(text.to_owned());
        }
        if let Some(code) = MailCode::parse(text) {
            return Self::Mail(code);
        }
        RecoveryCode::parse(text).map_or(Self::Nothing, Self::Recovery)
    }
}

/// Tries a code that somebody has typed, whichever kind it is.
pub async fn try_code(
    app: &App,
    attempt: &Attempt,
    typed: &str,
    origin: &Origin,
    known_by: Option<&str>,
) -> Result<Tried> {
    let door = Door { app, attempt, origin, known_by };
    if let Some(wait) = door.wait().await? {
        return Ok(Tried::Wait(wait));
    }
    match Typed::of(typed) {
        Typed::Authenticator(code) => door.authenticator(&code).await,
        Typed::Mail(code) => door.mailed(&code).await,
        Typed::Recovery(code) => door.recovery(&code).await,
        Typed::Nothing => Ok(Tried::Wrong),
    }
}

/// Where a code is tried.
struct Door<'a> {
    app: &'a App,
    attempt: &'a Attempt,
    origin: &'a Origin,
    known_by: Option<&'a str>,
}

// Counted before it is compared, so that two at once are two tries.
const MAIL_TRY: &str = "
    UPDATE attempts SET mail_tries = mail_tries + 1
    WHERE id = $1 AND mail_until > $2 AND ended_at IS NULL AND mail_tries < $3 RETURNING mail_code";
const FACTOR_RIGHT: &str = "UPDATE attempts SET factor_at = $2 WHERE id = $1 AND ended_at IS NULL";
const GUARD: &str = "UPDATE attempts SET guarded = TRUE WHERE id = $1";
const USE_RECOVERY: &str = "
    UPDATE recovery_codes SET used_at = $3 WHERE digest = $1 AND person_id = $2 AND used_at IS NULL RETURNING digest";
const RECOVERY_LEFT: &str =
    "SELECT COUNT(*) AS left_over FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL";

impl Door<'_> {
    /// A code of an authenticator counts once, after the password. When many have failed, a right one is answered like a wrong one,
    /// and mail is asked for besides. Each is counted before it is compared, so that many at once are not compared before the first is
    /// counted; a right one forgets them all.
    async fn authenticator(&self, code: &str) -> Result<Tried> {
        let Self { app, attempt, .. } = *self;
        let Some(person) = self.person() else { return self.fail().await };
        let (now, mut tx) = (app.now(), app.db.begin().await?);
        let count = failures::count(&mut tx, now, &Of::Authenticator(person)).await?;
        let guarded = attempt.guarded || count > GUARDED;
        let is_right = factor::take_code(&mut tx, now, person, code).await?;
        if is_right && !guarded {
            return self.finish(tx, now, Means::Authenticator).await;
        }
        quietly(guarded, self.not_yet(tx, now, person, count, guarded, is_right)).await
    }

    /// The page looks the same from here on, whether the code was right or not, and comes no sooner.
    async fn not_yet(
        &self,
        mut tx: Tx,
        now: Now<'_>,
        person: &PersonId,
        count: i64,
        guarded: bool,
        is_right: bool,
    ) -> Result<Tried> {
        let Self { app, attempt, .. } = *self;
        if guarded {
            tx.execute(GUARD, args![&attempt.id]).await?;
        }
        if is_right {
            tx.execute(FACTOR_RIGHT, args![&attempt.id, now.when]).await?;
            tx.commit().await?;
            let right = Attempt { factor_at: Some(now.when), ..attempt.clone() };
            mail(app, &right, self.known_by).await?;
            return Ok(Tried::LookIntoYourMail);
        }
        if count == GUARDED {
            let details = json!({"factor": "authenticator", "failures": count});
            let by = Actor::Job("sign_in");
            workspaces::note_by(&mut tx, now, &by, person, Event::SignInGuarded, details).await?;
        }
        tx.commit().await?;
        let failed = self.fail().await?;
        Ok(if guarded { Tried::LookIntoYourMail } else { failed })
    }

    /// A code of a mail counts in the browser that it was mailed for, a few times at most.
    async fn mailed(&self, code: &MailCode) -> Result<Tried> {
        let Self { app, attempt, .. } = *self;
        let counts = mail_counts(app, attempt).await?;
        let (now, mut tx) = (app.now(), app.db.begin().await?);
        let row = tx.row(MAIL_TRY, args![&attempt.id, now.when, CODE_TRIES]).await?;
        let mailed: Option<Vec<u8>> = row.map_or(Ok(None), |row| row.get("mail_code"))?;
        let mailed = mailed.and_then(|bytes| Digest::from_bytes(&bytes));
        let typed = code.digest(attempt.secret.expose(), attempt.id.as_str());
        if !counts || mailed.is_none_or(|mailed| mailed != typed) {
            tx.commit().await?;
            return self.fail().await;
        }
        self.finish(tx, now, Means::Mail).await
    }

    /// A recovery code counts once, after the password. It cannot be guessed, so it is never guarded; and it is told of.
    async fn recovery(&self, code: &RecoveryCode) -> Result<Tried> {
        let Some(person) = self.person() else { return self.fail().await };
        let (now, mut tx) = (self.app.now(), self.app.db.begin().await?);
        let digest = code.digest();
        if tx.row(USE_RECOVERY, args![&digest.as_bytes()[..], person, now.when]).await?.is_none() {
            drop(tx);
            return self.fail().await;
        }
        self.tell_of_recovery(&mut tx, now, person).await?;
        self.finish(tx, now, Means::RecoveryCode).await
    }

    async fn tell_of_recovery(&self, tx: &mut Tx, now: Now<'_>, id: &PersonId) -> Result<()> {
        let row = tx.row(RECOVERY_LEFT, args![id]).await?;
        let left: i64 = row.map_or(Ok(0), |row| row.get("left_over"))?;
        workspaces::note(tx, now, id, Event::RecoveryCodeUsed, json!({"left": left})).await?;
        if let Some(person) = workspaces::person_in(tx, now, id).await? {
            let letter = letters::recovery_code_used(self.app, self.origin, now.when, left);
            letters::send(tx, now, &person, self.attempt.id.as_str(), letter).await?;
        }
        Ok(())
    }

    /// Whose codes count: nobody's, before the password was right.
    fn person(&self) -> Option<&PersonId> {
        self.attempt.person.as_ref().filter(|_| self.attempt.password_at.is_some())
    }

    async fn finish(&self, mut tx: Tx, now: Now<'_>, means: Means) -> Result<Tried> {
        let done = finish(self.app, &mut tx, now, self.attempt, means, self.origin, self.known_by).await?;
        let Some(done) = done else { return Ok(Tried::Wrong) };
        tx.commit().await?;
        self.app.queue.nudge();
        Ok(Tried::In(Box::new(done)))
    }

    /// Counts it for the network.
    async fn fail(&self) -> Result<Tried> {
        metrics::counter!(telemetry::SIGN_INS, "outcome" => "wrong_code").increment(1);
        let (now, mut tx) = (self.app.now(), self.app.db.begin().await?);
        failures::count(&mut tx, now, &Of::Network(self.origin.address)).await?;
        tx.commit().await?;
        // Where nobody may know who is there, every code is answered as a right one would be.
        Ok(if self.attempt.guarded { Tried::LookIntoYourMail } else { Tried::Wrong })
    }

    /// How long the network has to wait, unless the person has been in with this browser before.
    async fn wait(&self) -> Result<Option<Duration>> {
        let when = self.app.clock.now();
        let lately = failures::lately(self.app, &Of::Network(self.origin.address)).await?;
        let Some(wait) = lately.wait(when) else { return Ok(None) };
        let is_known = match &self.attempt.person {
            Some(person) => browser::is_known(&self.app.db, when, person, self.known_by).await?,
            None => false,
        };
        Ok((!is_known).then_some(wait))
    }
}
