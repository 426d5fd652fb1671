use super::{ended::Ended, print};
use crate::{routes, web};

/// Prints what a server answers at `/openapi.json`.
pub fn run() -> Result<(), Ended> {
    let (_, openapi) = routes::documented().split_for_parts();
    print::json(&web::openapi::complete(openapi))
}
