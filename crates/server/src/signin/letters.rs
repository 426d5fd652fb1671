//! The mails about signing in. What people typed and what browsers say is untrusted: each is put on one line and shortened. A link
//! is always made of the address in the settings, never of what a request says.

use askama::Template;
use factors::{LinkSecret, MailCode};
use seal::Private;
use store::{Result, Tx};
use time_and_chance::Time;

use super::{attempt::Purpose, session::in_words};
use crate::{
    app::{App, Now},
    events::Event,
    mail::{
        self, Letter,
        words::{LONGEST_NAME, LONGEST_NAME_IN_SUBJECT, short, wrap},
    },
    web::Origin,
    workspaces::Person,
};

/// What a letter says, and its subject.
pub struct Written {
    subject: String,
    content: Content,
}

#[derive(Default)]
struct Content {
    lead: Vec<String>,
    link: Option<(&'static str, String)>,
    code: Option<String>,
    facts: Vec<(&'static str, String)>,
    after: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/signin.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Content,
}

#[derive(Template)]
#[template(path = "mail/signin.html")]
struct Html<'a> {
    subject: &'a str,
    letter: &'a Content,
}

/// Writes a letter to a person, once for each thing that it is about.
pub async fn send(tx: &mut Tx, now: Now<'_>, to: &Person, about: &str, letter: Written) -> Result<()> {
    let once = format!("{} to {} of {about}", letter.subject_kind(), to.id);
    send_to(tx, now, to.mail.clone(), &once, letter).await
}

/// The same to an address, which need not be anybody's.
pub async fn send_to(tx: &mut Tx, now: Now<'_>, to: Private, once: &str, letter: Written) -> Result<()> {
    let text = Text { letter: &letter.content }.render();
    let html = Html { subject: &letter.subject, letter: &letter.content }.render();
    let fault = |error: askama::Error| store::Fault::Row(format!("a letter cannot be written: {error}"));
    let letter = Letter {
        once: once.to_owned(),
        workspace_id: None,
        recipient: to,
        subject: letter.subject.into(),
        text: wrap(&text.map_err(fault)?).into(),
        html: html.map_err(fault)?.into(),
    };
    mail::write(tx, now, &[letter]).await.map(drop)
}

impl Written {
    /// What kind of letter it is, without anything private.
    fn subject_kind(&self) -> &'static str {
        match (&self.content.link, &self.content.code) {
            (Some(_), Some(_)) => "code",
            (Some(_), None) => "link",
            _ => "notice",
        }
    }
}

/// As much of a mail address as a letter shows: all of any that there is (RFC 5321, section 4.5.3.1).
const LONGEST_ADDRESS: usize = 254;

const NOT_YOU: &str =
    "If this was not you: somebody knows your password. Set another one, and look at your sessions.";

fn vendor(app: &App) -> String {
    short(&app.look.vendor, LONGEST_NAME_IN_SUBJECT)
}

/// Where and with what something was done.
fn facts(origin: &Origin, when: Time) -> Vec<(&'static str, String)> {
    let browser = in_words(origin.user_agent.as_deref().unwrap_or_default());
    let address = origin.address.map_or_else(|| "not known".to_owned(), |address| address.to_string());
    vec![("When", when.in_words()), ("Browser", browser), ("Network address", address)]
}

/// The link and the code of a second step.
pub fn second_step(app: &App, purpose: Purpose, link: &LinkSecret, code: &MailCode) -> Written {
    let vendor = vendor(app);
    let (what, label) = match purpose {
        Purpose::SignIn => ("sign in to", "Sign in"),
        Purpose::Renew => ("stay signed in to", "Stay signed in"),
        Purpose::StepUp => ("confirm that it is you at", "Confirm"),
        Purpose::Join => ("confirm your mail address for", "Confirm the address"),
    };
    Written {
        subject: format!("Your code to {what} {vendor}"),
        content: Content {
            lead: vec![format!("Open this link in the browser in which you are about to {what} {vendor}.")],
            link: Some((label, format!("{}/sign-in/link/{}", app.public_url, link.text().expose()))),
            code: Some(code.shown().expose().to_owned()),
            after: vec![
                "Both hold for 10 minutes, once, and in that browser only. Never give the code to anybody: nobody of us asks \
                 for it."
                    .to_owned(),
                match purpose {
                    Purpose::Join => "If you did not ask for this, leave this mail alone: nothing happens.".to_owned(),
                    _ => NOT_YOU.to_owned(),
                },
            ],
            ..Content::default()
        },
    }
}

