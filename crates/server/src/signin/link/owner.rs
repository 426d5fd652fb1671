use factors::LinkSecret;
use seal::Private;
use serde_json::json;

use super::{About, Kind, Link, insert};
use crate::{
    app::App,
    audit::{self, Entry},
    events::Event,
    ids::{LinkId, WorkspaceId},
    permissions::Authority,
    web::{Stop, private_line},
    workspaces::{self, Refusal},
};

/// Whose first owner a link makes.
pub enum Whose {
    /// Of this workspace.
    Workspace(WorkspaceId),
    /// Of a new one with this name.
    New(Private),
}

/// A link that was made.
pub struct Made {
    /// Its id.
    pub id: LinkId,
    /// The address, for the one who is to be the owner. It is shown this once.
    pub url: Private,
}

/// Makes a link with which somebody becomes an owner, once, within seven days.
pub async fn make(app: &App, by: &Authority, whose: Whose) -> Result<Made, Stop<Refusal>> {
    let (now, mut tx) = (app.now(), app.db.begin().await?);
    let (workspace, details) = match whose {
        Whose::Workspace(id) => {
            if !workspaces::hold(&mut tx, by, &id).await? {
                return Err(Stop::Refused(Refusal::NoWorkspace));
            }
            (Some(id), None)
        }
        Whose::New(name) => (None, Some(private_line("name", &name, 200)?)),
    };
    let about = About { workspace: workspace.as_ref(), details, ..About::default() };
    let (id, secret) = insert(&mut tx, now, Kind::Owner, about).await?;
    let entry = Entry {
        workspace: workspace.as_ref(),
        actor: by.actor(),
        event: Event::OwnerLinkMade,
        target: workspace.as_ref().map_or(id.as_str(), WorkspaceId::as_str),
        details: json!({"link_id": id}),
    };
    audit::record(&mut tx, now, &[entry]).await?;
    tx.commit().await?;
    Ok(Made { id, url: url(app, &secret) })
}

fn url(app: &App, secret: &LinkSecret) -> Private {
    format!("{}/welcome/{}", app.public_url, secret.text().expose()).into()
}

/// Which workspace a link makes an owner of.
pub fn owner_of(link: &Link) -> Option<Whose> {
    match (&link.workspace, &link.details) {
        (Some(workspace), _) => Some(Whose::Workspace(workspace.clone())),
        (None, Some(name)) => Some(Whose::New(name.clone())),
        (None, None) => None,
    }
}
