use clap::{Args, Subcommand};

use super::{common::Common, ended::Ended, print, values};
use crate::{
    permissions::Authority,
    signin::factor,
    workspaces::{self, Added, ListedMember, MemberRole, NewMember},
};

#[derive(Subcommand)]
pub enum Command {
    /// Add a person to a workspace, or give a member another role.
    Add(Add),
    /// Remove a member from a workspace. Its last owner stays.
    Remove(Remove),
    /// Take all second factors away from somebody who has lost them: mail is their second factor again.
    RemoveFactors(RemoveFactors),
}

#[derive(Args)]
pub struct Add {
    /// The workspace
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The person's mail address
    #[arg(long)]
    mail: String,
    /// As an owner: with full rights over the workspace, and told when a token leaks
    #[arg(long)]
    owner: bool,
    /// The person's name
    #[arg(long)]
    name: Option<String>,
    /// The person's id in the product; a person who has it already gets this mail address
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
}

#[derive(Args)]
pub struct Remove {
    /// The workspace
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The member's mail address
    #[arg(long)]
    mail: String,
}

#[derive(Args)]
pub struct RemoveFactors {
    /// The person's mail address
    #[arg(long)]
    mail: String,
}

impl Command {
    pub async fn run(self, common: &Common) -> Result<(), Ended> {
        match self {
            Self::Add(add) => add.run(common).await,
            Self::Remove(remove) => remove.run(common).await,
            Self::RemoveFactors(remove) => remove.run(common).await,
        }
    }
}

impl Add {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        let workspace = values::id(&self.workspace, "workspace")?;
        let role = self.owner.then_some(MemberRole::Owner);
        let wanted = NewMember {
            mail: self.mail.into(),
            name: self.name.map(Into::into),
            external_id: self.external_id,
            role,
        };
        let app = common.app().await?;
        let (Added::New(member) | Added::Known(member)) =
            workspaces::add_member(&app, &Authority::on_this_machine(), &workspace, wanted, None).await?;
        common.answer(&member, in_words)
    }
}

fn in_words(member: &ListedMember) -> Result<(), Ended> {
    print::facts(&[
        ("member", member.id.to_string()),
        ("person", member.person_id.to_string()),
        ("mail", member.mail.expose().to_owned()),
        ("role", member.role.name().to_owned()),
    ])
}

impl RemoveFactors {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        let app = common.app().await?;
        factor::remove_all(&app, &Authority::on_this_machine(), &self.mail).await?;
        common.answer(&serde_json::json!({"removed_factors_of": self.mail}), |_| {
            print::line(format!("{} signs in with password and mail from now on, and is told so.", self.mail))
        })
    }
}

impl Remove {
    async fn run(self, common: &Common) -> Result<(), Ended> {
        let workspace = values::id(&self.workspace, "workspace")?;
        let app = common.app().await?;
        workspaces::remove_member_by_mail(&app, &Authority::on_this_machine(), &workspace, &self.mail)
            .await?;
        common.answer(&serde_json::json!({"removed": self.mail}), |_| {
            print::line(format!("{} is no longer a member of {workspace}.", self.mail))
        })
    }
}
