use clap::{Args, Subcommand};
use seal::{RootRotation, Shown};
use serde_json::json;
use time_and_chance::Duration;

use super::{Ended, common::Common, print, values};
use crate::{app::App, keyring, permissions::Authority};

#[derive(Subcommand)]
pub enum Command {
    /// Show the root keys, how many data keys each wraps, and what is being rotated; nothing of a key itself.
    Show,
    /// Put a new key in the place of the present one. What it opens stays readable throughout.
    #[command(subcommand)]
    Rotate(Rotate),
}

#[derive(Subcommand)]
pub enum Rotate {
    /// Make a new root key and wrap every data key with it. Sealed fields stay as they are.
    ///
    /// With a key file the new key is written into it, before the old one. With an environment variable, put the new key
    /// before the old one on every node first, with a comma between them. With AWS KMS it takes one call; name a new key of KMS
    /// before the present one first, on every node, to be able to delete that.
    Root(Root),
    /// Give a workspace a new data key. The server seals what the old one sealed anew, in the background.
    Workspace {
        /// The workspace's id
        #[arg(value_name = "ID")]
        workspace: String,
    },
    /// Give the index of mail addresses a new key. The server hashes them anew, in the background.
    Index,
}

#[derive(Args)]
pub struct Root {
    /// Destroy the former root keys after this time, such as 30d: from then on nothing opens backups of before the rotation, what
    /// was shredded among it. No shorter than the age of the oldest backup that you may want to restore. With AWS KMS backups
    /// hold the wrapped root, and open until the key of KMS that wrapped it is deleted, or they are
    #[arg(long, value_name = "LENGTH", value_parser = values::lifetime)]
    destroy_old_after: Option<Duration>,
    /// Only make the new key ready in the key file, to bring that to every node; the next rotation takes it
    #[arg(long, conflicts_with = "destroy_old_after")]
    prepare: bool,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        let (app, by) = (common.app().await?, Authority::on_this_machine());
        match self {
            Self::Show => {
                let shown = app.vault.show(&app.db).await?;
                common.answer(&shown, in_words)
            }
            Self::Rotate(Rotate::Root(root)) => root.run(common, &app, &by).await,
            Self::Rotate(Rotate::Workspace { workspace }) => {
                let workspace = values::id(&workspace, "workspace")?;
                keyring::rotate_workspace(&app, &by, &workspace).await.map_err(refused)?;
                begun(common, &format!("Workspace {workspace} has a new key."))
            }
            Self::Rotate(Rotate::Index) => {
                keyring::rotate_index(&app, &by).await.map_err(refused)?;
                begun(common, "The index has a new key.")
            }
        }
    }
}

impl Root {
    async fn run(self, common: &Common, app: &App, by: &Authority) -> Result<(), Ended> {
        if self.prepare {
            let mut tx = app.db.begin().await?;
            let ready = seal::prepare_root(&app.vault, &mut tx, &*app.chance).await;
            let ready = ready.map_err(|fault| Ended::refused(fault.to_string()))?;
            let ready = ready
                .ok_or_else(|| Ended::refused("only a key file can be made ready: keyring.root is none"))?;
            return common.answer(&json!({"ready": ready}), |_| {
                print::line(format!(
                    "Root key {ready} is ready. Bring the key file to every node, then rotate."
                ))
            });
        }
        let rotation = keyring::rotate_root(app, by, self.destroy_old_after).await.map_err(refused)?;
        // The queue has it too, should this be killed, or the database be away from now on.
        match seal::rewrap(&app.vault, &app.db, &*app.chance, || true).await {
            Ok((rewrapped, _)) => rotation_answer(common, &rotation, Some(rewrapped)),
            Err(fault) => {
                print::complaint(&format!("not all data keys are wrapped anew yet: {fault}"));
                rotation_answer(common, &rotation, None)
            }
        }
    }
}

/// `rewrapped` is how many data keys the new root wraps; not said where the server does the rest.
fn rotation_answer(common: &Common, rotation: &RootRotation, rewrapped: Option<u64>) -> Result<(), Ended> {
    let answer = json!({
        "from": rotation.from, "to": rotation.to, "from_wrapped_by": rotation.from_wrapped_by, "data_keys": rewrapped,
    });
    common.answer(&answer, |_| {
        let rest = match rewrapped {
            Some(keys) => format!("and wraps {keys} data keys."),
            None => {
                "and the server wraps the data keys with it; `bailiwick keyring show` tells when it is done."
                    .to_owned()
            }
        };
        print::line(format!("Root key {} is in the place of {}, {rest}", rotation.to, rotation.from))?;
        rotation.from_wrapped_by.as_ref().map_or(Ok(()), |key| {
            print::line(format!(
                "{} stays in backups, wrapped by {key}: they open until that key is deleted.",
                rotation.from
            ))
        })
    })
}

fn begun(common: &Common, what: &str) -> Result<(), Ended> {
    common.answer(&json!({"begun": true}), |_| {
        print::line(format!(
            "{what} The server does the rest; `bailiwick keyring show` tells when it is done."
        ))
    })
}

#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
fn refused(why: keyring::Refusal) -> Ended {
    Ended::refused(why.to_string())
}

fn in_words(shown: &Shown) -> Result<(), Ended> {
    let rotating = if shown.rotating.is_empty() { "nothing".to_owned() } else { shown.rotating.join(", ") };
    print::facts(&[
        ("roots in", shown.source.clone()),
        ("data keys", shown.data_keys.to_string()),
        ("rotating", rotating),
        ("shredded", shown.shredded.to_string()),
    ])?;
    for root in &shown.roots {
        let state = match (root.destroyed_at, root.retired_at, root.destroy_after) {
            (Some(at), ..) => format!("destroyed on {}", values::to_the_second(at)),
            (None, None, _) => "in use".to_owned(),
            (None, Some(at), None) => format!("retired on {}", values::to_the_second(at)),
            (None, Some(_), Some(end)) => {
                format!("retired, to be destroyed on {}", values::to_the_second(end))
            }
        };
        let by = root.wrapped_by.as_ref().map(|key| format!("; wrapped by {key}")).unwrap_or_default();
        print::line(format!("root {}: {state}, wraps {} data keys{by}", root.id, root.data_keys))?;
    }
    Ok(())
}
