//! Whoever is told gets a letter, once. Letters are written some at a time, each time in a transaction of its own: one
//! report can be about thousands of tokens, and others wait for the database meanwhile.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use seal::{Opener, Private, Vault};
use store::{Db, Result, Row};
use time_and_chance::{Chance, Duration, Time};

use super::letters::{LeakLetter, Occasion, OperatorKey, Written};
use crate::{
    app::Now,
    columns::{PERSON_MAIL, PERSON_NAME, SIGHTING_URL, TOKEN_DESCRIPTION, WORKSPACE_NAME},
    ids::{TokenId, WorkspaceId},
    jobs::Pace,
    mail::{self, Letter},
    tokens,
    workspaces::{self, Owner},
};

/// What writing letters needs.
#[derive(Clone)]
pub struct Writer {
    /// The database.
    pub db: Db,
    /// The keyring.
    pub vault: Vault,
    /// The dice.
    pub chance: Arc<dyn Chance>,
    /// Whose product it is, as its customers call it.
    pub vendor: String,
    /// The product's page that links lead to, if it has one: an address with `{workspace}` or `{external_id}` in it.
    pub tokens_url: Option<String>,
    /// Where the console is, to which they lead otherwise.
    pub public_url: String,
    /// What this node knows of last uses.
    pub memory: tokens::Memory,
    /// Who is told of the operator's own keys, besides the members of the operator's workspace.
    pub operator_mail: Private,
    /// How long a try goes on to begin further letters.
    pub pace: Duration,
}

/// A sighting that changed a token, or the end of what it began, with what a letter says of it.
pub(super) struct Told {
    pub about: String,
    occasion: Occasion,
    token_id: TokenId,
    workspace_id: WorkspaceId,
    workspace_external_id: Option<String>,
    workspace_name: Private,
    /// Of an operator key, what it may be used for.
    scopes: Option<String>,
    operator: bool,
    description: Private,
    beginning: String,
    creator: Option<Private>,
    created_at: Time,
    last_used_at: Option<Time>,
    partner: String,
    source: Option<String>,
    url: Option<Private>,
    found_at: Time,
    former_secret: bool,
}

/// A letter to one owner that may have been written already.
struct Addressed<'a> {
    once: String,
    told: usize,
    recipient: &'a Private,
}

/// A few transactions of this many letters take less time together than one report waits.
const AT_ONCE: usize = 200;

impl Told {
    /// Of a row with the members of the same names; nothing if its workspace was deleted, so that nobody is left to tell.
    pub fn of_row(
        row: &Row,
        opener: &Opener,
        about: String,
        occasion: Occasion,
        former_secret: bool,
    ) -> Result<Option<Self>> {
        if row.get::<Option<Time>>("workspace_deleted_at")?.is_some() {
            return Ok(None);
        }
        let (prefix, hint): (Option<String>, Option<String>) = (row.get("prefix")?, row.get("hint")?);
        let (workspace, token): (String, String) = (row.get("workspace_id")?, row.get("token_id")?);
        let sighting: String = row.get("id")?;
        Ok(Some(Self {
            about,
            occasion,
            token_id: row.get("token_id")?,
            workspace_id: row.get("workspace_id")?,
            workspace_external_id: row.get("workspace_external_id")?,
            workspace_name: said(opener.text(
                row,
                "workspace_name",
                WORKSPACE_NAME.of(&workspace, &workspace),
            )),
            scopes: row.get("scopes")?,
            operator: row.get::<String>("workspace_kind")? == "operator",
            description: said(opener.text(row, "description", TOKEN_DESCRIPTION.of(&token, &workspace))),
            beginning: tokens::beginning(prefix.as_deref(), hint.as_deref()),
            creator: creator(row, opener)?,
            created_at: row.get("created_at")?,
            last_used_at: row.get("last_used_at")?,
            partner: row.get("partner")?,
            source: row.get("source")?,
            url: opener.column(row, "url", SIGHTING_URL.of(&sighting, &workspace)).transpose().map(said),
            found_at: row.get("seen_at")?,
            former_secret,
        }))
    }
}

/// What a letter says of something sealed. One that was changed behind our back keeps nobody from being told.
fn said(opened: std::result::Result<Private, seal::Fault>) -> Private {
    opened.unwrap_or_else(|fault| {
        tracing::error!(%fault, "what a letter says does not open");
        "(unreadable)".into()
    })
}

/// A creator's name, or else their mail address.
fn creator(row: &Row, opener: &Opener) -> Result<Option<Private>> {
    let Some(person) = row.get::<Option<String>>("person_id")? else { return Ok(None) };
    let name = opener.column(row, "creator_name", PERSON_NAME.of(&person, "")).transpose();
    let said_of =
        name.or_else(|| opener.column(row, "creator_mail", PERSON_MAIL.of(&person, "")).transpose());
    Ok(said_of.map(said))
}

/// What of such a row is sealed.
const SEALED: [&str; 5] = ["workspace_name", "description", "url", "creator_name", "creator_mail"];

impl Writer {
    /// What opens the rows that letters are written of.
    pub(super) async fn opener(&self, rows: &[Row]) -> Result<Opener> {
        self.vault.opener_of(&self.db, rows, &SEALED).await
    }

