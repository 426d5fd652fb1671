use time_and_chance::Kind;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// The schema of an id: its prefix, `_`, and a ULID.
pub fn id_schema<K: Kind>(what: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(what.trim()))
        .pattern(Some(format!("^{}_[0-7][0-9A-HJKMNP-TV-Z]{{25}}$", K::PREFIX)))
        .examples([example])
        .into()
}
