//! The rows: every page and every form, and who gets what.

use axum::http::Method;

/// What a page answers.
#[derive(Clone, Copy)]
pub enum Is {
    /// A page, a problem, or what a script reads.
    Status(u16),
    /// A way on, whose address begins like this.
    To(&'static str),
}

use Is::{Status, To};

/// Who comes, in the order of a row: nobody, somebody who has shown their password and no second factor yet, an owner of another
/// workspace, a member, an owner, an owner by a portal link, an owner who has not proved for ten minutes that they are there.
pub const WHO: [&str; 7] =
    ["nobody", "half signed in", "another's owner", "member", "owner", "owner by portal", "stale owner"];
pub const NOBODY: usize = 0;
pub const HALF: usize = 1;
pub const ANOTHER: usize = 2;
pub const MEMBER: usize = 3;
pub const OWNER: usize = 4;
pub const PORTAL: usize = 5;
pub const STALE: usize = 6;

pub struct Row {
    pub method: Method,
    pub path: &'static str,
    pub fields: &'static [(&'static str, &'static str)],
    pub answers: [Is; 7],
}

fn row(
    method: Method,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    answers: [Is; 7],
) -> Row {
    Row { method, path, fields, answers }
}

const IN: Is = To("/sign-in?next=");
const PROVE: Is = To("/step-up?next=");
const LOST: Is = Status(404);
const REFUSED: Is = Status(403);
const OK: Is = Status(200);
const WRONG: Is = Status(422);

/// The same for everybody.
const fn public(all: Is) -> [Is; 7] {
    [all; 7]
}

/// For whoever is on their way in.
const fn half_in(ok: Is) -> [Is; 7] {
    let mut answers = [Status(410); 7];
    answers[1] = ok;
    answers
}

/// Of one's own account: everybody has one, but whoever comes by a portal link has it elsewhere.
const fn account(ok: Is) -> [Is; 7] {
    [IN, IN, ok, ok, ok, REFUSED, ok]
}

/// The same of what takes a proof.
const fn account_proved(ok: Is) -> [Is; 7] {
    [IN, IN, ok, ok, ok, REFUSED, PROVE]
}

/// The same by a script, which is told and not sent on.
const fn account_by_script(ok: Is) -> [Is; 7] {
    [IN, IN, ok, ok, ok, REFUSED, REFUSED]
}

const fn members(ok: Is) -> [Is; 7] {
    [IN, IN, LOST, ok, ok, ok, ok]
}

const fn owners(ok: Is) -> [Is; 7] {
    [IN, IN, LOST, REFUSED, ok, ok, ok]
}

const fn owners_proved(ok: Is) -> [Is; 7] {
    [IN, IN, LOST, REFUSED, ok, PROVE, PROVE]
}

/// One row a route. A `{secret}` of a welcome and of a portal is a good one; any other is one that nobody has made, which looks the
/// same to everybody.
pub fn table() -> Vec<Row> {
    [signing_in(), links(), accounts(), people(), tokens(), the_rest()].into_iter().flatten().collect()
}

pub fn signing_in() -> Vec<Row> {
    use Method as M;
    let home = To("/w/{workspace}");
    let back = To("https://app.vendor.example/in?code=");
    vec![
        row(M::GET, "/", &[], [IN, IN, To("/w/{other}"), home, home, home, home]),
        row(M::GET, "/sign-in", &[], public(OK)),
        row(M::POST, "/sign-in", &[], public(WRONG)),
        row(M::GET, "/sign-in/second", &[], half_in(OK)),
        row(M::POST, "/sign-in/code", &[("code", "12345678")], half_in(WRONG)),
        row(M::POST, "/sign-in/mail", &[], half_in(To("/sign-in/second"))),
        row(M::GET, "/sign-in/link/{secret}", &[], public(LOST)),
        row(M::POST, "/sign-in/link/{secret}", &[], public(LOST)),
        row(M::POST, "/sign-in/passkey", &[], public(OK)),
        row(M::POST, "/sign-in/passkey/answer", &[], public(WRONG)),
        row(M::GET, "/sign-in/product", &[], [IN, IN, back, back, back, REFUSED, back]),
        row(M::POST, "/sign-out", &[], public(To("/sign-in?done=signed-out"))),
        row(M::GET, "/sign-up", &[], public(LOST)),
        row(M::POST, "/sign-up", &[], public(LOST)),
        row(M::GET, "/step-up", &[], [IN, IN, OK, OK, OK, OK, OK]),
        row(M::POST, "/step-up", &[], [IN, IN, WRONG, WRONG, WRONG, To("/sign-in/second"), WRONG]),
        row(M::GET, "/renew", &[], account(OK)),
        row(M::POST, "/renew", &[], account(WRONG)),
        row(M::GET, "/forgot", &[], public(OK)),
        row(M::POST, "/forgot", &[], public(WRONG)),
    ]
}

pub fn links() -> Vec<Row> {
    use Method as M;
    vec![
        row(M::GET, "/reset/{secret}", &[], public(LOST)),
        row(M::POST, "/reset/{secret}", &[], public(LOST)),
        row(M::GET, "/welcome/{secret}", &[], public(OK)),
        // Whoever is signed in becomes the owner with that; whoever is not says who they are.
        row(
            M::POST,
            "/welcome/{secret}",
            &[],
            [WRONG, WRONG, To("/w/"), To("/w/"), To("/w/"), WRONG, To("/w/")],
        ),
        row(M::GET, "/invitation/{secret}", &[], public(LOST)),
        row(M::POST, "/invitation/{secret}", &[], public(LOST)),
        row(M::GET, "/portal/{secret}", &[], public(OK)),
        // Whoever has the link is let in: that is what it is.
        row(M::POST, "/portal/{secret}", &[], public(To("/w/{workspace}"))),
        // It is for whoever has asked for the address.
        row(M::GET, "/address/{secret}", &[], account(LOST)),
        row(M::POST, "/address/{secret}", &[], account(LOST)),
    ]
}

pub fn accounts() -> Vec<Row> {
    use Method as M;
    let ended = To("/account?done=session-ended");
    vec![
        row(M::GET, "/account", &[], account(OK)),
        row(M::POST, "/account/name", &[("name", "Bo")], account(To("/account?done=name"))),
        row(M::POST, "/account/password", &[], account(WRONG)),
        row(
            M::POST,
            "/account/address",
            &[("mail", "moved@beta.example")],
            account_proved(To("/account?done=address-asked")),
        ),
        row(M::POST, "/account/authenticator", &[], account_proved(OK)),
        row(M::POST, "/account/authenticator/{factor}", &[], account_proved(LOST)),
        row(M::POST, "/account/passkeys/options", &[], account_by_script(OK)),
        row(M::POST, "/account/passkeys", &[], account_by_script(WRONG)),
        row(M::POST, "/account/factors/{factor}/remove", &[], account_proved(LOST)),
        row(M::POST, "/account/recovery-codes", &[], account_proved(OK)),
        // It is an owner's, who need not have signed in anew to end it.
        row(M::POST, "/account/sessions/{session}/end", &[], [IN, IN, LOST, LOST, ended, REFUSED, ended]),
        row(M::POST, "/account/sessions/end-others", &[], account(To("/account?done=sessions-ended"))),
        // The last owner stays.
        row(
            M::POST,
            "/account/workspaces/{workspace}/leave",
            &[],
            [IN, IN, LOST, To("/account?done=left"), Status(409), REFUSED, Status(409)],
        ),
    ]
}

pub fn people() -> Vec<Row> {
    use Method as M;
    let new = &[("mail", "new@acme.example"), ("role", "member")];
    vec![
        row(M::GET, "/w/{workspace}/people", &[], members(OK)),
        row(M::POST, "/w/{workspace}/people", new, owners(To("/w/{workspace}/people?done=invited"))),
        row(
            M::POST,
            "/w/{workspace}/people/{member}/remove",
            &[],
            owners_proved(To("/w/{workspace}/people?done=member-removed")),
        ),
        row(
            M::POST,
            "/w/{workspace}/people/{member}/role",
            &[("role", "owner")],
            owners_proved(To("/w/{workspace}/people?done=role")),
        ),
        row(
            M::POST,
            "/w/{workspace}/people/{member}/lift",
            &[],
            // Nothing is closed to them.
            owners_proved(To("/w/{workspace}/people")),
        ),
        row(
            M::POST,
            "/w/{workspace}/people/invitations/{invitation}/withdraw",
            &[],
            owners(To("/w/{workspace}/people?done=withdrawn")),
        ),
        row(
            M::POST,
            "/w/{workspace}/people/invitations/{invitation}/again",
            &[],
            owners_proved(To("/w/{workspace}/people?done=invited")),
        ),
    ]
}

pub fn tokens() -> Vec<Row> {
    use Method as M;
    let changed = To("/w/{workspace}/tokens/{token}?done=token-changed");
    let revoked = To("/w/{workspace}/tokens/{token}?done=revoked");
    let former_ended = To("/w/{workspace}/tokens/{token}?done=former-ended");
    vec![
        row(M::GET, "/w/{workspace}/tokens", &[], members(OK)),
        row(M::GET, "/w/{workspace}/tokens/new", &[], owners_proved(OK)),
        row(M::POST, "/w/{workspace}/tokens/new", &[], owners_proved(WRONG)),
        row(M::GET, "/w/{workspace}/tokens/{token}", &[], members(OK)),
        row(M::POST, "/w/{workspace}/tokens/{token}", &[("description", "deploys")], owners_proved(changed)),
        row(M::POST, "/w/{workspace}/tokens/{token}/rotate", &[], owners_proved(WRONG)),
        row(M::POST, "/w/{workspace}/tokens/{token}/end-former", &[], owners_proved(former_ended)),
        row(
            M::POST,
            "/w/{workspace}/tokens/{token}/revoke",
            &[("confirmation", "deploy-bot")],
            owners_proved(revoked),
        ),
    ]
}

pub fn the_rest() -> Vec<Row> {
    use Method as M;
    vec![
        row(M::GET, "/w/{workspace}", &[], members(OK)),
        row(M::GET, "/w/{workspace}/leaks", &[], members(OK)),
        row(M::GET, "/w/{workspace}/audit", &[], owners(OK)),
        row(M::POST, "/w/{workspace}/audit/export", &[], owners_proved(OK)),
        row(M::GET, "/w/{workspace}/settings", &[], owners_proved(OK)),
        row(M::POST, "/w/{workspace}/settings", &[("policy", "warn")], owners_proved(WRONG)),
        row(M::POST, "/guidance", &[], public(OK)),
        row(M::POST, "/theme", &[("theme", "dark")], public(To("/"))),
        row(M::GET, "/assets/{file}", &[], public(OK)),
    ]
}
