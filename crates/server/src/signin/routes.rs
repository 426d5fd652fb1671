use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use seal::Private;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time_and_chance::Time;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    jwt,
    link::{self, WantedPortal},
    password::{self, Foreign, Imported},
    product,
    session::{self, Found, Kind, Session},
};
use crate::{
    app::App,
    ids::{self, PersonId, SessionId, WorkspaceId},
    permissions::Scope,
    web::{
        Body, Caller, Params, Problem,
        console::{SESSION, Visit},
    },
    workspaces::{self, MemberRole, Membership},
};

/// The routes of this capability.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_session))
        .routes(routes!(exchange))
        .routes(routes!(public_keys))
        .routes(routes!(make_portal_link))
        .routes(routes!(import_passwords))
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionAnswer {
    /// The session's id.
    #[schema(value_type = ids::Session)]
    id: SessionId,
    /// The person.
    person: PersonAnswer,
    /// The workspaces that they are in, at most 50; by a portal link, the one that it was for.
    workspaces: Vec<MembershipAnswer>,
    /// `full`, or `portal` of one that came by a portal link: the product has said who it is.
    #[schema(example = "full")]
    kind: &'static str,
    /// When the session ends.
    #[schema(value_type = String, format = DateTime, example = "2026-12-07T12:00:00Z")]
    expires_at: Time,
    /// A JWT of five minutes about all this, signed with a key of `/.well-known/jwks.json`; if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jwt: Option<String>,
}

/// A person.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionPerson)]
struct PersonAnswer {
    /// Their id, the same in every workspace.
    #[schema(value_type = ids::Person)]
    id: PersonId,
    /// Their mail address.
    #[schema(value_type = String, example = "ana@example.com")]
    mail: Private,
    /// Their name.
    #[schema(value_type = Option<String>, required, example = "Ana Lovelace")]
    name: Option<Private>,
}

/// A workspace that they are in.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionWorkspace)]
struct MembershipAnswer {
    /// Its id.
    #[schema(value_type = ids::Workspace)]
    id: WorkspaceId,
    /// Its name.
    #[schema(value_type = String, example = "Acme")]
    name: Private,
    /// What they may do in it.
    role: MemberRole,
}

impl SessionAnswer {
    async fn of(app: &App, session: Session, audience: Option<&str>) -> Result<Self, Problem> {
        // The one of a portal link is among them, however many there are.
        let only = match &session.kind {
            Kind::Portal { workspace, .. } => Some(workspace),
            Kind::Full => None,
        };
        let mut memberships = workspaces::memberships(app, &session.person.id, only).await?;
        memberships.retain(|one| only.is_none_or(|only| one.workspace_id == *only));
        // Whoever has mail alone is not in a workspace that asks for more.
        memberships
            .retain(|one| !one.strong_factor || session.has_strong_factor || session.kind != Kind::Full);
        let jwt = match audience {
            Some(audience) => Some(jwt::about(app, &session, &memberships, audience).await?),
            None => None,
        };
        let of = |one: Membership| MembershipAnswer { id: one.workspace_id, name: one.name, role: one.role };
        let person =
            PersonAnswer { id: session.person.id, mail: session.person.mail, name: session.person.name };
        let workspaces = memberships.into_iter().map(of).collect();
        Ok(Self {
            id: session.id,
            person,
            workspaces,
            kind: session.kind.name(),
            expires_at: session.expires_at,
            jwt,
        })
    }
}

/// Whether a JWT is wanted, and for whom.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Asks for a JWT besides, whose `aud` this is: the name by which the product's servers know themselves.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[\x21-\x7E]+$",
        example = "https://app.example.com"
    )]
    jwt: Option<String>,
}

impl Wanted {
    fn audience(&self) -> Result<Option<&str>, Problem> {
        let Some(audience) = self.jwt.as_deref() else { return Ok(None) };
        let fits =
            (1..=200).contains(&audience.len()) && audience.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            Ok(Some(audience))
        } else {
            Err(Problem::new(StatusCode::BAD_REQUEST, "bad_query", AUDIENCE))
        }
    }
}

const AUDIENCE: &str = "\"jwt\" must be 1 to 200 visible ASCII characters: the audience that the JWT is for.";