    /// Writes one letter per owner for each of these, leaving out those that are there. Answers how many of these, from
    /// the first on, have all their letters: fewer than all when the try's time is over.
    pub(super) async fn write(&self, when: Time, told: &[Told], pace: &mut Pace) -> Result<usize> {
        let owners = self.owners(told).await?;
        let letters = told.iter().enumerate().flat_map(|(at, told)| self.addressed(at, told, &owners));
        let unwritten = self.unwritten(letters.collect()).await?;
        for some in unwritten.chunks(AT_ONCE) {
            if !pace.allows_a_step() {
                return Ok(some[0].told);
            }
            let mut tx = self.db.begin().await?;
            let now = Now { when, chance: &*self.chance, vault: &self.vault };
            mail::write(&mut tx, now, &self.letters(told, some)).await?;
            tx.commit().await?;
        }
        Ok(told.len())
    }

    async fn owners(&self, told: &[Told]) -> Result<HashMap<WorkspaceId, Vec<Owner>>> {
        let mut workspaces: Vec<WorkspaceId> = told.iter().map(|told| told.workspace_id.clone()).collect();
        workspaces.sort();
        workspaces.dedup();
        let mut owners: HashMap<WorkspaceId, Vec<Owner>> = HashMap::new();
        for owner in workspaces::owners(&self.db, &self.vault, &workspaces).await? {
            owners.entry(owner.workspace_id.clone()).or_default().push(owner);
        }
        Ok(owners)
    }

    fn addressed<'a>(
        &'a self,
        at: usize,
        told: &Told,
        owners: &'a HashMap<WorkspaceId, Vec<Owner>>,
    ) -> Vec<Addressed<'a>> {
        let owners = owners.get(&told.workspace_id).map(Vec::as_slice).unwrap_or_default();
        let mut to: Vec<_> = owners.iter().map(|owner| (owner.person_id.as_str(), &owner.mail)).collect();
        // A workspace always has an owner; the operator's own has whoever the settings name.
        if told.operator || to.is_empty() {
            to.push(("operator", &self.operator_mail));
        }
        let letter =
            |(who, recipient)| Addressed { once: format!("leak:{}:{who}", told.about), told: at, recipient };
        to.into_iter().map(letter).collect()
    }

    async fn unwritten<'a>(&self, mut letters: Vec<Addressed<'a>>) -> Result<Vec<Addressed<'a>>> {
        let written: HashSet<String> =
            mail::written(&self.db, letters.iter().map(|letter| letter.once.as_str())).await?;
        letters.retain(|letter| !written.contains(&letter.once));
        Ok(letters)
    }

    fn letters(&self, told: &[Told], some: &[Addressed<'_>]) -> Vec<Letter> {
        let about_one = some.chunk_by(|a, b| a.told == b.told).flat_map(|about_one| {
            let told = &told[about_one[0].told];
            let written = self.letter(told);
            about_one.iter().map(move |to| Letter {
                once: to.once.clone(),
                workspace_id: Some(told.workspace_id.to_string()),
                recipient: to.recipient.clone(),
                subject: written.subject.as_str().into(),
                text: written.text.as_str().into(),
                html: written.html.as_str().into(),
            })
        });
        about_one.collect()
    }

    fn letter(&self, told: &Told) -> Written {
        let tokens_url = self.tokens_page(told);
        let operator_key = OperatorKey {
            id: told.token_id.as_str(),
            workspace_id: told.workspace_id.as_str(),
            scopes: told.scopes.as_deref().unwrap_or_default(),
        };
        let letter = LeakLetter {
            occasion: told.occasion,
            vendor: &self.vendor,
            workspace_name: told.workspace_name.expose(),
            description: told.description.expose(),
            hint: &told.beginning,
            creator: told.creator.as_ref().map(Private::expose),
            created_at: told.created_at,
            last_used_at: told.last_used_at,
            partner: partner_name(&told.partner),
            source: told.source.as_deref(),
            url: told.url.as_ref().map(Private::expose),
            found_at: told.found_at,
            former_secret: told.former_secret,
            operator_key: told.operator.then_some(operator_key),
            tokens_url: tokens_url.as_deref(),
        };
        letter.write()
    }

    /// The page with the workspace's tokens: the product's, if it has one for this workspace, else the console's. Operator keys are on
    /// none.
    fn tokens_page(&self, told: &Told) -> Option<String> {
        let console = || format!("{}/w/{}/tokens", self.public_url, told.workspace_id);
        (!told.operator).then(|| self.products_page(told).unwrap_or_else(console))
    }

    /// A workspace that the product does not know by an id of its own is on none of its pages that want one.
    fn products_page(&self, told: &Told) -> Option<String> {
        const EXTERNAL_ID: &str = "{external_id}";
        let template = self.tokens_url.as_deref()?;
        let page = template.replace("{workspace}", told.workspace_id.as_str());
        if !page.contains(EXTERNAL_ID) {
            return Some(page);
        }
        let external_id = utf8_percent_encode(told.workspace_external_id.as_deref()?, NON_ALPHANUMERIC);
        Some(page.replace(EXTERNAL_ID, &external_id.to_string()))
    }
}

fn partner_name(partner: &str) -> &'static str {
    if partner == "gitlab" { "GitLab" } else { "GitHub" }
}
