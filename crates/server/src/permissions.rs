//! Every permission, once, and the proofs of them that verbs take as arguments.
//!
//! A verb that changes something takes an [`Authority`]; only [`crate::web::Caller`] (from a checked key or token) and
//! [`Authority::on_this_machine`] (the command line, whose user can open the database anyway) make one.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{audit::Actor, ids::WorkspaceId};

/// What an operator key may be used for. No key has all by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Ask for verdicts on tokens.
    Verify,
    /// Act for workspaces: what it does stands in their audit.
    Manage,
    /// Make links into the console.
    Portal,
    /// Revoke many at once in an incident, and see insights.
    Security,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Verify, Self::Manage, Self::Portal, Self::Security];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Manage => "manage",
            Self::Portal => "portal",
            Self::Security => "security",
        }
    }

    /// The scopes of a stored list, `verify,manage`; a name this version doesn't know gives nothing.
    pub fn of_list(list: &str) -> Vec<Self> {
        list.split(',').filter_map(|name| name.parse().ok()).collect()
    }

    /// How a list of scopes is stored.
    pub fn to_list(scopes: &[Self]) -> String {
        Self::ALL
            .iter()
            .filter(|scope| scopes.contains(scope))
            .map(|scope| scope.name())
            .collect::<Vec<_>>()
            .join(",")
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == name.trim())
            .ok_or_else(|| format!("\"{name}\" is no scope: there are verify, manage, portal and security"))
    }
}

/// What somebody has full rights over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// Everything, the operator's own workspace included: whoever runs commands on this machine.
    Everything,
    /// Every customer's workspace: an operator key with the scope `manage`, or with `security` in an incident. Not the
    /// operator's own, where such a key could make itself one with more scopes.
    Customers,
    /// One workspace: its owner.
    Workspace(WorkspaceId),
}

/// The proof that somebody may manage what they ask for, and who it is.
#[derive(Debug, Clone)]
pub struct Authority {
    over: Over,
    actor: Actor,
}

impl Authority {
    /// Whoever runs a command on this machine.
    pub fn on_this_machine() -> Self {
        Self { over: Over::Everything, actor: Actor::Machine }
    }

    pub(crate) fn new(over: Over, actor: Actor) -> Self {
        Self { over, actor }
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether it is the operator, by key or by command.
    pub fn is_operators(&self) -> bool {
        !matches!(self.over, Over::Workspace(_))
    }

    /// For a statement's guard `(CAST($n AS TEXT) IS NULL OR workspace_id = $n)`: the one workspace it is bound to.
    pub fn bound_to(&self) -> Option<&WorkspaceId> {
        match &self.over {
            Over::Workspace(own) => Some(own),
            Over::Everything | Over::Customers => None,
        }
    }

    /// For a statement's guard `(kind = 'customer' OR $n)`: whether the operator's own workspace is within reach.
    pub fn reaches_operator(&self) -> bool {
        matches!(self.over, Over::Everything)
    }
}
