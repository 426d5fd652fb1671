//! The mail to the operator when one of its keys was ended by whoever presented it: gateways may depend on it.

use askama::Template;
use store::{Result, Tx};

use super::{Listed, beginning, find::Known};
use crate::{
    app::{App, Now},
    mail::{
        self, Letter,
        words::{LONGEST_NAME, LONGEST_NAME_IN_SUBJECT, short, wrap},
    },
};

#[derive(Template)]
#[template(path = "mail/self_revoked.txt")]
struct Text<'a>(&'a Content);

#[derive(Template)]
#[template(path = "mail/self_revoked.html")]
struct Html<'a>(&'a Content);

struct Content {
    subject: String,
    lead: String,
    consequence: String,
    replace: String,
    command: String,
    look: String,
    why: String,
}

/// Writes the mail, in the transaction that ended the key or its former secret.
pub(super) async fn tell_operator(
    app: &App,
    tx: &mut Tx,
    now: Now<'_>,
    key: &Listed,
    known: &Known,
) -> Result<()> {
    let content = content(app, now, key, known.former);
    let never = "a template of plain strings renders";
    let about = if known.former { format!("{}:{}", key.id, now.when.micros()) } else { key.id.to_string() };
    let letter = Letter {
        once: format!("self-revoked:{about}:operator"),
        workspace_id: Some(key.workspace_id.to_string()),
        recipient: app.settings.operator.mail.to_string().into(),
        text: wrap(&Text(&content).render().expect(never)).into(),
        html: Html(&content).render().expect(never).into(),
        subject: content.subject.into(),
    };
    mail::write(tx, now, &[letter]).await.map(drop)
}

fn content(app: &App, now: Now<'_>, key: &Listed, former: bool) -> Content {
    let name = short(key.description.expose(), LONGEST_NAME);
    let vendor = short(&app.settings.mail.vendor_name, LONGEST_NAME_IN_SUBJECT);
    let of = if former { "a former secret of operator key" } else { "operator key" };
    let what = if former {
        format!("A former secret of operator key \"{name}\"")
    } else {
        format!("Operator key \"{name}\" ({})", beginning(key.prefix.as_deref(), key.hint.as_deref()))
    };
    let scopes = key.scopes.as_deref().map_or_else(String::new, |scopes| format!(" --scopes {scopes}"));
    Content {
        subject: format!(
            "{vendor}: {of} \"{}\" was revoked by whoever holds it",
            short(key.description.expose(), LONGEST_NAME_IN_SUBJECT)
        ),
        lead: format!("{what} was revoked on {} by whoever presented it.", now.when.in_words()),
        consequence: if former {
            "The key itself works on with its present secret. A gateway that presents the former one gets no verdicts until \
             you give it the present one."
        } else {
            "A gateway that presents it gets no verdicts until you give it another key."
        }
        .to_owned(),
        replace: if former {
            "Put the key's present secret wherever the former one is still used. If you do not have it any more, make a new \
             operator key:"
        } else {
            "Make a new operator key, and put it wherever this one was used:"
        }
        .to_owned(),
        command: format!("bailiwick operator-key create --name NAME{scopes}"),
        look: format!(
            "If nobody of yours revoked it, somebody else has the secret: find out where it was kept, and look for activity \
             that you do not recognise. What the key did stands in the audit of each workspace, under its id {}.",
            key.id
        ),
        why: "Whoever holds a token can end it, so that one who finds it can make it harmless. You get this mail because the \
              settings name you as the operator."
            .to_owned(),
    }
}
