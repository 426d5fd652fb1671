//! # home: what members and owners do in a workspace, on pages
//!
//! - The pages that need more than one capability: what needs attention, tokens with who made them and where they were seen, the audit
//!   with the names of whoever and whatever it speaks of. The others are their capability's own.
//! - A handler reads a form, calls the verb that HTTP and the command line call, and says what came of it. It holds no SQL.
//! - Members look; owners change things, and prove for it that they are still there ([`crate::signin::Fresh`]).
//! - What is shown once is shown once: a form that makes a secret brings a key along, and sent again it makes none.

mod audit;
mod export;
mod new_token;
mod secret;
mod todo;
mod token;
mod tokens;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// Every page, a line each.
pub fn pages() -> Router<App> {
    Router::new()
        .route("/w/{workspace}", get(todo::show))
        .route("/w/{workspace}/tokens", get(tokens::show))
        .route("/w/{workspace}/tokens/new", get(new_token::show).post(new_token::send))
        .route("/w/{workspace}/tokens/{token}", get(token::show).post(token::describe))
        .route("/w/{workspace}/tokens/{token}/rotate", post(token::rotate))
        .route("/w/{workspace}/tokens/{token}/end-former", post(token::end_former))
        .route("/w/{workspace}/tokens/{token}/revoke", post(token::revoke))
        .route("/w/{workspace}/audit", get(audit::show))
        .route("/w/{workspace}/audit/export", post(export::send))
}
