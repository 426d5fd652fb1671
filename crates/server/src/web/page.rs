use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use time_and_chance::{Id, Kind};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{Params, Problem};

const DEFAULT: i64 = 50;
const MOST: i64 = 200;

/// Which page of a list is wanted. Lists page by the id of the last thing seen, wrapped so that nobody builds on it.
#[derive(Debug)]
pub struct Page<I> {
    after: Option<I>,
    limit: i64,
}

#[derive(Deserialize)]
struct Wanted {
    cursor: Option<String>,
    limit: Option<i64>,
}

impl<I> Page<I> {
    /// The first page.
    pub fn first() -> Self {
        Self { after: None, limit: DEFAULT }
    }

    /// The first page, with so many at most.
    pub fn of_few(limit: u8) -> Self {
        Self { after: None, limit: limit.into() }
    }

    /// The last thing that the caller has seen.
    pub fn after(&self) -> Option<&I> {
        self.after.as_ref()
    }

    /// One more than the page holds, to see whether there is another.
    pub fn look_ahead(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts what was read down to the page, and answers the cursor of the next one.
    pub fn cut<T, K>(&self, mut items: Vec<T>, id: impl Fn(&T) -> &Id<K>) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).expect("a limit is small and positive");
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| encode(id(last).as_str()));
        (items, next)
    }
}

fn encode(id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(id)
}

impl<K: Kind> Page<Id<K>> {
    /// The cursor of the page after this thing.
    pub fn cursor(last: &Id<K>) -> String {
        encode(last.as_str())
    }

    /// The page that a cursor of an earlier answer leads to.
    pub fn at(cursor: &str) -> Option<Self> {
        let text =
            BASE64_URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
        Some(Self { after: Some(text.parse().ok()?), limit: DEFAULT })
    }
}

impl<S: Send + Sync, K: Kind> FromRequestParts<S> for Page<Id<K>> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bad = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "bad_page", detail);
        let Params(wanted) = Params::<Wanted>::from_request_parts(parts, state).await?;
        let limit = wanted.limit.unwrap_or(DEFAULT);
        if !(1..=MOST).contains(&limit) {
            return Err(bad("\"limit\" must be from 1 to 200."));
        }
        let page = match wanted.cursor.as_deref() {
            None => Self::first(),
            Some(cursor) => {
                Self::at(cursor).ok_or_else(|| bad("\"cursor\" must be one that an answer gave."))?
            }
        };
        Ok(Self { limit, ..page })
    }
}

impl<I> IntoParams for Page<I> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, what: &str, schema: ObjectBuilder| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(what))
                .schema(Some(schema))
                .build()
        };
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MOST))
            .default(Some(DEFAULT.into()));
        vec![
            parameter(
                "cursor",
                "`next` of the page before.",
                ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)),
            ),
            parameter("limit", "How many at most.", limit),
        ]
    }
}
