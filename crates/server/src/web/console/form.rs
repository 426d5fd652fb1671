use std::{borrow::Cow, collections::BTreeMap};

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde::de::DeserializeOwned;

use crate::web::Problem;

/// What a form has sent. Fields that it lacks are empty: what is said about them stands beside them.
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = axum::Form::from_request(request, state).await;
        form.map(|axum::Form(sent)| Self(sent)).map_err(|_| {
            let detail = "This form cannot be read. Go back, load the page again, and send it once more.";
            Problem::new(StatusCode::BAD_REQUEST, "bad_form", detail)
        })
    }
}

/// What is said beside the fields of a form: a sentence each.
#[derive(Default)]
pub struct Fields(BTreeMap<&'static str, Cow<'static, str>>);

impl Fields {
    /// With this sentence beside this field.
    pub fn of(field: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        let mut fields = Self::default();
        fields.say(field, sentence);
        fields
    }

    /// Says something beside a field. What was said first stays.
    pub fn say(&mut self, field: &'static str, sentence: impl Into<Cow<'static, str>>) {
        self.0.entry(field).or_insert_with(|| sentence.into());
    }

    /// With all that others say.
    pub fn join(&mut self, others: Self) {
        for (field, sentence) in others.0 {
            self.0.entry(field).or_insert(sentence);
        }
    }

    /// What is said beside a field; nothing if all is well.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(AsRef::as_ref)
    }

    /// All of it, for the summary above the form.
    pub fn all(&self) -> impl Iterator<Item = (&&'static str, &Cow<'static, str>)> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
