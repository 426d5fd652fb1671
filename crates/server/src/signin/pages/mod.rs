//! The pages of signing in and of one's own account. Handlers are thin: they read a form, call a verb, and say what came of it.

mod account;
mod address;
mod factors;
mod forgot;
mod guidance;
mod invitation;
mod join;
mod link;
mod passkeys;
mod people;
mod portal;
mod second;
mod sign_in;
mod step_up;

use axum::{
    Json, Router,
    http::HeaderValue,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::json;
use url::Url;

use super::attempt::{Attempt, Done, Purpose};
use crate::{
    app::App,
    signin::session::{self, BROWSER_KNOWN, Begun, COOKIE_KEPT, Ending, Found},
    web::{
        Problem,
        console::{ATTEMPT, BROWSER, SESSION, Visit, dropped, kept, set, to},
    },
};

/// Every page, a line each.
pub fn pages() -> Router<App> {
    Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/sign-in/second", get(second::show))
        .route("/sign-in/code", post(second::send_code))
        .route("/sign-in/mail", post(second::mail_again))
        .route("/sign-in/link/{secret}", get(second::show_link).post(second::click_link))
        .route("/sign-in/passkey", post(passkeys::ask_first))
        .route("/sign-in/passkey/answer", post(passkeys::answer))
        .route("/sign-in/product", get(sign_in::product))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/sign-up", get(join::show_sign_up).post(join::send_sign_up))
        .route("/step-up", get(step_up::show_step_up).post(step_up::send_step_up))
        .route("/renew", get(step_up::show_renew).post(step_up::send_renew))
        .route("/forgot", get(forgot::show).post(forgot::send))
        .route("/reset/{secret}", get(forgot::show_reset).post(forgot::send_reset))
        .route("/welcome/{secret}", get(join::show_welcome).post(join::send_welcome))
        .route("/invitation/{secret}", get(invitation::show).post(invitation::send))
        .route("/portal/{secret}", get(portal::show).post(portal::enter))
        .route("/address/{secret}", get(address::show).post(address::confirm))
        .route("/account", get(account::show))
        .route("/account/name", post(account::rename))
        .route("/account/password", post(account::change_password))
        .route("/account/address", post(address::ask))
        .route("/account/authenticator", post(factors::begin_authenticator))
        .route("/account/authenticator/{factor}", post(factors::add_authenticator))
        .route("/account/passkeys/options", post(passkeys::begin))
        .route("/account/passkeys", post(passkeys::add))
        .route("/account/factors/{factor}/remove", post(factors::remove_factor))
        .route("/account/recovery-codes", post(factors::make_recovery_codes))
        .route("/account/sessions/{session}/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/workspaces/{workspace}/leave", post(account::leave))
        .route("/guidance", post(guidance::advise))
        .route("/theme", post(sign_in::theme))
        .route("/w/{workspace}/people", get(people::show).post(people::invite))
        .route("/w/{workspace}/people/{member}/remove", post(people::remove))
        .route("/w/{workspace}/people/{member}/role", post(people::change_role))
        .route("/w/{workspace}/people/{member}/lift", post(people::lift))
        .route("/w/{workspace}/people/invitations/{invitation}/withdraw", post(people::withdraw))
        .route("/w/{workspace}/people/invitations/{invitation}/again", post(people::again))
}

/// A path of this console that a browser may be sent to; anything else leads home. A path that begins with two slashes, or with a
/// backslash among them, would lead elsewhere.
fn own_path(path: &str) -> Option<String> {
    let base = Url::parse("http://here.invalid").ok()?;
    let there = base.join(path).ok()?;
    let is_own = path.starts_with('/') && there.origin() == base.origin() && there.path().len() <= 500;
    let text =
        there.query().map_or_else(|| there.path().to_owned(), |query| format!("{}?{query}", there.path()));
    // What is resolved may begin with two slashes where what was sent did not.
    (is_own && !text.starts_with("//") && text.len() <= 2_000).then_some(text)
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
    }
    response
}

/// On to the second step, with the attempt's cookie.
fn on_with(attempt: &Attempt) -> Response {
    with_cookies(to("/sign-in/second"), [set(ATTEMPT, attempt.secret.text().expose())])
}

/// Ends the session in whose place another begins in this browser: only whoever has a copy of its cookie could still use it (ASVS
/// 7.2.4). One that goes on under a new secret is not found under its former one.
async fn replace(app: &App, visit: &Visit) -> store::Result<()> {
    let Some(secret) = visit.cookies.get(SESSION) else { return Ok(()) };
    if let Found::Lasting(before) = session::find(app, secret).await? {
        session::end(app, &before.person.id, &before.id, Ending::Replaced).await?;
    }
    Ok(())
}

/// In, with the session's cookie and without the attempt's. A script of ours is told where to go and how long the session lasts
/// instead of being sent on: it may have come to stay on its page.
async fn in_with(app: &App, visit: &Visit, done: &Done, is_script: bool) -> Result<Response, Problem> {
    replace(app, visit).await?;
    let next = done.next.clone().unwrap_or_else(|| match done.purpose {
        Purpose::Renew => "/?done=renewed".to_owned(),
        _ => "/".to_owned(),
    });
    let mut cookies = vec![kept(SESSION, done.secret.text().expose(), COOKIE_KEPT), dropped(ATTEMPT)];
    cookies.extend(done.browser.as_ref().map(|known| kept(BROWSER, known.text().expose(), BROWSER_KNOWN)));
    let there = if is_script {
        Json(json!({"next": next, "session_ends": done.expires_at})).into_response()
    } else {
        to(&next)
    };
    Ok(with_cookies(there, cookies))
}

/// The same of a session that began without an attempt.
async fn begun_with(app: &App, visit: &Visit, begun: &Begun, next: &str) -> Result<Response, Problem> {
    replace(app, visit).await?;
    let mut cookies = vec![kept(SESSION, begun.secret.text().expose(), COOKIE_KEPT)];
    cookies.extend(begun.browser.as_ref().map(|known| kept(BROWSER, known.text().expose(), BROWSER_KNOWN)));
    Ok(with_cookies(to(next), cookies))
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for good in
            ["/", "/account", "/w/ws_1/tokens?state=live", "/sign-in/product?to=https%3A%2F%2Fx.example"]
        {
            assert_eq!(own_path(good).as_deref(), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "\\\\evil.example",
            "account",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/.//evil.example",
            "/x/..//evil.example",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }
}