/// To whoever signs up with an address that has a sign-in.
pub fn already_here(app: &App) -> Written {
    let vendor = vendor(app);
    Written {
        subject: format!("You already have a sign-in at {vendor}"),
        content: Content {
            lead: vec![format!(
                "Somebody, probably you, wanted to make a new sign-in at {vendor} with this mail address. It has one. Sign in \
                 with it; if you have forgotten the password, set a new one there."
            )],
            link: Some(("Sign in", format!("{}/sign-in", app.public_url))),
            after: vec!["If it was not you, leave this mail alone: nothing has changed.".to_owned()],
            ..Content::default()
        },
    }
}

/// A browser that was never seen.
pub fn new_device(app: &App, origin: &Origin, when: Time) -> Written {
    let vendor = vendor(app);
    Written {
        subject: format!("A new browser has signed in to {vendor}"),
        content: Content {
            lead: vec![format!(
                "Somebody has signed in to {vendor} as you, with password and second factor, in a browser that you have not used \
                 there before."
            )],
            facts: facts(origin, when),
            link: Some(("Look at your sessions", format!("{}/account", app.public_url))),
            after: vec!["If this was you, there is nothing to do.".to_owned(), NOT_YOU.to_owned()],
            ..Content::default()
        },
    }
}

/// A factor was added or removed.
pub fn factor_changed(app: &App, event: Event, what: &str, origin: &Origin, when: Time) -> Written {
    let vendor = vendor(app);
    let done = if event == Event::FactorRemoved { "removed" } else { "added" };
    Written {
        subject: format!("Your second factor at {vendor} was changed"),
        content: Content {
            lead: vec![format!("You, or somebody who is signed in as you, have {done} {what} at {vendor}.")],
            facts: facts(origin, when),
            link: Some(("Look at your factors", format!("{}/account", app.public_url))),
            after: vec!["If this was you, there is nothing to do.".to_owned(), NOT_YOU.to_owned()],
            ..Content::default()
        },
    }
}

/// All factors were taken away by whoever runs the server.
pub fn factors_removed(app: &App, closed: Time) -> Written {
    let vendor = vendor(app);
    Written {
        subject: format!("Your second factors at {vendor} were removed"),
        content: Content {
            lead: vec![
                format!(
                    "{vendor} has removed your authenticator apps, passkeys and recovery codes, because somebody, probably you, has \
                     said that they are lost. You sign in with your password and a link that is mailed to you."
                ),
                format!("Tokens, factors and addresses stay closed until {}.", closed.in_words()),
            ],
            after: vec![format!(
                "If this was not you: tell {vendor}, or an owner of your workspace, right away."
            )],
            ..Content::default()
        },
    }
}

/// A recovery code was used.
pub fn recovery_code_used(app: &App, origin: &Origin, when: Time, left: i64) -> Written {
    let vendor = vendor(app);
    Written {
        subject: format!("A recovery code was used at {vendor}"),
        content: Content {
            lead: vec![
                format!(
                    "Somebody has signed in to {vendor} as you with one of your recovery codes. {left} are left."
                ),
                "If you have lost your authenticator or passkey, add another one and make new codes."
                    .to_owned(),
            ],
            facts: facts(origin, when),
            link: Some(("Look at your factors", format!("{}/account", app.public_url))),
            after: vec![NOT_YOU.to_owned()],
            ..Content::default()
        },
    }
}

/// The password was changed.
pub fn password_changed(app: &App, origin: &Origin, when: Time, closed: Option<Time>) -> Written {
    let vendor = vendor(app);
    let mut lead = vec![format!("Your password at {vendor} was changed.")];
    if let Some(until) = closed {
        lead.push(format!(
            "As mail is your only second factor, whoever reads your mail could have done this. So tokens, factors and addresses \
             stay closed until {}. Whoever owns all of your workspaces can open them earlier.",
            until.in_words()
        ));
    }
    Written {
        subject: format!("Your password at {vendor} was changed"),
        content: Content {
            lead,
            facts: facts(origin, when),
            after: vec![
                "If this was you, there is nothing to do.".to_owned(),
                "If this was not you: set another password by \"Forgot password\", and look after your mailbox.".to_owned(),
            ],
            ..Content::default()
        },
    }
}

