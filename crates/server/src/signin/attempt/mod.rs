//! Somebody who has begun to prove who they are, and is not done: after the password, before the second factor. A browser holds
//! its secret in a cookie of its own, and it opens nothing but the rest of the way.

mod begin;
mod code;
mod done;
mod find;
mod mail;
mod passkey;

pub use begin::{
    Asked, Refusal as BeginRefusal, begin, begin_again, begin_by_mail, begin_join, begin_with_passkey,
};
pub use code::{Tried, try_code};
pub use done::{Done, finish};
pub use find::{Attempt, Purpose, Ways, find};
pub use mail::{Click, LinkStands, click, link_stands, mail, mail_counts};
pub(super) use mail::{forget_mail, put_mail};
pub use passkey::{ask_passkey, try_passkey};

use time_and_chance::Duration;

/// How long an answer takes at least where it is not to tell what was right: longer than what a right one brings with it, which is at
/// most that a mail is written.
const QUIET: Duration = Duration::from_millis(300);

/// Does this, and, where answers are not to tell, is not done with it any sooner than [`QUIET`].
pub async fn quietly<T>(is_guarded: bool, work: impl Future<Output = T>) -> T {
    if !is_guarded {
        return work.await;
    }
    #[expect(clippy::disallowed_methods, reason = "that the answer comes no sooner is what is waited for")]
    let least = tokio::time::sleep(QUIET);
    let (done, ()) = tokio::join!(work, least);
    done
}

/// How long somebody may take.
pub const LASTS: Duration = Duration::from_mins(30);
/// How long a mailed link and code hold (ASVS 6.5.5).
pub const MAIL_LASTS: Duration = Duration::from_mins(10);
/// How often a mailed code may be tried.
pub const CODE_TRIES: i64 = 5;
