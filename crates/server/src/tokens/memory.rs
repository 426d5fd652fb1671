use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use store::{Db, Result, Row, Tx};
use time_and_chance::Time;
use token_format::{Digest, Parsed, Version};

use super::Scheme;
use crate::ids::TokenId;

/// What this node keeps in memory about tokens. It can lose all of it.
#[derive(Clone, Default)]
pub struct Memory {
    imports: Arc<RwLock<Arc<Imports>>>,
    used: Arc<Mutex<HashMap<TokenId, Time>>>,
}

/// What imports have brought that changes how a text is looked up.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// Prefixes of which tokens without a checksum exist.
    pub unchecked_prefixes: HashSet<String>,
    /// Digests that were made otherwise than ours.
    pub schemes: Vec<Scheme>,
}

const IMPORTS: &str = "
    SELECT 'prefix' AS what, prefix AS name FROM unchecked_prefixes
    UNION ALL
    SELECT 'scheme' AS what, scheme AS name FROM digest_schemes";

impl Imports {
    /// What the database says at this moment.
    pub async fn of(tx: &mut Tx) -> Result<Self> {
        Self::of_rows(&tx.rows(IMPORTS, Vec::new()).await?)
    }

    fn of_rows(rows: &[Row]) -> Result<Self> {
        let mut imports = Self::default();
        for row in rows {
            let (what, name): (String, String) = (row.get("what")?, row.get("name")?);
            if what == "prefix" {
                imports.unchecked_prefixes.insert(name);
            } else if let Ok(scheme) = name.parse() {
                imports.schemes.push(scheme);
            }
        }
        Ok(imports)
    }

    /// Whether a token of this form can exist at all: one whose checksum is wrong only if such were imported.
    pub fn may_exist(&self, token: &Parsed) -> bool {
        match (token.version(), token.prefix()) {
            (Version::V2, Some(prefix)) => self.unchecked_prefixes.contains(prefix.as_str()),
            _ => true,
        }
    }

    /// The digests under which a token may be stored, ours first, each once: without a prefix, two schemes may make one.
    pub fn digests(&self, token: &Parsed) -> Vec<Digest> {
        let mut digests = Vec::with_capacity(1 + self.schemes.len());
        for scheme in std::iter::once(&Scheme::OURS).chain(&self.schemes) {
            let digest = scheme.digest(token);
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }
}

impl Memory {
    /// Memory with what the database says of imports.
    pub async fn load(db: &Db) -> Result<Self> {
        let memory = Self::default();
        memory.refresh(db).await?;
        Ok(memory)
    }

    /// Reads anew what the database says of imports: another node, or a command, may have imported.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        let imports = Arc::new(Imports::of_rows(&db.rows(IMPORTS, Vec::new()).await?)?);
        *self.imports.write().unwrap_or_else(PoisonError::into_inner) = imports;
        Ok(())
    }

    /// What is known of imports.
    pub fn imports(&self) -> Arc<Imports> {
        Arc::clone(&self.imports.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that a token was used.
    pub fn was_used(&self, token: &TokenId, when: Time) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), when);
    }

    /// Takes out what was noted.
    pub fn take_used(&self) -> HashMap<TokenId, Time> {
        std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
