//! How often somebody has failed lately, and what follows from it. It is counted in the database, so it holds across browsers,
//! sessions and nodes; under keyed hashes, so that the table tells of no address.
//!
//! - For a *person and a factor*, failures never lock anybody out: from [`GUARDED`] on, answers no longer tell what was right, and
//!   whoever had it right proves themselves by mail besides. So guessing teaches nothing, and the right factors always open.
//! - For a *network*, failures cost waiting: from [`SLOWED`] on the time doubles with each. A browser that the person has signed in
//!   with before does not wait for what others did on its network.
//! - At a *session* one is told whether a password was right, as its person is; so guesses there cost that session waiting, and
//!   nobody else.
//!
//! What failed is forgotten after a time that grows with it.

use std::net::IpAddr;

use seal::Index;
use store::{Db, Result, Tx, args};
use time_and_chance::{Duration, Time};

use crate::{
    app::{App, Now},
    ids::{PersonId, SessionId},
    mail::Address,
    signin::session::Session,
    web::Origin,
};

/// From how many failures on a person's factor is guarded.
pub const GUARDED: i64 = 5;
/// From how many failures on a network waits, and a session in which somebody tries passwords.
pub const SLOWED: i64 = 20;
/// How many questions of a kind a network may ask in an hour: about passwords, and for passkeys.
const QUESTIONS: i64 = 1_000;
/// How many mails to a person, or to an address, are sent within the time that they are remembered for.
const MAILS: i64 = 10;
/// The longest wait of a network.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// How long a few failures are remembered; ten times as many, ten times as long, up to a day.
const REMEMBERED: Duration = Duration::from_hours(1);
const LONGEST_REMEMBERED: Duration = Duration::from_hours(24);

