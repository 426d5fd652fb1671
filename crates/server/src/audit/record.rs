use serde_json::Value;
use store::{Result, Tx, args};

use super::AuditId;
use crate::{
    app::Now,
    events::Event,
    ids::{TokenId, WorkspaceId},
};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at the command line of the machine.
    Machine,
    /// An operator key.
    OperatorKey(TokenId),
    /// A workspace's token.
    Token(TokenId),
    /// A partner's report.
    Partner(&'static str),
    /// A job of this program.
    Job(&'static str),
}

impl Actor {
    /// Its kind, as stored and shown.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::OperatorKey(_) => "operator_key",
            Self::Token(_) => "token",
            Self::Partner(_) => "partner",
            Self::Job(_) => "job",
        }
    }

    /// Which one of its kind.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Machine => None,
            Self::OperatorKey(id) | Self::Token(id) => Some(id.as_str()),
            Self::Partner(name) | Self::Job(name) => Some(name),
        }
    }
}

/// One thing that happened.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The workspace it happened in; none for the house itself.
    pub workspace: Option<&'a WorkspaceId>,
    /// Who did it.
    pub actor: &'a Actor,
    /// What happened.
    pub event: Event,
    /// To what: an id.
    pub target: &'a str,
    /// What else there is to know: ids, names, before and after.
    pub details: Value,
}

const RECORD: &str = "
    INSERT INTO audit (id, workspace_id, at, actor_kind, actor_id, event, target, details)
    VALUES {each ($, $, $, $, $, $, $, $)}";

/// Writes entries down, with the change that they tell of.
pub async fn record(tx: &mut Tx, now: Now<'_>, entries: &[Entry<'_>]) -> Result<()> {
    let ids = AuditId::several(now.when, now.chance);
    let rows = ids.zip(entries).map(|(id, entry)| {
        args![
            &id,
            entry.workspace,
            now.when,
            entry.actor.kind(),
            entry.actor.id(),
            entry.event.name(),
            entry.target,
            entry.details.to_string(),
        ]
    });
    tx.execute_each(RECORD, &[], rows.collect()).await.map(drop)
}