/// Who is signed in?
///
/// For a product on the same host: it passes the browser's cookie on. Person, workspaces and roles are those of this moment. 401 if
/// nobody is signed in: send the browser to `/sign-in?next=…`, or, from another host, to
/// `/sign-in/product?to=<an address of signin.return_urls>&state=…`, which leads back with a code for
/// `POST /v1/session/exchange`.
#[utoipa::path(
    get, path = "/v1/session", tag = "Sessions", security(("session" = [])),
    params(Wanted),
    responses(
        (status = 200, description = "Somebody is", body = SessionAnswer),
        (
            status = 401, description = "Nobody is signed in with this cookie, or not any more",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 401, "code": "not_signed_in", "title": "Unauthorized", "detail": "Nobody is signed in with this cookie, or not any more. Send the browser to /sign-in."}),
        ),
    ),
)]
async fn show_session(
    State(app): State<App>,
    visit: Visit,
    Params(wanted): Params<Wanted>,
) -> Result<Json<SessionAnswer>, Problem> {
    let audience = wanted.audience()?;
    let found = match visit.cookies.get(SESSION) {
        Some(secret) => session::find(&app, secret).await?,
        None => Found::Nothing,
    };
    let Found::Lasting(session) = found else {
        let detail = "Nobody is signed in with this cookie, or not any more. Send the browser to /sign-in.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail));
    };
    Ok(Json(SessionAnswer::of(&app, *session, audience).await?))
}

/// A code as a product has got it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// The `code` that the browser brought.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    code: Private,
    /// The address that the browser was sent to, as it stood in `to`.
    #[schema(min_length = 1, max_length = 2000, example = "https://app.example.com/signed-in")]
    to: String,
    /// Asks for a JWT besides, whose `aud` this is.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        pattern = r"^[\x21-\x7E]+$",
        example = "https://app.example.com"
    )]
    jwt: Option<String>,
}

/// Exchange a code for who is signed in
///
/// For a product on another host, where the cookie does not travel. The code is good once, for a minute, and for the address that
/// it was sent to; ask from your server, so that nobody else has it.
#[utoipa::path(
    post, path = "/v1/session/exchange", tag = "Sessions", security(("operator_key" = ["verify"])),
    request_body = Exchange,
    responses((status = 200, description = "Who is signed in", body = SessionAnswer)),
)]
async fn exchange(
    State(app): State<App>,
    caller: Caller,
    body: Body<Exchange>,
) -> Result<Json<SessionAnswer>, Problem> {
    caller.must_have(Scope::Verify)?;
    let sent = body.value;
    let wanted = Wanted { jwt: sent.jwt };
    let audience = wanted.audience().map_err(|_| Problem::invalid(AUDIENCE))?;
    let session = product::take_over(&app, sent.code.expose(), &sent.to).await?;
    let session = session.ok_or_else(|| {
        Problem::invalid("This code is none, was used, is over, or was for another address. Send the browser for a new one.")
    })?;
    Ok(Json(SessionAnswer::of(&app, session, audience).await?))
}

/// The public keys of JWTs
///
/// A JWK set (RFC 7517). A key is here a day before it signs, and a day after; so it may be kept for some hours.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Sessions", security(()),
    responses((
        status = 200, description = "The keys", body = Object,
        example = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "…", "y": "…", "kid": "sk_01M84BDBY0V6B1D5F9H3K7M2NR", "use": "sig", "alg": "ES256"}]}),
    )),
)]
async fn public_keys(State(app): State<App>) -> Result<(HeaderMap, Json<Value>), Problem> {
    let keys = jwt::public_keys(&app).await?;
    let mut headers = HeaderMap::new();
    headers.insert("cache-control", "public, max-age=3600".parse().expect("visible ASCII"));
    Ok((headers, Json(keys)))
}

/// A link as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PortalRequest {
    /// The workspace.
    #[schema(value_type = ids::Workspace)]
    workspace: String,
    /// The member who is let in: a person id or mail address.
    #[schema(value_type = String, min_length = 1, example = "ana@example.com")]
    person: Private,
    /// The one page that it opens: `tokens`, `leaks`, `people`, `audit` or `settings`. Left out, all of the workspace.
    #[schema(nullable = false, example = "tokens")]
    page: Option<String>,
    /// For how long, 1 to 60; an hour if left out.
    #[schema(nullable = false, minimum = 1, maximum = 60, format = Int32, example = 15)]
    minutes: Option<u32>,
    /// The way back: an address that `signin.return_urls` allows.
    #[schema(nullable = false, example = "https://app.example.com/settings")]
    return_url: Option<String>,
}

