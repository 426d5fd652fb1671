//! The mail to an owner whose token was found in public.
//!
//! What partners report (the address and the kind of place) and what people typed (descriptions, names) is untrusted:
//! each is put on one line, shortened, escaped in HTML, and only an address of the web becomes a link.

mod places;
mod steps;

#[cfg(test)]
mod tests;

use askama::Template;
use time_and_chance::Time;

use self::{places::Place, steps::Step};
use crate::mail::words::{LONGEST_NAME, LONGEST_NAME_IN_SUBJECT, short, wrap};

/// Why the letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The token was found and revoked.
    Revoked,
    /// The token was found, and works until its owners do something.
    Warned,
    /// The token was found, and works until this moment.
    WarnedWithDeadline(Time),
    /// That moment has come.
    GraceEnded,
}

/// What an owner is told of a token that was found in public.
#[derive(Clone)]
pub struct LeakLetter<'a> {
    /// Why the letter is written.
    pub occasion: Occasion,
    /// Whose product it is, as its customers call it.
    pub vendor: &'a str,
    /// The workspace that the token is of.
    pub workspace_name: &'a str,
    /// The token's description.
    pub description: &'a str,
    /// How the secret that was found begins, such as `bwk_a1B2c…`.
    pub hint: &'a str,
    /// Who made the token; nobody for one that an operator made or that was imported.
    pub creator: Option<&'a str>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used, if ever.
    pub last_used_at: Option<Time>,
    /// Who reported it: `GitHub` or `GitLab`.
    pub partner: &'a str,
    /// The kind of place in the partner's words, such as `commit` or `gist_content`. Partners add to these.
    pub source: Option<&'a str>,
    /// The address of the place as the partner gave it; it may be anything.
    pub url: Option<&'a str>,
    /// When it was reported.
    pub found_at: Time,
    /// Whether it is the secret from before a rotation: then the token itself works on.
    pub former_secret: bool,
    /// What commands take, if it is an operator key: then gateways depend on it.
    pub operator_key: Option<OperatorKey<'a>>,
    /// The page with the workspace's tokens, on which new ones are made too. Operator keys alone are on none.
    pub tokens_url: Option<&'a str>,
}

/// What the commands about an operator key take. Such keys are made and ended on the command line only.
#[derive(Clone, Copy)]
pub struct OperatorKey<'a> {
    /// Its id.
    pub id: &'a str,
    /// The operator's own workspace.
    pub workspace_id: &'a str,
    /// What it may be used for, such as `verify,manage`.
    pub scopes: &'a str,
}

/// A letter's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// Plain text in lines of at most 76 columns; only addresses and commands may be longer.
    pub text: String,
    /// The same as HTML, without anything to be fetched.
    pub html: String,
}

/// What both forms of the letter say.
struct Content {
    lead: String,
    consequence: String,
    facts: Vec<(&'static str, String)>,
    place: Place,
    steps: Vec<Step>,
    why: String,
}

#[derive(Template)]
#[template(path = "mail/leak.txt")]
struct Text<'a> {
    letter: &'a Content,
}

#[derive(Template)]
#[template(path = "mail/leak.html")]
struct Html<'a> {
    subject: &'a str,
    letter: &'a Content,
}

