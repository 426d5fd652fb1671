//! What is on record of every request: where it came from, and, if it was refused, that it was.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};

use super::{Caller, Origin, origin, problem::Code};
use crate::{
    app::App,
    audit::{Actor, Refused},
    ids::{MemberId, TokenId, WorkspaceId},
};

/// Who turned out to have sent a request, for what is around its handler.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<OnceLock<Who>>);

#[derive(Debug)]
struct Who {
    workspace: WorkspaceId,
    actor: Actor,
    is_operators: bool,
}

impl Known {
    /// It is this caller.
    pub fn is(&self, caller: &Caller) {
        let (workspace, actor) = (caller.workspace().clone(), caller.actor());
        let _ = self.0.set(Who { workspace, actor, is_operators: caller.is_operators() });
    }
}

/// Keeps at hand where the request came from, and notes it if something was refused to somebody known.
pub(super) async fn recorded(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(from) = request.extensions().get::<Origin>().cloned() else { return next.run(request).await };
    let known = Known::default();
    request.extensions_mut().insert(known.clone());
    from.during(async {
        let asked = Asked::of(&request);
        let response = next.run(request).await;
        if let Some(refused) = known.0.get().and_then(|who| asked.refused_to(who, &response)) {
            app.refusals.note(refused);
        }
        response
    })
    .await
}

/// What a request asks for.
struct Asked {
    request: String,
    target: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let mut ids = request.uri().path().split('/').filter(|part| is_id(part));
        Self { request: format!("{} {route}", request.method()), target: ids.next_back().map(str::to_owned) }
    }

    /// What was refused, if something was. What is not there is not refused to an operator key, which reaches everything but
    /// the operator's own workspace; to a token it may be another's.
    fn refused_to(self, who: &Who, response: &Response) -> Option<Refused> {
        let is_own = self.target.as_deref() == Some(who.workspace.as_str());
        let is_refused = match response.status() {
            StatusCode::FORBIDDEN => true,
            StatusCode::NOT_FOUND => self.target.is_some() && (!who.is_operators || is_own),
            _ => false,
        };
        let code = response.extensions().get::<Code>()?.0;
        is_refused.then(|| Refused {
            workspace: who.workspace.clone(),
            actor: who.actor.clone(),
            request: self.request,
            target: self.target.or_else(|| who.actor.id().map(str::to_owned)).unwrap_or_default(),
            code,
            origin: origin(),
        })
    }
}

fn is_id(part: &str) -> bool {
    part.parse::<WorkspaceId>().is_ok() || part.parse::<TokenId>().is_ok() || part.parse::<MemberId>().is_ok()
}
