//! Whether a message is the partner's: decided over its raw bytes, before anything of it is read.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::Request,
    http::StatusCode,
};

use http_body_util::LengthLimitError;

use super::{
    KeyFault, Partner,
    signature::{SignedHeaders, Unauthentic, is_well_formed, verify},
};
use crate::{app::App, telemetry, web::Problem};

/// The body of a message that the partner signed. The key is looked for before the body is read, so that a stranger's
/// megabytes cost nothing.
pub(super) async fn authentic(app: &App, partner: Partner, request: Request) -> Result<Bytes, Problem> {
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
    let body = read(body, app.settings.exposure.max_body_bytes).await?;
    verify(&key, signed.signature, &body).map_err(|bad| refused(partner, bad.into()))?;
    Ok(body)
}

/// How long a body may take. GitHub gives up after 30 seconds itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a body, but not further than the limit; one that announces more is not begun.
pub(super) async fn read(body: Body, most: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("The body is larger than {most} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let Ok(read) = tokio::time::timeout(PATIENCE, to_bytes(body, most)).await else {
        let detail = "The body did not come to its end in time.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "not_read", detail));
    };
    read.map_err(|error| {
        let over = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
        if over {
            return too_large();
        }
        Problem::new(StatusCode::BAD_REQUEST, "not_read", "The body could not be read to its end.")
    })
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