/// What was closed after a forgotten password is open again, by an owner's word.
pub fn opened_again(app: &App, workspace: &Private, by: &Private, when: Time) -> Written {
    let (vendor, workspace) = (vendor(app), short(workspace.expose(), LONGEST_NAME));
    let by = short(by.expose(), LONGEST_NAME);
    Written {
        subject: format!("Everything is open to you again at {vendor}"),
        content: Content {
            lead: vec![format!(
                "{by}, an owner of the workspace \"{workspace}\" at {vendor}, has opened tokens, factors and addresses to you \
                 again, before their day was over."
            )],
            facts: vec![("When", when.in_words())],
            after: vec![
                "If you have asked for it, there is nothing to do.".to_owned(),
                "If not: set another password by \"Forgot password\", look after your mailbox, and tell that owner right away."
                    .to_owned(),
            ],
            ..Content::default()
        },
    }
}

/// A link to set a password.
pub fn reset(vendor: &str, public_url: &str, link: &LinkSecret) -> Written {
    let vendor = short(vendor, LONGEST_NAME_IN_SUBJECT);
    Written {
        subject: format!("Set a new password at {vendor}"),
        content: Content {
            lead: vec![format!("Somebody, probably you, wants to set a new password at {vendor}.")],
            link: Some(("Set a new password", format!("{}/reset/{}", public_url, link.text().expose()))),
            after: vec![
                "The link holds for one hour, and once. Until you set a new password, the old one stays."
                    .to_owned(),
                "If this was not you, leave this mail alone: nothing has changed.".to_owned(),
            ],
            ..Content::default()
        },
    }
}

/// An invitation into a workspace.
pub fn invitation(app: &App, workspace: &Private, by: &Private, secret: &LinkSecret) -> Written {
    let (vendor, workspace) = (vendor(app), short(workspace.expose(), LONGEST_NAME));
    let by = short(by.expose(), LONGEST_NAME);
    let lead = format!("{by} has invited you into the workspace \"{workspace}\" at {vendor}.");
    Written {
        subject: format!("Your invitation to {} at {vendor}", short(&workspace, LONGEST_NAME_IN_SUBJECT)),
        content: Content {
            lead: vec![lead],
            link: Some((
                "Look at the invitation",
                format!("{}/invitation/{}", app.public_url, secret.text().expose()),
            )),
            after: vec![
                "The link holds for 7 days, and once. If you do not know the workspace, leave this mail alone.".to_owned(),
            ],
            ..Content::default()
        },
    }
}

/// To a new address: a link with which whoever has asked for it, and signs in with `asker` until then, confirms it.
pub fn confirm_address(app: &App, asker: &Private, link: &LinkSecret) -> Written {
    let (vendor, asker) = (vendor(app), short(asker.expose(), LONGEST_ADDRESS));
    Written {
        subject: format!("Confirm your new mail address at {vendor}"),
        content: Content {
            lead: vec![
                format!(
                    "Somebody with the account {asker} at {vendor} has asked for this to be their mail address from now on."
                ),
                "Open this link where you are signed in with that account.".to_owned(),
            ],
            link: Some((
                "Confirm the address",
                format!("{}/address/{}", app.public_url, link.text().expose()),
            )),
            after: vec![
                "The link holds for one hour, once, and for that account only.".to_owned(),
                "If that is not you, do nothing: nothing changes.".to_owned(),
            ],
            ..Content::default()
        },
    }
}

/// To whoever has an address that somebody else has asked for.
pub fn address_taken(app: &App, asker: &Private) -> Written {
    let (vendor, asker) = (vendor(app), short(asker.expose(), LONGEST_ADDRESS));
    Written {
        subject: format!("Somebody has asked for your mail address at {vendor}"),
        content: Content {
            lead: vec![format!(
                "Somebody with the account {asker} at {vendor} has asked for this to be their mail address. There it is the address \
                 of an account already, so it was not given to them."
            )],
            after: vec!["You need not do anything: nothing has changed.".to_owned()],
            ..Content::default()
        },
    }
}

/// To the old address: it is no longer the one.
pub fn address_changed(app: &App, origin: &Origin, when: Time) -> Written {
    let vendor = vendor(app);
    Written {
        subject: format!("Your mail address at {vendor} was changed"),
        content: Content {
            lead: vec![format!(
                "This is no longer your mail address at {vendor}: another one was confirmed."
            )],
            facts: facts(origin, when),
            after: vec![
                "If this was you, there is nothing to do.".to_owned(),
                format!("If this was not you: tell an owner of your workspace, or {vendor}, right away."),
            ],
            ..Content::default()
        },
    }
}
