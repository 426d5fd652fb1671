//! Whether a message is the partner's: decided over its raw bytes, before anything of it is read.

use axum::{extract::Request, http::StatusCode};

use super::{
    KeyFault, Partner,
    room::Held,
    signature::{SignedHeaders, Unauthentic, is_well_formed, verify},
};
use crate::{app::App, telemetry, web::Problem};

/// The body of a message that the partner signed. The key is looked for before the body is read, so that a stranger's
/// megabytes cost nothing.
pub(super) async fn authentic(app: &App, partner: Partner, request: Request) -> Result<Held, Problem> {
    let (parts, body) = request.into_parts();
    let signed = SignedHeaders::of(partner, &parts.headers).map_err(|reason| refused(partner, reason))?;
    if !is_well_formed(signed.signature) {
        return Err(refused(partner, Unauthentic::MalformedSignature));
    }
    let key = app.partner_keys.key(partner, signed.identifier).await.map_err(|fault| match fault {
        KeyFault::NotEnrolled => Problem::not_found("partner"),
        KeyFault::Unknown => refused(partner, Unauthentic::UnknownKey),
        KeyFault::Unavailable => {
            counted(partner, "keys_unavailable");
            let detail = "The partner's keys cannot be fetched at the moment. Send it again soon.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable", detail)
        }
    })?;
    let body = app.room.read(body, app.settings.exposure.max_body_bytes).await?;
    verify(&key, signed.signature, &body).map_err(|bad| refused(partner, bad.into()))?;
    Ok(body)
}

fn refused(partner: Partner, reason: Unauthentic) -> Problem {
    counted(partner, reason.reason());
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthentic",
        format!("This is not a message of {partner}: {reason}."),
    )
}

/// Counted, and nothing more: a flood of forged messages must not reach the database or the log.
fn counted(partner: Partner, reason: &'static str) {
    metrics::counter!(telemetry::UNAUTHENTIC_REPORTS, "partner" => partner.as_str(), "reason" => reason)
        .increment(1);
}