impl LeakLetter<'_> {
    /// Writes the letter.
    pub fn write(&self) -> Written {
        let letter = Content {
            lead: self.lead(),
            consequence: self.consequence(),
            facts: self.facts(),
            place: Place::of(self.partner, self.source, self.url),
            steps: self.steps(),
            why: self.why(),
        };
        let subject = self.subject();
        let never = "a template of plain strings renders";
        let text = wrap(&Text { letter: &letter }.render().expect(never));
        let html = Html { subject: &subject, letter: &letter }.render().expect(never);
        Written { subject, text, html }
    }

    fn subject(&self) -> String {
        let (vendor, found) = (short(self.vendor, LONGEST_NAME_IN_SUBJECT), self.found());
        let name = format!("{} \"{}\"", self.kind(), short(self.description, LONGEST_NAME_IN_SUBJECT));
        let what = if self.former_secret { format!("a former secret of {name}") } else { name };
        match self.occasion {
            Occasion::Revoked => format!("{vendor}: {what} was found {found} and no longer works"),
            Occasion::Warned => format!("{vendor}: {what} was found {found}: replace it now"),
            Occasion::WarnedWithDeadline(end) => {
                format!("{vendor}: {what} was found {found}: replace it before {}", end.in_words())
            }
            Occasion::GraceEnded => format!("{vendor}: {what}, found {found}, no longer works"),
        }
    }

    fn lead(&self) -> String {
        let (name, hint) = (self.name(), short(self.hint, LONGEST_NAME));
        let what = match (self.former_secret, self.is_operator_key()) {
            (true, _) => format!("A former secret ({hint}) of {} \"{name}\"", self.kind()),
            (false, true) => format!("Operator key \"{name}\" ({hint})"),
            (false, false) => format!("Token \"{name}\" ({hint})"),
        };
        let found = format!("{what} was found {} on {}", self.found(), self.found_at.in_words());
        match self.occasion {
            Occasion::Revoked => format!("{found} and no longer works."),
            Occasion::Warned => {
                format!("{found}. It still works, and whoever has seen it can use it: replace it now.")
            }
            Occasion::WarnedWithDeadline(end) => format!(
                "{found}. It works until {}, and whoever has seen it can use it: replace it before then.",
                end.in_words()
            ),
            Occasion::GraceEnded => {
                format!("{found}. The time to replace it has ended, and it no longer works.")
            }
        }
    }

    fn consequence(&self) -> String {
        match (self.is_dead(), self.former_secret, self.is_operator_key()) {
            (true, false, false) => "A program that presents it is refused.",
            (true, true, false) => "The token itself works on with its present secret.",
            (true, false, true) => "A gateway that presents it gets no verdicts until you give it another key.",
            (true, true, true) => {
                "The key itself works on with its present secret. A gateway that presents the former one gets no \
                 verdicts until you give it the present one."
            }
            (false, false, false) => "A program that presents it is refused once it is revoked.",
            (false, true, false) => "The token's present secret was not found.",
            (false, false, true) => "A gateway that presents it gets no verdicts once it is revoked.",
            (false, true, true) => {
                "The key's present secret was not found. A gateway that presents the former one gets no verdicts once \
                 that is revoked."
            }
        }
        .to_owned()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let creator = self.creator.map(|creator| short(creator, LONGEST_NAME));
        let nobody = || "not known (imported, or made by an operator)".to_owned();
        vec![
            (if self.is_operator_key() { "Operator key" } else { "Token" }, self.name()),
            ("Begins with", short(self.hint, LONGEST_NAME)),
            ("Workspace", short(self.workspace_name, LONGEST_NAME)),
            ("Creator", creator.unwrap_or_else(nobody)),
            ("Created", self.created_at.in_words()),
            ("Last used", self.last_used_at.map_or_else(|| "never".to_owned(), Time::in_words)),
            ("Reported by", format!("{} on {}", self.partner, self.found_at.in_words())),
        ]
    }

    fn why(&self) -> String {
        let (vendor, partner) = (short(self.vendor, LONGEST_NAME), self.partner);
        let not_us = if self.is_operator_key() {
            "This key did not leak from the server that checks it, which keeps no copy of it.".to_owned()
        } else {
            format!("{vendor} did not leak this token, and keeps no copy of it.")
        };
        format!(
            "{not_us} It was found in a public place: {partner} looks through what is public and tells {vendor} of what \
             it recognises. You get this mail because you are an owner of workspace \"{}\".",
            short(self.workspace_name, LONGEST_NAME),
        )
    }

    fn name(&self) -> String {
        short(self.description, LONGEST_NAME)
    }

    fn kind(&self) -> &'static str {
        if self.is_operator_key() { "operator key" } else { "token" }
    }

    fn is_operator_key(&self) -> bool {
        self.operator_key.is_some()
    }

    fn is_dead(&self) -> bool {
        matches!(self.occasion, Occasion::Revoked | Occasion::GraceEnded)
    }

    fn found(&self) -> String {
        places::found(self.partner, self.source)
    }
}
