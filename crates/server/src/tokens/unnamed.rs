use store::{Db, Result};
use token_format::Prefixes;

// By the key, from its end: the newest token was made, or imported, under the settings from before a change of them.
const NEWEST: &str = "SELECT prefix FROM tokens WHERE id < 'z' ORDER BY id DESC LIMIT 1";

/// The prefix of the newest token, if it is none of these: such tokens would neither be recognised where they leak nor
/// where they are presented. (An operator key's is named by the one that it is made of.)
pub async fn unnamed_prefix(db: &Db, prefixes: &Prefixes) -> Result<Option<String>> {
    let Some(row) = db.row(NEWEST, Vec::new()).await? else { return Ok(None) };
    let prefix: Option<String> = row.get("prefix")?;
    let unnamed = prefix.filter(|prefix| !prefixes.all().any(|known| known.as_str() == prefix));
    Ok(unnamed.map(|prefix| prefix.strip_suffix("op").unwrap_or(&prefix).to_owned()))
}