/// Of what something is counted.
pub enum Of<'a> {
    /// Passwords, for whoever has this folded address, be it anybody's or nobody's.
    Password(&'a str),
    /// Codes of a person's authenticators.
    Authenticator(&'a PersonId),
    /// Mails to a person, and codes of them.
    Mail(&'a PersonId),
    /// Mails to a person that were asked for in a browser of theirs.
    MailHere(&'a PersonId),
    /// Links to set a password, to this folded address.
    Reset(&'a str),
    /// What else others can have mailed to this folded address: invitations, and links to confirm it.
    Letters(&'a str),
    /// Passwords typed at a session, to change it or to prove oneself again.
    Session(&'a SessionId),
    /// All of it, from a network.
    Network(Option<IpAddr>),
    /// What anybody may ask for who has nothing: links to set a password, and to sign up.
    Asks(Option<IpAddr>),
    /// Questions about how good a password is, in the hour of this moment.
    Guidance(Option<IpAddr>, Time),
    /// Passkeys that are asked for as the first step, in the hour of this moment.
    Passkeys(Option<IpAddr>, Time),
}

impl Of<'_> {
    /// What it is counted under, and what it may still be counted under while the index is rotated.
    fn subjects(&self, index: &Index) -> [Vec<u8>; 2] {
        let text = self.text();
        let current = index.of(&text);
        let former = index.former(&text).unwrap_or_else(|| current.clone());
        [current, former]
    }

    fn text(&self) -> String {
        match self {
            Self::Password(address) => format!("password {address}"),
            Self::Authenticator(person) => format!("authenticator {person}"),
            Self::Mail(person) => format!("mail {person}"),
            Self::MailHere(person) => format!("mail here {person}"),
            Self::Reset(address) => format!("reset {address}"),
            Self::Letters(address) => format!("letters {address}"),
            Self::Session(session) => format!("session {session}"),
            Self::Network(address) => format!("network {}", network(*address)),
            Self::Asks(address) => format!("asks {}", network(*address)),
            Self::Guidance(address, when) => format!("guidance {} {}", network(*address), hour(*when)),
            Self::Passkeys(address, when) => format!("passkeys {} {}", network(*address), hour(*when)),
        }
    }
}

/// What many ask for rightfully is counted by the hour, so that it does not add up over days.
const fn hour(when: Time) -> i64 {
    when.micros() / 3_600_000_000
}

/// The network that an address is counted under: whoever has an IPv6 address has 2^64 of them.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What is remembered of a subject.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lately {
    count: i64,
    last_at: Option<Time>,
}

impl Lately {
    /// How often, as far as it is still remembered.
    pub fn count(&self, when: Time) -> i64 {
        self.last_at.filter(|last| when < last.plus(remembered(self.count))).map_or(0, |_| self.count)
    }

    /// Whether answers no longer tell what was right.
    pub fn is_guarded(&self, when: Time) -> bool {
        self.count(when) >= GUARDED
    }

    /// How long a network, or a session, has still to wait.
    pub fn wait(&self, when: Time) -> Option<Duration> {
        let over = self.count(when).checked_sub(SLOWED).filter(|over| *over >= 0)?;
        let wait = Duration::from_secs(1 << over.min(20)).min(LONGEST_WAIT);
        let until = self.last_at?.plus(wait);
        (when < until).then(|| until.since(when))
    }
}

fn remembered(count: i64) -> Duration {
    let times = u32::try_from(count / 10).unwrap_or(u32::MAX).clamp(1, 24);
    (REMEMBERED * times).min(LONGEST_REMEMBERED)
}

const FIND: &str =
    "SELECT count, last_at FROM failures WHERE subject IN ($1, $2) ORDER BY last_at DESC, count DESC LIMIT 1";

/// What is remembered.
pub async fn lately(app: &App, of: &Of<'_>) -> Result<Lately> {
    let Some(index) = app.vault.index(&app.db).await? else { return Ok(Lately::default()) };
    let [current, former] = of.subjects(&index);
    let row = app.db.row(FIND, args![current, former]).await?;
    row.map_or(Ok(Lately::default()), |row| {
        Ok(Lately { count: row.get("count")?, last_at: row.get("last_at")? })
    })
}

// Two at once are both counted, and what is no longer remembered is not counted on. What was counted under the index before the
// rotation goes on from there: nobody gets new guesses by it.
const COUNT: &str = "
    INSERT INTO failures (subject, count, last_at) VALUES ($1, $4, $2)
    ON CONFLICT (subject) DO UPDATE
    SET count = CASE WHEN failures.last_at < $3 THEN 1 ELSE failures.count + 1 END, last_at = $2
    RETURNING count, last_at";
const BEFORE: &str = "
    SELECT count, last_at FROM failures WHERE subject IN ($1, $2) ORDER BY last_at DESC, count DESC LIMIT 1 {lock}";
const FORGET: &str = "DELETE FROM failures WHERE subject IN ($1, $2)";
const FORGET_OLD: &str = "DELETE FROM failures WHERE last_at < $1";

/// Counts one more, and answers how many there are with it.
pub async fn count(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<i64> {
    let before = before(tx, now, of).await?.unwrap_or_default();
    count_after(tx, now, of, before).await
}

async fn before(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<Option<Lately>> {
    let index = now.vault.index_made(tx, now.when, now.chance).await?;
    let [current, former] = of.subjects(&index);
    let row = tx.row(BEFORE, args![current, former]).await?;
    row.map(|row| Ok(Lately { count: row.get("count")?, last_at: row.get("last_at")? })).transpose()
}

async fn count_after(tx: &mut Tx, now: Now<'_>, of: &Of<'_>, before: Lately) -> Result<i64> {
    let index = now.vault.index_made(tx, now.when, now.chance).await?;
    let [subject, _] = of.subjects(&index);
    let forgotten = now.when.minus(remembered(before.count));
    let row = tx.row(COUNT, args![subject, now.when, forgotten, before.count(now.when) + 1]).await?;
    row.map_or(Ok(1), |row| row.get("count"))
}

const NOTHING: &str =
    "INSERT INTO failures (subject, count, last_at) VALUES ($1, 0, $2) ON CONFLICT (subject) DO NOTHING";

/// What is remembered, held until the transaction ends: whoever wants to count the same waits, and sees then what was counted, even
/// if there was nothing before.
async fn held(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<Lately> {
    if let Some(before) = before(tx, now, of).await? {
        return Ok(before);
    }
    let index = now.vault.index_made(tx, now.when, now.chance).await?;
    let [subject, _] = of.subjects(&index);
    tx.execute(NOTHING, args![subject, Time::from_micros(0)]).await?;
    Ok(before(tx, now, of).await?.unwrap_or_default())
}

/// Whether one more may be mailed, which is counted then. What is too much is not counted: whoever keeps asking does not keep the
/// person from it for longer.
pub async fn may_mail(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<bool> {
    let before = held(tx, now, of).await?;
    let may = before.count(now.when) < MAILS;
    if may {
        count_after(tx, now, of, before).await?;
    }
    Ok(may)
}

/// Counts a password that is about to be tried at a session: for whoever has this address, as all that is tried, and for the session.
/// Answers how long the session has to wait, if it has to; then nothing is tried, and nothing counted.
pub async fn count_at(
    app: &App,
    session: &Session,
    address: &Address,
    origin: &Origin,
) -> Result<Option<Duration>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let of_session = Of::Session(&session.id);
    let before = held(&mut tx, now, &of_session).await?;
    if let Some(wait) = before.wait(now.when) {
        return Ok(Some(wait));
    }
    count_after(&mut tx, now, &of_session, before).await?;
    count(&mut tx, now, &Of::Network(origin.address)).await?;
    count(&mut tx, now, &Of::Password(address.folded())).await?;
    tx.commit().await?;
    Ok(None)
}

/// Takes that back, because it was right, or was not tried.
pub async fn uncount_at(app: &App, session: &Session, address: &Address, origin: &Origin) -> Result<()> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    uncount(&mut tx, now, &Of::Session(&session.id)).await?;
    uncount(&mut tx, now, &Of::Network(origin.address)).await?;
    uncount(&mut tx, now, &Of::Password(address.folded())).await?;
    tx.commit().await
}

/// How long somebody has to wait, as a page says it.
pub fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    if seconds < 120 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) }
}

/// How often a network may ask for a link within the time that it is remembered for.
const ASKS: i64 = 60;

/// Whether a network may ask for a link or to sign up, which it then has. Once it has asked too often, it waits until that is
/// forgotten; that it goes on does not make it longer.
pub async fn may_ask(app: &App, origin: &Origin) -> Result<bool> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let of = Of::Asks(origin.address);
    let may = count(&mut tx, now, &of).await? <= ASKS;
    if may {
        tx.commit().await?;
    }
    Ok(may)
}

/// Whether a network may ask how good a password is, which it then has. It is asked while somebody types.
pub async fn may_ask_for_guidance(app: &App, origin: &Origin) -> Result<bool> {
    may_ask_of(app, &Of::Guidance(origin.address, app.clock.now())).await
}

/// Whether a network may ask for a passkey as the first step, which it then has: each time something is kept until it is answered.
pub async fn may_ask_for_passkey(app: &App, origin: &Origin) -> Result<bool> {
    may_ask_of(app, &Of::Passkeys(origin.address, app.clock.now())).await
}

async fn may_ask_of(app: &App, of: &Of<'_>) -> Result<bool> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let asked = count(&mut tx, now, of).await?;
    tx.commit().await?;
    Ok(asked <= QUESTIONS)
}

const UNCOUNT: &str = "UPDATE failures SET count = count - 1 WHERE subject = $1 AND count > 0";

/// Takes one back that was counted before it was known that it is right: whatever is tried is counted first, so that many at once
/// are not all tried before the first is counted.
pub async fn uncount(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<()> {
    let Some(index) = now.vault.index(&mut *tx).await? else { return Ok(()) };
    let [current, _] = of.subjects(&index);
    tx.execute(UNCOUNT, args![current]).await.map(drop)
}

/// Forgets what has failed, because it has succeeded.
pub async fn forget(tx: &mut Tx, now: Now<'_>, of: &Of<'_>) -> Result<()> {
    let Some(index) = now.vault.index(&mut *tx).await? else { return Ok(()) };
    let [current, former] = of.subjects(&index);
    tx.execute(FORGET, args![current, former]).await.map(drop)
}

/// Forgets what is long over.
pub async fn forget_old(db: &Db, when: Time) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute(FORGET_OLD, args![when.minus(LONGEST_REMEMBERED)]).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHEN: Time = Time::from_micros(1_795_435_200_000_000);

    fn after(count: i64, since: Duration) -> Lately {
        Lately { count, last_at: Some(WHEN.minus(since)) }
    }

    #[test]
    fn a_networks_wait_doubles_and_ends() {
        let none = Duration::ZERO;
        assert_eq!(after(SLOWED - 1, none).wait(WHEN), None);
        assert_eq!(after(SLOWED, none).wait(WHEN), Some(Duration::from_secs(1)));
        assert_eq!(after(SLOWED + 3, none).wait(WHEN), Some(Duration::from_secs(8)));
        assert_eq!(after(SLOWED + 3, Duration::from_secs(5)).wait(WHEN), Some(Duration::from_secs(3)));
        assert_eq!(after(SLOWED + 3, Duration::from_secs(8)).wait(WHEN), None);
        assert_eq!(after(i64::MAX, none).wait(WHEN), Some(LONGEST_WAIT));
    }

    #[test]
    fn the_more_has_failed_the_longer_it_is_remembered() {
        assert!(after(GUARDED, Duration::from_mins(59)).is_guarded(WHEN));
        assert!(!after(GUARDED, Duration::from_hours(1)).is_guarded(WHEN));
        assert!(after(50, Duration::from_mins(299)).is_guarded(WHEN));
        assert!(!after(i64::MAX, Duration::from_hours(24)).is_guarded(WHEN));
    }

    #[test]
    fn a_network_is_an_address_or_what_whoever_has_one_has() {
        assert_eq!(network(Some("192.0.2.7".parse().unwrap())), "192.0.2.7");
        assert_eq!(network(Some("::ffff:192.0.2.7".parse().unwrap())), "192.0.2.7");
        let one = network(Some("2001:db8:1:2:3:4:5:6".parse().unwrap()));
        assert_eq!(one, network(Some("2001:db8:1:2:ffff::1".parse().unwrap())));
        assert_ne!(one, network(Some("2001:db8:1:3::1".parse().unwrap())));
    }
}