/// A link into the console.
#[derive(Serialize, ToSchema)]
struct PortalLink {
    /// Where to send the browser, at once. Whoever has it is let in.
    #[schema(value_type = String, example = "https://console.example.com/portal/…")]
    url: Private,
    /// Until when it can be opened: a minute from now.
    #[schema(value_type = String, format = DateTime, example = "2026-11-23T12:01:00Z")]
    expires_at: Time,
}

/// Make a link into the console
///
/// For a product with a sign-in of its own: it lets a member into the console without another one. The link is good once, for a
/// minute, and opens on a page whose button goes on. Before something sensitive a code is mailed to the member.
#[utoipa::path(
    post, path = "/v1/portal-links", tag = "Sessions", security(("operator_key" = ["portal"])),
    request_body = PortalRequest,
    responses(
        (status = 201, description = "The link", body = PortalLink),
        (
            status = 404, description = "There is no such workspace",
            body = Problem, content_type = "application/problem+json",
            example = json!({"status": 404, "code": "not_found", "title": "Not Found", "detail": "There is no such workspace, or it is not yours."}),
        ),
    ),
)]
async fn make_portal_link(
    State(app): State<App>,
    caller: Caller,
    body: Body<PortalRequest>,
) -> Result<(StatusCode, Json<PortalLink>), Problem> {
    let by = caller.portal_authority()?;
    let sent = body.value;
    let wanted = WantedPortal {
        workspace: sent.workspace.parse().map_err(|_| Problem::not_found("workspace"))?,
        person: sent.person,
        page: sent.page,
        minutes: sent.minutes,
        return_url: sent.return_url,
    };
    let made = link::make_portal_link(&app, &by, wanted).await?;
    Ok((StatusCode::CREATED, Json(PortalLink { url: made.url, expires_at: made.expires_at })))
}

/// Hashes as they are brought along.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Hashes {
    /// One for each person, at most 100.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<Hash>,
}

/// A person's hash.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordHash)]
#[serde(deny_unknown_fields)]
struct Hash {
    /// The person: their id, mail address, or id in the product.
    #[schema(value_type = String, min_length = 1, max_length = 254, example = "ana@example.com")]
    person: Private,
    /// bcrypt's hash: `$2a$`, `$2b$` or `$2y$`, a cost from 4 to 14, salt and digest.
    #[schema(value_type = String, min_length = 60, max_length = 60, example = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW")]
    hash: Private,
}

/// What became of each.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedPasswords)]
struct ImportedAnswer {
    /// In the order of the request.
    items: Vec<Imported>,
}

/// Import passwords
///
/// Takes over bcrypt hashes of a sign-in that the product had before, for people who are there and have no password yet. They sign
/// in with what they know, and a second factor; a hash is made anew then. All or nothing.
#[utoipa::path(
    post, path = "/v1/passwords/import", tag = "Sessions", security(("operator_key" = ["manage"])),
    request_body = Hashes,
    responses((status = 200, description = "What became of each", body = ImportedAnswer)),
)]
async fn import_passwords(
    State(app): State<App>,
    caller: Caller,
    body: Body<Hashes>,
) -> Result<Json<ImportedAnswer>, Problem> {
    let authority = caller.operators_authority()?;
    let sent = body.value.items;
    if !(1..=100).contains(&sent.len()) {
        return Err(Problem::invalid("\"items\" must have 1 to 100 hashes."));
    }
    let fits = |person: &Private| (1..=254).contains(&person.expose().chars().count());
    if let Some(place) = sent.iter().position(|one| !fits(&one.person)) {
        return Err(Problem::invalid(format!("\"person\" of item {place} must have 1 to 254 characters.")));
    }
    let items: Vec<_> = sent.into_iter().map(|one| Foreign { person: one.person, hash: one.hash }).collect();
    Ok(Json(ImportedAnswer { items: password::import(&app, &authority, &items).await? }))
}
