use passwords::{
    Password,
    strength::{is_common, judge},
};
use seal::Private;
use serde::Serialize;

use super::{Busy, Refusal};
use crate::{
    app::App,
    workspaces::{Membership, Person},
};

/// What an attacker knows who wants this very account: words of it are worth nothing in a password.
#[derive(Clone, Default)]
pub struct Context {
    words: Vec<String>,
}

impl Context {
    /// Of the product.
    pub fn of(app: &App) -> Self {
        Self { words: vec![app.look.vendor.clone(), "bailiwick".to_owned()] }
    }

    /// With something else that is known of the person: a name, an address, a workspace.
    pub fn with(mut self, text: &Private) -> Self {
        self.words.push(text.expose().to_owned());
        self
    }

    /// With what is known of a person.
    pub fn of_person(self, person: &Person) -> Self {
        let with_mail = self.with(&person.mail);
        match &person.name {
            Some(name) => with_mail.with(name),
            None => with_mail,
        }
    }

    /// With the names of the workspaces that they are in.
    pub fn of_workspaces(self, workspaces: &[Membership]) -> Self {
        workspaces.iter().fold(self, |context, one| context.with(&one.name))
    }

    fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }
}

/// What is said of a password while it is typed.
#[derive(Serialize)]
pub struct Advice {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    /// Whether it may be taken, as far as can be told without asking for breaches.
    pub fits: bool,
    /// What would help, in a sentence; empty if nothing is needed.
    pub advice: String,
}

/// Why a password is not taken that anybody could guess.
pub(super) async fn refused(
    app: &App,
    password: &Password,
    context: &Context,
) -> Result<Option<Refusal>, Busy> {
    let (password, context) = (password.clone(), context.clone());
    app.passwords.run(move || judged(&password, &context).1).await
}

/// How hard it is to guess, what would help, and why it is not taken, if it is not.
fn judged(password: &Password, context: &Context) -> ((u8, String), Option<Refusal>) {
    let strength = judge(password, &context.words());
    let refusal = if is_common(password) {
        Some(Refusal::Common)
    } else {
        strength.only_a_word.map(|word| Refusal::Guessable(word.into()))
    };
    ((strength.score, strength.advice.join(" ")), refusal)
}

/// Judges a password that is being typed. Nothing of it is kept or logged.
pub async fn advise(app: &App, typed: &Private, context: &Context) -> Result<Advice, Busy> {
    let Ok(password) = Password::new(typed.expose()) else {
        return Ok(Advice { score: 0, fits: false, advice: Refusal::TooLong.sentence() });
    };
    let (breached, context) = (app.breached.clone(), context.clone());
    let judged = move || (judged(&password, &context), breached.knows_here(&password));
    let (((score, advice), refusal), known) = app.passwords.run(judged).await?;
    let least = app.settings.password.min_length;
    let refusal = if typed.expose().chars().count() < least {
        Some(Refusal::TooShort(least))
    } else if known {
        Some(Refusal::Breached)
    } else {
        refusal
    };
    Ok(match refusal {
        Some(refusal) => Advice { score: 0, fits: false, advice: refusal.sentence() },
        None => Advice { score, fits: true, advice },
    })
}
