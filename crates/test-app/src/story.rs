use bailiwick::{
    config::Policy,
    ids::{MemberId, TokenId, WorkspaceId},
    permissions::Authority,
    tokens::{self, Created as MadeToken, NewToken, Role, Source, Unsaid},
    web::Page,
    workspaces::{self, Created, MemberRole, NewMember, NewWorkspace},
};
use serde_json::Value;
use time_and_chance::Time;
use token_format::mint;

use crate::TestApp;

/// A workspace of the story.
pub struct Workspace<'a> {
    pub(crate) app: &'a TestApp,
    /// Its id.
    pub id: WorkspaceId,
}

/// A token of the story.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Its secret.
    pub secret: String,
}

impl TestApp {
    /// A workspace, owned by Ana: `ana@<name>.example`.
    pub async fn workspace(&self, name: &str) -> Workspace<'_> {
        self.workspace_with(name, None).await
    }

    /// The same with an exposure policy.
    pub async fn workspace_with(&self, name: &str, exposure_policy: Option<Policy>) -> Workspace<'_> {
        let owner = person(&format!("ana@{name}.example"), MemberRole::Owner);
        let wanted = NewWorkspace { name: name.into(), external_id: None, exposure_policy, owner };
        let made = workspaces::create(&self.app, &Authority::on_this_machine(), wanted, None).await;
        let Ok(Created::New(workspace)) = made else { panic!("a workspace is made") };
        Workspace { app: self, id: workspace.id }
    }

    /// One that was made before.
    pub fn workspace_of(&self, id: WorkspaceId) -> Workspace<'_> {
        Workspace { app: self, id }
    }
}

impl TestApp {
    /// A token that nothing tells from ours, checksum and all, but that it was never issued.
    pub fn look_alike(&self) -> String {
        mint(self.app.prefixes.current(), &mut |bytes| self.app.chance.fill(bytes)).expose().to_owned()
    }
}

fn person(mail: &str, role: MemberRole) -> NewMember {
    NewMember { mail: mail.into(), name: None, external_id: None, role: Some(role) }
}

impl Workspace<'_> {
    /// One more owner.
    pub async fn with_owner(self, mail: &str) -> Self {
        self.add(mail, MemberRole::Owner).await
    }

    /// A member.
    pub async fn with_member(self, mail: &str) -> Self {
        self.add(mail, MemberRole::Member).await
    }

    async fn add(self, mail: &str, role: MemberRole) -> Self {
        let by = Authority::on_this_machine();
        let added = workspaces::add_member(&self.app.app, &by, &self.id, person(mail, role), None).await;
        assert!(added.is_ok(), "a member is added");
        self
    }

    /// The member with this mail address.
    pub async fn member_named(&self, mail: &str) -> MemberId {
        let members =
            workspaces::list_members(&self.app.app, &Authority::on_this_machine(), &self.id, &Page::first())
                .await;
        let members = members.expect("the database answers").items;
        members.into_iter().find(|member| member.mail == mail).expect("a member with this address").id
    }

    /// A token for a member's use.
    pub async fn token(&self, description: &str) -> Token {
        self.token_with(description, Role::Member, None, None).await
    }

    /// A token that may manage the workspace.
    pub async fn owners_token(&self, description: &str) -> Token {
        self.token_with(description, Role::Owner, None, None).await
    }

    /// Imports a token for each of these lines of an import's file, which need not name their workspace.
    pub async fn import(&self, lines: &[Value]) {
        let file = self.app.place.folder.path().join("import.jsonl");
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&file, text.join("\n")).expect("the test's folder takes a file");
        let unsaid = Unsaid { workspace: Some(self.id.to_string()), ..Unsaid::default() };
        let by = Authority::on_this_machine();
        let imported = tokens::import(&self.app.app, &by, Source::Path(file), unsaid).await;
        assert_eq!(imported.expect("a good file").imported, lines.len() as u64);
    }

    /// A token with a creator or an end.
    pub async fn token_with(
        &self,
        description: &str,
        role: Role,
        creator: Option<&str>,
        expires_at: Option<Time>,
    ) -> Token {
        let wanted = NewToken {
            description: description.into(),
            role,
            creator: creator.map(Into::into),
            expires_at,
            external_id: None,
        };
        let made = tokens::create(&self.app.app, &Authority::on_this_machine(), &self.id, wanted, None).await;
        let Ok(MadeToken::New(token, secret)) = made else { panic!("a token is made") };
        Token { id: token.id, secret: secret.expose().to_owned() }
    }
}
